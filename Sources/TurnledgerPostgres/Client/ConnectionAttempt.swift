// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CLibpq

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Makes one connection: asks for the password, looks names up, tries one server after the other.
///
/// Each server gets an equal share of the time that is left, so that one that swallows packets does not use up the
/// time of those behind it.
///
/// - Warning: Belongs to the executor's OS thread; what comes from elsewhere returns to it by `executor.run`.
final class ConnectionAttempt: @unchecked Sendable {
    typealias Completion = (Result<OpaquePointer, PostgresError>) -> Void

    private let configuration: PostgresConfiguration
    private let executor: PostgresExecutor
    private var completion: Completion?
    private let deadline: ContinuousClock.Instant

    private var password: String?
    private var candidates: [ConnectionCandidate] = []
    private var connection: OpaquePointer?
    private var descriptor: Int32 = -1
    private var candidateDeadline: ContinuousClock.Instant? {
        didSet { if completion != nil { onDeadline?() } }
    }
    private var firstError: PostgresError?
    private var passwordTask: Task<Void, Never>?

    init(configuration: PostgresConfiguration, executor: PostgresExecutor, completion: @escaping Completion) {
        self.configuration = configuration
        self.executor = executor
        self.completion = completion
        deadline = .now + configuration.connectDeadline
    }

    /// Called when `nextDeadline` has changed.
    var onDeadline: (() -> Void)?
    /// When `tick` has something to do.
    var nextDeadline: ContinuousClock.Instant { min(candidateDeadline ?? deadline, deadline) }

    func start() {
        let targets: ConnectionTargets
        do {
            targets = try ConnectionTargets(parameters: configuration.targetParameters)
        } catch {
            finish(.failure(error))
            return
        }
        askForPassword { [self] in
            let names = targets.targets.enumerated().reduce(into: [:]) { $0[$1.offset] = $1.element.nameToResolve }
            guard !names.isEmpty else {
                begin(targets.candidates(resolved: [:]))
                return
            }
            NameResolver.resolve(names) { [self] resolved in
                executor.run { [self] in begin(targets.candidates(resolved: resolved)) }
            }
        }
    }

    /// Gives up a server, or everything, whose time is over.
    func tick() {
        guard completion != nil else { return }
        if deadline <= .now {
            finish(.failure(firstError ?? PostgresError(.connect, "The server did not answer in time.")))
        } else if let candidateDeadline, candidateDeadline <= .now {
            fail(PostgresError(.connect, "The server did not answer in time."))
        }
    }

    func cancel() {
        finish(.failure(PostgresError(.closed, "The client was closed.")))
    }

    private func askForPassword(_ next: @escaping @Sendable () -> Void) {
        guard let provider = configuration.passwordProvider else {
            next()
            return
        }
        // A login waits for it: it goes before other work of a busy process.
        passwordTask = Task.detached(priority: .userInitiated) { [self] in
            do {
                let password = try await provider()
                executor.run { [self] in
                    self.password = password
                    next()
                }
            } catch {
                let reason = (error as? PostgresError)?.message ?? "The password could not be had."
                executor.run { [self] in finish(.failure(PostgresError(.connect, reason))) }
            }
        }
    }

    // MARK: - One server after the other

    private func begin(_ candidates: [ConnectionCandidate]) {
        guard completion != nil else { return }
        guard !candidates.isEmpty else {
            finish(.failure(PostgresError(.connect, "The name of the server is not known to the name service.")))
            return
        }
        self.candidates = candidates
        tryNext()
    }

    private func tryNext() {
        guard completion != nil else { return }
        guard !candidates.isEmpty else {
            finish(.failure(firstError ?? PostgresError(.connect, "No server could be reached.")))
            return
        }
        let left = ContinuousClock.now.duration(to: deadline)
        candidateDeadline = .now + max(.zero, left) / candidates.count
        let candidate = candidates.removeFirst()
        let parameters = configuration.commonParameters(password: password).merging(candidate.parameters) { $1 }
        connection = Self.start(parameters)
        guard let connection, PQstatus(connection) != CONNECTION_BAD else {
            fail(PostgresError(connection: connection))
            return
        }
        PQsetnonblocking(connection, 1)
        watch(.write)
    }

    private static func start(_ parameters: [String: String]) -> OpaquePointer? {
        let keywords = parameters.keys.map { strdup($0) }
        let values = parameters.values.map { strdup($0) }
        defer { for text in keywords + values { free(text) } }
        return (keywords.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { keywords in
            (values.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { values in
                PQconnectStartParams(keywords.baseAddress, values.baseAddress, 0)
            }
        }
    }

    private func poll() {
        guard completion != nil, let connection else { return }
        // libpq may close its socket and open another one within.
        unwatch()
        switch PQconnectPoll(connection) {
        case PGRES_POLLING_READING: watch(.read)
        case PGRES_POLLING_WRITING: watch(.write)
        case PGRES_POLLING_OK:
            self.connection = nil
            PQsetnonblocking(connection, 1)
            finish(.success(connection))
        default: fail(PostgresError(connection: connection))
        }
    }

    private func watch(_ interest: Readiness) {
        descriptor = PQsocket(connection)
        guard descriptor >= 0 else {
            fail(PostgresError(connection: connection))
            return
        }
        executor.watch(descriptor, for: interest) { [weak self] _ in self?.poll() }
    }

    private func unwatch() {
        guard descriptor >= 0 else { return }
        executor.forget(descriptor)
        descriptor = -1
    }

    private func fail(_ error: PostgresError) {
        if firstError == nil || error.isRefusedLogin { firstError = error }
        drop()
        tryNext()
    }

    private func drop() {
        unwatch()
        if let connection { PQfinish(connection) }
        connection = nil
        candidateDeadline = nil
    }

    private func finish(_ result: Result<OpaquePointer, PostgresError>) {
        unwatch()
        drop()
        passwordTask?.cancel()
        guard let completion else {
            if case .success(let connection) = result { PQfinish(connection) }
            return
        }
        self.completion = nil
        completion(result)
    }
}
