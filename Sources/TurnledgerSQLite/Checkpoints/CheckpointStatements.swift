// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements on LangGraph's three tables.
enum CheckpointStatements {
    // MARK: Writing

    static let insertBlob = """
        INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING
        """

    static let upsert = """
        INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
        DO UPDATE SET checkpoint = excluded.checkpoint, metadata = excluded.metadata
        """

    static let insertWrite = """
        INSERT INTO checkpoint_writes
            (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
        """

    static let keepingStored = insertWrite + " DO NOTHING"

    static let replacingStored =
        insertWrite + " DO UPDATE SET channel = excluded.channel, type = excluded.type, blob = excluded.blob"

    static let raiseHead = """
        UPDATE turnledger_threads
        SET head = ?2
        WHERE thread_id = ?1
          AND (head IS NULL OR head < ?2)
        """

    // MARK: Deleting, in this order

    static let delete = [
        """
        DELETE FROM turnledger_run_events
        WHERE run_id IN (SELECT run_id FROM turnledger_runs WHERE thread_id = ?)
        """,
        "DELETE FROM turnledger_runs WHERE thread_id = ?",
        "DELETE FROM turnledger_threads WHERE thread_id = ?",
        "DELETE FROM checkpoint_writes WHERE thread_id = ?",
        "DELETE FROM checkpoint_blobs WHERE thread_id = ?",
        "DELETE FROM checkpoints WHERE thread_id = ?",
        "DELETE FROM turnledger_turn_journal WHERE thread_id = ?",
        "DELETE FROM turnledger_retention WHERE thread_id = ?",
    ]

    // MARK: Reading

    static let head = """
        SELECT checkpoint_id
        FROM checkpoints
        WHERE thread_id = ?
          AND checkpoint_ns = ?
        ORDER BY checkpoint_id DESC
        LIMIT 1
        """

    static let select = """
        SELECT thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata
        FROM checkpoints
        """

    static let latest = """
        \(select)
        WHERE thread_id = ?
          AND checkpoint_ns = ?
        ORDER BY checkpoint_id DESC
        LIMIT 1
        """

    static let one = """
        \(select)
        WHERE thread_id = ?
          AND checkpoint_ns = ?
          AND checkpoint_id = ?
        """

    // Parts of a listing: `select`, those conditions that are asked for, `newestFirst`.
    static let inThread = "thread_id = ?"
    static let inNamespace = "checkpoint_ns = ?"
    static let withID = "checkpoint_id = ?"
    static let beforeID = "checkpoint_id < ?"
    static let withMetadata = "turnledger_contains(metadata, ?)"
    static let behind = "(checkpoint_id, thread_id, checkpoint_ns) < (?, ?, ?)"
    static let newestFirst = """
        ORDER BY checkpoint_id DESC, thread_id DESC, checkpoint_ns DESC
        LIMIT ?
        """

    /// Takes a JSON array of `[thread, namespace, channel, version]`.
    static let blobs = """
        SELECT b.thread_id, b.checkpoint_ns, b.channel, b.version, b.type, b.blob
        FROM json_each(?) AS wanted
        CROSS JOIN checkpoint_blobs AS b
        WHERE b.thread_id = json_extract(wanted.value, '$[0]')
          AND b.checkpoint_ns = json_extract(wanted.value, '$[1]')
          AND b.channel = json_extract(wanted.value, '$[2]')
          AND b.version = json_extract(wanted.value, '$[3]')
          AND b.type <> 'empty'
        """

    /// Takes a JSON array of `[thread, namespace, checkpoint]`.
    static let writes = """
        SELECT w.thread_id, w.checkpoint_ns, w.checkpoint_id, w.task_id, w.task_path, w.idx, w.channel, w.type, w.blob
        FROM json_each(?) AS wanted
        CROSS JOIN checkpoint_writes AS w
        WHERE w.thread_id = json_extract(wanted.value, '$[0]')
          AND w.checkpoint_ns = json_extract(wanted.value, '$[1]')
          AND w.checkpoint_id = json_extract(wanted.value, '$[2]')
        """

    static let writesOfChannel = writes + "\n  AND w.channel = ?"
}
