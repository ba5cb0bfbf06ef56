// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CLibpq

/// One connection in libpq's pipeline mode: one batch at a time, never blocking.
///
/// A batch is sent as a whole with one `Sync` behind it, so that it is one transaction and one round trip. Whatever the
/// connection does not understand breaks it; it is never used again then.
final class LibpqConnection {
    typealias Completion = (Result<[PostgresRows], PostgresError>) -> Void

    /// What the results arrive for, in order.
    private enum Expected {
        case prepared(PostgresStatement)
        case query
        case sync
    }

    let number: Int
    private let executor: PostgresExecutor
    private let preparesStatements: Bool
    private var connection: OpaquePointer?
    private let descriptor: Int32
    private var prepared: Set<String> = []
    private var interest: Readiness = .read

    private var expected: [Expected] = []
    private var position = 0
    private var rows: [PostgresRows] = []
    private var failure: PostgresError?
    private var completion: Completion?
    /// What is under way in place of a batch.
    private var copying: CopyFeed?

    /// Called once, when the connection broke on its own.
    var onBreak: (() -> Void)?
    /// Called with the text of each notification.
    var onNotification: ((String) -> Void)?
    var isBroken: Bool { connection == nil }
    var isBusy: Bool { completion != nil }
    /// A transaction was left open by the last batch.
    var isInTransaction: Bool { PQtransactionStatus(connection) != PQTRANS_IDLE }

    /// - `connection`: Connected and non-blocking; the object owns it from now on.
    init(_ connection: OpaquePointer, number: Int, executor: PostgresExecutor, preparesStatements: Bool) {
        self.connection = connection
        self.number = number
        self.executor = executor
        self.preparesStatements = preparesStatements
        descriptor = PQsocket(connection)
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        PQenterPipelineMode(connection)
        executor.watch(descriptor, for: .read) { [weak self] readiness in self?.ready(readiness) }
    }

    deinit {
        guard let connection else { return }
        executor.forget(descriptor)
        PQfinish(connection)
    }

    /// Sends a batch; `completion` is called once, perhaps before this returns. Not while the connection is busy.
    func execute(_ queries: [PostgresQuery], _ completion: @escaping Completion) {
        precondition(!isBusy, "One batch at a time.")
        guard !isBroken else {
            completion(.failure(PostgresError(.connectionLost, "The connection broke.")))
            return
        }
        self.completion = completion
        expected.removeAll(keepingCapacity: true)
        position = 0
        rows = []
        failure = nil
        for query in queries {
            guard send(query) else {
                lose()
                return
            }
        }
        guard PQpipelineSync(connection) == 1 else {
            lose()
            return
        }
        expected.append(.sync)
        flush()
    }

    /// Sends rows with `COPY … FROM STDIN`, within the transaction that is open, if one is; answers as `execute` with one
    /// element. `COPY` is not for pipelines: the connection leaves that mode meanwhile.
    func copy(_ sql: String, _ bytes: [UInt8], _ completion: @escaping Completion) {
        precondition(!isBusy, "One batch at a time.")
        guard !isBroken else {
            completion(.failure(PostgresError(.connectionLost, "The connection broke.")))
            return
        }
        self.completion = completion
        expected.removeAll(keepingCapacity: true)
        position = 0
        rows = []
        failure = nil
        copying = CopyFeed(bytes)
        guard PQexitPipelineMode(connection) == 1, PQsendQuery(connection, sql) == 1 else {
            lose()
            return
        }
        flush()
    }

    /// Closes the connection; a batch under way ends with `error`.
    func close(_ error: PostgresError = PostgresError(.closed, "The client was closed.")) {
        guard let connection else { return }
        onBreak = nil
        executor.forget(descriptor)
        PQfinish(connection)
        self.connection = nil
        finish(.failure(error))
    }

    /// Closes the connection and asks the server to give up the batch under way.
    func cancelAndClose(_ error: PostgresError) {
        let request = connection.flatMap { CancelRequest($0) }
        close(error)
        request?.send()
    }

    // MARK: - Sending

    private func send(_ query: PostgresQuery) -> Bool {
        let statement = query.statement
        let isNamed = preparesStatements && !statement.name.isEmpty
        if isNamed, !prepared.contains(statement.name), !willPrepare(statement) {
            guard PQsendPrepare(connection, statement.name, statement.sql, 0, nil) == 1 else { return false }
            expected.append(.prepared(statement))
        }
        let isSent = ParameterBuffer(query.values).withPointers { values in
            isNamed
                ? PQsendQueryPrepared(
                    connection, statement.name, values.count, values.values, values.lengths, values.formats, 1)
                : PQsendQueryParams(
                    connection, statement.sql, values.count, nil, values.values, values.lengths, values.formats, 1)
        }
        guard isSent == 1 else { return false }
        expected.append(.query)
        return true
    }

    /// Whether the batch prepares the statement already.
    private func willPrepare(_ statement: PostgresStatement) -> Bool {
        expected.contains {
            if case .prepared(let other) = $0 { other.name == statement.name } else { false }
        }
    }

    private func flush() {
        switch PQflush(connection) {
        case 0: watch(.read)
        case 1: watch([.read, .write])
        default:
            // What the server said before it went is still to be read.
            PQconsumeInput(connection)
            collect()
            lose()
        }
    }

    private func watch(_ interest: Readiness) {
        guard interest != self.interest, !isBroken else { return }
        self.interest = interest
        executor.rewatch(descriptor, for: interest)
    }

    // MARK: - Receiving

    private func ready(_ readiness: Readiness) {
        guard !isBroken else { return }
        if readiness.contains(.read) {
            guard PQconsumeInput(connection) == 1 else {
                collect()
                lose()
                return
            }
            collect()
            takeNotifications()
            // Between batches the server says something only to end the connection, or notices that libpq has read.
            if !isBusy, !isBroken, PQstatus(connection) == CONNECTION_BAD { lose() }
        }
        if !isBroken, isBusy, interest.contains(.write) {
            flush()
            if copying?.isOpen == true, interest == .read { feed() }
        }
    }

    private func takeNotifications() {
        while let connection, let notification = PQnotifies(connection) {
            defer { PQfreemem(notification) }
            if let text = notification.pointee.extra { onNotification?(String(cString: text)) }
        }
    }

    private func collect() {
        while !isBroken, completion != nil, copying?.isOpen != true, PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else {
                guard PQstatus(connection) != CONNECTION_BAD else {
                    lose()
                    return
                }
                if copying != nil {
                    endCopy()
                    return
                }
                position += 1
                continue
            }
            take(result)
        }
    }

    private func take(_ result: OpaquePointer) {
        switch PQresultStatus(result) {
        case PGRES_COPY_IN:
            PQclear(result)
            copying?.isOpen = true
            feed()
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            finish(failure.map { .failure($0) } ?? .success(rows))
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if position < expected.count, case .prepared(let statement) = expected[position] {
                prepared.insert(statement.name)
                PQclear(result)
            } else {
                rows.append(PostgresRows(storage: PostgresRows.Storage(result)))
            }
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
        default:
            if failure == nil { failure = PostgresError(result: result, queryIndex: rows.count) }
            PQclear(result)
            if PQstatus(connection) == CONNECTION_BAD { lose() }
        }
    }

    /// Sends as much of the rows as the socket takes.
    private func feed() {
        while let part = copying?.next() {
            guard part.withUnsafeBytes({ PQputCopyData(connection, $0.baseAddress, Int32($0.count)) }) == 1 else {
                lose()
                return
            }
            flush()
            // The rest goes when this has gone; a server that takes no more says so behind the end.
            guard !isBroken, interest == .read else { return }
        }
        guard copying?.isOpen == true else { return }
        guard PQputCopyEnd(connection, nil) == 1 else {
            lose()
            return
        }
        copying?.isOpen = false
        flush()
    }

    private func endCopy() {
        copying = nil
        guard PQenterPipelineMode(connection) == 1 else {
            lose()
            return
        }
        finish(failure.map { .failure($0) } ?? .success(rows))
    }

    /// The connection broke: a batch under way ends with what the server said last.
    private func lose() {
        guard let connection else { return }
        var error = PostgresError(
            .connectionLost, failure?.message ?? "The connection broke.", sqlState: failure?.sqlState)
        if failure == nil, let text = PQerrorMessage(connection), text.pointee != 0 {
            error.message = PostgresError(connection: connection).message
        }
        let onBreak = onBreak
        close(error)
        onBreak?()
    }

    private func finish(_ result: Result<[PostgresRows], PostgresError>) {
        guard let completion else { return }
        self.completion = nil
        copying = nil
        rows = []
        failure = nil
        completion(result)
    }
}

/// The rows of a `COPY`, piece by piece.
struct CopyFeed {
    private static let pieceSize = 1 << 17

    private let bytes: [UInt8]
    private var offset = 0
    /// Whether the server waits for rows.
    var isOpen = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> ArraySlice<UInt8>? {
        guard offset < bytes.count else { return nil }
        let end = min(offset + Self.pieceSize, bytes.count)
        defer { offset = end }
        return bytes[offset..<end]
    }
}
