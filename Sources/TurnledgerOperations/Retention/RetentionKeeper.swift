// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Logging
public import TurnledgerStore

/// Sweeps a store again and again, one server at a time.
///
/// The lease is the chore `retention`: who finds it held watches it, and takes it once it has stood still for its whole
/// duration. A sweep that broke off is not continued: the next one finds what is left.
public struct RetentionKeeper: Sendable {
    /// What a keeper needs of a store.
    public typealias Store = RetentionStore & TombstoneStore & ChoreStore

    /// The name of the chore.
    public static let chore = "retention"

    public var sweep: RetentionSweep
    /// From the end of a sweep to the start of the next, and how often it is tried again.
    public var interval: Duration
    public var leaseDuration: Duration
    /// How long tombstones are kept.
    public var tombstones: Duration
    /// Who sweeps, for the status.
    public var holder: String

    private let store: any Store
    private let clock: any WallClock
    private let logger: Logger

    public init(
        _ store: any Store, sweep: RetentionSweep, interval: Duration = .seconds(3600),
        leaseDuration: Duration = .seconds(60), tombstones: Duration = .seconds(90 * 86_400), holder: String,
        clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        self.store = store
        self.sweep = sweep
        self.interval = interval
        self.leaseDuration = leaseDuration
        self.tombstones = tombstones
        self.holder = holder
        self.clock = clock
        self.logger = logger
    }

    /// Sweeps until it is cancelled. A store that cannot be reached is tried again.
    public func run() async {
        var isPublished = false
        while !Task.isCancelled {
            do throws(StoreError) {
                if !isPublished {
                    try await store.publish(sweep.policy)
                    isPublished = true
                }
                if try await isDue() { try await sweepOnce() }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("Retention is put off", metadata: ["cause": "\(error.debugDescription)"])
            }
            let pause = min(interval, .seconds(60))
            try? await Task.sleep(for: pause)
        }
    }

    /// Takes the chore, where nobody has it or its holder is gone, and sweeps once.
    ///
    /// - Returns: What went; `nil`: another does it.
    @discardableResult
    public func sweepOnce() async throws(StoreError) -> RetentionReport? {
        guard var lease = try await take() else { return nil }
        logger.debug("Retention begins")
        let begun = clock.now()
        var last = RetentionReport()
        do throws(StoreError) {
            let report = try await sweep.run(at: begun) { (sum, gone) throws(StoreError) in
                last = sum
                try await audit(gone.filter { $0.reason == .archived }, as: .archived)
                try await audit(gone.filter { $0.reason != .archived }, as: .retained)
                guard let renewed = try await store.renewChore(lease, at: clock.now()) else { return false }
                lease = renewed
                return !Task.isCancelled
            }
            try await store.forgetTombstones(before: begun - tombstones)
            let revived = try await store.revivedThreads(limit: 1000)
            if !revived.isEmpty {
                logger.warning(
                    "Other programs wrote threads that were deleted", metadata: ["threads": "\(revived.count)"])
            }
            let note = note(report, begun: begun, revived: revived.count, failure: nil)
            try await store.finishChore(lease, note: note, at: clock.now())
            logger.info(
                "Retention is done",
                metadata: [
                    "threads": "\(report.removed.threads)", "checkpoints": "\(report.removed.checkpoints)",
                    "examined": "\(report.examined)", "failed": "\(report.failed)",
                ])
            return report
        } catch {
            let note = note(last, begun: begun, revived: 0, failure: error.detail)
            try? await store.finishChore(lease, note: note, at: clock.now())
            throw error
        }
    }

    // MARK: Help

    /// Whether the last sweep ended longer than the interval ago; a clock that was set back does not stop it.
    private func isDue() async throws(StoreError) -> Bool {
        guard let chore = try await store.chore(Self.chore), chore.holder == nil else { return true }
        let now = clock.now()
        return chore.updatedAt + interval <= now || chore.updatedAt > now
    }

    private func take() async throws(StoreError) -> Chore? {
        if let lease = try await take(observed: nil) { return lease }
        guard let observed = try await store.chore(Self.chore) else { return nil }
        // Watched for the holder's own duration, whatever its clock says.
        try? await Task.sleep(for: observed.duration)
        guard !Task.isCancelled else { return nil }
        return try await take(observed: observed)
    }

    private func take(observed: Chore?) async throws(StoreError) -> Chore? {
        try await store.takeChore(
            Self.chore, holder: holder, observed: observed, duration: leaseDuration, at: clock.now())
    }

    private func audit(_ gone: [RetentionSweep.Gone], as action: AuditEntry.Action) async throws(StoreError) {
        guard !gone.isEmpty, let audit = store as? any AuditStore else { return }
        let ids = gone.map { JSONValue.string($0.thread.rawValue) }
        try await audit.record(
            AuditEntry(
                time: clock.now(), actor: "retention", action: action, subject: holder,
                details: ["threads": .array(ids)]))
    }

    private func note(_ report: RetentionReport, begun: Timestamp, revived: Int, failure: String?) -> String {
        var json = report.json
        json["begun"] = .string(begun.rfc3339)
        json["ended"] = .string(clock.now().rfc3339)
        json["holder"] = .string(holder)
        json["revived"] = .integer(Int64(revived))
        if let failure { json["failure"] = .string(failure) }
        return JSONValue.object(json).text
    }
}

extension Timestamp {
    fileprivate static func - (time: Timestamp, duration: Duration) -> Timestamp { time + (.zero - duration) }
}
