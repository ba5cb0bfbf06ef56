// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// For listings across threads, page after page. LangGraph's own indexes all begin with the thread.
    static let checkpointsNewestFirst = SchemaMigration(
        id: "0003-checkpoints-newest-first", purpose: "an index of checkpoints over all threads", isConcurrent: true
    ) { tables in
        [
            """
            CREATE INDEX CONCURRENTLY IF NOT EXISTS turnledger_checkpoints_newest_first
                ON \(tables.checkpoints) (checkpoint_id DESC, thread_id DESC, checkpoint_ns DESC)
            """
        ]
    }

    /// For `metadata @>`, which LangGraph has no index for.
    static let checkpointsByMetadata = SchemaMigration(
        id: "0004-checkpoints-by-metadata", purpose: "an index of checkpoints by metadata", isConcurrent: true
    ) { tables in
        [
            """
            CREATE INDEX CONCURRENTLY IF NOT EXISTS turnledger_checkpoints_by_metadata
                ON \(tables.checkpoints) USING gin (metadata jsonb_path_ops)
            """
        ]
    }

    /// The indexes that are built beside readers and writers. One whose building was interrupted stays behind invalid,
    /// and `IF NOT EXISTS` then takes it for done.
    static let concurrentIndexes: Set<String> = [
        "checkpoints_thread_id_idx", "checkpoint_blobs_thread_id_idx", "checkpoint_writes_thread_id_idx",
        "turnledger_checkpoints_newest_first", "turnledger_checkpoints_by_metadata", "turnledger_runs_to_stop",
    ]
}
