// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store whose threads can be kept for a term.
///
/// Nothing here decides: `RetentionPolicy` does, and `RetentionSweep` brings both together. Every removal looks again, in
/// its own transaction, whether the thread is as it was when it was decided upon.
public protocol RetentionStore: PruningStore {
    /// Reads what there is to know about threads, in an order of the store's own that stays the same.
    ///
    /// Threads that only other programs wrote are among them, and those of which only writes are left. Cost: one round
    /// trip, a few rows of indexes for each thread; with `measuring` all of its rows.
    ///
    /// - Parameters:
    ///   - thread: Begin behind it; `nil`: at the first.
    ///   - limit: How many at most; fewer only at the end.
    ///   - measuring: Whether `bytes` is wanted.
    func threadFacts(
        behind thread: ThreadID?, limit: Int, measuring: Bool
    ) async throws(StoreError) -> [ThreadFacts]

    /// Removes a thread with its record, runs and events, and leaves a tombstone; one transaction.
    ///
    /// - `seen`: The thread as it was decided upon.
    /// - `sparingWaiting`: Whether it stays where an interrupt waits now.
    /// - Returns: What was removed; `nil`: it has changed since, is pinned or held, or a run has begun, and so it stays.
    func retire(
        _ seen: ThreadFacts, as reason: Tombstone.Reason, sparingWaiting: Bool, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows?

    /// Shortens a thread as `prune` does.
    ///
    /// - `isRehearsal`: Whether nothing is to change: then it says what would go.
    /// - Returns: As `retire`.
    func shorten(
        _ seen: ThreadFacts, keepingLatest count: Int, reducers: DeltaReducers, sparingWaiting: Bool,
        isRehearsal: Bool
    ) async throws(StoreError) -> RemovedRows?

    /// What was said about a thread's keeping; of one never spoken of an empty value.
    func retention(of thread: ThreadID) async throws(StoreError) -> ThreadRetention

    /// Says it anew; an empty value takes it back. The thread need not have a record, nor exist.
    func setRetention(
        _ retention: ThreadRetention, of thread: ThreadID, at time: Timestamp
    ) async throws(StoreError)

    /// Every thread that something was said about.
    func retentions() async throws(StoreError) -> [ThreadID: ThreadRetention]

    /// Leaves the policy's rules where those find them who clean up without this program
    /// (`langgraph_cleanup_old_data`). Nothing where there is no such thing.
    func publish(_ policy: RetentionPolicy) async throws(StoreError)
}

/// A store that remembers which threads were deleted.
///
/// An unguarded write (`fence: nil`) to such a thread is refused with `.deleted`; a guarded one fails with `.conflict` as it
/// does anyway, its lease being gone. `RunStore.create` and `CopyingStore.copy` begin the thread anew and take its tombstone
/// away. Other programs' writes cannot be refused; `revivedThreads` finds them.
public protocol TombstoneStore: CheckpointStore {
    /// Removes a thread whatever it is, and leaves a tombstone. As `delete` otherwise.
    @discardableResult
    func bury(
        _ thread: ThreadID, as reason: Tombstone.Reason, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows

    /// The thread's tombstone; `nil`: it was not deleted, or has begun anew.
    func tombstone(of thread: ThreadID) async throws(StoreError) -> Tombstone?

    /// Allows unguarded writes again: for a restore.
    func removeTombstone(of thread: ThreadID) async throws(StoreError)

    /// Threads that were written after they were deleted, in the order of their IDs.
    func revivedThreads(limit: Int) async throws(StoreError) -> [RevivedThread]

    /// Forgets tombstones from before a time, but those of threads that were written since. - Returns: How many.
    @discardableResult
    func forgetTombstones(before time: Timestamp) async throws(StoreError) -> Int
}

/// What stays of a thread that was deleted (table `turnledger_tombstones`).
public struct Tombstone: Hashable, Sendable {
    /// Why it went.
    public enum Reason: String, Sendable {
        /// Its term was over.
        case retention
        /// Its term was over, and an archive has it.
        case archived
        /// Somebody deleted it.
        case deleted
        /// All of its owner's was erased.
        case erased
    }

    public var thread: ThreadID
    public var reason: Reason
    public var deletedAt: Timestamp

    public init(thread: ThreadID, reason: Reason, deletedAt: Timestamp) {
        self.thread = thread
        self.reason = reason
        self.deletedAt = deletedAt
    }
}

/// A thread that another program wrote after it was deleted.
public struct RevivedThread: Hashable, Sendable {
    public var tombstone: Tombstone
    public var checkpoints: Int
    /// Whether its first checkpoint grew from one that is not there: a late write to what was deleted. Otherwise it began
    /// anew.
    public var isFragment: Bool

    public init(tombstone: Tombstone, checkpoints: Int, isFragment: Bool) {
        self.tombstone = tombstone
        self.checkpoints = checkpoints
        self.isFragment = isFragment
    }
}
