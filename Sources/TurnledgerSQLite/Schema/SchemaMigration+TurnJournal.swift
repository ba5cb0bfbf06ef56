// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// What turns have done since their threads' newest checkpoints. `base` is the ID of that checkpoint, or empty.
    static let turnJournal = SchemaMigration(
        id: "0006-turn-journal",
        sql: """
            CREATE TABLE turnledger_turn_journal (
                thread_id TEXT NOT NULL,
                base TEXT NOT NULL,
                position INTEGER NOT NULL,
                type TEXT NOT NULL,
                payload BLOB NOT NULL,
                PRIMARY KEY (thread_id, base, position)
            ) WITHOUT ROWID;
            """
    )
}
