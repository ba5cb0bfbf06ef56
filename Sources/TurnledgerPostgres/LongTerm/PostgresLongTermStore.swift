// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Keeps long-term values in LangGraph's table `store`, which Python's `AsyncPostgresStore` reads and writes too.
///
/// It shares the connections of a `PostgresStore`. The name `store` is common: so its table is made by `setUp()` of this
/// type, not by that of `PostgresStore`. Values hold no NUL: JSONB takes none.
///
/// What has expired is neither found nor listed here; Python goes on finding it until somebody sweeps, unless its store is
/// set to `omit_expired`.
public struct PostgresLongTermStore: LongTermStore {
    private let store: PostgresStore
    private let statements: LongTermStatements
    private let prefix: String
    private let clock: any WallClock

    /// - Parameters:
    ///   - store: Lends its connections and names the schema.
    ///   - clock: Tells what has expired.
    public init(_ store: PostgresStore, clock: any WallClock = SystemWallClock()) {
        self.store = store
        prefix = store.statements.tables.prefix
        statements = LongTermStatements(prefix)
        self.clock = clock
    }

    /// Takes LangGraph's own steps to its tables, those that are missing; Python's `setup()` may run at the same time.
    public func setUp() async throws(StoreError) {
        var attempt = 1
        while true {
            do {
                if try await isUpToDate() { return }
                return try await SchemaMigrator(client: store.client, tables: store.statements.tables).underLock {
                    try await takeSteps()
                }
            } catch let error as PostgresError where error.isRaceOfMakers && attempt < 10 {
                attempt += 1
            } catch {
                throw StoreError(postgres: error)
            }
        }
    }

    /// What is up to date is only looked at: that needs no right to make tables.
    private func isUpToDate() async throws -> Bool {
        guard try await store.read(PostgresQuery(statements.history)).first?.boolean(0) == true else { return false }
        let version = try await store.read(PostgresQuery(statements.version)).first?.optionalInteger(0) ?? -1
        return LongTermSchema.steps(prefix).allSatisfy { $0.version <= version }
    }

    /// How long one step may take: an index of a large table takes its time.
    private static let stepDeadline = Duration.seconds(6 * 3600)

    private func takeSteps() async throws {
        let (prefix, statements, schema) = (prefix, statements, store.statements.tables.schema)
        try await store.client.withSession { session in
            if let schema { _ = try await session.executeAlone(SchemaStatements.createSchema(schema)) }
            _ = try await session.executeAlone(LongTermSchema.history(prefix))
            let rows = try await session.execute([PostgresQuery(statements.version)])
            let version = rows[0].first?.optionalInteger(0) ?? -1
            for step in LongTermSchema.steps(prefix) where step.version > version {
                _ = try await session.executeAlone(step.sql, deadline: Self.stepDeadline)
                _ = try await session.execute([
                    PostgresQuery(statements.noteVersion, [.integer(Int64(step.version))])
                ])
            }
        }
    }

    /// One round trip: the expiry is put off before the item is read.
    public func item(
        _ key: String, in namespace: [String], refreshesExpiry: Bool
    ) async throws(StoreError) -> LongTermItem? {
        guard !key.utf8.contains(0) else { return nil }
        let place: [PostgresValue] = [.text(Self.text(namespace)), .text(key), .integer(clock.now().microseconds)]
        var queries = [PostgresQuery(statements.item, place)]
        if refreshesExpiry { queries.insert(PostgresQuery(statements.refresh, place), at: 0) }
        return try items(try await store.write(queries).last).first
    }

    public func put(
        _ value: JSONObject, for key: String, in namespace: [String], timeToLive: Duration?, at time: Timestamp
    ) async throws(StoreError) {
        try LongTermRules.validate(namespace, key: key)
        let minutes = timeToLive.map(LongTermRules.minutes)
        guard (minutes ?? 0) <= Int64(Int32.max) else {
            throw StoreError(.invalid, "A time to live has at most 2147483647 minutes.")
        }
        let prefix = PostgresValue.text(Self.text(namespace))
        try await store.write([
            // One that has expired is gone: what comes now is new.
            PostgresQuery(statements.removeExpiredItem, [prefix, .text(key), .integer(time.microseconds)]),
            PostgresQuery(
                statements.put,
                [
                    prefix, .text(key), .utf8(JSONValue.object(value).serialized()), .integer(time.microseconds),
                    minutes.map { .integer($0) } ?? .null,
                ]),
        ])
    }

    public func deleteItem(_ key: String, in namespace: [String]) async throws(StoreError) {
        guard !key.utf8.contains(0) else { return }
        try await store.write([PostgresQuery(statements.delete, [.text(Self.text(namespace)), .text(key)])])
    }

    /// One statement, and a second one where expiries are put off. Members that must be equal narrow the rows down in the
    /// database; operators are applied to what comes back.
    public func search(_ query: LongTermQuery) async throws(StoreError) -> [LongTermItem] {
        let now = PostgresValue.integer(clock.now().microseconds)
        let (prefix, limit, offset) = (Self.text(query.prefix), max(0, query.limit), max(0, query.offset))
        guard !prefix.utf8.contains(0) else { return [] }
        let isWhole = query.filter.isEmpty
        let equal = query.filter.members.filter { member in
            !(member.value.object?.members.contains { $0.key.hasPrefix("$") } ?? false)
        }
        let rows = try await store.read(
            PostgresQuery(
                statements.search,
                [
                    .text(prefix), .text(query.prefix.isEmpty ? "%" : Self.pattern(prefix) + ".%"),
                    .utf8(JSONValue.object(JSONObject(members: equal)).serialized()), now,
                    isWhole ? .integer(Int64(limit)) : .null, .integer(isWhole ? Int64(offset) : 0),
                ]))
        var found: [LongTermItem] = []
        for item in try items(rows) where try LongTermRules.fits(item.value, query.filter) { found.append(item) }
        if !isWhole { found = Array(found.dropFirst(offset).prefix(limit)) }
        if query.refreshesExpiry, !found.isEmpty {
            try await store.write([
                PostgresQuery(
                    statements.refreshAll,
                    [.texts(found.map { Self.text($0.namespace) }), .texts(found.map(\.key)), now])
            ])
        }
        return found
    }

    public func namespaces(_ query: LongTermNamespaceQuery) async throws(StoreError) -> [[String]] {
        let rows = try await store.read(PostgresQuery(statements.prefixes, [.integer(clock.now().microseconds)]))
        var result: Set<[ExactText]> = []
        do {
            for row in rows.all {
                let namespace = Self.namespace(try row.text(0))
                guard query.matches(namespace) else { continue }
                result.insert(namespace.prefix(query.maximumDepth ?? namespace.count).map { ExactText($0) })
            }
        } catch {
            throw StoreError(reading: error)
        }
        return result.sorted { $0.lexicographicallyPrecedes($1) }
            .dropFirst(max(0, query.offset)).prefix(max(0, query.limit)).map { $0.map(\.value) }
    }

    @discardableResult
    public func removeExpired(at time: Timestamp) async throws(StoreError) -> Int {
        let rows = try await store.write([PostgresQuery(statements.removeExpired, [.integer(time.microseconds)])])
        do { return Int(try rows[0].first?.integer(0) ?? 0) } catch { throw StoreError(reading: error) }
    }

    private func items(_ rows: PostgresRows?) throws(StoreError) -> [LongTermItem] {
        do {
            return try (rows?.all ?? []).map { row in
                guard let value = try JSONValue.parse(try row.jsonb(2)).object else {
                    throw StoreError(.undecodable, "A long-term value is no object.")
                }
                return LongTermItem(
                    namespace: Self.namespace(try row.text(0)), key: try row.text(1), value: value,
                    createdAt: Timestamp(microseconds: try row.integer(3)),
                    updatedAt: Timestamp(microseconds: try row.integer(4)))
            }
        } catch {
            throw StoreError(reading: error)
        }
    }

    private static func text(_ namespace: [String]) -> String { namespace.joined(separator: ".") }

    private static func namespace(_ prefix: String) -> [String] {
        prefix.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    /// A text in which nothing stands for others.
    private static func pattern(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    }
}
