// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: StatisticsStore {
    /// One statement. It is not repeated where the connection broke behind it: what was added would be added twice.
    public func add(_ counts: [StatisticsKey: Int64]) async throws(StoreError) {
        guard !counts.isEmpty else { return }
        let sorted = counts.sorted { $0.key < $1.key }
        let query = PostgresQuery(
            statements.statistics.add,
            [
                .texts(sorted.map { $0.key.owner ?? "" }), .texts(sorted.map { $0.key.label ?? "" }),
                .texts(sorted.map(\.key.day)), .texts(sorted.map(\.key.metric)),
                .texts(sorted.map { String($0.value) }),
            ])
        do throws(PostgresError) {
            _ = try await client.execute([query], isShareable: false, isRepeatable: false, isCancellable: false)
        } catch {
            throw StoreError(postgres: error)
        }
    }

    public func statistics(_ query: StatisticsQuery) async throws(StoreError) -> [StatisticsKey: Int64] {
        let rows = try await read(
            PostgresQuery(
                statements.statistics.range,
                [
                    .text(query.owner ?? ""), .text(query.label ?? ""), .text(query.days.lowerBound),
                    .text(query.days.upperBound),
                ]))
        do {
            var counts: [StatisticsKey: Int64] = [:]
            for row in rows.all {
                let key = StatisticsKey(
                    day: try row.text(0), owner: query.owner, label: query.label, metric: try row.text(1))
                counts[key] = try row.integer(2)
            }
            return counts
        } catch {
            throw StoreError(reading: error)
        }
    }

    @discardableResult
    public func forgetStatistics(of owner: String) async throws(StoreError) -> Int {
        guard !owner.isEmpty else { return 0 }
        return try await write([PostgresQuery(statements.statistics.forget, [.text(owner)])])[0].affected
    }
}
