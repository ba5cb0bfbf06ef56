// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a sweep removed, or would remove.
public struct RetentionReport: Hashable, Sendable {
    /// Threads by how long they had been idle.
    public enum Age: String, Sendable, CaseIterable {
        case week = "up to 7 days"
        case month = "up to 30 days"
        case quarter = "up to 90 days"
        case year = "up to 365 days"
        case older = "over 365 days"

        init(idle: Int64) {
            switch idle / 86_400_000_000 {
            case ...7: self = .week
            case ...30: self = .month
            case ...90: self = .quarter
            case ...365: self = .year
            default: self = .older
            }
        }
    }

    /// How many threads were looked at.
    public var examined = 0
    /// All rows that went; `threads` counts those of which nothing is left.
    public var removed = RemovedRows()
    /// Of the rows that went with whole threads, as they were stored; known to a plan alone.
    public var bytes = 0
    /// How many threads went by deletion, by archive, and how many were made shorter.
    public var deleted = 0
    public var archived = 0
    public var shortened = 0
    /// Threads that go or are made shorter, by age.
    public var ages: [Age: Int] = [:]
    /// Threads that stay, by reason.
    public var stays: [RetentionPolicy.Reason: Int] = [:]
    /// Threads that changed between decision and removal, and so stay until the next sweep.
    public var changed = 0
    /// Threads that could not be done, such as those with delta channels of LangGraph.js.
    public var failed = 0

    public init() {}

    mutating func count(_ age: Age) { ages[age, default: 0] += 1 }
    mutating func count(_ reason: RetentionPolicy.Reason) { stays[reason, default: 0] += 1 }

    /// As JSON: `{"examined", "threads", "checkpoints", "blobs", "writes", "bytes", "deleted", "archived", "shortened",
    /// "changed", "failed", "ages": {…}, "stays": {…}}`.
    public var json: JSONObject {
        let numbers: [(String, Int)] = [
            ("examined", examined), ("threads", removed.threads), ("checkpoints", removed.checkpoints),
            ("blobs", removed.blobs), ("writes", removed.writes), ("bytes", bytes), ("deleted", deleted),
            ("archived", archived), ("shortened", shortened), ("changed", changed), ("failed", failed),
        ]
        var json = JSONObject(members: numbers.map { .init(key: $0.0, value: .integer(Int64($0.1))) })
        json["ages"] = .object(
            JSONObject(
                members: Age.allCases.compactMap { age in
                    ages[age].map { .init(key: age.rawValue, value: .integer(Int64($0))) }
                }))
        json["stays"] = .object(
            JSONObject(
                members: RetentionPolicy.Reason.allCases.compactMap { reason in
                    stays[reason].map { .init(key: reason.rawValue, value: .integer(Int64($0))) }
                }))
        return json
    }
}
