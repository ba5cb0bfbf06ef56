// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of retention, tombstones and chores.
enum RetentionStatements {
    /// `?1` the thread behind which to begin, `?2` limit.
    static let page = {
        let tables = ["turnledger_threads", "checkpoints", "checkpoint_writes", "checkpoint_blobs"]
        let parts = tables.map { table in
            """
            SELECT thread_id FROM (
                SELECT DISTINCT thread_id
                FROM \(table)
                WHERE thread_id > ?1
                ORDER BY thread_id
                LIMIT ?2
            )
            """
        }
        return """
            \(parts.joined(separator: "\nUNION\n"))
            ORDER BY thread_id
            LIMIT ?2
            """
    }()

    /// What there is to know of one thread, whether it exists or not.
    static let facts = """
        SELECT t.owner, t.labels, t.updated_at, t.status,
            t.lease_run_id IS NOT NULL OR EXISTS (
                SELECT 1
                FROM turnledger_runs AS r INDEXED BY turnledger_runs_unfinished_of_thread
                WHERE r.thread_id = ?1
                  AND r.status IN ('pending', 'running')
            ) AS is_active,
            EXISTS (
                SELECT 1
                FROM checkpoint_writes AS w
                WHERE w.thread_id = ?1
                  AND w.checkpoint_ns = ''
                  AND w.checkpoint_id = (
                      SELECT max(c.checkpoint_id)
                      FROM checkpoints AS c
                      WHERE c.thread_id = ?1
                        AND c.checkpoint_ns = ''
                  )
                  AND w.channel = '__interrupt__'
            ) AS asks,
            (SELECT max(c.checkpoint_id) FROM checkpoints AS c WHERE c.thread_id = ?1) AS newest_checkpoint,
            (SELECT max(w.checkpoint_id) FROM checkpoint_writes AS w WHERE w.thread_id = ?1) AS newest_write,
            (SELECT count(*) FROM checkpoints AS c WHERE c.thread_id = ?1) AS checkpoints,
            (SELECT count(*) FROM checkpoint_blobs AS b WHERE b.thread_id = ?1) AS blobs,
            (SELECT count(*) FROM checkpoint_writes AS w WHERE w.thread_id = ?1) AS writes,
            x.pinned, x.hold, x.action, x.idle, x.kept
        FROM (SELECT 1) AS one
        LEFT JOIN turnledger_threads AS t ON t.thread_id = ?1
        LEFT JOIN turnledger_retention AS x ON x.thread_id = ?1
        """

    static let timestamp = """
        SELECT json_extract(checkpoint, '$.ts') AS ts
        FROM checkpoints
        WHERE thread_id = ?
          AND checkpoint_id = ?
        LIMIT 1
        """

    static let bytes = """
        SELECT
            COALESCE((SELECT sum(length(c.checkpoint) + length(c.metadata)) FROM checkpoints AS c
                WHERE c.thread_id = ?1), 0)
            + COALESCE((SELECT sum(length(b.blob)) FROM checkpoint_blobs AS b WHERE b.thread_id = ?1), 0)
            + COALESCE((SELECT sum(length(w.blob)) FROM checkpoint_writes AS w WHERE w.thread_id = ?1), 0) AS bytes
        """

    // MARK: What was said about threads

    static let retention = """
        SELECT thread_id, pinned, hold, action, idle, kept
        FROM turnledger_retention
        WHERE thread_id = ?
        """

    static let retentions = """
        SELECT thread_id, pinned, hold, action, idle, kept
        FROM turnledger_retention
        ORDER BY thread_id
        """

    static let setRetention = """
        INSERT INTO turnledger_retention (thread_id, pinned, hold, action, idle, kept, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (thread_id) DO UPDATE SET
            pinned = excluded.pinned, hold = excluded.hold, action = excluded.action, idle = excluded.idle,
            kept = excluded.kept, updated_at = excluded.updated_at
        """

    // MARK: Tombstones

    static let bury = """
        INSERT INTO turnledger_tombstones (thread_id, deleted_at, reason)
        VALUES (?, ?, ?)
        ON CONFLICT (thread_id) DO UPDATE SET deleted_at = excluded.deleted_at, reason = excluded.reason
        """

    static let tombstone = """
        SELECT deleted_at, reason
        FROM turnledger_tombstones
        WHERE thread_id = ?
        """

    static let removeTombstone = """
        DELETE FROM turnledger_tombstones
        WHERE thread_id = ?
        """

    private static let isThere = """
        (
            EXISTS (SELECT 1 FROM checkpoints AS c WHERE c.thread_id = x.thread_id)
            OR EXISTS (SELECT 1 FROM checkpoint_writes AS w WHERE w.thread_id = x.thread_id)
        )
        """

    static let revived = """
        SELECT x.thread_id, x.deleted_at, x.reason,
            (SELECT count(*) FROM checkpoints AS c WHERE c.thread_id = x.thread_id) AS checkpoints,
            NOT EXISTS (SELECT 1 FROM checkpoints AS c WHERE c.thread_id = x.thread_id)
                OR EXISTS (
                    SELECT 1
                    FROM checkpoints AS c
                    WHERE c.thread_id = x.thread_id
                      AND c.parent_checkpoint_id <> ''
                      AND NOT EXISTS (
                          SELECT 1
                          FROM checkpoints AS p
                          WHERE p.thread_id = x.thread_id
                            AND p.checkpoint_ns = c.checkpoint_ns
                            AND p.checkpoint_id = c.parent_checkpoint_id
                      )
                ) AS is_fragment
        FROM turnledger_tombstones AS x
        WHERE \(isThere)
        ORDER BY x.thread_id
        LIMIT ?
        """

    static let forgetTombstones = """
        DELETE FROM turnledger_tombstones AS x
        WHERE x.deleted_at < ?
          AND NOT \(isThere)
        """

    // MARK: Chores

    static let chore = """
        SELECT name, holder, epoch, beat, duration, note, updated_at
        FROM turnledger_chores
        WHERE name = ?
        """

    static let saveChore = """
        INSERT INTO turnledger_chores (name, holder, epoch, beat, duration, note, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET
            holder = excluded.holder, epoch = excluded.epoch, beat = excluded.beat, duration = excluded.duration,
            note = excluded.note, updated_at = excluded.updated_at
        """
}
