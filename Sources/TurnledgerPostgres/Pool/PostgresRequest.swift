// Turnledger. SPDX-License-Identifier: Apache-2.0

/// One call of the client on its way: a batch, or a wish for a connection of one's own for a while.
///
/// - Warning: Belongs to the executor's OS thread once it was submitted.
final class PostgresRequest: @unchecked Sendable {
    enum Work {
        case batch([PostgresQuery], (Result<[PostgresRows], PostgresError>) -> Void)
        case session((Result<PostgresSession.Lease, PostgresError>) -> Void)
    }

    /// Given by the group, in the order of coming.
    var id = 0
    let work: Work
    let deadline: ContinuousClock.Instant
    /// May be sent again where nobody knows whether it took place.
    let isRepeatable: Bool
    /// How large a save is that may share its commit; `nil`: it goes alone.
    private(set) var saveBytes: Int?
    private var hasMetStalePlan = false
    /// Whether the request has met a connection that was silent for too long.
    private(set) var hasMetSilence = false
    private(set) var isDone = false
    /// Set where the caller is gone before the request came in.
    var isCancelled = false

    init(_ work: Work, deadline: ContinuousClock.Instant, isRepeatable: Bool, isShareable: Bool) {
        self.work = work
        self.deadline = deadline
        self.isRepeatable = isRepeatable
        guard isShareable, case .batch(let queries, _) = work else { return }
        saveBytes = queries.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.size } }
    }

    var queries: [PostgresQuery] {
        if case .batch(let queries, _) = work { queries } else { [] }
    }

    /// From now on the request shares nothing: what failed in company is tried alone.
    func goAlone() { saveBytes = nil }

    /// Whether this is the first stale plan that the request meets: once it is tried again.
    func meetStalePlan() -> Bool {
        defer { hasMetStalePlan = true }
        return !hasMetStalePlan
    }

    /// Whether this is the first silent connection that the request meets: once it is tried again on another.
    func meetSilence() -> Bool {
        defer { hasMetSilence = true }
        return !hasMetSilence
    }

    func complete(_ rows: [PostgresRows]) {
        guard !isDone, case .batch(_, let completion) = work else { return }
        isDone = true
        completion(.success(rows))
    }

    func complete(_ lease: PostgresSession.Lease) {
        guard !isDone, case .session(let completion) = work else { return }
        isDone = true
        completion(.success(lease))
    }

    func fail(_ error: PostgresError) {
        guard !isDone else { return }
        isDone = true
        switch work {
        case .batch(_, let completion): completion(.failure(error))
        case .session(let completion): completion(.failure(error))
        }
    }
}
