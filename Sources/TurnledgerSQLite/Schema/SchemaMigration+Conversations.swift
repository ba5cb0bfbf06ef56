// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// LangGraph's three tables, with its names and columns.
    static let checkpoints = SchemaMigration(
        id: "0001-checkpoints",
        sql: """
            CREATE TABLE checkpoints (
                thread_id TEXT NOT NULL,
                checkpoint_ns TEXT NOT NULL DEFAULT '',
                checkpoint_id TEXT NOT NULL,
                parent_checkpoint_id TEXT,
                type TEXT,
                checkpoint TEXT NOT NULL,
                metadata TEXT NOT NULL DEFAULT '{}',
                PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
            );
            CREATE INDEX checkpoints_newest_first
                ON checkpoints (checkpoint_id DESC, thread_id DESC, checkpoint_ns DESC);
            CREATE INDEX checkpoints_newest_in_thread
                ON checkpoints (thread_id, checkpoint_id DESC, checkpoint_ns DESC);
            CREATE TABLE checkpoint_blobs (
                thread_id TEXT NOT NULL,
                checkpoint_ns TEXT NOT NULL DEFAULT '',
                channel TEXT NOT NULL,
                version TEXT NOT NULL,
                type TEXT NOT NULL,
                blob BLOB,
                PRIMARY KEY (thread_id, checkpoint_ns, channel, version)
            );
            CREATE TABLE checkpoint_writes (
                thread_id TEXT NOT NULL,
                checkpoint_ns TEXT NOT NULL DEFAULT '',
                checkpoint_id TEXT NOT NULL,
                task_id TEXT NOT NULL,
                idx INTEGER NOT NULL,
                channel TEXT NOT NULL,
                type TEXT,
                blob BLOB NOT NULL,
                task_path TEXT NOT NULL DEFAULT '',
                PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
            );
            """
    )

    /// Threads with their leases, runs and their events. Times are microseconds since 1970, durations microseconds.
    static let conversations = SchemaMigration(
        id: "0002-conversations",
        sql: """
            CREATE TABLE turnledger_threads (
                thread_id TEXT NOT NULL PRIMARY KEY,
                title TEXT,
                owner TEXT NOT NULL,
                labels TEXT NOT NULL DEFAULT '{}',
                status TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                head TEXT,
                epoch INTEGER NOT NULL,
                lease_run_id TEXT,
                lease_holder TEXT,
                lease_beat INTEGER,
                lease_duration INTEGER
            );
            CREATE INDEX turnledger_threads_of_owner
                ON turnledger_threads (owner, updated_at DESC, thread_id DESC);
            CREATE INDEX turnledger_threads_newest_first
                ON turnledger_threads (updated_at DESC, thread_id DESC);
            CREATE TABLE turnledger_runs (
                run_id TEXT NOT NULL PRIMARY KEY,
                thread_id TEXT NOT NULL,
                status TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                input BLOB NOT NULL,
                idempotency_key TEXT,
                failure TEXT,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL
            );
            CREATE INDEX turnledger_runs_of_thread
                ON turnledger_runs (thread_id);
            CREATE UNIQUE INDEX turnledger_runs_idempotent
                ON turnledger_runs (thread_id, idempotency_key)
                WHERE idempotency_key IS NOT NULL;
            CREATE INDEX turnledger_runs_unfinished
                ON turnledger_runs (created_at, run_id)
                WHERE status IN ('pending', 'running');
            CREATE INDEX turnledger_runs_unfinished_of_thread
                ON turnledger_runs (thread_id, created_at, run_id)
                WHERE status IN ('pending', 'running');
            CREATE TABLE turnledger_run_events (
                run_id TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                number INTEGER NOT NULL,
                payload BLOB NOT NULL,
                PRIMARY KEY (run_id, attempt, number)
            ) WITHOUT ROWID;
            """
    )
}
