// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements on runs, their leases and their events.
///
/// Those that decide something read and write in one statement, sent behind `CommitStatements.lock`: what they read is
/// what they write upon. The names that `SET` gives a lease: run, holder, beat, duration, and `lease_token`, which names
/// the call that took it, so that a call which is sent again after a lost reply knows its own success.
struct RunStatements: Sendable {
    /// `$1` run. Returns its thread.
    let threadOfRun: PostgresStatement
    /// `$1` runs. Returns run and thread.
    let threadsOfRuns: PostgresStatement
    /// `$1` run.
    let run: PostgresStatement
    /// `$1` thread, `$2` key.
    let runByKey: PostgresStatement
    let unfinished: PostgresStatement
    /// `$1` thread.
    let unfinishedOfThread: PostgresStatement
    let create: PostgresStatement
    /// `$1` run. Fails with "division by zero" where two threads have the run.
    let requireUnique: PostgresStatement
    let finish: PostgresStatement
    /// `$1` thread, `$2` run, `$3` time. Returns the run as it is then.
    let requestStop: PostgresStatement
    let toStop: PostgresStatement
    let takeOver: PostgresStatement
    /// `$1` thread, `$2` run, `$3` attempt, `$4` numbers, `$5` payloads.
    let append: PostgresStatement
    /// `$1` thread, `$2` run, `$3` first number, `$4` limit.
    let events: PostgresStatement
    /// `$1` time, `$2` limit. Returns how many runs have no events any more.
    let pruneLogs: PostgresStatement

    var onThreads: [PostgresStatement] {
        [runByKey, unfinishedOfThread, create, finish, requestStop, takeOver, append, events]
    }

    init(_ tables: TableNames) {
        let columns = Self.columns
        threadOfRun = PostgresStatement(
            "run_thread",
            """
            SELECT r.thread_id
            FROM \(tables.runs) AS r
            WHERE r.run_id = $1
            LIMIT 1
            """)
        threadsOfRuns = PostgresStatement(
            "runs_threads",
            """
            SELECT r.run_id, r.thread_id
            FROM \(tables.runs) AS r
            WHERE r.run_id = ANY ($1::text[])
            """)
        run = PostgresStatement(
            "run",
            """
            SELECT \(columns)
            FROM \(tables.runs) AS r
            WHERE r.run_id = $1
            LIMIT 1
            """)
        runByKey = PostgresStatement(
            "run_by_key",
            """
            SELECT \(columns)
            FROM \(tables.runs) AS r
            WHERE r.thread_id = $1
              AND r.idempotency_key = $2
            """)
        func unfinished(_ condition: String) -> String {
            """
            SELECT \(columns), t.lease_run_id, t.lease_holder, t.epoch, t.lease_beat, t.lease_duration
            FROM \(tables.runs) AS r
            LEFT JOIN \(tables.threads) AS t ON \(condition)t.thread_id = r.thread_id
            WHERE \(condition.replacing("t.", with: "r."))r.status IN ('pending', 'running')
            ORDER BY r.created_at, r.run_id COLLATE "C"
            """
        }
        self.unfinished = PostgresStatement("runs_unfinished", unfinished(""))
        unfinishedOfThread = PostgresStatement("runs_unfinished_of_thread", unfinished("t.thread_id = $1 AND "))
        create = PostgresStatement("run_create", Self.create(tables))
        requireUnique = PostgresStatement(
            "run_require_unique",
            """
            SELECT 1 / (CASE WHEN count(*) > 1 THEN 0 ELSE 1 END)
            FROM \(tables.runs) AS r
            WHERE r.run_id = $1
            """)
        finish = PostgresStatement("run_finish", Self.finish(tables))
        requestStop = PostgresStatement(
            "run_request_stop",
            """
            UPDATE \(tables.runs) AS r
            SET stop_requested_at = COALESCE(r.stop_requested_at, $3),
                updated_at = CASE r.status WHEN 'pending' THEN $3 ELSE r.updated_at END,
                status = CASE r.status WHEN 'pending' THEN 'cancelled' ELSE r.status END
            WHERE r.thread_id = $1
              AND r.run_id = $2
              AND r.status IN ('pending', 'running')
            """)
        toStop = PostgresStatement(
            "runs_to_stop",
            """
            SELECT r.run_id, r.thread_id
            FROM \(tables.runs) AS r
            WHERE r.status = 'running'
              AND r.stop_requested_at IS NOT NULL
            """)
        takeOver = PostgresStatement("run_take_over", Self.takeOver(tables))
        append = PostgresStatement(
            "events_append",
            """
            INSERT INTO \(tables.events) (thread_id, run_id, attempt, number, payload)
            SELECT $1::text, $2::text, $3::integer, u.number, u.payload
            FROM unnest($4::bigint[], $5::bytea[]) AS u (number, payload)
            WHERE EXISTS (
                SELECT 1
                FROM \(tables.runs) AS r
                WHERE r.thread_id = $1
                  AND r.run_id = $2
                  AND r.attempt = $3
            )
            ON CONFLICT (thread_id, run_id, attempt, number) DO NOTHING
            """)
        events = PostgresStatement(
            "events",
            """
            SELECT e.attempt, e.number, e.payload
            FROM \(tables.events) AS e
            WHERE e.thread_id = $1
              AND e.run_id = $2
              AND e.attempt = (
                  SELECT r.attempt
                  FROM \(tables.runs) AS r
                  WHERE r.thread_id = $1
                    AND r.run_id = $2
              )
              AND e.number >= $3
            ORDER BY e.number
            LIMIT $4
            """)
        pruneLogs = PostgresStatement(
            "events_prune",
            """
            WITH logged AS (
                SELECT DISTINCT e.thread_id, e.run_id
                FROM \(tables.events) AS e
            ), ended AS MATERIALIZED (
                SELECT r.thread_id, r.run_id
                FROM logged AS l
                JOIN \(tables.runs) AS r ON r.thread_id = l.thread_id AND r.run_id = l.run_id
                WHERE r.status NOT IN ('pending', 'running')
                  AND r.updated_at < $1
                LIMIT $2
            ), gone AS (
                DELETE FROM \(tables.events) AS e
                USING ended
                WHERE e.thread_id = ended.thread_id
                  AND e.run_id = ended.run_id
            )
            SELECT count(*)
            FROM ended
            """)
    }

    /// In the order in which `RunRecord` reads them.
    static let columns = """
        r.run_id, r.thread_id, r.status, r.attempt, r.input, r.idempotency_key, r.failure, r.created_at, r.updated_at,
            r.stop_requested_at
        """

    /// `$1` thread, `$2` run, `$3` owner, `$4` labels, `$5` title, `$6` title as it is searched, `$7` key, `$8` input,
    /// `$9` holder, `$10` duration, `$11` time, `$12` token, `$13` first epoch of a new thread, `$14` whether it waits.
    ///
    /// One row: the thread's owner, its epoch, whether it is leased, whether it is leased by this very call, the new
    /// lease's epoch, when the run was created if it waits, then the run that exists. Without any of them another call made
    /// the thread at the same time: ask again.
    private static func create(_ tables: TableNames) -> String {
        """
        WITH thread AS MATERIALIZED (
            SELECT t.owner, t.epoch, t.lease_run_id, t.lease_token
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
        ), existing AS MATERIALIZED (
            SELECT r.*
            FROM \(tables.runs) AS r
            WHERE r.thread_id = $1
              AND (r.run_id = $2 OR r.idempotency_key = $7)
            ORDER BY COALESCE(r.idempotency_key = $7, false) DESC
            LIMIT 1
        ), allowed AS MATERIALIZED (
            SELECT 1
            WHERE NOT EXISTS (SELECT 1 FROM existing)
              AND NOT EXISTS (SELECT 1 FROM thread WHERE owner <> $3 OR lease_run_id IS NOT NULL)
              AND NOT EXISTS (
                  SELECT 1
                  FROM \(tables.runs) AS r
                  WHERE r.thread_id = $1
                    AND r.status IN ('pending', 'running')
              )
        ), made AS (
            INSERT INTO \(tables.threads) (
                thread_id, owner, labels, title, title_folded, status, created_at, updated_at, epoch, lease_run_id,
                lease_holder, lease_beat, lease_duration, lease_token
            )
            SELECT $1, $3, $4::jsonb, $5, $6, 'busy', $11, $11, $13, $2, $9, 0, $10, $12
            FROM allowed
            WHERE NOT EXISTS (SELECT 1 FROM thread)
            ON CONFLICT (thread_id) DO NOTHING
            RETURNING epoch
        ), begun_anew AS (
            DELETE FROM \(tables.tombstones) AS x
            WHERE x.thread_id = $1
              AND EXISTS (SELECT 1 FROM made)
        ), taken AS (
            UPDATE \(tables.threads) AS t
            SET title = COALESCE(t.title, $5),
                title_folded = COALESCE(t.title_folded, $6),
                status = 'busy',
                updated_at = $11,
                epoch = t.epoch + 1,
                lease_run_id = $2,
                lease_holder = $9,
                lease_beat = 0,
                lease_duration = $10,
                lease_token = $12
            WHERE t.thread_id = $1
              AND EXISTS (SELECT 1 FROM allowed)
            RETURNING t.epoch
        ), lease AS (
            SELECT epoch FROM made
            UNION ALL
            SELECT epoch FROM taken
        ), new_run AS (
            INSERT INTO \(tables.runs) (
                run_id, thread_id, status, attempt, input, idempotency_key, created_at, updated_at
            )
            SELECT $2, $1, 'running', 1, $8, $7, $11, $11
            FROM lease
        ), waiting AS MATERIALIZED (
            SELECT GREATEST($11, (
                SELECT max(r.created_at) + 1
                FROM \(tables.runs) AS r
                WHERE r.thread_id = $1
                  AND r.status IN ('pending', 'running')
            )) AS created_at
            FROM thread
            WHERE $14
              AND owner = $3
              AND NOT EXISTS (SELECT 1 FROM existing)
              AND NOT EXISTS (SELECT 1 FROM allowed)
        ), waiting_run AS (
            INSERT INTO \(tables.runs) (
                run_id, thread_id, status, attempt, input, idempotency_key, created_at, updated_at
            )
            SELECT $2, $1, 'pending', 0, $8, $7, created_at, created_at
            FROM waiting
        ), touched AS (
            UPDATE \(tables.threads) AS t
            SET updated_at = $11
            WHERE t.thread_id = $1
              AND EXISTS (SELECT 1 FROM waiting)
        )
        SELECT (SELECT owner FROM thread), (SELECT epoch FROM thread),
            COALESCE((SELECT lease_run_id IS NOT NULL FROM thread), false),
            COALESCE((SELECT lease_run_id = $2 AND lease_token = $12 FROM thread), false),
            (SELECT epoch FROM lease), (SELECT created_at FROM waiting), \(columns)
        FROM (SELECT 1) AS one
        LEFT JOIN existing AS r ON true
        """
    }

    /// `$1` thread, `$2` run, `$3` status, `$4` failure, `$5` time, `$6` epoch, `$7` the thread's status, `$8` expected
    /// heads or NULL.
    ///
    /// One row: the status that the run had (NULL: none), whether the thread exists, whether the epoch holds the run's
    /// lease, whether the head is one of those expected.
    private static func finish(_ tables: TableNames) -> String {
        """
        WITH run AS MATERIALIZED (
            SELECT r.status
            FROM \(tables.runs) AS r
            WHERE r.thread_id = $1
              AND r.run_id = $2
        ), held AS MATERIALIZED (
            SELECT $8::text[] IS NULL OR \(HeadStatements.isHead(tables, thread: "$1", namespace: "''", heads: "$8"))
                AS is_head
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
              AND t.lease_run_id = $2
              AND t.epoch = $6
        ), ended AS (
            UPDATE \(tables.runs) AS r
            SET status = $3, failure = $4, updated_at = $5
            WHERE r.thread_id = $1
              AND r.run_id = $2
              AND r.status IN ('pending', 'running')
              AND EXISTS (SELECT 1 FROM held WHERE is_head)
            RETURNING 1
        ), released AS (
            UPDATE \(tables.threads) AS t
            SET status = $7,
                updated_at = $5,
                lease_run_id = NULL,
                lease_holder = NULL,
                lease_beat = NULL,
                lease_duration = NULL,
                lease_token = NULL
            WHERE t.thread_id = $1
              AND EXISTS (SELECT 1 FROM ended)
        )
        SELECT (SELECT status FROM run),
            EXISTS (
                SELECT 1
                FROM \(tables.threads) AS t
                WHERE t.thread_id = $1
            ),
            EXISTS (SELECT 1 FROM held), EXISTS (SELECT 1 FROM held WHERE is_head)
        """
    }

    /// `$1` thread, `$2` run, `$3` holder, `$4` duration, `$5` time, `$6` token; the lease as it was observed: `$7` run or
    /// NULL, `$8` holder, `$9` epoch, `$10` beat.
    ///
    /// A row where run and thread exist: whether the run was taken, whether this very call took it before, the epoch
    /// now, the beat, then the run as it is now.
    private static func takeOver(_ tables: TableNames) -> String {
        """
        WITH free AS MATERIALIZED (
            SELECT 1
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
              AND (
                  (t.lease_run_id IS NULL AND $7::text IS NULL)
                  OR (
                      t.lease_run_id = $2
                      AND t.lease_run_id = $7
                      AND t.lease_holder = $8
                      AND t.epoch = $9
                      AND t.lease_beat = $10
                  )
              )
        ), raised AS (
            UPDATE \(tables.runs) AS r
            SET attempt = r.attempt + 1, status = 'running', updated_at = $5
            WHERE r.thread_id = $1
              AND r.run_id = $2
              AND r.status IN ('pending', 'running')
              AND EXISTS (SELECT 1 FROM free)
            RETURNING r.*
        ), taken AS (
            UPDATE \(tables.threads) AS t
            SET epoch = t.epoch + 1,
                lease_run_id = $2,
                lease_holder = $3,
                lease_beat = 0,
                lease_duration = $4,
                lease_token = $6,
                status = 'busy'
            WHERE t.thread_id = $1
              AND EXISTS (SELECT 1 FROM raised)
            RETURNING t.epoch
        ), superseded AS (
            DELETE FROM \(tables.events) AS e
            WHERE e.thread_id = $1
              AND e.run_id = $2
              AND EXISTS (SELECT 1 FROM raised)
        ), now AS (
            SELECT *
            FROM raised
            UNION ALL
            SELECT r.*
            FROM \(tables.runs) AS r
            WHERE r.thread_id = $1
              AND r.run_id = $2
              AND NOT EXISTS (SELECT 1 FROM raised)
        )
        SELECT EXISTS (SELECT 1 FROM raised),
            COALESCE(t.lease_run_id = $2 AND t.lease_token = $6, false),
            COALESCE((SELECT epoch FROM taken), t.epoch), t.lease_beat, \(columns)
        FROM now AS r
        JOIN \(tables.threads) AS t ON t.thread_id = r.thread_id
        WHERE t.thread_id = $1
        """
    }
}
