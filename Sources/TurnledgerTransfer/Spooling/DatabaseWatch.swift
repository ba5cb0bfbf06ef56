// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Makes calls of a database, and tells when it is away: one that refuses and one that hangs alike.
///
/// A call that fails for want of the database, or that has no answer after `patience`, is a suspicion; a probe on a
/// connection of its own decides. Until the verdict the call waits; then it is made again, or given up with all others that
/// wait. What was given up may still take effect later: callers must be able to do it twice.
final class DatabaseWatch: Sendable {
    struct Settings: Hashable, Sendable {
        /// How long a call may be without an answer before a probe is sent.
        var patience = Duration.milliseconds(500)
        /// How long a probe may be without an answer.
        var probeDeadline = Duration.seconds(1)
        /// How often waiting calls are looked at.
        var interval = Duration.milliseconds(100)
        /// How often the database is asked while it is away, and at most while calls are slow.
        var probeInterval = Duration.milliseconds(400)
        /// How often a call is made while the database answers probes, but connections break.
        var attempts = 5
        /// Before the second of these, doubled before each that follows.
        var pause = Duration.milliseconds(25)
        var circuit = Circuit.Policy()
    }

    private struct Call {
        let began: ContinuousClock.Instant
        let giveUp: @Sendable () -> Void
    }

    private struct State {
        var circuit: Circuit
        var calls: [Int: Call] = [:]
        var next = 0
        var probing: Task<Bool, Never>?
        var probedAt: ContinuousClock.Instant?
        var abandoned = 0
        var outages = 0
        var returns = 0
    }

    private enum Outcome<Value: Sendable>: Sendable {
        case ended(Result<Value, StoreError>)
        case givenUp
    }

    private let settings: Settings
    private let isOutage: @Sendable (StoreError) -> Bool
    private let probe: @Sendable () async throws(StoreError) -> Void
    private let recheck: @Sendable () async throws(StoreError) -> Void
    private let onChange: @Sendable (Circuit.Change) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - isOutage: Whether an error is one of a database that is away.
    ///   - probe: Asks the database, apart from all other calls.
    ///   - recheck: What must work, beside the probe, for an answer to count towards the database's return.
    ///   - onChange: Told of each change, before anybody sees it.
    init(
        settings: Settings = Settings(), isOutage: @escaping @Sendable (StoreError) -> Bool,
        probe: @escaping @Sendable () async throws(StoreError) -> Void,
        recheck: @escaping @Sendable () async throws(StoreError) -> Void = {},
        onChange: @escaping @Sendable (Circuit.Change) -> Void
    ) {
        self.settings = settings
        self.isOutage = isOutage
        self.probe = probe
        self.recheck = recheck
        self.onChange = onChange
        state = Mutex(State(circuit: Circuit(policy: settings.circuit, now: .now)))
    }

    var isAway: Bool { state.withLock { $0.circuit.state == .away } }
    /// When the state last changed.
    var since: ContinuousClock.Instant { state.withLock { $0.circuit.since } }
    /// How many calls were given up.
    var abandonedCalls: Int { state.withLock { $0.abandoned } }
    /// How often the database went away and came back.
    var changes: (outages: Int, returns: Int) { state.withLock { ($0.outages, $0.returns) } }

    /// Looks after waiting calls, and for the database while it is away, until cancelled.
    func run() async {
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: settings.interval)
        }
    }

    /// Makes a call.
    ///
    /// - Returns: `nil`: the database is away.
    /// - Throws: What the call throws where that is not for want of the database.
    func attempt<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value? {
        var broken = 0
        while true {
            switch await watched(body) {
            case .givenUp: return nil
            case .ended(.success(let value)): return value
            case .ended(.failure(let error)):
                guard isOutage(error) else { throw error }
                if await isConfirmed() { return nil }
                // The database is there: a connection was not. Those of a pool may break one after another.
                broken += 1
                guard broken < settings.attempts else { throw error }
                try? await Task.sleep(for: settings.pause * (1 << (broken - 1)))
            }
        }
    }

    // MARK: Help

    private func watched<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(StoreError) -> Value
    ) async -> Outcome<Value> {
        await withCheckedContinuation { continuation in
            let once = Once<Outcome<Value>> { continuation.resume(returning: $0) }
            let number = state.withLock { state -> Int? in
                guard state.circuit.state == .connected else { return nil }
                state.next += 1
                state.calls[state.next] = Call(began: .now) { once.end(with: .givenUp) }
                return state.next
            }
            guard let number else {
                once.end(with: .givenUp)
                return
            }
            Task {
                let result: Result<Value, StoreError>
                do throws(StoreError) { result = .success(try await body()) } catch { result = .failure(error) }
                state.withLock { _ = $0.calls.removeValue(forKey: number) }
                once.end(with: .ended(result))
            }
        }
    }

    private func look() async {
        let now = ContinuousClock.now
        let (isAway, isDue) = state.withLock { state in
            let isDue = state.probedAt.map { now - $0 >= settings.probeInterval } ?? true
            let isAway = state.circuit.state == .away
            let waits = state.calls.values.contains { now - $0.began >= settings.patience }
            return (isAway, isDue && (isAway || waits))
        }
        guard isDue else { return }
        if isAway {
            state.withLock { $0.probedAt = now }
            report(await answers(isReturn: true) ? .probeAnswered : .probeFailed)
        } else {
            _ = await isConfirmed()
        }
    }

    /// Whether the database is away; callers that suspect it at the same time share a probe.
    private func isConfirmed() async -> Bool {
        let probing = state.withLock { state -> Task<Bool, Never>? in
            guard state.circuit.state == .connected else { return nil }
            if let probing = state.probing { return probing }
            state.probedAt = .now
            let probing = Task {
                let answers = await self.answers(isReturn: false)
                self.state.withLock { $0.probing = nil }
                if !answers { self.report(.outage) }
                return answers
            }
            state.probing = probing
            return probing
        }
        guard let probing else { return true }
        return await !probing.value
    }

    private func answers(isReturn: Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let once = Once<Bool> { continuation.resume(returning: $0) }
            Task {
                do throws(StoreError) {
                    try await probe()
                    if isReturn { try await recheck() }
                    once.end(with: true)
                } catch {
                    once.end(with: false)
                }
            }
            Task {
                try? await Task.sleep(for: settings.probeDeadline)
                once.end(with: false)
            }
        }
    }

    private func report(_ event: Circuit.Event) {
        let (change, calls) = state.withLock { state -> (Circuit.Change?, [Call]) in
            guard let change = state.circuit.handle(event, at: .now) else { return (nil, []) }
            onChange(change)
            guard change == .wentAway else {
                state.returns += 1
                return (change, [])
            }
            state.outages += 1
            defer { state.calls = [:] }
            state.abandoned += state.calls.count
            return (change, Array(state.calls.values))
        }
        guard change != nil else { return }
        for call in calls { call.giveUp() }
    }
}

/// Takes the first of several ends.
final class Once<Value: Sendable>: Sendable {
    private let action: Mutex<(@Sendable (Value) -> Void)?>

    init(_ action: @escaping @Sendable (Value) -> Void) { self.action = Mutex(action) }

    func end(with value: Value) {
        action.withLock { action in
            defer { action = nil }
            return action
        }?(value)
    }
}
