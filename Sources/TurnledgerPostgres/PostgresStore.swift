// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import Synchronization
public import TurnledgerStore

/// Keeps conversations and regulations in PostgreSQL, in LangGraph's own tables and some of Turnledger's beside them.
///
/// Any number of servers and Python's savers may use one database at once. Nothing locks the store as a whole:
/// concurrency is that of the pool. A call that returned has been committed; one that threw `.unavailable` may have been,
/// and repeating it is safe.
///
/// Cancelling the Swift task that waits for a call does not stop the call, but for listings: a run that was told to stop
/// can still store how it ended.
public final class PostgresStore: Sendable {
    /// Whom a leased thread's fence keeps out.
    public enum FenceMode: String, Hashable, Sendable {
        /// Turnledger's writers. Another's fork is found at the next read of the head.
        case lease
        /// Every writer, Python's savers among them: a trigger refuses their writes while a run holds the thread.
        case strict
    }

    package let client: PostgresClient
    /// For announcements alone: one connection listens, one tells.
    let notices: PostgresClient
    let statements: Statements
    let fenceMode: FenceMode
    let cipher: (any PayloadCipher)?
    private let observer: (any StoreObserver)?
    let knownThreads = RunThreads()
    private let strictFlag = Atomic<Bool>(false)

    /// Makes no connection yet. `setUp()` makes the tables, or brings them up to date.
    ///
    /// - `cipher`: Seals blobs and writes on their way in and opens them on their way out. Without one what is sealed is
    ///   handed on as it is.
    /// - `observer`: Is told of every round trip.
    /// - Throws: `.invalid` for a schema's name that PostgreSQL cannot take.
    public init(
        configuration: PostgresConfiguration, fence: FenceMode = .lease, cipher: (any PayloadCipher)? = nil,
        observer: (any StoreObserver)? = nil
    ) throws(StoreError) {
        var configuration = configuration
        // Setting up takes two connections: one waits with the lock, the other works.
        configuration.maximumConnections = max(2, configuration.maximumConnections)
        statements = Statements(try TableNames(schema: configuration.schema))
        client = PostgresClient(configuration: configuration)
        configuration.minimumConnections = 0
        configuration.maximumConnections = 2
        notices = PostgresClient(configuration: configuration)
        fenceMode = fence
        self.cipher = cipher
        self.observer = observer
    }

    /// Closes all connections once calls under way have ended. Later calls throw `.closed`.
    public func close() async {
        await client.close()
        await notices.close()
    }

    /// Whether the strict fence's trigger is in the database, so that commits must say who writes.
    var isStrict: Bool {
        get { strictFlag.load(ordering: .relaxed) }
        set { strictFlag.store(newValue, ordering: .relaxed) }
    }

    // MARK: Calls

    /// How often a call is made again that stood in the way of another transaction (a deadlock).
    private static let attempts = 6

    /// Reads: one statement and one round trip.
    func read(_ query: PostgresQuery, isCancellable: Bool = false) async throws(StoreError) -> PostgresRows {
        try await call([query], isShareable: false, isCancellable: isCancellable)[0]
    }

    /// Writes: one transaction and one round trip. What the queries do must be safe to repeat.
    @discardableResult
    func write(_ queries: [PostgresQuery], isShareable: Bool = false) async throws(StoreError) -> [PostgresRows] {
        let first = guardQueries
        guard !first.isEmpty else { return try await call(queries, isShareable: isShareable, isCancellable: false) }
        do throws(StoreError) {
            // A refusal is an error, and would take others' writes with it.
            let answers = try await call(first + queries, isShareable: false, isCancellable: false)
            return Array(answers.dropFirst(first.count))
        } catch {
            let isRefused = (error.underlying as? PostgresError)?.sqlState == MirrorStatements.refusal
            throw isRefused ? MirrorRoleChanged.refusal : error
        }
    }

    private func call(
        _ queries: [PostgresQuery], isShareable: Bool, isCancellable: Bool
    ) async throws(StoreError) -> [PostgresRows] {
        guard let observer, let last = queries.last else {
            return try await callUnobserved(queries, isShareable: isShareable, isCancellable: isCancellable)
        }
        return try await observer.observe(last.label) { () async throws(StoreError) in
            try await callUnobserved(queries, isShareable: isShareable, isCancellable: isCancellable)
        }
    }

    private func callUnobserved(
        _ queries: [PostgresQuery], isShareable: Bool, isCancellable: Bool
    ) async throws(StoreError) -> [PostgresRows] {
        var attempt = 1
        while true {
            do throws(PostgresError) {
                return try await client.execute(
                    queries, isShareable: isShareable, isRepeatable: true, isCancellable: isCancellable)
            } catch {
                guard error.sqlState?.hasPrefix("40") == true, attempt < Self.attempts else {
                    throw StoreError(postgres: error)
                }
                attempt += 1
            }
        }
    }

    /// The statement that waits for a thread and lets nobody else write it under a fence until the end of the transaction.
    func lock(_ thread: ThreadID, epoch: Int64? = nil) -> PostgresQuery {
        guard isStrict, let epoch else { return PostgresQuery(statements.commits.lock, [.text(thread.rawValue)]) }
        return PostgresQuery(statements.commits.lockStrictly, [.text(thread.rawValue), .text(String(epoch))])
    }

    /// Makes a call, and once more where another server has made the fence strict since this store was set up.
    func retryingStrictly(_ body: () async throws(StoreError) -> Void) async throws(StoreError) {
        do throws(StoreError) {
            try await body()
        } catch {
            guard (error.underlying as? PostgresError)?.sqlState == StrictFence.sqlState, !isStrict else { throw error }
            isStrict = true
            try await body()
        }
    }
}

extension PostgresQuery {
    /// The statement's name where it is one of few: shapes of commits and of listings share theirs.
    fileprivate var label: String {
        let name = statement.name
        for shared in ["commit", "page"] where name.hasPrefix("\(shared)_") { return shared }
        return name.isEmpty ? "other" : name
    }
}
