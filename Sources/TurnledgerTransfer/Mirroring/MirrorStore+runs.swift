// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension MirrorStore: RunStore {
    // MARK: Threads

    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        try await read { (store) async throws(StoreError) in try await store.thread(id) }
    }

    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try await read { (store) async throws(StoreError) in try await store.threads(query) }
    }

    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        try await write([.thread(thread)]) { (store) async throws(StoreError) in
            try await store.update(thread, changes, at: time)
        }
    }

    // MARK: Runs

    public func create(_ run: NewRun) async throws(StoreError) -> RunCreation {
        let creation = try await write([.thread(run.thread)]) { (store) async throws(StoreError) in
            try await store.create(run)
        }
        learn(creation.run)
        return creation
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? {
        let record = try await read { (store) async throws(StoreError) in try await store.run(id) }
        if let record { learn(record) }
        return record
    }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try await read { (store) async throws(StoreError) in
            try await store.run(in: thread, idempotencyKey: idempotencyKey)
        }
    }

    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        try await read { (store) async throws(StoreError) in try await store.unfinishedRuns(in: thread) }
    }

    public func finish(
        _ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        try await write(try await marks(of: run)) { (store) async throws(StoreError) in
            try await store.finish(run, as: status, failure: failure, at: time, fence: fence)
        }
    }

    @discardableResult
    public func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        try await write(try await marks(of: run)) { (store) async throws(StoreError) in
            try await store.requestStop(of: run, at: time)
        }
    }

    public func stopRequests() async throws(StoreError) -> [RunID] {
        try await read { (store) async throws(StoreError) in try await store.stopRequests() }
    }

    // MARK: Leases

    /// Not brought to the secondary: a switch takes the beats of all leases along.
    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        try await write([]) { (store) async throws(StoreError) in try await store.renew(lease) }
    }

    public func renew(_ leases: [Lease]) async throws(StoreError) -> [Lease] {
        guard !leases.isEmpty else { return [] }
        return try await write([]) { (store) async throws(StoreError) in try await store.renew(leases) }
    }

    public func takeOver(
        _ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        let taken = try await write(try await marks(of: run)) { (store) async throws(StoreError) in
            try await store.takeOver(run, observed: observed, holder: holder, duration: duration, at: time)
        }
        learn(taken.run)
        return taken
    }

    // MARK: Events

    public func append(_ events: [RunEventRecord]) async throws(StoreError) {
        guard !events.isEmpty else { return }
        let marks = Set(events.map(\.run)).map { MirrorMark.Subject.events($0) }
        try await write(marks) { (store) async throws(StoreError) in try await store.append(events) }
    }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try await read { (store) async throws(StoreError) in
            try await store.events(of: run, from: number, limit: limit)
        }
    }
}

extension MirrorStore: RunLogPruning {
    /// In both stores: what one forgets the other is not to keep.
    public func pruneLogs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        let roles = try await roles(until: .now + settings.patience)
        if let secondary = part(roles.primary.other) as? any RunLogPruning {
            // It may be away; then it keeps them a while longer.
            _ = try? await secondary.pruneLogs(endedBefore: time, limit: limit)
        }
        guard let primary = part(roles.primary) as? any RunLogPruning else { return 0 }
        return try await primary.pruneLogs(endedBefore: time, limit: limit)
    }
}
