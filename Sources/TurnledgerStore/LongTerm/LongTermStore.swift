// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Keeps values that outlive their threads: LangGraph's `BaseStore`, without search by meaning.
///
/// A value is a JSON object under a key in a namespace, which is a path of words.
public protocol LongTermStore: Sendable {
    /// Returns an item, or `nil` where there is none or it has expired.
    ///
    /// - `refreshesExpiry`: Whether an item that expires is given its whole time again.
    func item(
        _ key: String, in namespace: [String], refreshesExpiry: Bool
    ) async throws(StoreError) -> LongTermItem?

    /// Stores an item, in place of an earlier one under its key.
    ///
    /// - `timeToLive`: How long it is kept, in whole minutes rounded up; `nil`: for good.
    /// - Throws: `.invalid` for a namespace that `LongTermRules` refuses.
    func put(
        _ value: JSONObject, for key: String, in namespace: [String], timeToLive: Duration?, at time: Timestamp
    ) async throws(StoreError)

    /// Removes an item. No error where there is none.
    func deleteItem(_ key: String, in namespace: [String]) async throws(StoreError)

    /// Returns the items below a namespace that fit a filter, the last changed first.
    func search(_ query: LongTermQuery) async throws(StoreError) -> [LongTermItem]

    /// Returns the namespaces that have items, sorted.
    func namespaces(_ query: LongTermNamespaceQuery) async throws(StoreError) -> [[String]]

    /// Removes what has expired and returns how many items.
    @discardableResult
    func removeExpired(at time: Timestamp) async throws(StoreError) -> Int
}

extension LongTermStore {
    /// Returns an item, or `nil` where there is none or it has expired; one that expires is given its whole time again.
    public func item(_ key: String, in namespace: [String]) async throws(StoreError) -> LongTermItem? {
        try await item(key, in: namespace, refreshesExpiry: true)
    }

    /// Stores an item for good, or for a time.
    public func put(
        _ value: JSONObject, for key: String, in namespace: [String], timeToLive: Duration? = nil
    ) async throws(StoreError) {
        try await put(value, for: key, in: namespace, timeToLive: timeToLive, at: SystemWallClock().now())
    }
}

/// A value that outlives its thread.
public struct LongTermItem: Hashable, Sendable {
    public var namespace: [String]
    public var key: String
    public var value: JSONObject
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        namespace: [String], key: String, value: JSONObject, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.namespace = namespace
        self.key = key
        self.value = value
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Which items to find.
public struct LongTermQuery: Hashable, Sendable {
    /// Items in this namespace and in all below it.
    public var prefix: [String]
    /// Members that must be equal, or fit an operator: `{"age": {"$gte": 18}}`; `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`.
    public var filter: JSONObject
    public var limit: Int
    public var offset: Int
    public var refreshesExpiry: Bool

    public init(
        below prefix: [String], filter: JSONObject = [:], limit: Int = 10, offset: Int = 0,
        refreshesExpiry: Bool = true
    ) {
        self.prefix = prefix
        self.filter = filter
        self.limit = limit
        self.offset = offset
        self.refreshesExpiry = refreshesExpiry
    }
}

/// Which namespaces to list; `*` stands for any word.
public struct LongTermNamespaceQuery: Hashable, Sendable {
    public var prefix: [String]
    public var suffix: [String]
    /// Longer ones are cut to this many words.
    public var maximumDepth: Int?
    public var limit: Int
    public var offset: Int

    public init(
        prefix: [String] = [], suffix: [String] = [], maximumDepth: Int? = nil, limit: Int = 100, offset: Int = 0
    ) {
        self.prefix = prefix
        self.suffix = suffix
        self.maximumDepth = maximumDepth
        self.limit = limit
        self.offset = offset
    }

    private static func fits(_ pattern: [String], _ words: ArraySlice<String>) -> Bool {
        zip(pattern, words).allSatisfy { $0 == "*" || ExactText($0) == ExactText($1) }
    }

    /// Whether a namespace is listed.
    package func matches(_ namespace: [String]) -> Bool {
        guard namespace.count >= max(prefix.count, suffix.count) else { return false }
        return Self.fits(prefix, namespace[...]) && Self.fits(suffix, namespace.suffix(suffix.count))
    }
}

/// What every long-term store refuses, and how it compares.
package enum LongTermRules {
    /// - Throws: `.invalid` for an empty namespace, for words that are empty or hold a dot, and for the root `langgraph`,
    ///   as LangGraph does; for NUL in namespace or key.
    package static func validate(_ namespace: [String], key: String) throws(StoreError) {
        guard !namespace.isEmpty else { throw StoreError(.invalid, "A namespace has at least one word.") }
        for word in namespace where word.isEmpty || word.utf8.contains(UInt8(ascii: ".")) || word.utf8.contains(0) {
            throw StoreError(.invalid, "A namespace's words are not empty and hold neither a dot nor a NUL.")
        }
        guard namespace[0] != "langgraph" else {
            throw StoreError(.invalid, "The namespace 'langgraph' is LangGraph's own.")
        }
        guard !key.utf8.contains(0) else { throw StoreError(.invalid, "A key holds no NUL.") }
    }

    /// Whether a value fits a filter.
    package static func fits(_ value: JSONObject, _ filter: JSONObject) throws(StoreError) -> Bool {
        for member in filter {
            let actual = value[member.key]
            if let operators = member.value.object, operators.members.contains(where: { $0.key.hasPrefix("$") }) {
                for test in operators {
                    guard try fits(actual ?? .null, test.key, test.value) else { return false }
                }
            } else if actual != member.value {
                return false
            }
        }
        return true
    }

    private static func fits(
        _ actual: JSONValue, _ name: String, _ wanted: JSONValue
    ) throws(StoreError) -> Bool {
        switch name {
        case "$eq": return actual == wanted
        case "$ne": return actual != wanted
        case "$gt", "$gte", "$lt", "$lte":
            guard let left = number(actual), let right = number(wanted) else { return false }
            switch name {
            case "$gt": return left > right
            case "$gte": return left >= right
            case "$lt": return left < right
            default: return left <= right
            }
        default: throw StoreError(.invalid, "The filter's operator '\(name)' is not known.")
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        case .number(let text), .string(let text): Double(text)
        default: nil
        }
    }

    /// A time to live in the whole minutes that LangGraph's table counts.
    package static func minutes(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return max(1, (seconds + (attoseconds > 0 ? 1 : 0) + 59) / 60)
    }
}
