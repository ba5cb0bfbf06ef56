// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that can forget the events of runs that have ended.
///
/// Nobody needs them but those who follow such a run anew: its messages are in the thread.
public protocol RunLogPruning: RunStore {
    /// Removes all events of the runs that ended before a time.
    ///
    /// The runs stay, and so does what they answer to an idempotency key. Safe to call at once on many servers.
    /// - Parameters:
    ///   - time: Runs whose status changed last before it.
    ///   - limit: Of so many runs at most, to be called again where it is reached.
    /// - Returns: Of how many runs.
    func pruneLogs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int
}

extension InMemoryStore: RunLogPruning {
    public func pruneLogs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try StoreRules.validate(limit: limit)
        return try locked { (state) throws(StoreError) in
            let ended = state.runs.filter { _, run in
                run.record.status.isFinished && run.record.updatedAt < time && !run.events.isEmpty
            }
            let some = ended.keys.prefix(limit)
            for run in some { state.runs[run]?.events = [:] }
            return some.count
        }
    }
}
