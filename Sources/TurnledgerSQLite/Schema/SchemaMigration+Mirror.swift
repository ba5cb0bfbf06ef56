// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// A store's place in a mirrored pair (one row, or none), and what it has for the other one.
    static let mirror = SchemaMigration(
        id: "0011-mirror",
        sql: """
            CREATE TABLE turnledger_mirror (
                one INTEGER NOT NULL PRIMARY KEY,
                standing TEXT NOT NULL,
                beat INTEGER NOT NULL
            );
            CREATE TABLE turnledger_mirror_marks (
                subject TEXT NOT NULL PRIMARY KEY,
                token INTEGER NOT NULL,
                since INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX turnledger_mirror_marks_oldest
                ON turnledger_mirror_marks (since, subject);
            """
    )
}
