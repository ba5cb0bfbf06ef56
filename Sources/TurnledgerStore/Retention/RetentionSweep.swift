// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Goes through all threads of a store and does to each what the policy says; or says what it would do.
///
/// The sweep keeps nothing that a crash could lose: each thread goes in a transaction of its own, and the next sweep finds
/// what is left. It works no more than a share of the time, so that turns find the store free.
public struct RetentionSweep: Sendable {
    /// A store that a sweep can go through.
    public typealias Store = RetentionStore & TombstoneStore

    /// Writes threads to an archive before they go.
    public protocol Archiver: Sendable {
        /// Returns once the threads are safe, with those that are: one that could not be read is not among them.
        func archive(_ threads: [ThreadID]) async throws(StoreError) -> Set<ThreadID>
    }

    /// A thread that a sweep removed.
    public struct Gone: Hashable, Sendable {
        public var thread: ThreadID
        /// `.archived` where an archive has it.
        public var reason: Tombstone.Reason

        public init(thread: ThreadID, reason: Tombstone.Reason) {
            self.thread = thread
            self.reason = reason
        }
    }

    /// How hard a sweep works.
    public struct Pace: Hashable, Sendable {
        /// How many threads are looked at, and at most go, before it rests.
        public var batch: Int
        /// The share of the time that it works, up to 1.
        public var share: Double

        public init(batch: Int = 100, share: Double = 0.5) {
            self.batch = max(1, batch)
            self.share = min(1, max(0.01, share))
        }
    }

    public var policy: RetentionPolicy
    /// How delta channels take in writes, for terms that make threads shorter.
    public var reducers: DeltaReducers
    /// For terms that archive; without it such threads stay and count as failed.
    public var archiver: (any Archiver)?
    public var pace: Pace

    private let store: any Store

    public init(
        _ store: any Store, policy: RetentionPolicy, reducers: DeltaReducers = [:], archiver: (any Archiver)? = nil,
        pace: Pace = Pace()
    ) {
        self.store = store
        self.policy = policy
        self.reducers = reducers
        self.archiver = archiver
        self.pace = pace
    }

    /// Says what `run` would do at this moment, row by row. Nothing changes.
    ///
    /// What terms that shorten would remove is found by doing it and taking it back.
    public func plan(at now: Timestamp, measuring: Bool = true) async throws(StoreError) -> RetentionReport {
        var report = RetentionReport()
        try await eachPage(at: now, measuring: measuring) { (page) async throws(StoreError) in
            for (thread, action) in try decide(page, at: now, &report) {
                switch action {
                case .delete, .archive:
                    report.removed += thread.size
                    report.bytes += thread.bytes
                    if action == .delete { report.deleted += 1 } else { report.archived += 1 }
                case .keepLatest(let count):
                    try await shorten(thread, count, isRehearsal: true, &report)
                }
            }
            return true
        }
        return report
    }

    /// Does it.
    ///
    /// - `progress`: Told the sum after each page, with the threads that went in it; `false` ends the sweep.
    public func run(
        at now: Timestamp,
        progress: (RetentionReport, [Gone]) async throws(StoreError) -> Bool = { (_, _) in true }
    ) async throws(StoreError) -> RetentionReport {
        var report = RetentionReport()
        try await eachPage(at: now, measuring: false) { (page) async throws(StoreError) in
            let due = try decide(page, at: now, &report)
            let toArchive = due.filter { $0.1 == .archive }.map(\.0.thread)
            let safe = toArchive.isEmpty ? [] : try await archiver?.archive(toArchive) ?? []
            var gone: [Gone] = []
            for (thread, action) in due {
                switch action {
                case .delete:
                    if try await retire(thread, as: .retention, at: now, &report) {
                        report.deleted += 1
                        gone.append(Gone(thread: thread.thread, reason: .retention))
                    }
                case .archive:
                    guard safe.contains(thread.thread) else {
                        report.failed += 1
                        continue
                    }
                    if try await retire(thread, as: .archived, at: now, &report) {
                        report.archived += 1
                        gone.append(Gone(thread: thread.thread, reason: .archived))
                    }
                case .keepLatest(let count):
                    try await shorten(thread, count, isRehearsal: false, &report)
                }
            }
            return try await progress(report, gone)
        }
        return report
    }

    // MARK: Help

    private var sparesWaiting: Bool { policy.waiting == nil }

    private func decide(
        _ page: [ThreadFacts], at now: Timestamp, _ report: inout RetentionReport
    ) throws(StoreError) -> [(ThreadFacts, RetentionTerm.Action)] {
        var due: [(ThreadFacts, RetentionTerm.Action)] = []
        for thread in page {
            report.examined += 1
            switch policy.decision(for: thread, at: now) {
            case .stays(let reason): report.count(reason)
            case .goes(let action):
                let idle = now.microseconds - (thread.lastActivity ?? now).microseconds
                report.count(RetentionReport.Age(idle: idle))
                due.append((thread, action))
            }
        }
        return due
    }

    /// - Returns: Whether the thread went.
    private func retire(
        _ thread: ThreadFacts, as reason: Tombstone.Reason, at now: Timestamp, _ report: inout RetentionReport
    ) async throws(StoreError) -> Bool {
        guard let rows = try await store.retire(thread, as: reason, sparingWaiting: sparesWaiting, at: now) else {
            report.changed += 1
            return false
        }
        report.removed += rows
        return true
    }

    private func shorten(
        _ thread: ThreadFacts, _ count: Int, isRehearsal: Bool, _ report: inout RetentionReport
    ) async throws(StoreError) {
        do throws(StoreError) {
            let rows = try await store.shorten(
                thread, keepingLatest: count, reducers: reducers, sparingWaiting: sparesWaiting,
                isRehearsal: isRehearsal)
            guard let rows else {
                report.changed += 1
                return
            }
            report.removed += rows
            if rows.checkpoints > 0 { report.shortened += 1 }
        } catch {
            // One thread that cannot be read keeps none of the others from going.
            guard [.unsupported, .undecodable, .conflict].contains(error.code) else { throw error }
            report.failed += 1
        }
    }

    private func eachPage(
        at now: Timestamp, measuring: Bool, _ body: ([ThreadFacts]) async throws(StoreError) -> Bool
    ) async throws(StoreError) {
        var last: ThreadID?
        let clock = ContinuousClock()
        while !Task.isCancelled {
            let begun = clock.now
            let page = try await store.threadFacts(behind: last, limit: pace.batch, measuring: measuring)
            guard let end = page.last else { return }
            guard try await body(page), page.count == pace.batch else { return }
            last = end.thread
            let rest = (clock.now - begun) * (1 / pace.share - 1)
            if rest > .zero { try? await Task.sleep(for: rest) }
        }
    }
}
