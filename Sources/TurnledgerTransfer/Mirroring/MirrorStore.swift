// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Logging
import Synchronization
public import TurnledgerStore

/// Two stores of which one answers and decides, and the other gets all that the first has.
///
/// Every write goes to the primary under a `MirrorGuard`: in one transaction the primary checks that it is still what
/// the writer takes it for, stores what is written, and marks it. One server at a time (the courier, see `run()`) brings
/// what is marked to the secondary and takes the marks away. So nothing is lost by a crash at any point, and a switch
/// (`switchRoles(to:)`) never has two primaries: docs/decisions/0015-mirror.md.
///
/// `run()` must be running on at least one server.
public final class MirrorStore: Sendable {
    public let first: any MirrorableStore
    public let second: any MirrorableStore
    public let settings: MirrorSettings
    let clock: any WallClock
    let logger: Logger
    let bell = MirrorBell()
    let tally = Mutex(MirrorStatus.Tally())
    private let state = Mutex(State())

    private struct State {
        var roles: MirrorRoles?
        var threads: [RunID: ThreadID] = [:]
        /// A look at the records that is under way.
        var looking: Task<Result<Look, StoreError>, Never>?
    }

    /// - Parameters:
    ///   - first: The primary, until a switch.
    ///   - second: The secondary, until a switch.
    ///   - settings: How patient it is.
    ///   - clock: Dates marks.
    ///   - logger: Takes a line for each change of roles, and where something cannot be brought.
    public init(
        first: any MirrorableStore, second: any MirrorableStore, settings: MirrorSettings = MirrorSettings(),
        clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        self.first = first
        self.second = second
        self.settings = settings
        self.clock = clock
        self.logger = logger
    }

    func part(_ side: MirrorSide) -> any MirrorableStore { side == .first ? first : second }

    // MARK: Roles

    /// The roles as they were seen last.
    var knownRoles: MirrorRoles? { state.withLock { $0.roles } }

    func learn(_ roles: MirrorRoles) {
        let isNew = state.withLock { state in
            defer { state.roles = roles }
            return state.roles != roles
        }
        if isNew {
            logger.notice(
                "Mirror has roles", metadata: ["primary": "\(roles.primary.rawValue)", "epoch": "\(roles.epoch)"])
        }
    }

    func forgetRoles(_ seen: MirrorRoles) {
        state.withLock { if $0.roles == seen { $0.roles = nil } }
    }

    /// The roles as they are; waits while somebody switches.
    ///
    /// - Parameters:
    ///   - deadline: How long it waits.
    ///   - isSharingLooks: Whether a look that is under way will do: what it sees may be as old as it is.
    /// - Throws: `.unavailable` where a switch does not end, or the records cannot be read.
    func roles(
        until deadline: ContinuousClock.Instant, sharingLooks isSharingLooks: Bool = true
    ) async throws(StoreError) -> MirrorRoles {
        if let known = knownRoles { return known }
        var watch = StandstillWatch()
        while true {
            switch isSharingLooks ? try await lookTogether() : try await look() {
            case .roles(let roles):
                learn(roles)
                return roles
            case .sealed(let side, let record):
                if watch.hasStood(record, for: settings.takeOver) { try await unseal(side, record) }
                guard ContinuousClock.now < deadline else {
                    throw StoreError(
                        .unavailable, "The stores of the mirror are changing places, which takes too long. Try again.")
                }
                await pause(.milliseconds(10))
            }
        }
    }

    /// Looks at the roles; of many who wait for a switch one at a time: the stores have the switch to serve.
    private func lookTogether() async throws(StoreError) -> Look {
        let looking = state.withLock { state in
            if let looking = state.looking { return looking }
            let looking = Task { () -> Result<Look, StoreError> in
                let result: Result<Look, StoreError>
                do throws(StoreError) { result = .success(try await look()) } catch { result = .failure(error) }
                self.state.withLock { $0.looking = nil }
                return result
            }
            state.looking = looking
            return looking
        }
        return try await looking.value.get()
    }

    /// Sleeps; shorter where the Swift task is cancelled, but long enough to be no spinning.
    func pause(_ duration: Duration) async {
        do { try await Task.sleep(for: duration) } catch { await Task.yield() }
    }

    // MARK: Calls

    /// Makes a call that only reads.
    func read<Value>(
        _ call: (any MirrorableStore) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let roles = try await roles(until: .now + settings.patience)
        return try await call(part(roles.primary))
    }

    /// Makes a call that writes, on whichever store is the primary when it takes effect.
    ///
    /// - Parameters:
    ///   - marks: What it changes.
    ///   - call: Is made again where it was refused because the stores have changed places: then nothing was written.
    func write<Value>(
        _ marks: [MirrorMark.Subject], _ call: (any MirrorableStore) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let deadline = ContinuousClock.now + settings.patience
        while true {
            let roles = try await roles(until: deadline)
            do throws(StoreError) {
                let value = try await MirrorGuard(roles.record, marks: marks, at: clock.now())
                    .guarding { () async throws(StoreError) in try await call(part(roles.primary)) }
                if !marks.isEmpty { bell.ring() }
                return value
            } catch {
                guard error.isMirrorRoleChange else {
                    // It may have been written all the same.
                    if error.code == .unavailable { bell.ring() }
                    throw error
                }
                forgetRoles(roles)
                guard ContinuousClock.now < deadline else {
                    throw StoreError(
                        .unavailable, "The stores of the mirror changed places again and again. Try again.")
                }
            }
        }
    }

    /// The marks of a call on a run: its thread.
    func marks(of run: RunID) async throws(StoreError) -> [MirrorMark.Subject] {
        if let thread = state.withLock({ $0.threads[run] }) { return [.thread(thread)] }
        let record = try await read { (store) async throws(StoreError) in try await store.run(run) }
        guard let record else { return [] }
        learn(record)
        return [.thread(record.thread)]
    }

    func learn(_ run: RunRecord) {
        state.withLock { state in
            if state.threads.count > 20_000 { state.threads = [:] }
            state.threads[run.id] = run.thread
        }
    }
}

/// Watches whether a holder's record moves.
struct StandstillWatch {
    private var seen: (record: MirrorRecord, since: ContinuousClock.Instant)?

    /// Whether a record has been seen as it is for so long.
    mutating func hasStood(_ record: MirrorRecord, for duration: Duration) -> Bool {
        guard let seen, seen.record == record else {
            seen = (record, .now)
            return false
        }
        return ContinuousClock.now - seen.since >= duration
    }
}
