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

    /// Notes what was found. Repeatable.
    func note(_ findings: TransferFindings) async throws(StoreError)

    /// Ends the scan: forgets what was not found again.
    func endScan() async throws(StoreError)

    /// The threads that are not moved as they were found, at most `limit`, behind one of them in the order of their IDs.
    func unmoved(after thread: ThreadID?, limit: Int) async throws(StoreError) -> [ThreadID]

    /// All threads that were found, at most `limit`, behind one of them in the order of their IDs.
    func threads(after thread: ThreadID?, limit: Int) async throws(StoreError) -> [ThreadID]

    /// All that was found of a thread.
    func records(of thread: ThreadID) async throws(StoreError) -> [TransferRecord]

    /// Notes that a thread is in the target as these records have it, and what was said of it on the way.
    func noteMoved(
        _ thread: ThreadID, _ records: [TransferRecord], problems: [TransferProblem]
    ) async throws(StoreError)

    /// What was found and moved so far.
    func counts() async throws(StoreError) -> TransferCounts

    /// All that was said of records, at most `limit` of each kind.
    func problems(limit: Int) async throws(StoreError) -> [TransferProblem]
}

/// How far a transfer has come.
public struct TransferCounts: Hashable, Sendable {
    public var threads = 0
    public var checkpoints = 0
    public var writes = 0
    public var movedThreads = 0
    public var problems: [TransferProblem.Kind: Int] = [:]

    public init() {}
}
