// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A store that breaks one promise: what the contract must catch.
public struct ForgetfulStore: Sendable {
    /// How it lies.
    public enum Lie: String, Sendable, CaseIterable {
        /// Says that it stored a checkpoint.
        case forgetsCheckpoints
        /// Says that it stored a task's writes.
        case forgetsWrites
        /// Keeps a commit's checkpoints and loses its writes.
        case tearsCommits
        /// Writes under any fence.
        case ignoresFence
        /// Minds the lease and writes on any head.
        case ignoresHead
        /// Lists oldest first.
        case reversesList
        /// Lists everything that it was told to leave out.
        case ignoresFilter
        /// Gives every pending write in the order of arrival reversed.
        case reversesWrites
        /// Leaves a deleted thread's checkpoints where they are.
        case neverDeletes
        /// Makes a run anew for a key that it has.
        case forgetsKeys
        /// Lets anybody take over anything that somebody holds.
        case ignoresObservation
        /// Keeps the beat as it is.
        case neverBeats
        /// Says that it marked a run that is to stop.
        case neverStops
        /// Lets nobody wait.
        case refusesWaiting
        /// Loses every second event.
        case losesEvents
        /// Shows each owner everybody's threads.
        case ignoresOwner
        /// Gives the first page again and again.
        case ignoresCursor
        /// Says that it pruned.
        case neverPrunes
        /// Prunes delta channels down to nothing.
        case losesDeltaValues
        /// Removes the checkpoints of the first run that it was told of.
        case keepsSecondRun
        /// Gives a delta channel's writes newest first.
        case reversesHistory
        /// Leaves out what a delta channel's writes start from.
        case forgetsSeed
        /// Copies what is newest.
        case copiesHeadAlone
        /// Leaves the sends of old checkpoints with their parents.
        case leavesSends
    }

    let base: any ConversationStore
    let lie: Lie

    public init(_ base: any ConversationStore = InMemoryStore(), lie: Lie) {
        self.base = base
        self.lie = lie
    }

    /// The part of a fence that this store minds.
    private func minded(_ fence: Fence?) -> Fence? {
        switch lie {
        case .ignoresFence: nil
        case .ignoresHead: fence.map { Fence(epoch: $0.epoch) }
        default: fence
        }
    }
}

extension ForgetfulStore: CheckpointStore {
    public func setUp() async throws(StoreError) { try await base.setUp() }

    public func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        shown(try await base.latest(in: thread, namespace: namespace))
    }

    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        shown(try await base.checkpoint(reference))
    }

    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        var asked = query
        if lie == .ignoresFilter { asked.metadata = [:] }
        let listing = try await base.list(asked)
        guard lie == .reversesList else { return listing }
        let all = try await listing.collect()
        return CheckpointListing { _ in .init(checkpoints: all.reversed(), next: nil) }
    }

    public func put(
        _ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?
    ) async throws(StoreError) {
        if lie == .forgetsCheckpoints { return }
        try await base.put(checkpoint, newVersions: newVersions, fence: minded(fence))
    }

    public func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        if lie == .forgetsWrites { return }
        try await base.putWrites(writes, fence: minded(fence))
    }

    public func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        var kept = commit
        if lie == .tearsCommits, !commit.checkpoints.isEmpty { kept.writes = [] }
        try await base.commit(kept, fence: minded(fence))
    }

    public func delete(_ thread: ThreadID) async throws(StoreError) {
        if lie != .neverDeletes { try await base.delete(thread) }
    }

    private func shown(_ stored: StoredCheckpoint?) -> StoredCheckpoint? {
        if lie == .leavesSends, var stored, stored.checkpoint.format < 4 {
            stored.checkpoint.channelValues["__pregel_tasks"] = nil
            return stored
        }
        guard lie == .reversesWrites, var stored else { return stored }
        stored.pendingWrites.reverse()
        return stored
    }
}

extension ForgetfulStore: RunStore {
    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? { try await base.thread(id) }

    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        var asked = query
        if lie == .ignoresOwner { asked.owner = nil }
        if lie == .ignoresCursor, asked.cursor != nil {
            asked.cursor = nil
            return ThreadPage(threads: try await base.threads(asked).threads, next: nil)
        }
        return try await base.threads(asked)
    }

    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        try await base.update(thread, changes, at: time)
    }

    public func create(_ run: NewRun) async throws(StoreError) -> RunCreation {
        var asked = run
        if lie == .forgetsKeys { asked.idempotencyKey = nil }
        if lie == .refusesWaiting { asked.waits = false }
        return try await base.create(asked)
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? { try await base.run(id) }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try await base.run(in: thread, idempotencyKey: idempotencyKey)
    }

    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        try await base.unfinishedRuns(in: thread)
    }

    public func finish(
        _ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        try await base.finish(run, as: status, failure: failure, at: time, fence: fence)
    }

    @discardableResult
    public func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        if lie == .neverStops, let record = try await base.run(run) { return record }
        return try await base.requestStop(of: run, at: time)
    }

    public func stopRequests() async throws(StoreError) -> [RunID] { try await base.stopRequests() }

    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        lie == .neverBeats ? lease : try await base.renew(lease)
    }

    public func takeOver(
        _ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        var observed = observed
        if lie == .ignoresObservation, let record = try await base.run(run) {
            observed = try await base.thread(record.thread)?.lease
        }
        return try await base.takeOver(run, observed: observed, holder: holder, duration: duration, at: time)
    }

    public func append(_ events: [RunEventRecord]) async throws(StoreError) {
        try await base.append(lie == .losesEvents ? events.filter { $0.number.isMultiple(of: 2) } : events)
    }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try await base.events(of: run, from: number, limit: limit)
    }
}
