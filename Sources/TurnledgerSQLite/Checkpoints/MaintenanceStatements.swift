// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements that shorten and copy threads, and read delta channels' histories.
enum MaintenanceStatements {
    // MARK: What a thread has

    static let checkpoints = """
        \(CheckpointStatements.select)
        WHERE thread_id = ?
        """

    static let blobKeys = """
        SELECT checkpoint_ns, channel, version
        FROM checkpoint_blobs
        WHERE thread_id = ?
          AND type <> 'empty'
        """

    static let placesWithSends = """
        SELECT DISTINCT checkpoint_ns, checkpoint_id
        FROM checkpoint_writes
        WHERE thread_id = ?
          AND channel = '__pregel_tasks'
        """

    static let isKnown = """
        SELECT EXISTS (SELECT 1 FROM checkpoints WHERE thread_id = ?1)
            OR EXISTS (SELECT 1 FROM checkpoint_blobs WHERE thread_id = ?1)
            OR EXISTS (SELECT 1 FROM checkpoint_writes WHERE thread_id = ?1)
            OR EXISTS (SELECT 1 FROM turnledger_threads WHERE thread_id = ?1) AS known
        """

    /// Takes a JSON array of run IDs.
    static let threadsOfRuns = """
        SELECT DISTINCT thread_id
        FROM checkpoints
        WHERE json_extract(metadata, '$.run_id') IN (SELECT value FROM json_each(?))
        """

    // MARK: Removing

    static let deleteRunsEvents = CheckpointStatements.delete[0]
    static let deleteRuns = CheckpointStatements.delete[1]
    static let deleteRecord = CheckpointStatements.delete[2]
    static let deleteWrites = CheckpointStatements.delete[3]
    static let deleteBlobs = CheckpointStatements.delete[4]
    static let deleteCheckpoints = CheckpointStatements.delete[5]
    static let deleteJournal = CheckpointStatements.delete[6]
    static let deleteRetention = CheckpointStatements.delete[7]

    static let deleteWritesOfNamespace = "DELETE FROM checkpoint_writes WHERE thread_id = ? AND checkpoint_ns = ?"
    static let deleteBlobsOfNamespace = "DELETE FROM checkpoint_blobs WHERE thread_id = ? AND checkpoint_ns = ?"
    static let deleteNamespace = "DELETE FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ?"

    static let deleteWritesOfCheckpoint = """
        DELETE FROM checkpoint_writes
        WHERE thread_id = ?
          AND checkpoint_ns = ?
          AND checkpoint_id = ?
        """

    static let deleteCheckpoint = """
        DELETE FROM checkpoints
        WHERE thread_id = ?
          AND checkpoint_ns = ?
          AND checkpoint_id = ?
        """

    static let deleteBlob = """
        DELETE FROM checkpoint_blobs
        WHERE thread_id = ?
          AND checkpoint_ns = ?
          AND channel = ?
          AND version = ?
        """

    static let forgetParent = """
        UPDATE checkpoints
        SET parent_checkpoint_id = NULL
        WHERE thread_id = ?
          AND checkpoint_ns = ?
          AND checkpoint_id = ?
        """

    static let resetHead = """
        UPDATE turnledger_threads
        SET head = (SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?1 AND checkpoint_ns = '')
        WHERE thread_id = ?1
        """

    // MARK: Snapshots

    static let putSnapshot = """
        INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (thread_id, checkpoint_ns, channel, version)
        DO UPDATE SET type = excluded.type, blob = excluded.blob
        """

    static let replaceDocument = """
        UPDATE checkpoints
        SET checkpoint = ?, metadata = ?
        WHERE thread_id = ?
          AND checkpoint_ns = ?
          AND checkpoint_id = ?
        """

    // MARK: Delta channels

    /// The checkpoint and its ancestors up to the first that stores a value of the channel, in no order; a circle of
    /// parents ends where it closes.
    static let ancestors = """
        WITH RECURSIVE
            ancestors (checkpoint_id, parent_checkpoint_id, version, is_stored) AS (
                SELECT checkpoint_id, parent_checkpoint_id, NULL, 0
                FROM checkpoints
                WHERE thread_id = ?1
                  AND checkpoint_ns = ?2
                  AND checkpoint_id = ?3
                UNION
                SELECT c.checkpoint_id, c.parent_checkpoint_id,
                       (SELECT CAST(v.value AS TEXT) FROM json_each(c.checkpoint, '$.channel_versions') AS v
                        WHERE v.key = ?4),
                       EXISTS (SELECT 1 FROM json_each(c.checkpoint, '$.channel_values') AS v WHERE v.key = ?4)
                       OR EXISTS (
                           SELECT 1
                           FROM json_each(c.checkpoint, '$.channel_versions') AS v
                           CROSS JOIN checkpoint_blobs AS b
                           WHERE v.key = ?4
                             AND b.thread_id = ?1
                             AND b.checkpoint_ns = ?2
                             AND b.channel = ?4
                             AND b.version = CAST(v.value AS TEXT)
                             AND b.type <> 'empty')
                FROM ancestors AS a
                CROSS JOIN checkpoints AS c
                WHERE NOT a.is_stored
                  AND c.thread_id = ?1
                  AND c.checkpoint_ns = ?2
                  AND c.checkpoint_id = a.parent_checkpoint_id
            )
        SELECT checkpoint_id, parent_checkpoint_id, version, is_stored
        FROM ancestors
        """

    static let blob = """
        SELECT type, blob
        FROM checkpoint_blobs
        WHERE thread_id = ?
          AND checkpoint_ns = ?
          AND channel = ?
          AND version = ?
          AND type <> 'empty'
        """

    // MARK: Copying

    static let foreignCheckpoint = """
        SELECT t.checkpoint_id
        FROM checkpoints AS t
        WHERE t.thread_id = ?2
          AND NOT EXISTS (
              SELECT 1
              FROM checkpoints AS s
              WHERE s.thread_id = ?1
                AND s.checkpoint_ns = t.checkpoint_ns
                AND s.checkpoint_id = t.checkpoint_id)
        LIMIT 1
        """

    static let copy = [
        """
        INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
        SELECT ?2, checkpoint_ns, channel, version, type, blob
        FROM checkpoint_blobs
        WHERE thread_id = ?1
        ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING
        """,
        """
        INSERT INTO checkpoint_writes
            (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
        SELECT ?2, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob
        FROM checkpoint_writes
        WHERE thread_id = ?1
        ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) DO NOTHING
        """,
        """
        INSERT INTO checkpoints
            (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata)
        SELECT ?2, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata
        FROM checkpoints
        WHERE thread_id = ?1
        ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id) DO NOTHING
        """,
    ]
}
