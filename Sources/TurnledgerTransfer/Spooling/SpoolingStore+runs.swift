// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

extension SpoolingStore: RunStore {
    // MARK: Threads

    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        try await on(
            id, primary: { (store) async throws(StoreError) in try await store.thread(id) },
            learn: { if let record = $0 { tails.read(record) } },
            spool: { (store) async throws(StoreError) in try await store.thread(id) })
    }

    /// While the database is away: the threads of the spool, and those that this server knows. When it is back, threads
    /// that are still to be merged come as the spool has them, those that are new on the first page.
    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try StoreRules.validate(limit: query.limit)
        let page = try await watch.attempt { [primary] () async throws(StoreError) in try await primary.threads(query) }
        if var page {
            if !isSpoolEmpty { try await overlay(&page, query) }
            return page
        }
        let cursor: ThreadCursor? = if let text = query.cursor { try ThreadCursor(text) } else { nil }
        var known: [ThreadID: ThreadRecord] = [:]
        for record in tails.records { known[record.id] = record }
        for record in try await spooledRecords() { known[record.id] = record }
        let matches = known.values.filter { Self.matches($0, query) }.sorted { Self.isBefore($1, $0) }
            .drop { record in cursor.map { !Self.isBehind(record, $0) } ?? false }
        let threads = Array(matches.prefix(query.limit))
        let next = matches.count > query.limit ? threads.last.map { ThreadCursor($0).text } : nil
        return ThreadPage(threads: threads, next: next)
    }

    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        try await on(
            thread,
            primary: { (store) async throws(StoreError) in try await store.update(thread, changes, at: time) },
            learn: { tails.read($0) },
            spool: { (store) async throws(StoreError) in try await store.update(thread, changes, at: time) })
    }

    // MARK: Runs

    public func create(_ run: NewRun) async throws(StoreError) -> RunCreation {
        let isRepeat = Mutex(false)
        return try await on(
            run.thread, .begin,
            primary: { (store) async throws(StoreError) in
                let isAgain = isRepeat.withLock { isRepeat in
                    defer { isRepeat = true }
                    return isRepeat
                }
                let creation = try await store.create(run)
                // The call before may have made the run, and its reply was lost.
                guard isAgain, creation.lease == nil, creation.run.id == run.id,
                    let lease = try await store.thread(run.thread)?.lease, lease.run == run.id,
                    lease.holder == run.holder
                else { return creation }
                return RunCreation(run: creation.run, lease: lease)
            },
            learn: { creation in
                tails.created(creation, of: run)
                if case .read(let head) = creation.head { tails.read(head, of: run.thread) }
            },
            spool: { (store) async throws(StoreError) in try await store.create(run) })
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? {
        try await on(
            run: id, primary: { (store) async throws(StoreError) in try await store.run(id) },
            learn: { if let run = $0 { tails.saw(run) } },
            spool: { (store) async throws(StoreError) in try await store.run(id) })
    }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try await on(
            thread,
            primary: { (store) async throws(StoreError) in
                try await store.run(in: thread, idempotencyKey: idempotencyKey)
            },
            spool: { (store) async throws(StoreError) in
                try await store.run(in: thread, idempotencyKey: idempotencyKey)
            })
    }

    /// Of all threads: those of the spool, and the database's where it is there. Of a spooled thread the database's are told
    /// that somebody held: they must end before it can be merged. Who asks for all of them while the database is away is told
    /// of the spool's alone.
    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        if let thread {
            return try await on(
                thread, primary: { (store) async throws(StoreError) in try await store.unfinishedRuns(in: thread) },
                spool: { (store) async throws(StoreError) in try await store.unfinishedRuns(in: thread) })
        }
        let spooled = isSpoolEmpty ? [] : try await spool.unfinishedRuns(in: nil)
        let stored = try await watch.attempt { [primary] () async throws(StoreError) in
            try await primary.unfinishedRuns(in: nil)
        }
        var all = spooled
        for item in stored ?? [] {
            if isSpooled(item.run.thread) {
                guard item.lease != nil, try await liesInDatabase(item.run.id, of: item.run.thread) else { continue }
            }
            all.append(item)
        }
        return all
    }

    public func finish(
        _ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        try await on(
            run: run,
            primary: { (store) async throws(StoreError) in
                try await store.finish(run, as: status, failure: failure, at: time, fence: fence)
            },
            learn: { tails.finished(run, as: status, failure: failure, at: time) },
            spool: { (store) async throws(StoreError) in
                try await store.finish(run, as: status, failure: failure, at: time, fence: fence)
            })
    }

    @discardableResult
    public func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        try await on(
            run: run, primary: { (store) async throws(StoreError) in try await store.requestStop(of: run, at: time) },
            learn: { tails.saw($0) },
            spool: { (store) async throws(StoreError) in try await store.requestStop(of: run, at: time) })
    }

    public func stopRequests() async throws(StoreError) -> [RunID] {
        let spooled = isSpoolEmpty ? [] : try await spool.stopRequests()
        let stored = try await watch.attempt { [primary] () async throws(StoreError) in
            try await primary.stopRequests()
        }
        return spooled + (stored ?? [])
    }

    // MARK: Leases

    /// In the spool for a run that went on there; its lease in the database is renewed by `run()` once it is back.
    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        try await on(
            run: lease.run, of: lease.thread,
            primary: { (store) async throws(StoreError) in try await store.renew(lease) },
            spool: { (store) async throws(StoreError) in try await store.renew(lease) })
    }

    public func renew(_ leases: [Lease]) async throws(StoreError) -> [Lease] {
        if isSpoolEmpty, !watch.isAway {
            let renewed = try await watch.attempt { [primary] () async throws(StoreError) in
                try await primary.renew(leases)
            }
            if let renewed { return renewed }
        }
        return try await renewEach(leases)
    }

    /// A spooled run that another server has taken over in the database meanwhile is not begun again here, but ends.
    public func takeOver(
        _ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        let taken = try await on(
            run: run,
            primary: { (store) async throws(StoreError) in
                let (run, lease) = try await store.takeOver(
                    run, observed: observed, holder: holder, duration: duration, at: time)
                return Taken(run: run, lease: lease)
            },
            learn: { tails.tookOver($0.run, $0.lease) },
            spool: { (store) async throws(StoreError) in
                if try await self.isElsewhere(run) {
                    try await self.giveUp(run, observed: observed, holder: holder, at: time)
                    throw StoreError(.conflict, "Run \(run) was taken over by another server.")
                }
                let (run, lease) = try await store.takeOver(
                    run, observed: observed, holder: holder, duration: duration, at: time)
                return Taken(run: run, lease: lease)
            })
        return (taken.run, taken.lease)
    }

    private struct Taken: Sendable {
        let run: RunRecord
        let lease: Lease
    }

    /// Whether the database, where it is there, says that somebody else has ended or holds a run.
    private func isElsewhere(_ id: RunID) async throws(StoreError) -> Bool {
        let found = try await watch.attempt { [primary] () async throws(StoreError) -> Standing? in
            guard let run = try await primary.run(id) else { return nil }
            return Standing(run: run, lease: try await primary.thread(run.thread)?.lease)
        }
        guard let standing = found ?? nil else { return false }
        if standing.run.status.isFinished { return true }
        guard let lease = standing.lease, lease.run == id else { return false }
        return spooled(standing.run.thread)?.holders.contains(lease.holder) == false
    }

    private struct Standing: Sendable {
        let run: RunRecord
        let lease: Lease?
    }

    // MARK: Events

    public func append(_ events: [RunEventRecord]) async throws(StoreError) {
        var groups: [ThreadID: [RunEventRecord]] = [:]
        var others: [RunEventRecord] = []
        for (run, events) in Dictionary(grouping: events, by: \.run) {
            guard let thread = try await thread(of: run) else {
                others += events
                continue
            }
            if try await liesInDatabase(run, of: thread) {
                try await onPrimary { (store) async throws(StoreError) in try await store.append(events) }
            } else {
                groups[thread, default: []] += events
            }
        }
        // All that is not spooled goes in one call.
        let stored = others + groups.filter { !isSpooled($0.key) }.flatMap(\.value)
        if !stored.isEmpty {
            let done = try await watch.attempt { [primary] () async throws(StoreError) in
                try await primary.append(stored)
                return true
            }
            if done != nil {
                tails.appended(stored)
                groups = groups.filter { isSpooled($0.key) }
            }
        }
        for (thread, events) in groups {
            try await on(
                thread, primary: { (store) async throws(StoreError) in try await store.append(events) },
                learn: { tails.appended(events) },
                spool: { (store) async throws(StoreError) in try await store.append(events) })
        }
    }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try await on(
            run: run,
            primary: { (store) async throws(StoreError) in
                try await store.events(of: run, from: number, limit: limit)
            },
            spool: { (store) async throws(StoreError) in
                try await store.events(of: run, from: number, limit: limit)
            })
    }

    // MARK: Help

    /// Makes a call on a run, wherever it lies.
    private func on<Value: Sendable>(
        run: RunID, primary call: @escaping @Sendable (Primary) async throws(StoreError) -> Value,
        learn: (Value) -> Void = { _ in },
        spool spooled: (any SpoolStore) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        guard let thread = try await thread(of: run) else {
            let value = try await onPrimary(call)
            learn(value)
            return value
        }
        return try await on(run: run, of: thread, primary: call, learn: learn, spool: spooled)
    }

    private func on<Value: Sendable>(
        run: RunID, of thread: ThreadID,
        primary call: @escaping @Sendable (Primary) async throws(StoreError) -> Value,
        learn: (Value) -> Void = { _ in },
        spool spooled: (any SpoolStore) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        // What is learnt of it would not be what the spool goes on from.
        if try await liesInDatabase(run, of: thread) { return try await onPrimary(call) }
        return try await on(thread, primary: call, learn: learn, spool: spooled)
    }

    private func spooledRecords() async throws(StoreError) -> [ThreadRecord] {
        var records: [ThreadRecord] = []
        for thread in allSpooled {
            if let record = try await spool.thread(thread.thread) { records.append(record) }
        }
        return records
    }

    private func overlay(_ page: inout ThreadPage, _ query: ThreadQuery) async throws(StoreError) {
        var spooled: [ThreadID: ThreadRecord] = [:]
        for record in try await spooledRecords() where Self.matches(record, query) { spooled[record.id] = record }
        for (place, record) in page.threads.enumerated() {
            if let own = spooled.removeValue(forKey: record.id) { page.threads[place] = own }
        }
        guard query.cursor == nil else { return }
        page.threads = spooled.values.sorted { Self.isBefore($1, $0) } + page.threads
    }

    private static func matches(_ record: ThreadRecord, _ query: ThreadQuery) -> Bool {
        if let owner = query.owner, ExactText(owner) != ExactText(record.owner) { return false }
        for (name, value) in query.labels {
            guard let own = record.labels[name], ExactText(own) == ExactText(value) else { return false }
        }
        guard let text = query.text, !text.isEmpty else { return true }
        return record.title.map { StoreRules.title($0, contains: text) } ?? false
    }

    private static func isBefore(_ left: ThreadRecord, _ right: ThreadRecord) -> Bool {
        if left.updatedAt != right.updatedAt { return left.updatedAt < right.updatedAt }
        return ExactText(left.id.rawValue) < ExactText(right.id.rawValue)
    }

    private static func isBehind(_ record: ThreadRecord, _ cursor: ThreadCursor) -> Bool {
        if record.updatedAt != cursor.updatedAt { return record.updatedAt < cursor.updatedAt }
        return ExactText(record.id.rawValue) < ExactText(cursor.id.rawValue)
    }
}
