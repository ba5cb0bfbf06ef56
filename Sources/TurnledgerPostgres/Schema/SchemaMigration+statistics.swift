// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// What conversations were and cost, by day. No owner, no label: an empty text. Not a table of threads: on Citus it
    /// stays where the coordinator is.
    static let statistics = SchemaMigration(
        id: "0010-statistics", purpose: "what conversations were and cost, by day"
    ) { tables in
        [
            """
            CREATE TABLE \(tables.statistics) (
                owner TEXT NOT NULL,
                label TEXT NOT NULL,
                day TEXT NOT NULL,
                metric TEXT NOT NULL,
                value BIGINT NOT NULL,
                PRIMARY KEY (owner, label, day, metric)
            )
            """
        ]
    }
}
