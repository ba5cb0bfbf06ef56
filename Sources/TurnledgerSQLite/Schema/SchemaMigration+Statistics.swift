// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// What conversations were and cost, by day. No owner, no label: an empty text.
    static let statistics = SchemaMigration(
        id: "0010-statistics",
        sql: """
            CREATE TABLE turnledger_statistics (
                owner TEXT NOT NULL,
                label TEXT NOT NULL,
                day TEXT NOT NULL,
                metric TEXT NOT NULL,
                value INTEGER NOT NULL,
                PRIMARY KEY (owner, label, day, metric)
            ) WITHOUT ROWID;
            """
    )
}
