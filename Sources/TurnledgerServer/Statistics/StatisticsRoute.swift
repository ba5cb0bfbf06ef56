// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird
import TurnledgerStore

/// `GET /api/stats?days=30&label=name:value`: what the caller's own conversations were and cost, by day.
///
/// JSON: that of `StatisticsReport`.
struct StatisticsRoute: Sendable {
    let store: any StatisticsStore
    let clock: any WallClock

    private static let days = (standard: 30, most: 366)

    func report(_ request: Request, caller: Caller) async throws -> Response {
        var days = Self.days.standard
        if let text = request.queryValue("days") {
            guard let number = Int(text), (1...Self.days.most).contains(number) else {
                throw RequestError.invalid("'days' must be a number from 1 to \(Self.days.most).")
            }
            days = number
        }
        let label = request.queryValue("label").flatMap { $0.isEmpty ? nil : $0 }
        if let label, !label.contains(":") {
            throw RequestError.invalid("'label' must be a name and a value with a colon between them.")
        }
        let range = StatisticsQuery.lastDays(days, until: clock.now())
        let counts = try await store.statistics(
            StatisticsQuery(days: range, owner: caller.owner, label: label))
        return .json(StatisticsReport(counts, days: range).json)
    }
}
