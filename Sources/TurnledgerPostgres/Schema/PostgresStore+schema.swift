// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore {
    /// Makes LangGraph's tables and Turnledger's, or brings them up to date; where nothing is missing it only looks, and
    /// needs no right to make tables.
    ///
    /// - Throws: `.unsupported` for tables of another make (ShallowPostgresSaver's among them), of a newer LangGraph or
    ///   Turnledger, or for a role that may not make what is missing; `.undecodable` for a history that is not this
    ///   program's; `.unavailable`.
    public func setUp() async throws(StoreError) {
        _ = try await applySchema()
    }

    /// What `setUp()` would do now.
    public func schemaPlan() async throws(StoreError) -> [SchemaStep] {
        let state = try await migrator.inspect()
        try state.validate(statements.tables)
        return state.plan(statements.tables)
    }

    /// As `setUp()`, and returns what was done.
    @discardableResult
    public func applySchema() async throws(StoreError) -> [SchemaStep] {
        let (steps, state) = try await migrator.apply(fence: fenceMode)
        isStrict = state.hasStrictFence
        return steps
    }

    /// Removes the trigger of a strict fence from the database.
    public func removeStrictFence() async throws(StoreError) {
        try await migrator.removeStrictFence()
    }

    /// All that `setUp()` does in an empty database, as a script for `psql`.
    ///
    /// - Throws: `.invalid` for a schema's name that PostgreSQL cannot take.
    public static func schemaScript(schema: String?, fence: FenceMode = .lease) throws(StoreError) -> String {
        let tables = try TableNames(schema: schema)
        var parts = schema.map { [SchemaStatements.createSchema($0) + ";"] } ?? []
        parts.append(SchemaStatements.createHistory(tables) + ";")
        parts += SchemaState.wholePlan(tables).map(\.script)
        if fence == .strict {
            parts.append("-- fence: strict\n" + StrictFence.install(tables).map { $0 + ";" }.joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private var migrator: SchemaMigrator { SchemaMigrator(client: client, tables: statements.tables) }
}
