// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore
import TurnledgerTesting

/// Passes every call on to an in-memory store, until it is told to refuse them, or to let them hang.
final class OutageStore: Sendable {
    enum Mode: Sendable {
        case there
        /// Each call fails at once, and has changed nothing.
        case refusing
        /// Each call takes effect, but its reply is lost.
        case losingReplies
        /// Each call waits at the gate, then takes effect.
        case hanging(Gate)
        /// So many calls fail at once, and change nothing; probes are answered, and all later calls.
        case breaking(calls: Int)
    }

    let base: InMemoryStore
    private let state = Mutex(Mode.there)
    /// Done once, when the runs of a thread have been read.
    let afterRuns = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ base: InMemoryStore) { self.base = base }

    var mode: Mode {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    static let error = StoreError(.unavailable, "outage")
    static func isOutage(_ error: StoreError) -> Bool { error.detail == "outage" }

    /// What a probe sees.
    func probe() async throws(StoreError) {
        if case .breaking = mode { return }
        try await call { () async throws(StoreError) in }
    }

    func call<Value: Sendable>(_ body: () async throws(StoreError) -> Value) async throws(StoreError) -> Value {
        switch mode {
        case .there: return try await body()
        case .refusing: throw Self.error
        case .losingReplies:
            _ = try await body()
            throw Self.error
        case .hanging(let gate):
            do { try await gate.pass() } catch { throw Self.error }
            return try await body()
        case .breaking:
            guard !isBroken() else { throw Self.error }
            return try await body()
        }
    }

    private func isBroken() -> Bool {
        state.withLock { state in
            guard case .breaking(let calls) = state, calls > 0 else { return false }
            state = .breaking(calls: calls - 1)
            return true
        }
    }
}

extension OutageStore: MergingStore, DeltaHistoryStore, TurnJournalStore {
    func setUp() async throws(StoreError) { try await probe() }

    func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        try await call { () async throws(StoreError) in try await base.latest(in: thread, namespace: namespace) }
    }

    func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await call { () async throws(StoreError) in try await base.checkpoint(reference) }
    }

    func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        let listing = try await base.list(query)
        return CheckpointListing(limit: query.limit) { [self] (cursor) async throws(StoreError) in
            try await call { () async throws(StoreError) in try await listing.page(behind: cursor) }
        }
    }

    func put(_ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?) async throws(StoreError) {
        try await call { () async throws(StoreError) in
            try await base.put(checkpoint, newVersions: newVersions, fence: fence)
        }
    }

    func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await call { () async throws(StoreError) in try await base.putWrites(writes, fence: fence) }
    }

    func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        try await call { () async throws(StoreError) in try await base.commit(commit, fence: fence) }
    }

    func delete(_ thread: ThreadID) async throws(StoreError) {
        try await call { () async throws(StoreError) in try await base.delete(thread) }
    }

    func merge(_ merge: ThreadMerge) async throws(StoreError) {
        try await call { () async throws(StoreError) in try await base.merge(merge) }
    }

    func runs(of thread: ThreadID) async throws(StoreError) -> [RunRecord] {
        let runs = try await call { () async throws(StoreError) in try await base.runs(of: thread) }
        let then = afterRuns.withLock { then in
            defer { then = nil }
            return then
        }
        do { try await then?() } catch { throw Self.error }
        return runs
    }

    func deltaHistory(
        of channels: [String], upTo checkpoint: CheckpointReference
    ) async throws(StoreError) -> [String: DeltaHistory] {
        try await call { () async throws(StoreError) in
            try await base.deltaHistory(of: channels, upTo: checkpoint)
        }
    }

    func append(
        _ entries: [Payload], toJournalOf thread: ThreadID, base checkpoint: CheckpointID?, at position: Int,
        fence: Fence?
    ) async throws(StoreError) {
        try await call { () async throws(StoreError) in
            try await base.append(entries, toJournalOf: thread, base: checkpoint, at: position, fence: fence)
        }
    }

    func journal(of thread: ThreadID, base checkpoint: CheckpointID?) async throws(StoreError) -> [Payload] {
        try await call { () async throws(StoreError) in try await base.journal(of: thread, base: checkpoint) }
    }

    func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        try await call { () async throws(StoreError) in try await base.thread(id) }
    }

    func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try await call { () async throws(StoreError) in try await base.threads(query) }
    }

    @discardableResult
    func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        try await call { () async throws(StoreError) in try await base.update(thread, changes, at: time) }
    }

    func create(_ run: NewRun) async throws(StoreError) -> RunCreation {
        try await call { () async throws(StoreError) in try await base.create(run) }
    }

    func run(_ id: RunID) async throws(StoreError) -> RunRecord? {
        try await call { () async throws(StoreError) in try await base.run(id) }
    }

    func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try await call { () async throws(StoreError) in
            try await base.run(in: thread, idempotencyKey: idempotencyKey)
        }
    }

    func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        try await call { () async throws(StoreError) in try await base.unfinishedRuns(in: thread) }
    }

    func finish(
        _ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        try await call { () async throws(StoreError) in
            try await base.finish(run, as: status, failure: failure, at: time, fence: fence)
        }
    }

    @discardableResult
    func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        try await call { () async throws(StoreError) in try await base.requestStop(of: run, at: time) }
    }

    func stopRequests() async throws(StoreError) -> [RunID] {
        try await call { () async throws(StoreError) in try await base.stopRequests() }
    }

    func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        try await call { () async throws(StoreError) in try await base.renew(lease) }
    }

    func takeOver(
        _ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        let taken = try await call { () async throws(StoreError) in
            let taken = try await base.takeOver(run, observed: observed, holder: holder, duration: duration, at: time)
            return (taken.run, taken.lease)
        }
        return (taken.0, taken.1)
    }

    func append(_ events: [RunEventRecord]) async throws(StoreError) {
        try await call { () async throws(StoreError) in try await base.append(events) }
    }

    func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try await call { () async throws(StoreError) in try await base.events(of: run, from: number, limit: limit) }
    }
}
