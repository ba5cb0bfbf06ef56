// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore: StatisticsStore {
    /// One transaction.
    public func add(_ counts: [StatisticsKey: Int64]) async throws(StoreError) {
        guard !counts.isEmpty else { return }
        try await write(call: "add_statistics") { database in
            for (key, count) in counts {
                try database.run(
                    StatisticsStatements.add, [key.owner ?? "", key.label ?? "", key.day, key.metric, count])
            }
        }
    }

    public func statistics(_ query: StatisticsQuery) async throws(StoreError) -> [StatisticsKey: Int64] {
        try await read { database in
            let rows = try database.rows(
                StatisticsStatements.range,
                [query.owner ?? "", query.label ?? "", query.days.lowerBound, query.days.upperBound])
            var counts: [StatisticsKey: Int64] = [:]
            for row in rows {
                let key = StatisticsKey(
                    day: try row.value("day"), owner: query.owner, label: query.label, metric: try row.value("metric"))
                counts[key] = try row.value("value")
            }
            return counts
        }
    }

    @discardableResult
    public func forgetStatistics(of owner: String) async throws(StoreError) -> Int {
        guard !owner.isEmpty else { return 0 }
        return try await write { database in
            try database.run(StatisticsStatements.forget, [owner])
            return database.changesCount
        }
    }
}

/// The statements of statistics.
enum StatisticsStatements {
    /// `?1` owner, `?2` label, `?3` day, `?4` metric, `?5` by how much.
    static let add = """
        INSERT INTO turnledger_statistics (owner, label, day, metric, value)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (owner, label, day, metric) DO UPDATE
        SET value = value + excluded.value
        """

    /// `?1` owner, `?2` label, `?3` first day, `?4` last day.
    static let range = """
        SELECT day, metric, value
        FROM turnledger_statistics
        WHERE owner = ?1
            AND label = ?2
            AND day BETWEEN ?3 AND ?4
        """

    static let forget = """
        DELETE FROM turnledger_statistics
        WHERE owner = ?1
        """
}
