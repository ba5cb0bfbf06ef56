// Turnledger. SPDX-License-Identifier: Apache-2.0

package import Logging

/// A pool of connections to one database, and the one way to reach it.
///
/// Every call is one or more round trips on one connection; nothing locks the client as a whole. Connections are made
/// when they are needed. Before the first one a failure to connect is told at once; later calls wait for the next
/// attempts until `waitingDeadline`.
package final class PostgresClient: Sendable {
    package let configuration: PostgresConfiguration
    private let executor: PostgresExecutor
    private let group: ConnectionGroup

    package init(
        configuration: PostgresConfiguration, waiting: Waiting = .standard,
        logger: Logger = Logger(label: "turnledger.postgres")
    ) {
        self.configuration = configuration
        executor = PostgresExecutor(waiting: waiting)
        group = ConnectionGroup(configuration: configuration, executor: executor, logger: logger)
        executor.start()
        executor.run { [group] in group.start() }
    }

    deinit {
        executor.run { [group] in group.abandon() }
        executor.stop()
    }

    /// Executes queries in order as one pipeline, one implicit transaction and one round trip.
    ///
    /// An error rolls all of them back and carries `queryIndex`. Rows come back one for each query. The caller's
    /// cancellation does not stop the call unless it is told to: a run that was cancelled still stores how it ended.
    /// - `deadline`: From now, waiting for a connection included; `nil`: the configuration's `statementDeadline`. When
    ///   it passes, the server is asked to give up and the connection is closed.
    /// - `isShareable`: The queries are a small save that may share its commit with those of other callers. Only for
    ///   batches that are repeatable and that fail for a reason of their own by returning rows, not by an error: an
    ///   error of one makes all that shared its commit run again, each alone.
    /// - `isRepeatable`: Doing it twice is doing it once. Where the connection is lost, the batch is sent again on
    ///   another until the deadline.
    /// - `isCancellable`: The caller's cancellation ends the call with `.cancelled`, and reaches the server.
    package func execute(
        _ queries: [PostgresQuery], deadline: Duration? = nil, isShareable: Bool = false, isRepeatable: Bool = false,
        isCancellable: Bool = false
    ) async throws(PostgresError) -> [PostgresRows] {
        guard !queries.isEmpty else { return [] }
        try check(queries)
        let call = Call(
            deadline: .now + (deadline ?? configuration.statementDeadline),
            isRepeatable: isRepeatable || isShareable, isShareable: isShareable && configuration.sharesCommits)
        guard isCancellable else { return try await submit(queries, call).get() }
        let box = CancellationBox()
        return try await withTaskCancellationHandler {
            await submit(queries, call, box)
        } onCancel: {
            executor.run { [group] in box.cancel(in: group) }
        }.get()
    }

    /// One query, one round trip.
    package func execute(
        _ query: PostgresQuery, deadline: Duration? = nil, isShareable: Bool = false, isRepeatable: Bool = false,
        isCancellable: Bool = false
    ) async throws(PostgresError) -> PostgresRows {
        try await execute(
            [query], deadline: deadline, isShareable: isShareable, isRepeatable: isRepeatable,
            isCancellable: isCancellable)[0]
    }

    /// Lends one connection for several round trips. It goes back when `body` ends; whatever transaction is still open
    /// then is rolled back. `body` runs on the connection's own OS thread: no change of threads for each round trip.
    ///
    /// - Throws: `PostgresError` where no connection could be had, and whatever `body` throws.
    package func withSession<Value: Sendable>(
        _ body: (PostgresSession) async throws -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now + configuration.waitingDeadline
        let lease = try await withUnsafeContinuation { continuation in
            let request = PostgresRequest(
                .session { continuation.resume(returning: $0) }, deadline: deadline, isRepeatable: true,
                isShareable: false)
            submit(request)
        }.get()
        defer { executor.run { [group] in group.end(lease) } }
        return try await withTaskExecutorPreference(executor) {
            try await body(PostgresSession(client: self, lease: lease))
        }
    }

    /// Takes the text of every notification that comes to a connection, on the connection's own OS thread.
    package func hear(_ body: @escaping @Sendable (String) -> Void) {
        executor.run { [group] in group.onNotification = body }
    }

    /// What the pool does now. One change of threads.
    package func statistics() async -> PoolStatistics {
        await withUnsafeContinuation { continuation in
            let isTaken = executor.run { [group] in continuation.resume(returning: group.statistics) }
            if !isTaken { continuation.resume(returning: PoolStatistics()) }
        }
    }

    /// Closes all connections once calls under way have ended. Later calls throw `.closed`.
    package func close() async {
        await withUnsafeContinuation { continuation in
            let isTaken = executor.run { [group] in group.close { continuation.resume() } }
            if !isTaken { continuation.resume() }
        }
    }

    func execute(
        _ queries: [PostgresQuery], on lease: PostgresSession.Lease, deadline: Duration?
    ) async throws(PostgresError) -> [PostgresRows] {
        guard !queries.isEmpty else { return [] }
        try check(queries)
        let deadline = ContinuousClock.now + (deadline ?? configuration.statementDeadline)
        return try await withUnsafeContinuation { continuation in
            executor.run { [group] in
                group.execute(queries, on: lease, deadline: deadline) { continuation.resume(returning: $0) }
            }
        }.get()
    }

    func copy(
        _ sql: String, _ bytes: [UInt8], on lease: PostgresSession.Lease, deadline: Duration?
    ) async throws(PostgresError) -> PostgresRows {
        let deadline = ContinuousClock.now + (deadline ?? configuration.statementDeadline)
        let rows = try await withUnsafeContinuation { continuation in
            executor.run { [group] in
                group.copy(sql, bytes, on: lease, deadline: deadline) { continuation.resume(returning: $0) }
            }
        }.get()
        guard let first = rows.first else { throw PostgresError(.misuse, "COPY gave no answer.") }
        return first
    }

    private struct Call {
        var deadline: ContinuousClock.Instant
        var isRepeatable: Bool
        var isShareable: Bool
    }

    private func submit(
        _ queries: [PostgresQuery], _ call: Call, _ box: CancellationBox? = nil
    ) async -> Result<[PostgresRows], PostgresError> {
        await withUnsafeContinuation { continuation in
            let request = PostgresRequest(
                .batch(queries) { continuation.resume(returning: $0) }, deadline: call.deadline,
                isRepeatable: call.isRepeatable, isShareable: call.isShareable)
            executor.run { [group] in
                if let box, !box.take(request) { request.isCancelled = true }
                group.submit(request)
            }
        }
    }

    private func submit(_ request: PostgresRequest) {
        executor.run { [group] in group.submit(request) }
    }

    /// PostgreSQL's text has no NUL, and libpq would end the value there.
    private func check(_ queries: [PostgresQuery]) throws(PostgresError) {
        for (index, query) in queries.enumerated() {
            guard let place = query.values.firstIndex(where: \.holdsNUL) else { continue }
            throw PostgresError(
                .misuse, "Value \(place + 1) is text with a NUL character, which PostgreSQL cannot keep.",
                queryIndex: index)
        }
    }
}

/// Where a caller's cancellation finds its request. Both come to the executor's OS thread, in either order.
///
/// - Warning: Belongs to the executor's OS thread.
private final class CancellationBox: @unchecked Sendable {
    private var request: PostgresRequest?
    private var isCancelled = false

    /// - Returns: `false` where the caller is gone already.
    func take(_ request: PostgresRequest) -> Bool {
        self.request = request
        return !isCancelled
    }

    func cancel(in group: ConnectionGroup) {
        isCancelled = true
        if let request { group.cancel(request) }
    }
}
