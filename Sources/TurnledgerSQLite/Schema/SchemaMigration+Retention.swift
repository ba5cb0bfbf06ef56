// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// What was said about the keeping of single threads, tombstones, and chores. Times are microseconds since 1970,
    /// durations microseconds.
    static let retention = SchemaMigration(
        id: "0007-retention",
        sql: """
            CREATE TABLE turnledger_retention (
                thread_id TEXT NOT NULL PRIMARY KEY,
                pinned INTEGER NOT NULL DEFAULT 0,
                hold TEXT,
                action TEXT,
                idle INTEGER,
                kept INTEGER,
                updated_at INTEGER NOT NULL
            );
            CREATE TABLE turnledger_tombstones (
                thread_id TEXT NOT NULL PRIMARY KEY,
                deleted_at INTEGER NOT NULL,
                reason TEXT NOT NULL
            );
            CREATE TABLE turnledger_chores (
                name TEXT NOT NULL PRIMARY KEY,
                holder TEXT,
                epoch INTEGER NOT NULL,
                beat INTEGER NOT NULL,
                duration INTEGER NOT NULL,
                note TEXT NOT NULL DEFAULT '',
                updated_at INTEGER NOT NULL
            );
            """
    )
}
