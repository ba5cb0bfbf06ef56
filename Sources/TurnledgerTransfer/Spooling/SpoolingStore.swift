// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Logging
import Synchronization
public import TurnledgerStore

/// A store whose conversations go on in a spool while its database is away, and go back when it is there again.
///
/// Each thread lies in one place at a time: in the primary store, or in the spool from the first call that the primary did
/// not answer until its merge. The spool keeps whole conversations, so a run goes on in it as anywhere, under the lease that
/// it has. What the primary is beside that (a store of clauses, of retention, of an audit table) this store is too, by
/// passing calls on; while the database is away they fail with `.unavailable`.
///
/// `run()` must be running: it looks for the database, keeps the leases of runs that went on in the spool, and merges.
public final class SpoolingStore<Primary: MergingStore>: Sendable {
    /// Where conversations belong.
    public let primary: Primary
    let spool: any SpoolStore
    let settings: SpoolingSettings
    let channels: [String: MergeableChannel]
    let clock: any WallClock
    let logger: Logger
    let tails: ThreadTails
    let gates = ThreadGates()
    let watch: DatabaseWatch
    private let diverting = ThreadGates()
    private let homes = Mutex(Homes())
    let tally = Mutex(StoreCondition.Counters())
    let mergeFailures = Mutex(RepeatedFailures())
    private let lateSetUp = LateSetUp()

    private struct Homes {
        var spooled: [ThreadID: SpooledThread] = [:]
    }

    /// - Parameters:
    ///   - primary: Where conversations belong.
    ///   - spool: Where they go meanwhile. Of this process alone.
    ///   - settings: How safe the spool is, and how patient the store.
    ///   - channels: How channels are put together that two servers have changed. A thread in which others were becomes a
    ///     branch.
    ///   - isOutage: Whether an error of the primary is one of a database that is away.
    ///   - probe: Asks the database, on a connection of its own.
    ///   - clock: Dates what goes into the spool and comes out of it.
    ///   - logger: Takes a line when the database goes away, when it comes back, and for turns merged beside others.
    public init(
        _ primary: Primary, spool: any SpoolStore, settings: SpoolingSettings = SpoolingSettings(),
        channels: [String: MergeableChannel], isOutage: @escaping @Sendable (StoreError) -> Bool,
        probe: @escaping @Sendable () async throws(StoreError) -> Void, clock: any WallClock = SystemWallClock(),
        logger: Logger
    ) {
        self.primary = primary
        self.spool = spool
        self.settings = settings
        self.channels = channels
        self.clock = clock
        self.logger = logger
        tails = ThreadTails(bound: settings.cacheBytes)
        let durability = settings.durability
        watch = DatabaseWatch(
            settings: settings.watch, isOutage: isOutage, probe: probe,
            recheck: { [lateSetUp] () async throws(StoreError) in
                try await lateSetUp.perform(primary)
                // Through the connections that calls will use.
                _ = try await primary.stopRequests()
            }
        ) { change in
            switch change {
            case .wentAway:
                logger.error(
                    "Database is away", metadata: ["state": "degraded", "durability": "\(durability.rawValue)"])
            case .cameBack: logger.notice("Database is back", metadata: ["state": "merging"])
            }
        }
    }

    /// The deltas' reducers.
    var reducers: DeltaReducers { channels.mapValues(\.reducer) }

    // MARK: Where threads are

    func isSpooled(_ thread: ThreadID) -> Bool { homes.withLock { $0.spooled[thread] != nil } }
    func spooled(_ thread: ThreadID) -> SpooledThread? { homes.withLock { $0.spooled[thread] } }
    var isSpoolEmpty: Bool { homes.withLock { $0.spooled.isEmpty } }
    var spooledCount: Int { homes.withLock { $0.spooled.count } }
    /// The first spooled first.
    var allSpooled: [SpooledThread] {
        homes.withLock { Array($0.spooled.values) }
            .sorted { ($0.spooledAt, $0.thread.rawValue) < ($1.spooledAt, $1.thread.rawValue) }
    }

    func wasMerged(_ thread: ThreadID) {
        let isLast = homes.withLock { homes in
            homes.spooled[thread] = nil
            return homes.spooled.isEmpty
        }
        if isLast, !watch.isAway { logger.notice("Spool is merged", metadata: ["state": "connected"]) }
    }

    /// The thread of a run; `nil`: not known without asking the database.
    func thread(of run: RunID) async throws(StoreError) -> ThreadID? {
        if let thread = tails.thread(of: run) { return thread }
        guard !isSpoolEmpty, let thread = try await spool.run(run)?.thread, isSpooled(thread) else { return nil }
        return thread
    }

    static var away: StoreError {
        StoreError(.unavailable, "The database is away, and this cannot be done without it. Try again later.")
    }

    static func unknown(_ thread: ThreadID) -> StoreError {
        StoreError(
            .unavailable, "The database is away, and thread \(thread) was not known when it went.",
            underlying: HistoryUnavailable())
    }

    // MARK: Calls

    /// What becomes of a call on a thread that this server has not seen.
    enum Unknown { case refuse, begin }

    /// Makes a call on a thread, wherever it lies.
    ///
    /// - `learn`: Told what the primary answered.
    func on<Value: Sendable>(
        _ thread: ThreadID, _ unknown: Unknown = .refuse,
        primary call: @escaping @Sendable (Primary) async throws(StoreError) -> Value,
        learn: (Value) -> Void = { _ in },
        spool spooled: (any SpoolStore) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        if isRecovering(in: thread) { return try await onPrimary(call) }
        while true {
            if isSpooled(thread) {
                await gates.enter(thread)
                defer { gates.leave(thread) }
                guard isSpooled(thread) else { continue }
                return try await spooled(spool)
            }
            let answer = try await watch.attempt { [primary] () async throws(StoreError) in try await call(primary) }
            if let answer {
                learn(answer)
                return answer
            }
            guard try await divert(thread, unknown) else { throw Self.unknown(thread) }
        }
    }

    /// Makes a call that needs the database.
    func onPrimary<Value: Sendable>(
        _ call: @escaping @Sendable (Primary) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let answer = try await watch.attempt { [primary] () async throws(StoreError) in try await call(primary) }
        guard let answer else { throw Self.away }
        return answer
    }

    /// Moves a thread into the spool, with what is known of it.
    ///
    /// - Returns: `false`: nothing is known of it, and it is not to be begun.
    private func divert(_ thread: ThreadID, _ unknown: Unknown) async throws(StoreError) -> Bool {
        await diverting.close(thread)
        defer { diverting.open(thread) }
        guard !isSpooled(thread) else { return true }
        let tail = tails.tail(of: thread)
        let isKnown = tail.map { $0.lease != nil || ($0.record != nil && $0.isWhole(channels)) } ?? false
        guard isKnown || unknown == .begin else { return false }
        var note = SpooledThread(
            thread: thread, spooledAt: clock.now(), isHistoryKnown: false, holders: [holder])
        let seed = isKnown ? tail.flatMap { SpoolSeed($0, channels: channels) } : nil
        if let tail, let seed {
            note.base = tail.isRead ? tail.head : nil
            note.isHistoryKnown = tail.isWhole(channels)
            (note.title, note.labels) = (seed.merge.thread.title, seed.merge.thread.labels)
        }
        try await spool.note(note)
        if let seed {
            try await spool.delete(thread)
            try await spool.merge(seed.merge)
            if !seed.events.isEmpty { try await spool.append(seed.events) }
            if let journal = seed.journal, let lease = seed.merge.thread.lease, !journal.entries.isEmpty {
                try await spool.append(
                    journal.entries, toJournalOf: thread, base: journal.base, at: 0, fence: Fence(epoch: lease.epoch))
            }
        }
        homes.withLock { $0.spooled[thread] = note }
        tails.forget(thread)
        tally.withLock { $0.spooledThreads += 1 }
        logger.debug("Thread is spooled", metadata: ["thread_id": "\(thread)", "known": "\(note.isHistoryKnown)"])
        return true
    }

    // MARK: Setting up

    /// Sets the spool up, finds what an earlier process left in it, and sets the database up where it is there.
    ///
    /// - Throws: What the database says where it is there and cannot be used; `.unavailable` where the spool cannot be opened.
    public func setUp() async throws(StoreError) {
        try await spool.setUp()
        for thread in try await spool.spooledThreads() {
            // A note without a thread is one that a crash cut short, or a full disk.
            guard try await spool.thread(thread.thread) != nil else {
                try await unlessFull { () async throws(StoreError) in try await spool.forgetSpooled(thread.thread) }
                continue
            }
            var own = thread
            if !own.holders.contains(holder) { own.holders.append(holder) }
            try await unlessFull { [own] () async throws(StoreError) in try await spool.note(own) }
            homes.withLock { $0.spooled[own.thread] = own }
        }
        if !isSpoolEmpty {
            logger.notice("Spool holds threads", metadata: ["threads": "\(spooledCount)"])
        }
        let looking = Task { await watch.run() }
        defer { looking.cancel() }
        _ = try await watch.attempt { [primary, lateSetUp] () async throws(StoreError) in
            try await lateSetUp.perform(primary)
            return true
        }
    }

    /// A full spool still has turns to merge, which is what makes room.
    private func unlessFull(_ change: () async throws(StoreError) -> Void) async throws(StoreError) {
        do throws(StoreError) {
            try await change()
        } catch {
            guard error.code == .full else { throw error }
        }
    }

    /// What this process is called in leases.
    public var holder: String { (spool as? any HolderProbing)?.holder ?? ownHolder }
    private let ownHolder = UniqueID.random()
}

/// Sets a store up once, at the start or when it comes back.
private final class LateSetUp: Sendable {
    private let isDone = Mutex(false)

    func perform(_ store: any CheckpointStore) async throws(StoreError) {
        guard !isDone.withLock({ $0 }) else { return }
        try await store.setUp()
        isDone.withLock { $0 = true }
    }
}

/// How a spooling store behaves.
public struct SpoolingSettings: Sendable {
    /// How safe the spool is.
    public var durability: StoreCondition.Durability
    /// Whether the server counts as ready while the database is away.
    public var isReadyWhileDegraded: Bool
    /// How much memory may be used to know threads by.
    public var cacheBytes: Int
    var watch = DatabaseWatch.Settings()
    /// How often leases of spooled runs are renewed in the database.
    var renewal = Duration.seconds(2)
    /// How many threads are merged at once.
    var mergesAtOnce = 4
    /// How often is looked for threads that are at rest.
    var mergeInterval = Duration.milliseconds(200)

    public init(
        durability: StoreCondition.Durability = .spooled, isReadyWhileDegraded: Bool = true,
        cacheBytes: Int = 64 << 20
    ) {
        self.durability = durability
        self.isReadyWhileDegraded = isReadyWhileDegraded
        self.cacheBytes = cacheBytes
    }
}

extension SpoolingStore: DegradableStore {
    public var condition: StoreCondition {
        let count = spooledCount
        let isAway = watch.isAway
        var counters = tally.withLock { $0 }
        counters.abandonedCalls = watch.abandonedCalls
        (counters.outages, counters.returns) = watch.changes
        return StoreCondition(
            state: isAway ? .degraded : count > 0 ? .merging : .connected, since: watch.since,
            durability: settings.durability, isReadyWhileDegraded: settings.isReadyWhileDegraded,
            spooledThreads: count, counters: counters)
    }

    public func isHistoryAvailable(of thread: ThreadID) -> Bool {
        if let spooled = spooled(thread) { return spooled.isHistoryKnown }
        guard watch.isAway else { return true }
        return tails.tail(of: thread)?.isWhole(channels) ?? false
    }
}

/// What makes a process known to others that hold leases: the spool's file says who is alive.
extension SpoolingStore: HolderProbing {
    public func isHolderAlive(_ holder: String) async throws(StoreError) -> Bool? {
        // A name of another machine's spool looks alike: only what is noted here is known here.
        guard homes.withLock({ $0.spooled.values.contains { $0.holders.contains(holder) } }) else { return nil }
        return try await (spool as? any HolderProbing)?.isHolderAlive(holder)
    }
}
