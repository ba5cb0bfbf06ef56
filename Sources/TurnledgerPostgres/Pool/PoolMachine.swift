// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Decides who gets which connection, and which connections there are. It does nothing itself: each event returns what
/// has to be done.
///
/// ```
///            connect                 lend
///  (none) ──────────▶ connecting ──▶ idle ◀──────────▶ lent
///     ▲                   │           │    returned      │
///     └── failedToConnect ┴── close ──┴──── lost ────────┘
/// ```
///
/// Saves that may share a commit use `maximumSavers` connections at most. Those that come while all of these are busy
/// wait, and are lent one connection together: one commit for all of them.
struct PoolMachine {
    typealias Instant = ContinuousClock.Instant

    struct Sharing {
        /// How many connections carry saves at once.
        var maximumSavers = 8
        /// How many callers share one commit.
        var maximumCallers = 32
        /// How many bytes one commit takes, but for a single save that is larger.
        var maximumBytes = 1 << 20
    }

    struct Limits {
        var minimum = 0
        var maximum = 16
        var lifetime: Duration = .seconds(3600)
        var idleTime: Duration = .seconds(300)
        var waiting = 10_000
        /// `nil`: each save commits alone.
        var sharing: Sharing? = Sharing()
    }

    struct Waiter {
        var id: Int
        var deadline: Instant
        /// The size of a save that may share its commit; `nil` for what goes alone.
        var saveBytes: Int?
    }

    enum Refusal: Equatable {
        case tooManyWaiting
        case waitedTooLong
        case cannotConnect
        case closed
    }

    enum Action: Equatable {
        /// - `isStale`: It was idle for so long that it has to be checked first.
        case lend(connection: Int, to: [Int], isStale: Bool)
        case connect
        case close(connection: Int)
        case refuse(waiter: Int, Refusal)
    }

    private struct Connection {
        var opened: Instant
        var idleSince: Instant?
        var carriesSave = false
    }

    private let limits: Limits
    private var connections: [Int: Connection] = [:]
    /// The one that was used last is used next: the others grow old and are closed.
    private var idle: [Int] = []
    private var savers = 0
    private(set) var connecting = 0
    private var others = WaitingLine()
    private var saves = WaitingLine()
    /// Not later than the earliest deadline of those who wait.
    private var earliestDeadline: Instant?
    private var failures = 0
    private var retryAt: Instant?
    private var hasConnected = false
    private var isClosed = false

    init(_ limits: Limits) { self.limits = limits }

    var idleCount: Int { idle.count }
    var lentCount: Int { connections.count - idle.count }
    var waitingCount: Int { others.count + saves.count }

    // MARK: - Events

    mutating func wait(_ waiter: Waiter, at now: Instant) -> [Action] {
        guard !isClosed else { return [.refuse(waiter: waiter.id, .closed)] }
        join(waiter)
        let actions = serve(at: now)
        // Whoever is still there waits.
        guard waitingCount > limits.waiting, withdraw(waiter.id) else { return actions }
        return actions + [.refuse(waiter: waiter.id, .tooManyWaiting)]
    }

    /// - Returns: Whether the waiter had not been served yet.
    mutating func withdraw(_ id: Int) -> Bool {
        others.leave(id) || saves.leave(id)
    }

    mutating func connected(_ number: Int, at now: Instant) -> [Action] {
        connecting -= 1
        guard !isClosed else { return [.close(connection: number)] }
        hasConnected = true
        failures = 0
        retryAt = nil
        connections[number] = Connection(opened: now, idleSince: now)
        idle.append(number)
        return serve(at: now)
    }

    /// - `isRefused`: The server is there and will not have the login: nobody need wait for the next try.
    /// - `jitter`: Between 0 and 1, so that many clients do not come back at once.
    mutating func failedToConnect(isRefused: Bool, at now: Instant, jitter: Double) -> [Action] {
        connecting -= 1
        guard !isClosed else { return [] }
        let steps = Double(1 << min(failures, 6))
        failures += 1
        retryAt = now + .seconds(min(5, 0.1 * steps) * (0.5 + jitter / 2))
        guard connections.isEmpty, isRefused || !hasConnected else { return serve(at: now) }
        return refuseAll(.cannotConnect)
    }

    mutating func returned(_ number: Int, at now: Instant) -> [Action] {
        guard connections[number] != nil else { return [] }
        endLoan(of: number)
        guard !isClosed, !isOld(number, at: now) else {
            connections[number] = nil
            return [.close(connection: number)] + (isClosed ? [] : serve(at: now))
        }
        connections[number]?.idleSince = now
        idle.append(number)
        return serve(at: now)
    }

    /// The connection is gone, whether it was idle or lent.
    mutating func lost(_ number: Int, at now: Instant) -> [Action] {
        guard connections[number] != nil else { return [] }
        endLoan(of: number)
        idle.removeAll { $0 == number }
        connections[number] = nil
        return isClosed ? [] : serve(at: now)
    }

    mutating func tick(at now: Instant) -> [Action] {
        guard !isClosed else { return [] }
        var actions = expire(at: now)
        for number in idle where isOld(number, at: now) || isUnneeded(number, at: now) {
            idle.removeAll { $0 == number }
            connections[number] = nil
            actions.append(.close(connection: number))
        }
        return actions + serve(at: now)
    }

    mutating func close() -> [Action] {
        isClosed = true
        let actions = idle.map { Action.close(connection: $0) }
        for number in idle { connections[number] = nil }
        idle = []
        return actions + refuseAll(.closed)
    }

    /// When to try to connect again, where the last attempt failed and somebody waits.
    var nextAttempt: Instant? {
        guard !isClosed, let retryAt, missing > 0 else { return nil }
        return retryAt
    }

    /// When `tick` has something to do.
    var nextTick: Instant? {
        guard !isClosed else { return nil }
        var next = earliestDeadline
        if let nextAttempt { next = min(next ?? nextAttempt, nextAttempt) }
        for connection in idle.lazy.compactMap({ connections[$0] }) {
            var end = connection.opened + limits.lifetime
            if connections.count > limits.minimum, let since = connection.idleSince {
                end = min(end, since + limits.idleTime)
            }
            next = min(next ?? end, end)
        }
        return next
    }

    // MARK: - Rules

    private mutating func join(_ waiter: Waiter) {
        if waiter.saveBytes != nil, limits.sharing != nil { saves.join(waiter) } else { others.join(waiter) }
        earliestDeadline = min(earliestDeadline ?? waiter.deadline, waiter.deadline)
    }

    private mutating func serve(at now: Instant) -> [Action] {
        var actions: [Action] = []
        while let number = idle.last, let callers = nextCallers() {
            idle.removeLast()
            let isStale = connections[number]?.idleSince.map { now - $0 > limits.idleTime / 2 } ?? false
            connections[number]?.idleSince = nil
            if callers.areSaves {
                connections[number]?.carriesSave = true
                savers += 1
            }
            actions.append(.lend(connection: number, to: callers.ids, isStale: isStale))
        }
        if waitingCount == 0 { earliestDeadline = nil }
        guard retryAt.map({ $0 <= now }) ?? true else { return actions }
        while missing > 0 {
            connecting += 1
            actions.append(.connect)
        }
        return actions
    }

    /// How many more connections should be on their way, for those who wait and for the minimum. After a failure one
    /// goes ahead.
    private var missing: Int {
        let free = limits.sharing.map { max(0, $0.maximumSavers - savers) } ?? 0
        let wanted = max(others.count + min(saves.count, free), limits.minimum - connections.count)
        return min(failures > 0 ? min(wanted, 1) : wanted, limits.maximum - connections.count) - connecting
    }

    /// Whoever came first, and for a save those who share its commit.
    private mutating func nextCallers() -> (ids: [Int], areSaves: Bool)? {
        let other = others.first
        if let sharing = limits.sharing, savers < sharing.maximumSavers, let save = saves.first,
            other.map({ save.id < $0.id }) ?? true
        {
            return (nextSaves(sharing), true)
        }
        guard let other else { return nil }
        others.removeFirst()
        return ([other.id], false)
    }

    /// As many saves as must share so that all that wait find a connection; one where there are connections enough.
    private mutating func nextSaves(_ sharing: Sharing) -> [Int] {
        let reachable = limits.maximum - lentCount
        let available = max(1, min(sharing.maximumSavers - savers, reachable))
        let share = min(sharing.maximumCallers, (saves.count + available - 1) / available)
        var ids: [Int] = []
        var bytes = 0
        while ids.count < share, let save = saves.first {
            bytes += save.saveBytes ?? 0
            guard ids.isEmpty || bytes <= sharing.maximumBytes else { break }
            saves.removeFirst()
            ids.append(save.id)
        }
        return ids
    }

    private mutating func expire(at now: Instant) -> [Action] {
        guard let earliestDeadline, earliestDeadline <= now else { return [] }
        let late = (Array(others.all) + Array(saves.all)).filter { $0.deadline <= now }.map(\.id).sorted()
        for id in late { _ = withdraw(id) }
        self.earliestDeadline = (others.all.map(\.deadline) + saves.all.map(\.deadline)).min()
        return late.map { .refuse(waiter: $0, .waitedTooLong) }
    }

    private mutating func refuseAll(_ refusal: Refusal) -> [Action] {
        let ids = (Array(others.all) + Array(saves.all)).map(\.id).sorted()
        others = WaitingLine()
        saves = WaitingLine()
        earliestDeadline = nil
        return ids.map { .refuse(waiter: $0, refusal) }
    }

    private mutating func endLoan(of number: Int) {
        guard connections[number]?.carriesSave == true else { return }
        connections[number]?.carriesSave = false
        savers -= 1
    }

    private func isOld(_ number: Int, at now: Instant) -> Bool {
        connections[number].map { now - $0.opened >= limits.lifetime } ?? false
    }

    private func isUnneeded(_ number: Int, at now: Instant) -> Bool {
        guard connections.count > limits.minimum, let since = connections[number]?.idleSince else { return false }
        return now - since >= limits.idleTime
    }
}
