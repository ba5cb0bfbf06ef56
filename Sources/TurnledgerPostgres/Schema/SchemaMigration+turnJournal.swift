// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// What turns have done since their threads' newest checkpoints. `base` is the ID of that checkpoint, or empty.
    static let turnJournal = SchemaMigration(id: "0007-turn-journal", purpose: "what turns under way have done") {
        tables in
        [
            """
            CREATE TABLE \(tables.journal) (
                thread_id TEXT NOT NULL,
                base TEXT NOT NULL,
                position BIGINT NOT NULL,
                type TEXT NOT NULL,
                payload BYTEA NOT NULL,
                PRIMARY KEY (thread_id, base, position)
            )
            """
        ]
    }
}
