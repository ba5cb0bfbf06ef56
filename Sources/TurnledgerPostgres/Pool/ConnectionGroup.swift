// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Logging

/// Does what the pool's machine decides: makes and closes connections, sends batches, gives answers to callers.
///
/// - Warning: Belongs to the executor's OS thread.
final class ConnectionGroup: @unchecked Sendable {
    private enum Exchange {
        /// An empty batch, to see whether a connection is still there; the requests go out behind it.
        case check([PostgresRequest], deadline: ContinuousClock.Instant)
        case batch([PostgresRequest], deadline: ContinuousClock.Instant)
        case session((Result<[PostgresRows], PostgresError>) -> Void, deadline: ContinuousClock.Instant)

        var deadline: ContinuousClock.Instant {
            switch self {
            case .check(_, let deadline), .batch(_, let deadline), .session(_, let deadline): deadline
            }
        }
    }

    private static let checkDeadline: Duration = .seconds(2)
    private static let rollbackDeadline: Duration = .seconds(5)

    private let configuration: PostgresConfiguration
    private let executor: PostgresExecutor
    private let logger: Logger
    private var machine: PoolMachine
    private var waiting: [Int: PostgresRequest] = [:]
    private var attempts: [Int: ConnectionAttempt] = [:]
    private var connections: [Int: LibpqConnection] = [:]
    private var exchanges: [Int: Exchange] = [:]
    /// Which session has which connection.
    private var sessions: [Int: Int] = [:]
    private var nextNumber = 0
    private var nextID = 0
    private var lastFailure: PostgresError?
    private var opened = 0
    private var failed = 0
    private var shared = 0
    private var onClosed: (() -> Void)?
    /// Takes the text of every notification.
    var onNotification: ((String) -> Void)?

    init(configuration: PostgresConfiguration, executor: PostgresExecutor, logger: Logger) {
        self.configuration = configuration
        self.executor = executor
        self.logger = logger
        machine = PoolMachine(configuration.limits)
    }

    func start() {
        executor.onAlarm = { [weak self] in self?.tick() }
        perform(machine.tick(at: .now))
        schedule()
    }

    var statistics: PoolStatistics {
        PoolStatistics(
            inUse: machine.lentCount, idle: machine.idleCount, connecting: machine.connecting,
            waiting: machine.waitingCount, opened: opened, failed: failed, shared: shared)
    }

    // MARK: - What callers ask for

    func submit(_ request: PostgresRequest) {
        guard !request.isCancelled else {
            request.fail(.cancelled)
            return
        }
        nextID += 1
        request.id = nextID
        line(up: request)
    }

    func cancel(_ request: PostgresRequest) {
        request.isCancelled = true
        guard !request.isDone else { return }
        if waiting.removeValue(forKey: request.id) != nil {
            _ = machine.withdraw(request.id)
            request.fail(.cancelled)
            schedule()
            return
        }
        let running = exchanges.first { _, exchange in
            if case .batch(let requests, _) = exchange { requests.count == 1 && requests[0] === request } else { false }
        }
        request.fail(.cancelled)
        if let running { connections[running.key]?.cancelAndClose(.cancelled) }
    }

    func execute(
        _ queries: [PostgresQuery], on lease: PostgresSession.Lease, deadline: ContinuousClock.Instant,
        _ completion: @escaping (Result<[PostgresRows], PostgresError>) -> Void
    ) {
        begin(on: lease, deadline: deadline, completion) { $0.execute(queries, $1) }
    }

    func copy(
        _ sql: String, _ bytes: [UInt8], on lease: PostgresSession.Lease, deadline: ContinuousClock.Instant,
        _ completion: @escaping (Result<[PostgresRows], PostgresError>) -> Void
    ) {
        begin(on: lease, deadline: deadline, completion) { $0.copy(sql, bytes, $1) }
    }

    private func begin(
        on lease: PostgresSession.Lease, deadline: ContinuousClock.Instant,
        _ completion: @escaping (Result<[PostgresRows], PostgresError>) -> Void,
        _ body: (LibpqConnection, @escaping LibpqConnection.Completion) -> Void
    ) {
        guard sessions[lease.connection] == lease.id, let connection = connections[lease.connection] else {
            completion(.failure(PostgresError(.connectionLost, "The session's connection is gone.")))
            return
        }
        guard exchanges[lease.connection] == nil else {
            completion(.failure(PostgresError(.misuse, "A session executes one batch at a time.")))
            return
        }
        let number = connection.number
        exchanges[number] = .session(completion, deadline: deadline)
        hasten(to: deadline)
        body(connection) { [unowned self] result in take(result, from: number) }
    }

    /// Takes a connection back. What a transaction holds that was left open is rolled back.
    func end(_ lease: PostgresSession.Lease) {
        guard sessions[lease.connection] == lease.id, let connection = connections[lease.connection] else { return }
        sessions[lease.connection] = nil
        guard exchanges[lease.connection] == nil else {
            connection.cancelAndClose(.cancelled)
            return
        }
        guard connection.isInTransaction else {
            returned(lease.connection)
            return
        }
        let giveBack: (Result<[PostgresRows], PostgresError>) -> Void = { [unowned self] result in
            switch result {
            case .success: returned(lease.connection)
            case .failure: drop(lease.connection)
            }
        }
        send(
            [PostgresQuery(.rollback)], on: connection,
            .session(giveBack, deadline: .now + Self.rollbackDeadline))
    }

    func close(_ completion: @escaping () -> Void) {
        let before = onClosed
        onClosed = {
            before?()
            completion()
        }
        let actions = machine.close()
        for attempt in Array(attempts.values) { attempt.cancel() }
        perform(actions)
    }

    /// Closes everything at once, whatever is under way.
    func abandon() {
        perform(machine.close())
        for attempt in Array(attempts.values) { attempt.cancel() }
        for connection in Array(connections.values) { connection.close() }
        connections = [:]
    }

    // MARK: - What the machine decides

    private func perform(_ actions: [PoolMachine.Action]) {
        for action in actions {
            switch action {
            case .connect: connect()
            case .close(let number): connections.removeValue(forKey: number)?.close()
            case .lend(let number, let ids, let isStale): lend(number, ids, isStale: isStale)
            case .refuse(let id, let refusal): waiting.removeValue(forKey: id)?.fail(error(refusal))
            }
        }
        if let next = machine.nextAttempt { hasten(to: next) }
        if let onClosed, connections.isEmpty, attempts.isEmpty {
            self.onClosed = nil
            onClosed()
        }
    }

    private func line(up request: PostgresRequest) {
        waiting[request.id] = request
        let now = ContinuousClock.now
        let deadline = min(request.deadline, now + configuration.waitingDeadline)
        hasten(to: deadline)
        perform(
            machine.wait(
                PoolMachine.Waiter(id: request.id, deadline: deadline, saveBytes: request.saveBytes), at: now))
    }

    private func connect() {
        nextNumber += 1
        let number = nextNumber
        let attempt = ConnectionAttempt(configuration: configuration, executor: executor) { [unowned self] result in
            attempts[number] = nil
            switch result {
            case .success(let connection): connected(connection, number)
            case .failure(let error): failedToConnect(error)
            }
        }
        attempt.onDeadline = { [unowned self] in schedule() }
        attempts[number] = attempt
        attempt.start()
    }

    private func connected(_ pointer: OpaquePointer, _ number: Int) {
        let connection = LibpqConnection(
            pointer, number: number, executor: executor, preparesStatements: configuration.pooling == .session)
        connection.onBreak = { [unowned self] in drop(number) }
        connection.onNotification = { [unowned self] in onNotification?($0) }
        connections[number] = connection
        opened += 1
        if lastFailure != nil {
            lastFailure = nil
            logger.notice("PostgreSQL can be reached again")
        }
        perform(machine.connected(number, at: .now))
        schedule()
    }

    private func failedToConnect(_ error: PostgresError) {
        failed += 1
        if error.kind != .closed {
            if lastFailure == nil {
                logger.warning("PostgreSQL cannot be reached", metadata: ["reason": "\(error.message)"])
            }
            lastFailure = error
        }
        perform(
            machine.failedToConnect(isRefused: error.isRefusedLogin, at: .now, jitter: .random(in: 0...1)))
        schedule()
    }

    private func lend(_ number: Int, _ ids: [Int], isStale: Bool) {
        let requests = ids.compactMap { waiting.removeValue(forKey: $0) }
        guard let connection = connections[number], !connection.isBroken else {
            for request in requests { line(up: request) }
            return
        }
        guard isStale else {
            begin(requests, on: connection)
            return
        }
        send([], on: connection, .check(requests, deadline: .now + Self.checkDeadline))
    }

    private func begin(_ requests: [PostgresRequest], on connection: LibpqConnection) {
        let requests = requests.filter { !$0.isDone }
        guard let first = requests.first else {
            returned(connection.number)
            return
        }
        if case .session = first.work {
            sessions[connection.number] = first.id
            first.complete(PostgresSession.Lease(connection: connection.number, id: first.id))
            return
        }
        if requests.count > 1 { shared += requests.count }
        var deadline = requests.map(\.deadline).min() ?? first.deadline
        // A connection may have been forgotten on its way, or the process behind it stand still: others may answer.
        if requests.allSatisfy({ $0.isRepeatable && !$0.hasMetSilence }) {
            deadline = min(deadline, .now + configuration.patience)
        }
        send(requests.flatMap(\.queries), on: connection, .batch(requests, deadline: deadline))
    }

    // MARK: - Exchanges

    private func send(_ queries: [PostgresQuery], on connection: LibpqConnection, _ exchange: Exchange) {
        let number = connection.number
        exchanges[number] = exchange
        hasten(to: exchange.deadline)
        connection.execute(queries) { [unowned self] result in take(result, from: number) }
    }

    private func take(_ result: Result<[PostgresRows], PostgresError>, from number: Int) {
        guard let exchange = exchanges.removeValue(forKey: number), let connection = connections[number] else { return }
        switch exchange {
        case .session(let completion, _):
            if connection.isBroken { drop(number) }
            completion(result)
        case .check(let requests, _):
            guard case .success = result else {
                // Nothing of theirs was sent.
                drop(number)
                for request in requests where !request.isDone { line(up: request) }
                return
            }
            begin(requests, on: connection)
        case .batch(let requests, _):
            switch result {
            case .success(let rows): answer(requests, rows)
            case .failure(let error): answer(requests, error, isBroken: connection.isBroken)
            }
            giveBack(connection, after: result)
        }
    }

    private func giveBack(_ connection: LibpqConnection, after result: Result<[PostgresRows], PostgresError>) {
        var isSpent = connection.isBroken
        if case .failure(let error) = result, error.isStalePlan || error.endsConnection { isSpent = true }
        if isSpent || connection.isInTransaction {
            drop(connection.number)
        } else {
            returned(connection.number)
        }
    }

    private func answer(_ requests: [PostgresRequest], _ rows: [PostgresRows]) {
        var rest = rows[...]
        for request in requests {
            let count = request.queries.count
            request.complete(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
    }

    /// A batch failed. What is known not to have taken place, or may take place twice, is tried again; an error in
    /// company says nothing about the one who did not cause it.
    private func answer(_ requests: [PostgresRequest], _ error: PostgresError, isBroken: Bool) {
        for request in requests where !request.isDone {
            let hasTime = request.deadline > .now
            switch error.kind {
            case .connectionLost where request.isRepeatable && hasTime: line(up: request)
            case .server where error.endsConnection && request.isRepeatable && hasTime: line(up: request)
            case .server where error.isStalePlan && request.meetStalePlan(): line(up: request)
            case .deadline where request.isRepeatable && hasTime && request.meetSilence():
                request.goAlone()
                line(up: request)
            case .deadline where requests.count > 1 && hasTime, .server where requests.count > 1:
                request.goAlone()
                line(up: request)
            default: request.fail(error)
            }
        }
    }

    private func returned(_ number: Int) {
        let now = ContinuousClock.now
        hasten(to: now + configuration.idleTime)
        perform(machine.returned(number, at: now))
    }

    private func drop(_ number: Int) {
        guard let connection = connections.removeValue(forKey: number) else { return }
        connection.close()
        sessions[number] = nil
        perform(machine.lost(number, at: .now))
    }

    // MARK: - Time

    private func tick() {
        for attempt in Array(attempts.values) { attempt.tick() }
        let now = ContinuousClock.now
        for (number, exchange) in exchanges where exchange.deadline <= now {
            connections[number]?.cancelAndClose(
                PostgresError(.deadline, "The server did not answer within the deadline."))
        }
        perform(machine.tick(at: .now))
        schedule()
    }

    /// Sees to it that the alarm is not later than this. It may come too early, since nobody moves it when a call
    /// ends: a look at the clock is cheaper than finding out, for each call, who is next.
    private func hasten(to instant: ContinuousClock.Instant) {
        if executor.alarm.map({ $0 > instant }) ?? true { executor.alarm = instant }
    }

    /// Sets the alarm for whatever comes next.
    private func schedule() {
        var next = machine.nextTick
        for exchange in exchanges.values { next = min(next ?? exchange.deadline, exchange.deadline) }
        for attempt in attempts.values { next = min(next ?? attempt.nextDeadline, attempt.nextDeadline) }
        executor.alarm = next
    }

    private func error(_ refusal: PoolMachine.Refusal) -> PostgresError {
        switch refusal {
        case .tooManyWaiting: PostgresError(.poolExhausted, "Too many calls wait for a connection.")
        case .waitedTooLong where connections.isEmpty && lastFailure != nil: lastFailure!
        case .waitedTooLong: PostgresError(.poolExhausted, "No connection became free in time.")
        case .cannotConnect: lastFailure ?? PostgresError(.connect, "The server cannot be reached.")
        case .closed: PostgresError(.closed, "The client was closed.")
        }
    }
}

extension PostgresStatement {
    static let rollback = PostgresStatement("", "ROLLBACK")
}

extension PostgresError {
    static let cancelled = PostgresError(.cancelled, "The caller was cancelled.")
}

extension PostgresConfiguration {
    var limits: PoolMachine.Limits {
        PoolMachine.Limits(
            minimum: minimumConnections, maximum: max(1, maximumConnections), lifetime: connectionLifetime,
            idleTime: idleTime, waiting: waitingLimit,
            sharing: sharesCommits ? PoolMachine.Sharing(maximumSavers: max(1, maximumSavers)) : nil)
    }
}
