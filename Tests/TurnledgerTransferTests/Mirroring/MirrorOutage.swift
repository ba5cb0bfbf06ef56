// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// A store of a mirror that can be away, or die after so many calls: each of its calls then fails, and those of one that
/// died half way may have taken effect.
final class MirrorOutage: Sendable {
    private struct State {
        var isAway = false
        var calls = 0
        var lastCall: Int?
        var takesEffect = false
    }

    let base: any MirrorableStore
    private let state = Mutex(State())

    init(_ base: any MirrorableStore) { self.base = base }

    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    var calls: Int { state.withLock { $0.calls } }
    /// Whether it is away, by itself or since its last call.
    var isDead: Bool { state.withLock { $0.isAway } }

    /// It goes away with its numberth call from now.
    func die(at number: Int, takingEffect: Bool) {
        state.withLock { ($0.lastCall, $0.takesEffect) = ($0.calls + number, takingEffect) }
    }

    private func call<Value>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let (isAway, isLast, takesEffect) = state.withLock { state in
            let wasAway = state.isAway
            state.calls += 1
            if state.calls == state.lastCall { state.isAway = true }
            return (wasAway, state.calls == state.lastCall, state.takesEffect)
        }
        let error = StoreError(.unavailable, "outage")
        if isAway { throw error }
        guard isLast else { return try await body() }
        if takesEffect { _ = try await body() }
        throw error
    }
}

extension MirrorOutage: MirrorableStore {
    func setUp() async throws(StoreError) { try await call { () async throws(StoreError) in try await base.setUp() } }
    func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        try await call { () async throws(StoreError) in try await base.latest(in: thread, namespace: namespace) }
    }
    func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await call { () async throws(StoreError) in try await base.checkpoint(reference) }
    }
    func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        try await call { () async throws(StoreError) in try await base.list(query) }
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
        try await call { () async throws(StoreError) in
            try await base.takeOver(run, observed: observed, holder: holder, duration: duration, at: time)
        }
    }
    func append(_ events: [RunEventRecord]) async throws(StoreError) {
        try await call { () async throws(StoreError) in try await base.append(events) }
    }
    func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try await call { () async throws(StoreError) in try await base.events(of: run, from: number, limit: limit) }
    }
    func mirrorRecord() async throws(StoreError) -> MirrorRecord? {
        try await call { () async throws(StoreError) in try await base.mirrorRecord() }
    }
    func replaceMirrorRecord(_ old: MirrorRecord?, with new: MirrorRecord?) async throws(StoreError) -> Bool {
        try await call { () async throws(StoreError) in try await base.replaceMirrorRecord(old, with: new) }
    }
    func mark(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) async throws(StoreError) {
        try await call { () async throws(StoreError) in try await base.mark(subjects, token: token, at: time) }
    }
    func mirrorBacklog(limit: Int) async throws(StoreError) -> MirrorBacklog {
        try await call { () async throws(StoreError) in try await base.mirrorBacklog(limit: limit) }
    }
    func settle(_ marks: [MirrorMark], at time: Timestamp) async throws(StoreError) {
        try await call { () async throws(StoreError) in try await base.settle(marks, at: time) }
    }
    func image(of thread: ThreadID) async throws(StoreError) -> ThreadImage? {
        try await call { () async throws(StoreError) in try await base.image(of: thread) }
    }
    @discardableResult
    func apply(_ image: ThreadImage, onlyIfAbsent: Bool) async throws(StoreError) -> Bool {
        try await call { () async throws(StoreError) in try await base.apply(image, onlyIfAbsent: onlyIfAbsent) }
    }
}
