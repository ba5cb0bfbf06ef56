// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements that shorten and copy threads, and read the histories of delta channels.
struct MaintenanceStatements: Sendable {
    // MARK: What a thread has. `$1` thread

    /// Waits for the thread, and writes as whoever holds it: a strict fence lets the pruning of a held thread through.
    let lock: PostgresStatement
    let outline: PostgresStatement
    let blobKeys: PostgresStatement
    let placesWithSends: PostgresStatement
    let isKnown: PostgresStatement
    /// `$1` runs. Threads with checkpoints that these runs made: each run is one look into the index of metadata.
    let threadsOfRuns: PostgresStatement

    // MARK: Removing. `$1` thread

    /// `$2` namespaces.
    let removeNamespaces: (writes: PostgresStatement, blobs: PostgresStatement, checkpoints: PostgresStatement)
    /// Arrays: `$2` namespaces, `$3` checkpoints.
    let removeWrites: PostgresStatement
    let removeCheckpoints: PostgresStatement
    let forgetParents: PostgresStatement
    /// Arrays: `$2` namespaces, `$3` channels, `$4` versions.
    let removeBlobs: PostgresStatement

    // MARK: Delta channels. `$1` thread, `$2` namespace

    /// `$3` checkpoint, `$4` channel. The checkpoint and its ancestors up to the first that stores a value, in no order;
    /// a circle of parents ends where it closes.
    let ancestors: PostgresStatement
    /// `$3` checkpoint, `$4` channel. The blob, where there is one, and the document.
    let seed: PostgresStatement
    /// `$3` checkpoints, `$4` channel.
    let writes: PostgresStatement
    /// `$3` channel, `$4` version, `$5` type, `$6` blob.
    let putSnapshot: PostgresStatement
    /// `$3` checkpoint, `$4` document, `$5` metadata.
    let replaceDocument: PostgresStatement

    // MARK: Copying

    /// `$1` source, `$2` target, `$3` time, `$4` epoch of a new record.
    ///
    /// One row: whether somebody holds the target, whether it is another owner's, whether it has checkpoints of its own.
    /// Nothing was copied unless all are false.
    let copy: PostgresStatement

    var onThreads: [PostgresStatement] {
        [
            lock, outline, blobKeys, placesWithSends, isKnown, removeNamespaces.writes, removeNamespaces.blobs,
            removeNamespaces.checkpoints, removeWrites, removeCheckpoints, forgetParents, removeBlobs, ancestors, seed,
            writes, putSnapshot, replaceDocument,
        ]
    }

    static let rollback = PostgresStatement("maintenance_rollback", "ROLLBACK")
    /// Snapshots of one moment: what was planned is what is removed, or the transaction fails.
    static let begin = PostgresStatement("maintenance_begin", "BEGIN ISOLATION LEVEL REPEATABLE READ")

    init(_ tables: TableNames) {
        lock = PostgresStatement(
            "maintenance_lock",
            """
            SELECT set_config('\(StrictFence.setting)', t.epoch::text, true), t.lease_run_id
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
            FOR NO KEY UPDATE
            """)
        outline = PostgresStatement(
            "maintenance_outline",
            """
            SELECT c.checkpoint_ns, c.checkpoint_id, c.parent_checkpoint_id, c.checkpoint, c.metadata
            FROM \(tables.checkpoints) AS c
            WHERE c.thread_id = $1
            """)
        blobKeys = PostgresStatement(
            "maintenance_blob_keys",
            """
            SELECT b.checkpoint_ns, b.channel, b.version
            FROM \(tables.blobs) AS b
            WHERE b.thread_id = $1
              AND b.type <> 'empty'
            """)
        placesWithSends = PostgresStatement(
            "maintenance_sends",
            """
            SELECT DISTINCT w.checkpoint_ns, w.checkpoint_id
            FROM \(tables.writes) AS w
            WHERE w.thread_id = $1
              AND w.channel = '__pregel_tasks'
            """)
        let anyRow = tables.langGraph.enumerated().map { number, table in
            "EXISTS (SELECT 1 FROM \(table) AS k\(number) WHERE k\(number).thread_id = $1)"
        }
        isKnown = PostgresStatement(
            "maintenance_is_known",
            """
            SELECT \(anyRow.joined(separator: "\n    OR "))
                OR EXISTS (SELECT 1 FROM \(tables.threads) AS t WHERE t.thread_id = $1)
            """)
        threadsOfRuns = PostgresStatement(
            "maintenance_threads_of_runs",
            """
            SELECT DISTINCT c.thread_id
            FROM unnest($1::text[]) AS r (id)
            JOIN \(tables.checkpoints) AS c ON c.metadata @> jsonb_build_object('run_id', r.id)
            ORDER BY c.thread_id
            """)
        func removeNamespaces(_ name: String, _ table: String) -> PostgresStatement {
            PostgresStatement(
                "maintenance_remove_namespaces_\(name)",
                """
                DELETE FROM \(table) AS d
                WHERE d.thread_id = $1
                  AND d.checkpoint_ns = ANY ($2::text[])
                """)
        }
        self.removeNamespaces = (
            removeNamespaces("writes", tables.writes), removeNamespaces("blobs", tables.blobs),
            removeNamespaces("checkpoints", tables.checkpoints)
        )
        let places = "(SELECT u.a, u.b FROM unnest($2::text[], $3::text[]) AS u (a, b))"
        func remove(_ name: String, _ table: String) -> PostgresStatement {
            PostgresStatement(
                "maintenance_remove_\(name)",
                """
                DELETE FROM \(table) AS d
                WHERE d.thread_id = $1
                  AND (d.checkpoint_ns, d.checkpoint_id) IN \(places)
                """)
        }
        removeWrites = remove("writes", tables.writes)
        removeCheckpoints = remove("checkpoints", tables.checkpoints)
        forgetParents = PostgresStatement(
            "maintenance_forget_parents",
            """
            UPDATE \(tables.checkpoints) AS c
            SET parent_checkpoint_id = NULL
            WHERE c.thread_id = $1
              AND (c.checkpoint_ns, c.checkpoint_id) IN \(places)
            """)
        removeBlobs = PostgresStatement(
            "maintenance_remove_blobs",
            """
            DELETE FROM \(tables.blobs) AS d
            WHERE d.thread_id = $1
              AND (d.checkpoint_ns, d.channel, d.version) IN (
                  SELECT u.a, u.b, u.c
                  FROM unnest($2::text[], $3::text[], $4::text[]) AS u (a, b, c)
              )
            """)
        ancestors = PostgresStatement(
            "delta_ancestors",
            """
            WITH RECURSIVE ancestors (checkpoint_id, parent_checkpoint_id, is_stored) AS (
                SELECT c.checkpoint_id, c.parent_checkpoint_id, false
                FROM \(tables.checkpoints) AS c
                WHERE c.thread_id = $1
                  AND c.checkpoint_ns = $2
                  AND c.checkpoint_id = $3
                UNION
                SELECT c.checkpoint_id, c.parent_checkpoint_id, c.is_stored
                FROM ancestors AS a
                CROSS JOIN LATERAL (
                    SELECT c.checkpoint_id, c.parent_checkpoint_id,
                        COALESCE(c.checkpoint -> 'channel_values' ? $4::text, false)
                        OR EXISTS (
                            SELECT 1
                            FROM \(tables.blobs) AS b
                            WHERE b.thread_id = $1
                              AND b.checkpoint_ns = $2
                              AND b.channel = $4::text
                              AND b.version = c.checkpoint -> 'channel_versions' ->> $4::text
                              AND b.type <> 'empty'
                        ) AS is_stored
                    FROM \(tables.checkpoints) AS c
                    WHERE c.thread_id = $1
                      AND c.checkpoint_ns = $2
                      AND c.checkpoint_id = a.parent_checkpoint_id
                    OFFSET 0
                ) AS c
                WHERE NOT a.is_stored
            )
            SELECT checkpoint_id, parent_checkpoint_id, is_stored
            FROM ancestors
            """)
        seed = PostgresStatement(
            "delta_seed",
            """
            SELECT b.type, b.blob, c.checkpoint, c.metadata
            FROM \(tables.checkpoints) AS c
            LEFT JOIN \(tables.blobs) AS b
                ON b.thread_id = $1
                AND b.checkpoint_ns = $2
                AND b.channel = $4::text
                AND b.version = c.checkpoint -> 'channel_versions' ->> $4::text
                AND b.type <> 'empty'
            WHERE c.thread_id = $1
              AND c.checkpoint_ns = $2
              AND c.checkpoint_id = $3
            """)
        writes = PostgresStatement(
            "delta_writes",
            """
            SELECT w.checkpoint_id, w.task_path, w.task_id, w.channel, w.type, w.idx, w.blob
            FROM \(tables.writes) AS w
            WHERE w.thread_id = $1
              AND w.checkpoint_ns = $2
              AND w.checkpoint_id = ANY ($3::text[])
              AND w.channel = $4
            """)
        putSnapshot = PostgresStatement(
            "delta_put_snapshot",
            """
            INSERT INTO \(tables.blobs) (thread_id, checkpoint_ns, channel, version, type, blob)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (thread_id, checkpoint_ns, channel, version)
            DO UPDATE SET type = EXCLUDED.type, blob = EXCLUDED.blob
            """)
        replaceDocument = PostgresStatement(
            "delta_replace_document",
            """
            UPDATE \(tables.checkpoints) AS c
            SET checkpoint = $4::jsonb, metadata = $5::jsonb
            WHERE c.thread_id = $1
              AND c.checkpoint_ns = $2
              AND c.checkpoint_id = $3
            """)
        copy = PostgresStatement("thread_copy", Self.copy(tables))
    }

    private static func copy(_ tables: TableNames) -> String {
        func rows(_ name: String, _ table: String, _ columns: String, _ key: String) -> String {
            """
            \(name) AS (
                INSERT INTO \(table) (thread_id, \(columns))
                SELECT $2, \(columns.split(separator: ", ").map { "s.\($0)" }.joined(separator: ", "))
                FROM go
                CROSS JOIN \(table) AS s
                WHERE s.thread_id = $1
                ON CONFLICT (thread_id, \(key)) DO NOTHING
            )
            """
        }
        let parts = [
            rows(
                "new_blobs", tables.blobs, "checkpoint_ns, channel, version, type, blob",
                "checkpoint_ns, channel, version"),
            rows(
                "new_writes", tables.writes,
                "checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob",
                "checkpoint_ns, checkpoint_id, task_id, idx"),
            rows(
                "new_checkpoints", tables.checkpoints,
                "checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
                "checkpoint_ns, checkpoint_id"),
        ]
        let anyRow = tables.langGraph.enumerated().map { number, table in
            "EXISTS (SELECT 1 FROM \(table) AS k\(number) WHERE k\(number).thread_id = $1)"
        }
        return """
            WITH source AS MATERIALIZED (
                SELECT s.*
                FROM \(tables.threads) AS s
                WHERE s.thread_id = $1
            ), target AS MATERIALIZED (
                SELECT t.owner, t.lease_run_id
                FROM \(tables.threads) AS t
                WHERE t.thread_id = $2
            ), verdict AS MATERIALIZED (
                SELECT EXISTS (SELECT 1 FROM target WHERE lease_run_id IS NOT NULL) AS is_held,
                    EXISTS (SELECT 1 FROM source JOIN target ON target.owner <> source.owner) AS is_foreign,
                    EXISTS (
                        SELECT 1
                        FROM \(tables.checkpoints) AS c
                        WHERE c.thread_id = $2
                          AND NOT EXISTS (
                              SELECT 1
                              FROM \(tables.checkpoints) AS s
                              WHERE s.thread_id = $1
                                AND s.checkpoint_ns = c.checkpoint_ns
                                AND s.checkpoint_id = c.checkpoint_id
                          )
                    ) AS has_own
            ), go AS MATERIALIZED (
                SELECT 1 AS one
                FROM verdict
                WHERE NOT (is_held OR is_foreign OR has_own)
            ), \(parts.joined(separator: ", ")), begun_anew AS (
                DELETE FROM \(tables.tombstones) AS x
                USING go
                WHERE x.thread_id = $2
            ), record AS (
                INSERT INTO \(tables.threads) (
                    thread_id, title, title_folded, owner, labels, status, created_at, updated_at, epoch
                )
                SELECT $2, s.title, s.title_folded, s.owner, s.labels,
                    CASE s.status WHEN 'busy' THEN 'idle' ELSE s.status END, $3, $3, $4
                FROM source AS s
                CROSS JOIN go
                WHERE \(anyRow.joined(separator: "\n        OR "))
                ON CONFLICT (thread_id) DO NOTHING
            )
            SELECT is_held, is_foreign, has_own
            FROM verdict
            """
    }
}
