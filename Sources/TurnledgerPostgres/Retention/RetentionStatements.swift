// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of retention and tombstones.
///
/// `facts` and `retire` stand in `langgraph_cleanup_old_data` too, so that both ways go by one rule.
struct RetentionStatements: Sendable {
    /// What stands for the values of `retire`.
    struct RetireValues {
        var thread: String
        /// The greatest checkpoint ID, or `''`, as it was when the thread was decided upon.
        var newest: String
        /// The time of its record, or -1.
        var updatedAt: String
        var sparesWaiting: String
        var time: String
        var reason: String
    }

    /// `$1` the thread behind which to begin, `$2` limit.
    let facts: PostgresStatement
    /// As `facts`, with the bytes of all values.
    let measuredFacts: PostgresStatement
    /// `$1` thread.
    let lock: PostgresStatement
    /// `$1` thread, `$2` newest, `$3` time of the record, `$4` whether a waiting thread is spared, `$5` time, `$6` reason.
    /// One row: whether it went, and how many checkpoints, blobs and writes with it.
    let retire: PostgresStatement
    /// `$1` thread, `$2` time, `$3` reason. As `retire`, without conditions.
    let bury: PostgresStatement
    /// `$1` to `$4` as `retire`: whether it may be done.
    let isDue: PostgresStatement

    /// `$1` thread.
    let retention: PostgresStatement
    /// `$1` thread, `$2` pinned, `$3` hold, `$4` action, `$5` idle, `$6` kept, `$7` time.
    let setRetention: PostgresStatement
    let removeRetention: PostgresStatement
    let retentions: PostgresStatement
    let removeRules: PostgresStatement
    /// `$1` position, `$2` labels, `$3` action, `$4` idle, `$5` kept.
    let addRule: PostgresStatement

    /// `$1` thread.
    let tombstone: PostgresStatement
    let removeTombstone: PostgresStatement
    /// `$1` limit.
    let revived: PostgresStatement
    /// `$1` time.
    let forgetTombstones: PostgresStatement

    var onThreads: [PostgresStatement] {
        [lock, retire, bury, isDue, retention, setRetention, removeRetention, tombstone, removeTombstone]
    }

    init(_ tables: TableNames) {
        facts = PostgresStatement("retention_facts", Self.facts(tables, begin: "$1", limit: "$2"))
        measuredFacts = PostgresStatement(
            "retention_measured_facts", Self.facts(tables, begin: "$1", limit: "$2", measuring: true))
        lock = PostgresStatement(
            "retention_lock",
            """
            SELECT 1
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
            FOR UPDATE
            """)
        retire = PostgresStatement(
            "retention_retire",
            Self.retire(
                tables,
                RetireValues(
                    thread: "$1", newest: "$2", updatedAt: "$3", sparesWaiting: "$4", time: "$5", reason: "$6")))
        bury = PostgresStatement(
            "retention_bury",
            Self.removal(tables, thread: "$1", verdict: "SELECT true AS is_due", time: "$2", reason: "$3"))
        isDue = PostgresStatement(
            "retention_is_due",
            "SELECT "
                + Self.isDue(
                    tables,
                    RetireValues(
                        thread: "$1", newest: "$2", updatedAt: "$3", sparesWaiting: "$4", time: "", reason: "")))
        let columns = "x.pinned, x.hold, x.action, x.idle, x.kept"
        retention = PostgresStatement(
            "retention",
            """
            SELECT \(columns)
            FROM \(tables.retention) AS x
            WHERE x.thread_id = $1
            """)
        setRetention = PostgresStatement(
            "retention_set",
            """
            INSERT INTO \(tables.retention) (thread_id, pinned, hold, action, idle, kept, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (thread_id) DO UPDATE SET
                pinned = EXCLUDED.pinned, hold = EXCLUDED.hold, action = EXCLUDED.action, idle = EXCLUDED.idle,
                kept = EXCLUDED.kept, updated_at = EXCLUDED.updated_at
            """)
        removeRetention = PostgresStatement(
            "retention_remove",
            """
            DELETE FROM \(tables.retention) AS x
            WHERE x.thread_id = $1
            """)
        retentions = PostgresStatement(
            "retentions",
            """
            SELECT \(columns), x.thread_id
            FROM \(tables.retention) AS x
            ORDER BY x.thread_id
            """)
        removeRules = PostgresStatement("retention_remove_rules", "DELETE FROM \(tables.retentionRules)")
        addRule = PostgresStatement(
            "retention_add_rule",
            """
            INSERT INTO \(tables.retentionRules) (position, labels, action, idle, kept)
            VALUES ($1, $2::jsonb, $3, $4, $5)
            ON CONFLICT (position) DO UPDATE SET
                labels = EXCLUDED.labels, action = EXCLUDED.action, idle = EXCLUDED.idle, kept = EXCLUDED.kept
            """)
        tombstone = PostgresStatement(
            "tombstone",
            """
            SELECT x.deleted_at, x.reason
            FROM \(tables.tombstones) AS x
            WHERE x.thread_id = $1
            """)
        removeTombstone = PostgresStatement(
            "tombstone_remove",
            """
            DELETE FROM \(tables.tombstones) AS x
            WHERE x.thread_id = $1
            """)
        let isThere = """
            (
                EXISTS (SELECT 1 FROM \(tables.checkpoints) AS c WHERE c.thread_id = x.thread_id)
                OR EXISTS (SELECT 1 FROM \(tables.writes) AS w WHERE w.thread_id = x.thread_id)
            )
            """
        revived = PostgresStatement(
            "tombstones_revived",
            """
            SELECT x.thread_id, x.deleted_at, x.reason,
                (SELECT count(*) FROM \(tables.checkpoints) AS c WHERE c.thread_id = x.thread_id),
                NOT EXISTS (SELECT 1 FROM \(tables.checkpoints) AS c WHERE c.thread_id = x.thread_id)
                    OR EXISTS (
                        SELECT 1
                        FROM \(tables.checkpoints) AS c
                        WHERE c.thread_id = x.thread_id
                          AND c.parent_checkpoint_id <> ''
                          AND NOT EXISTS (
                              SELECT 1
                              FROM \(tables.checkpoints) AS p
                              WHERE p.thread_id = x.thread_id
                                AND p.checkpoint_ns = c.checkpoint_ns
                                AND p.checkpoint_id = c.parent_checkpoint_id
                          )
                    )
            FROM \(tables.tombstones) AS x
            WHERE \(isThere)
            ORDER BY x.thread_id
            LIMIT $1
            """)
        forgetTombstones = PostgresStatement(
            "tombstones_forget",
            """
            DELETE FROM \(tables.tombstones) AS x
            WHERE x.deleted_at < $1
              AND NOT \(isThere)
            """)
    }

    // MARK: Facts

    /// A page of threads in the order of their IDs: `thread_id`, `owner`, `labels`, `updated_at`, `is_active`,
    /// `is_waiting`, `newest`, `last_activity`, `checkpoints`, `blobs`, `writes`, `pinned`, `hold`, `action`, `idle`,
    /// `kept`, `bytes`.
    ///
    /// Jumps from thread to thread along the indexes of four tables; each thread costs its own index entries, and with
    /// `measuring` its rows.
    static func facts(_ tables: TableNames, begin: String, limit: String?, measuring: Bool = false) -> String {
        func next(_ id: String) -> String {
            let candidates = [tables.threads, tables.checkpoints, tables.writes, tables.blobs].map { table in
                "(SELECT n.thread_id FROM \(table) AS n WHERE n.thread_id > \(id) ORDER BY n.thread_id LIMIT 1)"
            }
            return "LEAST(\n        \(candidates.joined(separator: ",\n        "))\n    )"
        }
        func size(_ columns: String) -> String { measuring ? "COALESCE(sum(\(columns)), 0)" : "0" }
        return """
            WITH RECURSIVE ids (thread_id) AS (
                SELECT \(next(begin))
                UNION ALL
                SELECT \(next("i.thread_id"))
                FROM ids AS i
                WHERE i.thread_id IS NOT NULL
            )
            SELECT i.thread_id, t.owner, t.labels, t.updated_at,
                COALESCE(t.lease_run_id IS NOT NULL, false) OR EXISTS (
                    SELECT 1
                    FROM \(tables.runs) AS r
                    WHERE r.thread_id = i.thread_id
                      AND r.status IN ('pending', 'running')
                ) AS is_active,
                COALESCE(t.status = 'interrupted', false) OR \(asks(tables, thread: "i.thread_id")) AS is_waiting,
                COALESCE(n.newest, '') AS newest,
                GREATEST(
                    t.updated_at,
                    \(tables.checkpointTime)(
                        n.newest,
                        CASE WHEN n.newest ~ '^.{14}6' THEN NULL ELSE (
                            SELECT k.checkpoint ->> 'ts'
                            FROM \(tables.checkpoints) AS k
                            WHERE k.thread_id = i.thread_id
                              AND k.checkpoint_id = n.newest
                            LIMIT 1
                        ) END
                    )
                ) AS last_activity,
                c.count AS checkpoints, b.count AS blobs, w.count AS writes, x.pinned, x.hold, x.action, x.idle, x.kept,
                (c.bytes + b.bytes + w.bytes)::bigint AS bytes
            FROM (
                SELECT a.thread_id
                FROM ids AS a
                WHERE a.thread_id IS NOT NULL
                \(limit.map { "LIMIT \($0)" } ?? "")
            ) AS i
            LEFT JOIN LATERAL (
                SELECT t.owner, t.labels, t.updated_at, t.lease_run_id, t.status
                FROM \(tables.threads) AS t
                WHERE t.thread_id = i.thread_id
                OFFSET 0
            ) AS t ON true
            LEFT JOIN LATERAL (
                SELECT x.pinned, x.hold, x.action, x.idle, x.kept
                FROM \(tables.retention) AS x
                WHERE x.thread_id = i.thread_id
                OFFSET 0
            ) AS x ON true
            CROSS JOIN LATERAL (
                SELECT count(*) AS count, max(c.checkpoint_id) AS newest,
                    \(size("pg_column_size(c.checkpoint) + pg_column_size(c.metadata)")) AS bytes
                FROM \(tables.checkpoints) AS c
                WHERE c.thread_id = i.thread_id
            ) AS c
            CROSS JOIN LATERAL (
                SELECT count(*) AS count, \(size("COALESCE(pg_column_size(b.blob), 0)")) AS bytes
                FROM \(tables.blobs) AS b
                WHERE b.thread_id = i.thread_id
            ) AS b
            CROSS JOIN LATERAL (
                SELECT count(*) AS count, max(w.checkpoint_id) AS newest,
                    \(size("pg_column_size(w.blob)")) AS bytes
                FROM \(tables.writes) AS w
                WHERE w.thread_id = i.thread_id
            ) AS w
            CROSS JOIN LATERAL (SELECT GREATEST(c.newest, w.newest) AS newest) AS n
            """
    }

    /// Whether the newest root checkpoint has a question among its writes.
    private static func asks(_ tables: TableNames, thread: String) -> String {
        """
        EXISTS (
                    SELECT 1
                    FROM \(tables.writes) AS q
                    WHERE q.thread_id = \(thread)
                      AND q.checkpoint_ns = ''
                      AND q.checkpoint_id = \(HeadStatements.head(tables, thread: thread, namespace: "''"))
                      AND q.channel = '__interrupt__'
                )
        """
    }

    // MARK: Removing

    /// Whether a thread is as it was, and nothing has come that keeps it.
    private static func isDue(_ tables: TableNames, _ values: RetireValues) -> String {
        let thread = values.thread
        return """
            COALESCE(
                    GREATEST(
                        (SELECT max(c.checkpoint_id) FROM \(tables.checkpoints) AS c WHERE c.thread_id = \(thread)),
                        (SELECT max(w.checkpoint_id) FROM \(tables.writes) AS w WHERE w.thread_id = \(thread))
                    ), '') = \(values.newest)
                AND COALESCE(
                    (SELECT t.updated_at FROM \(tables.threads) AS t WHERE t.thread_id = \(thread)), -1
                ) = \(values.updatedAt)
                AND NOT EXISTS (
                    SELECT 1
                    FROM \(tables.threads) AS l
                    WHERE l.thread_id = \(thread)
                      AND (l.lease_run_id IS NOT NULL OR (\(values.sparesWaiting) AND l.status = 'interrupted'))
                )
                AND NOT EXISTS (
                    SELECT 1
                    FROM \(tables.runs) AS r
                    WHERE r.thread_id = \(thread)
                      AND r.status IN ('pending', 'running')
                )
                AND NOT EXISTS (
                    SELECT 1
                    FROM \(tables.retention) AS x
                    WHERE x.thread_id = \(thread)
                      AND (x.pinned OR x.hold IS NOT NULL)
                )
                AND NOT (\(values.sparesWaiting) AND \(asks(tables, thread: thread)))
            """
    }

    /// Removes a thread that is still due, in one statement of one snapshot: behind the lock of its record.
    static func retire(_ tables: TableNames, _ values: RetireValues) -> String {
        removal(
            tables, thread: values.thread, verdict: "SELECT \(isDue(tables, values)) AS is_due", time: values.time,
            reason: values.reason)
    }

    private static func removal(
        _ tables: TableNames, thread: String, verdict: String, time: String, reason: String
    ) -> String {
        let counted = [
            ("writes", tables.writes), ("blobs", tables.blobs), ("checkpoints", tables.checkpoints),
            ("records", tables.threads),
        ]
        let others = [
            ("events", tables.events), ("runs", tables.runs), ("journal", tables.journal),
            ("retention", tables.retention),
        ]
        let removals = (others + counted).enumerated().map { number, part in
            """
            gone_\(part.0) AS (
                DELETE FROM \(part.1) AS d
                WHERE d.thread_id = \(thread)
                  AND EXISTS (SELECT 1 FROM verdict WHERE is_due)
                \(number < others.count ? "" : "RETURNING 1")
            )
            """
        }
        return """
            WITH verdict AS MATERIALIZED (
                \(verdict)
            ), \(removals.joined(separator: ", ")), mark AS (
                INSERT INTO \(tables.tombstones) (thread_id, deleted_at, reason)
                SELECT \(thread), \(time)::bigint, \(reason)::text
                FROM verdict
                WHERE is_due
                ON CONFLICT (thread_id) DO UPDATE SET
                    deleted_at = EXCLUDED.deleted_at, reason = EXCLUDED.reason
            )
            SELECT v.is_due, (SELECT count(*) FROM gone_checkpoints) AS checkpoints,
                (SELECT count(*) FROM gone_blobs) AS blobs, (SELECT count(*) FROM gone_writes) AS writes,
                (SELECT count(*) FROM gone_records) AS records
            FROM verdict AS v
            """
    }
}

/// The statements of chores.
struct ChoreStatements: Sendable {
    /// `$1` name, `$2` holder, `$3` duration, `$4` time, `$5` epoch and `$6` beat as they were observed (NULL: not at all).
    let take: PostgresStatement
    /// `$1` name, `$2` holder, `$3` epoch, `$4` time.
    let renew: PostgresStatement
    /// `$1` name, `$2` holder, `$3` epoch, `$4` time, `$5` note.
    let finish: PostgresStatement
    /// `$1` name.
    let chore: PostgresStatement

    init(_ tables: TableNames) {
        let columns = "m.name, m.holder, m.epoch, m.beat, m.duration, m.note, m.updated_at"
        take = PostgresStatement(
            "chore_take",
            """
            INSERT INTO \(tables.chores) AS m (name, holder, epoch, beat, duration, updated_at)
            VALUES ($1, $2, 1, 0, $3, $4)
            ON CONFLICT (name) DO UPDATE SET
                holder = EXCLUDED.holder, epoch = m.epoch + 1, beat = 0, duration = EXCLUDED.duration,
                updated_at = EXCLUDED.updated_at
            WHERE m.holder IS NULL
               OR m.holder = EXCLUDED.holder
               OR (m.epoch = $5 AND m.beat = $6)
            RETURNING \(columns)
            """)
        renew = PostgresStatement(
            "chore_renew",
            """
            UPDATE \(tables.chores) AS m
            SET beat = m.beat + 1, updated_at = $4
            WHERE m.name = $1
              AND m.holder = $2
              AND m.epoch = $3
            RETURNING \(columns)
            """)
        finish = PostgresStatement(
            "chore_finish",
            """
            UPDATE \(tables.chores) AS m
            SET holder = NULL, note = $5, updated_at = $4
            WHERE m.name = $1
              AND m.holder = $2
              AND m.epoch = $3
            """)
        chore = PostgresStatement(
            "chore",
            """
            SELECT \(columns)
            FROM \(tables.chores) AS m
            WHERE m.name = $1
            """)
    }
}
