// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that can copy a thread.
public protocol CopyingStore: CheckpointStore {
    /// Copies a thread's checkpoints, blobs and writes under another thread ID: every namespace, with parents, metadata
    /// and order as they are. An unknown source is no error.
    ///
    /// Where the store has a record of the source, the copy gets one: the source's owner, labels and title, no run and
    /// no lease. One transaction; repeatable. Cost: one round trip; the rows do not leave the store where it runs SQL.
    ///
    /// - `time`: When the copy was made: the new record's times.
    /// - Throws: `.conflict` where the target has checkpoints that the source has not, or somebody holds it, `.missing`
    ///   where it belongs to another owner, `.invalid` where both are one thread or the target's ID is refused.
    func copy(_ source: ThreadID, to target: ThreadID, at time: Timestamp) async throws(StoreError)
}

/// A store that does everything for checkpoints that LangGraph's savers do, and more than its PostgreSQL saver.
public typealias CheckpointMaintenance = PruningStore & CopyingStore & DeltaHistoryStore
