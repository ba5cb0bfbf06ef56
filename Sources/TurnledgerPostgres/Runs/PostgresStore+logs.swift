// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: RunLogPruning {
    /// One statement. It reads all events that there are, which are those of the last hour or so.
    public func pruneLogs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try StoreRules.validate(limit: limit)
        let answer = try await write([
            PostgresQuery(statements.runs.pruneLogs, [.integer(time.microseconds), .integer(Int64(limit))])
        ])
        do { return Int(try answer[0].first?.integer(0) ?? 0) } catch { throw StoreError(reading: error) }
    }
}
