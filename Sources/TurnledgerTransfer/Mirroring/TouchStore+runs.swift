// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension TouchStore: RunStore {
    // MARK: Threads

    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        try await touch(id)
        return try await new.thread(id)
    }

    /// Of both stores, and of the old one what has not been moved. Nothing is moved by being listed.
    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try StoreRules.validate(limit: query.limit)
        let page = try await new.threads(query)
        var rest: [ThreadRecord] = []
        var places = query
        while rest.count <= query.limit {
            let there = try await old.threads(places)
            for record in there.threads where try await !isMoved(record.id) { rest.append(record) }
            places.cursor = there.next
            guard there.next != nil else { break }
        }
        let isAtEnd = page.next == nil && places.cursor == nil
        var records = page.threads + rest
        records.sort {
            $0.updatedAt != $1.updatedAt
                ? $0.updatedAt > $1.updatedAt : ExactText($1.id.rawValue) < ExactText($0.id.rawValue)
        }
        let threads = Array(records.prefix(query.limit))
        let next = isAtEnd && records.count <= query.limit ? nil : threads.last.map { ThreadCursor($0).text }
        return ThreadPage(threads: threads, next: next)
    }

    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        try await touch(thread)
        return try await new.update(thread, changes, at: time)
    }

    // MARK: Runs

    public func create(_ run: NewRun) async throws(StoreError) -> RunCreation {
        try await touch(run.thread)
        return try await new.create(run)
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? { try await touch(run: id) }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try await touch(thread)
        return try await new.run(in: thread, idempotencyKey: idempotencyKey)
    }

    /// Of all threads: those of the old store are moved, since somebody will take them over.
    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        if let thread {
            try await touch(thread)
        } else {
            for unfinished in try await old.unfinishedRuns(in: nil) { try await touch(unfinished.run.thread) }
        }
        return try await new.unfinishedRuns(in: thread)
    }

    public func finish(
        _ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        _ = try await touch(run: run)
        try await new.finish(run, as: status, failure: failure, at: time, fence: fence)
    }

    @discardableResult
    public func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        _ = try await touch(run: run)
        return try await new.requestStop(of: run, at: time)
    }

    public func stopRequests() async throws(StoreError) -> [RunID] { try await new.stopRequests() }

    // MARK: Leases

    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        try await touch(lease.thread)
        return try await new.renew(lease)
    }

    public func renew(_ leases: [Lease]) async throws(StoreError) -> [Lease] {
        for lease in leases { try await touch(lease.thread) }
        return try await new.renew(leases)
    }

    public func takeOver(
        _ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        _ = try await touch(run: run)
        return try await new.takeOver(run, observed: observed, holder: holder, duration: duration, at: time)
    }

    // MARK: Events

    public func append(_ events: [RunEventRecord]) async throws(StoreError) { try await new.append(events) }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        _ = try await touch(run: run)
        return try await new.events(of: run, from: number, limit: limit)
    }
}

extension TouchStore: RunLogPruning {
    public func pruneLogs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        guard let store = new as? any RunLogPruning else { return 0 }
        return try await store.pruneLogs(endedBefore: time, limit: limit)
    }
}

extension TouchStore: RunAnnouncing {
    public func announce(_ runs: Set<RunID>) async throws(StoreError) {
        try await (new as? any RunAnnouncing)?.announce(runs)
    }

    public var announcements: AsyncStream<RunNews>? { (new as? any RunAnnouncing)?.announcements }
}
