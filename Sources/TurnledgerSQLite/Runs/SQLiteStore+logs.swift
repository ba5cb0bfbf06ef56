// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore: RunLogPruning {
    /// One transaction.
    public func pruneLogs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try StoreRules.validate(limit: limit)
        return try await write { database in
            let ended = try database.rows(RunStatements.endedLogs, [time.microseconds, limit])
            for row in ended {
                try database.run(RunStatements.deleteEvents, [try row.value("run_id", as: String.self)])
            }
            return ended.count
        }
    }
}
