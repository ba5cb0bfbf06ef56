// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

/// Passes every call on to another store, and makes the k-th one fail.
///
/// A test counts the calls of a whole scenario once without a fault, then repeats it with a fault at every k.
/// Reading the next page of a listing is a call of its own.
public final class FaultInjectingStore: Sendable {
    /// When the fault strikes, and what the caller is told.
    public enum Fault: Hashable, Sendable, CaseIterable {
        /// The call fails with `.unavailable` and has changed nothing.
        case failBefore
        /// The call has taken effect, but its reply is lost: `.unavailable`.
        case failAfter
        /// The process dies before the call: this and every later call throw `processDied`, and change nothing.
        case dieBefore
        /// The process dies after the call took effect: this and every later call throw `processDied`.
        case dieAfter

        var isDeath: Bool { self == .dieBefore || self == .dieAfter }
        var takesEffect: Bool { self == .failAfter || self == .dieAfter }
    }

    private struct State {
        var calls: [String] = []
        var isDead = false
    }

    let base: any ConversationStore
    private let position: Int?
    private let fault: Fault
    private let state = Mutex(State())

    /// - Parameters:
    ///   - base: Takes the calls.
    ///   - position: Which call fails, from 1; `nil`: none, for counting.
    ///   - fault: How it fails.
    public init(_ base: any ConversationStore, failingAt position: Int? = nil, with fault: Fault = .failBefore) {
        self.base = base
        self.position = position
        self.fault = fault
    }

    /// The names of the calls so far, in order.
    public var calls: [String] { state.withLock { $0.calls } }

    /// How many calls there were so far.
    public var callCount: Int { state.withLock { $0.calls.count } }

    /// Whether the fault has struck.
    public var hasStruck: Bool { position.map { callCount >= $0 } ?? false }

    /// What a call throws in a process that is dead: nobody may see it as an answer of the store.
    public static let processDied = StoreError(.closed, "The process died.")

    /// Whether an error is `processDied`.
    public static func isDeath(_ error: any Error) -> Bool {
        (error as? StoreError).map { $0.code == .closed && $0.detail == processDied.detail } ?? false
    }

    func call<Value>(
        _ name: String, _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let (isDead, strikes) = state.withLock { state in
            guard !state.isDead else { return (true, false) }
            state.calls.append(name)
            let strikes = state.calls.count == position
            if strikes, fault.isDeath { state.isDead = true }
            return (false, strikes)
        }
        if isDead { throw Self.processDied }
        guard strikes else { return try await body() }
        if fault.takesEffect { _ = try await body() }
        throw fault.isDeath ? Self.processDied : StoreError(.unavailable, "A fault was injected into \(name).")
    }
}

extension FaultInjectingStore: CheckpointStore {
    public func setUp() async throws(StoreError) {
        try await call("setUp") { () async throws(StoreError) in try await base.setUp() }
    }

    public func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        try await call("latest") { () async throws(StoreError) in
            try await base.latest(in: thread, namespace: namespace)
        }
    }

    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await call("checkpoint") { () async throws(StoreError) in try await base.checkpoint(reference) }
    }

    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        let listing = try await call("list") { () async throws(StoreError) in try await base.list(query) }
        return CheckpointListing(limit: query.limit) { [self] (cursor) async throws(StoreError) in
            try await call("list.page") { () async throws(StoreError) in try await listing.page(behind: cursor) }
        }
    }

    public func put(
        _ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?
    ) async throws(StoreError) {
        try await call("put") { () async throws(StoreError) in
            try await base.put(checkpoint, newVersions: newVersions, fence: fence)
        }
    }

    public func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await call("putWrites") { () async throws(StoreError) in try await base.putWrites(writes, fence: fence) }
    }

    public func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        try await call("commit") { () async throws(StoreError) in try await base.commit(commit, fence: fence) }
    }

    public func delete(_ thread: ThreadID) async throws(StoreError) {
        try await call("delete") { () async throws(StoreError) in try await base.delete(thread) }
    }
}

extension FaultInjectingStore: RunStore {
    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        try await call("thread") { () async throws(StoreError) in try await base.thread(id) }
    }

    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try await call("threads") { () async throws(StoreError) in try await base.threads(query) }
    }

    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        try await call("update") { () async throws(StoreError) in
            try await base.update(thread, changes, at: time)
        }
    }

    public func create(_ run: NewRun) async throws(StoreError) -> RunCreation {
        try await call("create") { () async throws(StoreError) in try await base.create(run) }
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? {
        try await call("run") { () async throws(StoreError) in try await base.run(id) }
    }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try await call("run(in:)") { () async throws(StoreError) in
            try await base.run(in: thread, idempotencyKey: idempotencyKey)
        }
    }

    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        try await call("unfinishedRuns") { () async throws(StoreError) in try await base.unfinishedRuns(in: thread) }
    }

    public func finish(
        _ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        try await call("finish") { () async throws(StoreError) in
            try await base.finish(run, as: status, failure: failure, at: time, fence: fence)
        }
    }

    @discardableResult
    public func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        try await call("requestStop") { () async throws(StoreError) in try await base.requestStop(of: run, at: time) }
    }

    public func stopRequests() async throws(StoreError) -> [RunID] {
        try await call("stopRequests") { () async throws(StoreError) in try await base.stopRequests() }
    }

    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        try await call("renew") { () async throws(StoreError) in try await base.renew(lease) }
    }

    public func takeOver(
        _ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        try await call("takeOver") { () async throws(StoreError) in
            try await base.takeOver(run, observed: observed, holder: holder, duration: duration, at: time)
        }
    }

    public func append(_ events: [RunEventRecord]) async throws(StoreError) {
        try await call("append") { () async throws(StoreError) in try await base.append(events) }
    }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try await call("events") { () async throws(StoreError) in
            try await base.events(of: run, from: number, limit: limit)
        }
    }
}
