// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
public import TurnledgerStore

extension StoreContract {
    typealias StatisticsRule = Rule<any StatisticsStore>

    /// Promises of every `StatisticsStore`. Each has owners of its own.
    public static let statistics: [Rule<any StatisticsStore>] = [
        StatisticsRule("counters add up, each by its day, owner, label and metric") { store in
            let key = StatisticsKey(day: "2026-11-20", owner: "st-sum", metric: "turns")
            try await store.add([key: 2, StatisticsKey(day: "2026-11-21", owner: "st-sum", metric: "turns"): 1])
            try await store.add([
                key: 3, StatisticsKey(day: "2026-11-20", owner: "st-sum", metric: "tool:a b'\"%"): 7,
                StatisticsKey(day: "2026-11-20", owner: "st-sum", label: "team:north", metric: "turns"): 1,
            ])
            let range = "2026-11-20"..."2026-11-21"
            #expect(
                try await store.statistics(StatisticsQuery(days: range, owner: "st-sum")) == [
                    key: 5, StatisticsKey(day: "2026-11-21", owner: "st-sum", metric: "turns"): 1,
                    StatisticsKey(day: "2026-11-20", owner: "st-sum", metric: "tool:a b'\"%"): 7,
                ])
            #expect(
                try await store.statistics(StatisticsQuery(days: range, owner: "st-sum", label: "team:north")) == [
                    StatisticsKey(day: "2026-11-20", owner: "st-sum", label: "team:north", metric: "turns"): 1
                ])
            #expect(try await store.statistics(StatisticsQuery(days: range, owner: "st-sun")).isEmpty)
        },
        StatisticsRule("a range has its first and its last day, and no other") { store in
            for day in ["2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03"] {
                try await store.add([StatisticsKey(day: day, owner: "st-range", metric: "turns"): 1])
            }
            let found = try await store.statistics(
                StatisticsQuery(days: "2026-01-01"..."2026-01-02", owner: "st-range"))
            #expect(found.keys.map(\.day).sorted() == ["2026-01-01", "2026-01-02"])
        },
        StatisticsRule("what many add at once is all counted") { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        var counts: [StatisticsKey: Int64] = [:]
                        for metric in ["a", "b", "c", "d", "e"] {
                            counts[StatisticsKey(day: "2026-02-0\(1 + number % 3)", owner: "st-many", metric: metric)] =
                                1
                        }
                        try await store.add(counts)
                    }
                }
                try await group.waitForAll()
            }
            let found = try await store.statistics(
                StatisticsQuery(days: "2026-02-01"..."2026-02-28", owner: "st-many"))
            #expect(found.count == 15)
            #expect(found.values.allSatisfy { $0 == 8 })
        },
        StatisticsRule("an owner can be forgotten, and nobody else is; owners are told apart byte by byte") { store in
            let (composed, decomposed) = ("st-\u{E9}", "st-e\u{301}")
            for owner in [composed, decomposed] {
                try await store.add([
                    StatisticsKey(day: "2026-03-01", owner: owner, metric: "turns"): 1,
                    StatisticsKey(day: "2026-03-01", owner: owner, label: "a:b", metric: "turns"): 1,
                ])
            }
            #expect(try await store.forgetStatistics(of: composed) == 2)
            #expect(try await store.forgetStatistics(of: composed) == 0)
            let range = "2026-03-01"..."2026-03-01"
            #expect(try await store.statistics(StatisticsQuery(days: range, owner: composed)).isEmpty)
            #expect(try await store.statistics(StatisticsQuery(days: range, owner: decomposed)).count == 1)
        },
        StatisticsRule("everybody's counters are nobody's: forgetting an owner leaves them") { store in
            let everybody = StatisticsQuery(days: "1999-04-01"..."1999-04-01")
            try await store.add([StatisticsKey(day: "1999-04-01", metric: "turns"): 4])
            try await store.forgetStatistics(of: "")
            #expect(try await store.statistics(everybody).values.first ?? 0 >= 4)
        },
    ]
}
