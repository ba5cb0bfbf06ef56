// Turnledger. SPDX-License-Identifier: Apache-2.0

/// One counter of one day.
public struct StatisticsKey: Hashable, Sendable, Comparable {
    /// In UTC, such as `2026-11-26`.
    public var day: String
    /// Whose conversations; `nil`: everybody's together.
    public var owner: String?
    /// A label of theirs as `name:value`; `nil`: whatever their labels.
    public var label: String?
    /// What is counted, as `StatisticsMetric` names it.
    public var metric: String

    public init(day: String, owner: String? = nil, label: String? = nil, metric: String) {
        self.day = day
        self.owner = owner
        self.label = label
        self.metric = metric
    }

    public static func < (left: StatisticsKey, right: StatisticsKey) -> Bool {
        (left.day, left.owner ?? "", left.label ?? "", left.metric)
            < (right.day, right.owner ?? "", right.label ?? "", right.metric)
    }

    /// Owners and labels are compared byte by byte, as everywhere.
    public static func == (left: StatisticsKey, right: StatisticsKey) -> Bool {
        left.day == right.day && left.owner.map(ExactText.init) == right.owner.map(ExactText.init)
            && left.label.map(ExactText.init) == right.label.map(ExactText.init)
            && ExactText(left.metric) == ExactText(right.metric)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(day)
        hasher.combine(owner.map(ExactText.init))
        hasher.combine(label.map(ExactText.init))
        hasher.combine(ExactText(metric))
    }

    /// The day of a time.
    public static func day(of time: Timestamp) -> String { String(time.description.prefix(10)) }
}

/// Which counters are asked for.
public struct StatisticsQuery: Hashable, Sendable {
    /// Both included.
    public var days: ClosedRange<String>
    /// `nil`: everybody's together.
    public var owner: String?
    /// `name:value`; `nil`: whatever the labels.
    public var label: String?

    public init(days: ClosedRange<String>, owner: String? = nil, label: String? = nil) {
        self.days = days
        self.owner = owner
        self.label = label
    }

    /// The days up to that of a time.
    public static func lastDays(_ count: Int, until time: Timestamp) -> ClosedRange<String> {
        let first = Timestamp(microseconds: time.microseconds - Int64(max(1, count) - 1) * 86_400_000_000)
        return StatisticsKey.day(of: first)...StatisticsKey.day(of: time)
    }
}

/// A store that counts beside the threads what conversations were and cost, by day.
///
/// Reading costs what the days have in counters, whatever the number of threads. An owner and a label are never empty
/// texts.
public protocol StatisticsStore: Sendable {
    /// Adds to counters, all or none.
    func add(_ counts: [StatisticsKey: Int64]) async throws(StoreError)

    func statistics(_ query: StatisticsQuery) async throws(StoreError) -> [StatisticsKey: Int64]

    /// Removes all counters that name an owner; those of everybody together stay. Returns how many there were.
    @discardableResult
    func forgetStatistics(of owner: String) async throws(StoreError) -> Int
}

extension InMemoryStore: StatisticsStore {
    public func add(_ counts: [StatisticsKey: Int64]) async throws(StoreError) {
        try locked { (state) throws(StoreError) in
            for (key, count) in counts { state.statistics[key, default: 0] += count }
        }
    }

    public func statistics(_ query: StatisticsQuery) async throws(StoreError) -> [StatisticsKey: Int64] {
        try locked { (state) throws(StoreError) in
            state.statistics.filter { key, _ in
                query.days.contains(key.day)
                    && key == StatisticsKey(day: key.day, owner: query.owner, label: query.label, metric: key.metric)
            }
        }
    }

    @discardableResult
    public func forgetStatistics(of owner: String) async throws(StoreError) -> Int {
        try locked { (state) throws(StoreError) in
            let before = state.statistics.count
            state.statistics = state.statistics.filter { $0.key.owner.map(ExactText.init) != ExactText(owner) }
            return before - state.statistics.count
        }
    }
}
