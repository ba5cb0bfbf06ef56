// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of merges: parts of one transaction that begins with `CommitStatements.lock`.
struct MergingStatements: Sendable {
    /// `$1` thread.
    let runs: PostgresStatement
    /// `$1` thread, `$2` run, `$3` status, `$4` attempt, `$5` input, `$6` key, `$7` failure, `$8` created, `$9` updated,
    /// `$10` when its end was asked for. Leaves out what exists.
    let insertRun: PostgresStatement
    /// `$1` thread, `$2` run, `$3` status, `$4` attempt, `$5` failure, `$6` time. A run that has ended stays.
    let endRun: PostgresStatement
    /// `$1` thread, `$2` title, `$3` title as it is searched, `$4` status, `$5` time, `$6` epoch or NULL, `$7` run of the
    /// lease or NULL, `$8` holder, `$9` beat, `$10` duration.
    let record: PostgresStatement
    /// `$1` thread. Returns its newest root checkpoint or NULL.
    let head: PostgresStatement

    /// Whether the server is a stand-by, or takes no writes.
    static let isReadOnly = PostgresStatement(
        "merge_is_read_only",
        "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'")

    var onThreads: [PostgresStatement] { [runs, insertRun, endRun, record, head] }

    init(_ tables: TableNames) {
        runs = PostgresStatement(
            "merge_runs",
            """
            SELECT \(RunStatements.columns)
            FROM \(tables.runs) AS r
            WHERE r.thread_id = $1
            ORDER BY r.created_at, r.run_id COLLATE "C"
            """)
        insertRun = PostgresStatement(
            "merge_run",
            """
            INSERT INTO \(tables.runs) (
                thread_id, run_id, status, attempt, input, idempotency_key, failure, created_at, updated_at,
                stop_requested_at
            )
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT DO NOTHING
            """)
        endRun = PostgresStatement(
            "merge_run_end",
            """
            UPDATE \(tables.runs) AS r
            SET status = $3, attempt = $4, failure = $5, updated_at = $6
            WHERE r.thread_id = $1
              AND r.run_id = $2
              AND r.status IN ('pending', 'running')
            """)
        record = PostgresStatement(
            "merge_thread",
            """
            UPDATE \(tables.threads) AS t
            SET title = $2,
                title_folded = $3,
                status = $4,
                updated_at = $5,
                epoch = COALESCE($6, t.epoch),
                lease_run_id = $7,
                lease_holder = $8,
                lease_beat = $9,
                lease_duration = $10,
                lease_token = NULL
            WHERE t.thread_id = $1
            """)
        head = PostgresStatement(
            "merge_head", "SELECT \(HeadStatements.head(tables, thread: "$1", namespace: "''"))")
    }
}
