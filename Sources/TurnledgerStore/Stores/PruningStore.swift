// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that can shorten the history of threads.
///
/// Both calls keep what the checkpoints that stay need: the blobs of their versions; behind a checkpoint of a format
/// before 4 the parent that holds its sends; and the value of each delta channel. A delta channel's value lies in the
/// writes of the checkpoints before: where `reducers` has its reducer, the value is made from them and stored as a
/// snapshot with the oldest checkpoint that stays; where it has none, the checkpoints back to the last snapshot stay too.
///
/// A checkpoint whose parent goes becomes a first one. Writes go with their checkpoints; those of checkpoints that are
/// not stored (yet) stay.
public protocol PruningStore: CheckpointStore {
    /// Shortens or removes threads, each in one transaction; of unknown ones nothing is said.
    ///
    /// `keepLatest` removes with each root checkpoint that goes the subgraphs that were called from it; a subgraph that
    /// keeps its state from call to call keeps its own latest. Leases stay, and so do a run's head and its interrupt:
    /// an active run goes on. Cost: two round trips a thread, one more for each delta channel that is made a snapshot
    /// of; time and memory grow with the thread's checkpoints, not with its values.
    ///
    /// - Parameters:
    ///   - threads: Which; of none nothing is removed.
    ///   - strategy: What stays.
    ///   - reducers: How delta channels take in writes, by channel.
    /// - Returns: What was removed.
    /// - Throws: `.conflict` when a thread changed in between (repeat), `.unsupported` for a thread with delta channels
    ///   of LangGraph.js, what a reducer throws; threads before the one that failed stay as they were made.
    @discardableResult
    func prune(
        _ threads: [ThreadID], strategy: PruneStrategy, reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows

    /// Removes the checkpoints that runs made (`run_id` in their metadata), with their writes, in all threads and
    /// namespaces; the heads of the threads go back to what stays. Records of runs stay.
    ///
    /// Cost: one round trip to find the threads, a reading of all metadata where the store has no index on it, then as
    /// `prune`.
    /// - Throws: As `prune`; `.conflict` also where one of the runs holds a lease: end it first.
    @discardableResult
    func deleteCheckpoints(
        ofRuns runs: [RunID], reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows
}

extension PruningStore {
    /// As `prune(_:strategy:reducers:)` without reducers.
    @discardableResult
    public func prune(
        _ threads: [ThreadID], strategy: PruneStrategy
    ) async throws(StoreError) -> RemovedRows {
        try await prune(threads, strategy: strategy, reducers: [:])
    }

    /// As `deleteCheckpoints(ofRuns:reducers:)` without reducers.
    @discardableResult
    public func deleteCheckpoints(ofRuns runs: [RunID]) async throws(StoreError) -> RemovedRows {
        try await deleteCheckpoints(ofRuns: runs, reducers: [:])
    }
}

/// What `PruningStore.prune` leaves of a thread (LangGraph's words).
public struct PruneStrategy: Hashable, Sendable {
    /// How many checkpoints of each namespace stay; `nil`: nothing of the thread.
    package let kept: Int?

    /// The newest checkpoint of each namespace stays.
    public static let keepLatest = PruneStrategy(kept: 1)

    /// The newest `count` checkpoints of each namespace stay, at least one.
    public static func keepLatest(_ count: Int) -> PruneStrategy { PruneStrategy(kept: max(1, count)) }

    /// Nothing stays: as `CheckpointStore.delete`.
    public static let delete = PruneStrategy(kept: nil)
}

/// How many rows a call removed.
public struct RemovedRows: Hashable, Sendable {
    /// Threads of which nothing is left.
    public var threads: Int
    public var checkpoints: Int
    public var blobs: Int
    public var writes: Int

    public init(threads: Int = 0, checkpoints: Int = 0, blobs: Int = 0, writes: Int = 0) {
        self.threads = threads
        self.checkpoints = checkpoints
        self.blobs = blobs
        self.writes = writes
    }

    package static func += (left: inout RemovedRows, right: RemovedRows) {
        left.threads += right.threads
        left.checkpoints += right.checkpoints
        left.blobs += right.blobs
        left.writes += right.writes
    }
}
