// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

/// Keeps long-term values in a table of LangGraph's format; times are microseconds since 1970.
extension SQLiteStore: LongTermStore {
    public func item(
        _ key: String, in namespace: [String], refreshesExpiry: Bool
    ) async throws(StoreError) -> LongTermItem? {
        let now = SystemWallClock().now()
        return try await write { database in
            let place: StatementArguments = [Self.prefix(namespace), key, now.microseconds]
            guard let row = try database.row(LongTermStatements.item, place) else { return nil }
            if refreshesExpiry { try Self.refresh(row, now, database) }
            return try Self.item(row)
        }
    }

    public func put(
        _ value: JSONObject, for key: String, in namespace: [String], timeToLive: Duration?, at time: Timestamp
    ) async throws(StoreError) {
        try LongTermRules.validate(namespace, key: key)
        let text = String(decoding: JSONValue.object(value).serialized(), as: UTF8.self)
        let minutes = timeToLive.map(LongTermRules.minutes)
        let expiry = minutes.map { (time + .seconds($0 * 60)).microseconds }
        try await write { database in
            let place: StatementArguments = [Self.prefix(namespace), key, time.microseconds]
            // One that has expired is gone: what comes now is new.
            try database.run(LongTermStatements.removeExpiredItem, place)
            try database.run(
                LongTermStatements.put,
                [Self.prefix(namespace), key, text, time.microseconds, time.microseconds, expiry, minutes])
        }
    }

    public func deleteItem(_ key: String, in namespace: [String]) async throws(StoreError) {
        try await write { database in
            try database.run(LongTermStatements.delete, [Self.prefix(namespace), key])
        }
    }

    /// One statement; filters are applied to the rows below the prefix.
    public func search(_ query: LongTermQuery) async throws(StoreError) -> [LongTermItem] {
        let now = SystemWallClock().now()
        return try await write { database in
            let prefix = Self.prefix(query.prefix)
            let rows =
                query.prefix.isEmpty
                ? try database.rows(LongTermStatements.all, [now.microseconds])
                : try database.rows(LongTermStatements.below, [prefix, prefix + ".", prefix + ".", now.microseconds])
            var found: [(Row, LongTermItem)] = []
            for row in rows {
                let item = try Self.item(row)
                if try LongTermRules.fits(item.value, query.filter) { found.append((row, item)) }
            }
            found = Array(found.dropFirst(max(0, query.offset)).prefix(max(0, query.limit)))
            if query.refreshesExpiry { for (row, _) in found { try Self.refresh(row, now, database) } }
            return found.map(\.1)
        }
    }

    public func namespaces(_ query: LongTermNamespaceQuery) async throws(StoreError) -> [[String]] {
        let now = SystemWallClock().now()
        return try await read { database in
            var result: Set<[ExactText]> = []
            for row in try database.rows(LongTermStatements.prefixes, [now.microseconds]) {
                let namespace = Self.namespace(try row.value("prefix"))
                guard query.matches(namespace) else { continue }
                result.insert(namespace.prefix(query.maximumDepth ?? namespace.count).map { ExactText($0) })
            }
            return result.sorted { $0.lexicographicallyPrecedes($1) }
                .dropFirst(max(0, query.offset)).prefix(max(0, query.limit)).map { $0.map(\.value) }
        }
    }

    @discardableResult
    public func removeExpired(at time: Timestamp) async throws(StoreError) -> Int {
        try await write { database in
            try database.run(LongTermStatements.removeExpired, [time.microseconds])
            return database.changesCount
        }
    }

    private static func prefix(_ namespace: [String]) -> String { namespace.joined(separator: ".") }

    private static func namespace(_ prefix: String) -> [String] {
        prefix.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    private static func refresh(_ row: Row, _ now: Timestamp, _ database: Database) throws {
        guard let minutes = try row.optional("ttl_minutes", as: Int64.self) else { return }
        try database.run(
            LongTermStatements.refresh,
            [
                (now + .seconds(minutes * 60)).microseconds, try row.value("prefix", as: String.self),
                try row.value("key", as: String.self),
            ])
    }

    private static func item(_ row: Row) throws -> LongTermItem {
        guard let value = try JSONValue.parse(try row.value("value", as: String.self)).object else {
            throw StoreError(.undecodable, "A long-term value is no object.")
        }
        return LongTermItem(
            namespace: namespace(try row.value("prefix")), key: try row.value("key"), value: value,
            createdAt: Timestamp(microseconds: try row.value("created_at")),
            updatedAt: Timestamp(microseconds: try row.value("updated_at")))
    }
}
