// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that takes in at once what another one kept of a thread for a while.
public protocol MergingStore: CheckpointStore, RunStore {
    /// Takes in runs, writes and checkpoints, and makes the thread's record of them; one transaction.
    ///
    /// Repeatable: a run, write or checkpoint that exists stays, and so does what a run that has ended left. A run whose
    /// idempotency key another run of the thread has is left out. Where the thread is new, its tombstone goes.
    /// Runs that wait for their turn in the thread go on waiting.
    /// - Throws: `.conflict` where the head or the lease is not as expected, or where another call made the thread at the same
    ///   time; `.missing` where it belongs to another owner; `.invalid` for what `commit` refuses.
    func merge(_ merge: ThreadMerge) async throws(StoreError)

    /// All runs of a thread, oldest first.
    func runs(of thread: ThreadID) async throws(StoreError) -> [RunRecord]
}

/// What `MergingStore.merge` takes in at once; all of one thread.
public struct ThreadMerge: Hashable, Sendable {
    /// The thread as it is to be. Of one that exists the owner is compared, the title is set where it has none, the status
    /// is taken and the later time counts. A lease is for new threads alone: who holds them from the start.
    public var thread: ThreadRecord
    /// Those that exist and have not ended end as they end here.
    public var runs: [RunRecord]
    public var commit: Commit
    /// The newest root checkpoint before.
    public var head: Fence.Head
    /// The lease that ends with the call, as it was seen: that of one of the runs; it must be there. `nil`: nobody may hold
    /// the thread.
    public var releasing: Lease?

    public init(
        thread: ThreadRecord, runs: [RunRecord] = [], commit: Commit = Commit(), head: Fence.Head = .any,
        releasing: Lease? = nil
    ) {
        self.thread = thread
        self.runs = runs
        self.commit = commit
        self.head = head
        self.releasing = releasing
    }
}

extension ThreadMerge {
    /// Refuses what no store takes.
    package func validate() throws(StoreError) {
        try ThreadID.validate(thread.id.rawValue, as: "thread id")
        if !commit.isEmpty { try StoreRules.validate(commit) }
        let threads =
            runs.map(\.thread) + commit.writes.map(\.checkpoint.thread) + commit.checkpoints.map(\.checkpoint.thread)
        guard threads.allSatisfy({ $0 == thread.id }) else {
            throw StoreError(.invalid, "A merge holds parts of more than one thread.")
        }
    }

    /// Whether it may be taken in.
    ///
    /// - Parameters:
    ///   - record: The thread's; `nil`: there is none.
    ///   - newest: Its newest root checkpoint.
    package func check(record: ThreadRecord?, newest: CheckpointID?) throws(StoreError) {
        if let record {
            guard ExactText(record.owner) == ExactText(thread.owner) else {
                throw StoreError(.missing, "Thread \(thread.id) belongs to another owner.")
            }
            guard thread.lease == nil else {
                throw StoreError(.conflict, "Thread \(thread.id) exists, and cannot be made with a lease.")
            }
        }
        switch (record?.lease, releasing) {
        case (nil, nil): break
        case (let lease?, let releasing?) where lease.isSameHold(as: releasing): break
        case (let lease?, _): throw StoreError(.conflict, "Thread \(thread.id): run \(lease.run) holds the lease.")
        case (nil, let releasing?):
            // Somebody has taken the run over and ended it, and what it left was not seen.
            throw StoreError(.conflict, "Thread \(thread.id): the lease of run \(releasing.run) has ended.")
        }
        let written = commit.checkpoints.last { $0.checkpoint.namespace == .root }?.checkpoint.id
        guard StoreRules.accepts(newest, expected: head, writing: written) else {
            throw StoreError(.conflict, "Thread \(thread.id): the head has moved.")
        }
    }

    /// The record as it is afterwards, but for its head.
    package func record(over existing: ThreadRecord?) -> ThreadRecord {
        guard var record = existing else { return thread }
        record.title = record.title ?? thread.title
        record.status = thread.status
        record.updatedAt = max(record.updatedAt, thread.updatedAt)
        record.lease = nil
        return record
    }

    /// The epoch of a thread that the call makes: that of its lease, else one that no old writer carries.
    package var firstEpoch: Int64 { thread.lease?.epoch ?? StoreRules.firstEpoch(at: thread.createdAt) - 1 }
}
