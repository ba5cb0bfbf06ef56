// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a transfer remembers, so that it goes on where it was killed and takes up what changed since.
///
/// A pass begins with `beginScan`, tells all that it finds, and ends with `endScan`; then every thread that is not yet
/// moved as it was found is handed out, and noted as moved.
public protocol TransferJournal: Sendable {
    /// Whether a scan came to its end and not all that it found has been moved: the pass can go on without another.
    func hasUnfinishedPass() async throws(StoreError) -> Bool

    /// Begins to look through the source again: what is not found this time is not there any more.
    func beginScan() async throws(StoreError)

    /// Notes what was found. Repeatable. What a scan finds is counted and handed out when the scan has ended, a change at
    /// once.
    ///
    /// - Parameters:
    ///   - findings: Best many at once.
    ///   - areChanges: Whether the threads are to be moved again even where the same was found before: something was
    ///     written.
    func note(_ findings: TransferFindings, areChanges: Bool) async throws(StoreError)

    /// Ends the scan: forgets what was not found again.
    func endScan() async throws(StoreError)

    /// The threads that are not moved as they were found, at most `limit`, behind one of them in the order of their IDs,
    /// each with all that was found of it.
    func unmoved(after thread: ThreadID?, limit: Int) async throws(StoreError) -> [TransferRequest]

    /// All threads that were found, as `unmoved`.
    func threads(after thread: ThreadID?, limit: Int) async throws(StoreError) -> [TransferRequest]

    /// Notes how it went with threads that were handed out.
    func note(_ outcomes: [TransferOutcome]) async throws(StoreError)

    /// How many threads are not moved as they were found.
    func unmovedCount() async throws(StoreError) -> Int

    /// What was found and moved so far. Cost: a reading of all that was found.
    func counts() async throws(StoreError) -> TransferCounts

    /// All that was said of records, at most `limit` of each kind.
    func problems(limit: Int) async throws(StoreError) -> [TransferProblem]

    /// What the last scan or the target told, at most `limit` of each kind: reading the threads again does not tell it.
    func problemsBesideReading(limit: Int) async throws(StoreError) -> [TransferProblem]
}

/// How it went with a thread that was to be moved.
public struct TransferOutcome: Sendable {
    public var thread: ThreadID
    /// That of its request: what was found later is still to be moved.
    public var version: Int
    /// Whether the target has it now. One that it refused is handed out again behind the next scan.
    public var isMoved: Bool
    public var problems: [TransferProblem]

    public init(_ request: TransferRequest, isMoved: Bool, problems: [TransferProblem] = []) {
        thread = request.thread
        version = request.version
        self.isMoved = isMoved
        self.problems = problems
    }
}

/// How far a transfer has come.
public struct TransferCounts: Hashable, Sendable {
    public var threads = 0
    public var checkpoints = 0
    public var writes = 0
    public var movedThreads = 0
    public var problems: [TransferProblem.Kind: Int] = [:]
    /// Those of them that the last scan or the target told: reading the threads again does not tell them.
    public var problemsBesideReading: [TransferProblem.Kind: Int] = [:]

    public init() {}
}
