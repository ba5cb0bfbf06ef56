// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Threads with their leases, runs and their events. Times are microseconds since 1970, durations microseconds.
    ///
    /// Every key begins with the thread. `title_folded` is the title in small letters, as it is searched; `lease_token`
    /// names the call that took the lease. Renewals change no indexed column: with room on the page they stay on it.
    static let conversations = SchemaMigration(id: "0001-conversations", purpose: "threads, runs and their events") {
        tables in
        [
            """
            CREATE TABLE \(tables.threads) (
                thread_id TEXT NOT NULL PRIMARY KEY,
                title TEXT,
                title_folded TEXT,
                owner TEXT NOT NULL,
                labels JSONB NOT NULL DEFAULT '{}',
                status TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                epoch BIGINT NOT NULL,
                lease_run_id TEXT,
                lease_holder TEXT,
                lease_beat BIGINT,
                lease_duration BIGINT,
                lease_token BIGINT
            ) WITH (fillfactor = 70)
            """,
            """
            CREATE INDEX turnledger_threads_of_owner
                ON \(tables.threads) (owner, updated_at DESC, thread_id COLLATE "C" DESC)
            """,
            """
            CREATE INDEX turnledger_threads_newest_first
                ON \(tables.threads) (updated_at DESC, thread_id COLLATE "C" DESC)
            """,
            """
            CREATE TABLE \(tables.runs) (
                thread_id TEXT NOT NULL,
                run_id TEXT NOT NULL,
                status TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                input BYTEA NOT NULL,
                idempotency_key TEXT,
                failure TEXT,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                PRIMARY KEY (thread_id, run_id)
            )
            """,
            """
            CREATE UNIQUE INDEX turnledger_runs_idempotent
                ON \(tables.runs) (thread_id, idempotency_key)
                WHERE idempotency_key IS NOT NULL
            """,
            """
            CREATE INDEX turnledger_runs_by_id
                ON \(tables.runs) (run_id)
            """,
            """
            CREATE INDEX turnledger_runs_unfinished
                ON \(tables.runs) (created_at, run_id COLLATE "C")
                WHERE status IN ('pending', 'running')
            """,
            """
            CREATE INDEX turnledger_runs_unfinished_of_thread
                ON \(tables.runs) (thread_id)
                WHERE status IN ('pending', 'running')
            """,
            """
            CREATE TABLE \(tables.events) (
                thread_id TEXT NOT NULL,
                run_id TEXT NOT NULL,
                attempt INTEGER NOT NULL,
                number BIGINT NOT NULL,
                payload BYTEA NOT NULL,
                PRIMARY KEY (thread_id, run_id, attempt, number)
            )
            """,
        ]
    }
}
