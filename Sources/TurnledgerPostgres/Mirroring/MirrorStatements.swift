// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of a mirrored store.
///
/// Every guarded write holds a ROW EXCLUSIVE lock on the record's table until its end, and looks at the record when it has
/// the lock. A change of the standing takes an EXCLUSIVE lock: it waits for all writes under way, and all that come later
/// see it. Readers, dumps among them, are in nobody's way.
struct MirrorStatements: Sendable {
    /// The SQLSTATE with which `require` refuses: the argument of a square root is negative.
    static let refusal = "2201F"

    /// `$1` standing. Fails where the record has another one.
    let require: PostgresStatement
    /// `$1` subjects, `$2` token, `$3` time.
    let mark: PostgresStatement
    let record: PostgresStatement
    let lock: PostgresStatement
    /// `$1` standing, `$2` beat. Only where there is no record.
    let insert: PostgresStatement
    /// `$1` standing and `$2` beat as they were, `$3` and `$4` as they are to be.
    let update: PostgresStatement
    /// `$1` standing and `$2` beat as they were.
    let delete: PostgresStatement
    /// `$1` limit.
    let backlog: PostgresStatement
    let count: PostgresStatement
    /// `$1` subjects, `$2` tokens.
    let settle: PostgresStatement
    /// `$1` subjects, `$2` tokens, `$3` time: of marks that have another token by now.
    let postpone: PostgresStatement
    /// `$1` thread.
    let epoch: PostgresStatement
    /// `$1` thread, `$2` runs that stay.
    let removeRuns: PostgresStatement
    /// `$1` thread, `$2` runs that stay.
    let removeEvents: PostgresStatement
    /// `$1` thread, then arrays: runs, statuses, attempts, inputs, keys and failures with `x` before them (`''`: none),
    /// times of creation, of the last change, and of the request to stop (the least number: none).
    let applyRuns: PostgresStatement
    /// As `applyRuns`, but runs that exist stay.
    let addRuns: PostgresStatement
    /// `$1` thread, `$2` owner, `$3` labels, `$4` title, `$5` title as it is searched, `$6` status, `$7` created, `$8`
    /// updated, `$9` epoch, `$10` to `$13` the lease's run, holder, beat, duration.
    let applyThread: PostgresStatement
    /// As `applyThread`, but a record that exists stays.
    let addThread: PostgresStatement

    init(_ tables: TableNames) {
        require = PostgresStatement(
            "mirror_require",
            """
            WITH lock AS (
                UPDATE \(tables.mirror) AS m
                SET beat = m.beat
                WHERE false
                RETURNING 1
            )
            SELECT sqrt(((SELECT count(*) FROM \(tables.mirror) AS m WHERE m.standing = $1) - 1)::double precision)
            """)
        mark = PostgresStatement(
            "mirror_mark",
            """
            INSERT INTO \(tables.mirrorMarks) AS k (subject, token, since)
            SELECT u.subject, $2, $3
            FROM unnest($1::text[]) AS u (subject)
            ON CONFLICT (subject) DO UPDATE SET token = EXCLUDED.token
            """)
        record = PostgresStatement("mirror_record", "SELECT m.standing, m.beat FROM \(tables.mirror) AS m")
        lock = PostgresStatement("mirror_lock", "LOCK TABLE \(tables.mirror) IN EXCLUSIVE MODE")
        insert = PostgresStatement(
            "mirror_insert",
            """
            INSERT INTO \(tables.mirror) (one, standing, beat)
            VALUES (true, $1, $2)
            ON CONFLICT DO NOTHING
            """)
        update = PostgresStatement(
            "mirror_update",
            """
            UPDATE \(tables.mirror) AS m
            SET standing = $3, beat = $4
            WHERE m.standing = $1
              AND m.beat = $2
            """)
        delete = PostgresStatement(
            "mirror_delete",
            """
            DELETE FROM \(tables.mirror) AS m
            WHERE m.standing = $1
              AND m.beat = $2
            """)
        backlog = PostgresStatement(
            "mirror_backlog",
            """
            SELECT k.subject, k.token, k.since
            FROM \(tables.mirrorMarks) AS k
            ORDER BY k.since, k.subject
            LIMIT $1
            """)
        count = PostgresStatement("mirror_count", "SELECT count(*) FROM \(tables.mirrorMarks) AS k")
        settle = PostgresStatement(
            "mirror_settle",
            """
            DELETE FROM \(tables.mirrorMarks) AS k
            USING unnest($1::text[], $2::bigint[]) AS u (subject, token)
            WHERE k.subject = u.subject
              AND k.token = u.token
            """)
        postpone = PostgresStatement(
            "mirror_postpone",
            """
            UPDATE \(tables.mirrorMarks) AS k
            SET since = $3
            FROM unnest($1::text[], $2::bigint[]) AS u (subject, token)
            WHERE k.subject = u.subject
              AND k.token <> u.token
            """)
        epoch = PostgresStatement(
            "mirror_epoch",
            """
            SELECT t.epoch
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
            """)
        removeRuns = PostgresStatement(
            "mirror_remove_runs",
            """
            DELETE FROM \(tables.runs) AS r
            WHERE r.thread_id = $1
              AND NOT (r.run_id = ANY ($2::text[]))
            """)
        removeEvents = PostgresStatement(
            "mirror_remove_events",
            """
            DELETE FROM \(tables.events) AS e
            WHERE e.thread_id = $1
              AND NOT (e.run_id = ANY ($2::text[]))
            """)
        let runs = """
            INSERT INTO \(tables.runs) AS r (
                thread_id, run_id, status, attempt, input, idempotency_key, failure, created_at, updated_at,
                stop_requested_at
            )
            SELECT $1::text, u.run_id, u.status, u.attempt::integer, u.input, substr(NULLIF(u.key, ''), 2),
                substr(NULLIF(u.failure, ''), 2), u.created_at, u.updated_at,
                NULLIF(u.stop, '-9223372036854775808'::bigint)
            FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::text[], $7::text[], $8::bigint[],
                    $9::bigint[], $10::bigint[])
                AS u (run_id, status, attempt, input, key, failure, created_at, updated_at, stop)
            """
        applyRuns = PostgresStatement(
            "mirror_apply_runs",
            """
            \(runs)
            ON CONFLICT (thread_id, run_id) DO UPDATE
            SET status = EXCLUDED.status,
                attempt = EXCLUDED.attempt,
                input = EXCLUDED.input,
                idempotency_key = EXCLUDED.idempotency_key,
                failure = EXCLUDED.failure,
                created_at = EXCLUDED.created_at,
                updated_at = EXCLUDED.updated_at,
                stop_requested_at = EXCLUDED.stop_requested_at
            WHERE (r.status, r.attempt, r.failure, r.updated_at, r.stop_requested_at)
                IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.attempt, EXCLUDED.failure, EXCLUDED.updated_at,
                    EXCLUDED.stop_requested_at)
            """)
        addRuns = PostgresStatement("mirror_add_runs", "\(runs)\nON CONFLICT DO NOTHING")
        let thread = """
            INSERT INTO \(tables.threads) (
                thread_id, owner, labels, title, title_folded, status, created_at, updated_at, epoch, lease_run_id,
                lease_holder, lease_beat, lease_duration
            )
            VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """
        applyThread = PostgresStatement(
            "mirror_apply_thread",
            """
            \(thread)
            ON CONFLICT (thread_id) DO UPDATE
            SET owner = EXCLUDED.owner,
                labels = EXCLUDED.labels,
                title = EXCLUDED.title,
                title_folded = EXCLUDED.title_folded,
                status = EXCLUDED.status,
                created_at = EXCLUDED.created_at,
                updated_at = EXCLUDED.updated_at,
                epoch = EXCLUDED.epoch,
                lease_run_id = EXCLUDED.lease_run_id,
                lease_holder = EXCLUDED.lease_holder,
                lease_beat = EXCLUDED.lease_beat,
                lease_duration = EXCLUDED.lease_duration,
                lease_token = NULL
            """)
        addThread = PostgresStatement("mirror_add_thread", "\(thread)\nON CONFLICT (thread_id) DO NOTHING")
    }
}
