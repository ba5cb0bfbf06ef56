// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What is counted of conversations. The names are those of the counters of a store.
public enum StatisticsMetric {
    /// Conversations that took their first turn.
    public static let conversations = "conversations"
    /// Turns that ended, however they did.
    public static let turns = "turns"
    public static let inputTokens = "input_tokens"
    public static let outputTokens = "output_tokens"
    /// - Parameter end: `succeeded`, `failed`, `cancelled` or `interrupted`.
    public static func end(_ end: String) -> String { "end:" + end }
    public static func toolCalls(_ tool: String) -> String { "tool:" + tool }
    public static func toolFailures(_ tool: String) -> String { "tool_failed:" + tool }
    public static func error(_ kind: String) -> String { "error:" + kind }

    /// Upper bounds of the classes into which durations are counted, in milliseconds.
    public static let bounds: [Int64] = [
        50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    ]

    /// The class of a duration: `turn_ms:250` counts those of more than 100 and at most 250 ms; `turn_ms:more` the rest.
    public static func duration(_ name: String, _ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        return "\(name):" + (bounds.first { milliseconds <= $0 }.map(String.init) ?? "more")
    }

    /// From the beginning of an attempt to its end.
    public static let turn = "turn_ms"
    /// From the beginning of an attempt to the first piece of its answer.
    public static let firstToken = "first_token_ms"
}

/// The counters of a range of days, put together for whoever reads them.
public struct StatisticsReport: Hashable, Sendable {
    /// Of one day, or of all.
    public struct Figures: Hashable, Sendable {
        public var conversations: Int64 = 0
        public var turns: Int64 = 0
        /// Turns by their end.
        public var ends: [String: Int64] = [:]
        public var inputTokens: Int64 = 0
        public var outputTokens: Int64 = 0
        /// Calls by tool, and those of them that failed.
        public var tools: [String: Int64] = [:]
        public var toolFailures: [String: Int64] = [:]
        /// Failed turns by who failed and how.
        public var errors: [String: Int64] = [:]
        /// How many durations were in each class, by its upper bound; the last has none.
        public var turn: [Int64: Int64] = [:]
        public var firstToken: [Int64: Int64] = [:]

        fileprivate mutating func add(_ metric: String, _ value: Int64) {
            let parts = metric.split(separator: ":", maxSplits: 1).map(String.init)
            let name = parts.count > 1 ? parts[1] : ""
            switch parts.first {
            case "conversations": conversations += value
            case "turns": turns += value
            case "input_tokens": inputTokens += value
            case "output_tokens": outputTokens += value
            case "end": ends[name, default: 0] += value
            case "tool": tools[name, default: 0] += value
            case "tool_failed": toolFailures[name, default: 0] += value
            case "error": errors[name, default: 0] += value
            case "turn_ms": turn[Int64(name) ?? .max, default: 0] += value
            case "first_token_ms": firstToken[Int64(name) ?? .max, default: 0] += value
            // A newer version's.
            default: break
            }
        }

        /// The bound that a share of the durations keeps, in milliseconds; `nil`: there are none, or it has no bound.
        public static func quantile(_ share: Double, of classes: [Int64: Int64]) -> Int64? {
            let total = classes.values.reduce(0, +)
            var seen: Int64 = 0
            for (bound, count) in classes.sorted(by: { $0.key < $1.key }) {
                seen += count
                if Double(seen) >= Double(total) * share, total > 0 { return bound == .max ? nil : bound }
            }
            return nil
        }
    }

    public var from: String
    public var to: String
    /// Days on which something was counted, the oldest first.
    public var days: [(day: String, figures: Figures)] { byDay.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    public private(set) var total = Figures()
    private var byDay: [String: Figures] = [:]

    public init(_ counts: [StatisticsKey: Int64], days: ClosedRange<String>) {
        from = days.lowerBound
        to = days.upperBound
        for (key, value) in counts {
            byDay[key.day, default: Figures()].add(key.metric, value)
            total.add(key.metric, value)
        }
    }
}

extension StatisticsReport {
    /// `{"from", "to", "total": {…}, "days": [{"day", …}]}`, where `…` is `"conversations", "turns", "ends": {…},
    /// "inputTokens", "outputTokens", "tools": {NAME: {"calls", "failed"}}, "errors": {…}, "turnMilliseconds",
    /// "firstTokenMilliseconds"`; the last two are `{"p50", "p95", "p99"}`: bounds that so many of them keep, `null` where
    /// that has none.
    public var json: JSONValue {
        [
            "from": .string(from), "to": .string(to), "total": .object(total.json),
            "days": .array(
                days.map { day, figures in
                    var json: JSONObject = ["day": .string(day)]
                    for member in figures.json { json[member.key] = member.value }
                    return .object(json)
                }),
        ]
    }
}

extension StatisticsReport.Figures {
    fileprivate var json: JSONObject {
        func object(_ counts: [String: Int64]) -> JSONValue {
            var json = JSONObject()
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { json[name] = .integer(count) }
            return .object(json)
        }
        func quantiles(_ classes: [Int64: Int64]) -> JSONValue {
            var json = JSONObject()
            for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
                json[name] = Self.quantile(share, of: classes).map(JSONValue.integer) ?? .null
            }
            return .object(json)
        }
        var used = JSONObject()
        for (name, calls) in tools.sorted(by: { $0.key < $1.key }) {
            used[name] = ["calls": .integer(calls), "failed": .integer(toolFailures[name] ?? 0)]
        }
        return [
            "conversations": .integer(conversations), "turns": .integer(turns), "ends": object(ends),
            "inputTokens": .integer(inputTokens), "outputTokens": .integer(outputTokens), "tools": .object(used),
            "errors": object(errors), "turnMilliseconds": quantiles(turn),
            "firstTokenMilliseconds": quantiles(firstToken),
        ]
    }
}
