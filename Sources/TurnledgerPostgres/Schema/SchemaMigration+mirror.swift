// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// A store's place in a mirrored pair (one row, or none), and what it has for the other one. No tables of threads: on
    /// Citus they stay where the coordinator is.
    static let mirror = SchemaMigration(id: "0011-mirror", purpose: "the roles of two stores that are mirrored") {
        tables in
        [
            """
            CREATE TABLE \(tables.mirror) (
                one BOOLEAN PRIMARY KEY,
                standing TEXT NOT NULL,
                beat BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE \(tables.mirrorMarks) (
                subject TEXT PRIMARY KEY,
                token BIGINT NOT NULL,
                since BIGINT NOT NULL
            )
            """,
            """
            CREATE INDEX turnledger_mirror_marks_oldest
                ON \(tables.mirrorMarks) (since, subject)
            """,
        ]
    }
}
