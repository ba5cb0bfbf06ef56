// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// What is in a database, and what it lacks.
struct SchemaState: Sendable {
    /// Where new tables go.
    var schema: String?
    var hasSchema: Bool
    var isolation: String
    var hasStrictFence: Bool
    var isCitus: Bool
    /// By qualified table.
    var columns: [String: Set<String>]
    /// The highest of LangGraph's migrations; `nil`: none.
    var langGraphVersion: Int?
    /// Turnledger's own, in order.
    var history: [(id: String, checksum: String)]
    /// Indexes whose building was interrupted: as SQL names them, and bare.
    var invalidIndexes: [(name: String, bareName: String)]

    /// Whether none of LangGraph's tables is there: everything can be made in one transaction.
    func isNew(_ tables: TableNames) -> Bool { tables.langGraph.allSatisfy { columns[$0] == nil } }

    /// Refuses what this version must not touch.
    ///
    /// - Throws: `.unsupported` for tables of another make or a newer version, `.undecodable` for another history.
    func validate(_ tables: TableNames) throws(StoreError) {
        guard schema != nil else {
            throw StoreError(
                .unsupported, "The role has no schema of its own to make tables in. Name one: `postgresql.schema`.")
        }
        guard isolation == "read committed" else {
            throw StoreError(
                .unsupported,
                "default_transaction_isolation is '\(isolation)'; fences need 'read committed'. Set it for the role: "
                    + "ALTER ROLE … SET default_transaction_isolation = 'read committed'.")
        }
        if let found = columns[tables.checkpoints], !found.contains("checkpoint_id"), found.contains("thread_id") {
            throw StoreError(
                .unsupported,
                "\(tables.checkpoints) was made by LangGraph's ShallowPostgresSaver, whose tables have the same names and "
                    + "keep no history. Use another schema: `postgresql.schema`.")
        }
        for (table, required) in LangGraphSchema.requiredColumns(tables) {
            guard let found = columns[table] else { continue }
            let missing = required.filter { !found.contains($0) }
            guard missing.isEmpty else {
                throw StoreError(
                    .unsupported,
                    "\(table) is not LangGraph's table: it lacks \(missing.joined(separator: ", ")). Use another schema: "
                        + "`postgresql.schema`.")
            }
        }
        if let version = langGraphVersion, version > LangGraphSchema.newest {
            throw StoreError(
                .unsupported,
                "LangGraph's tables have migration \(version); this version of Turnledger knows them up to "
                    + "\(LangGraphSchema.newest). Use a newer Turnledger.")
        }
        for (position, applied) in history.enumerated() {
            guard position < SchemaMigration.all.count else {
                throw StoreError(
                    .unsupported,
                    "The database was changed by a newer Turnledger (\(applied.id)). Use that version or a newer one.")
            }
            let expected = SchemaMigration.all[position]
            guard applied.id == expected.id, applied.checksum == expected.checksum else {
                throw StoreError(
                    .undecodable,
                    "\(tables.migrations) has \(applied.id) where this version expects \(expected.id).")
            }
        }
    }

    /// What is missing, in order.
    func plan(_ tables: TableNames) -> [SchemaStep] {
        var steps: [SchemaStep] = []
        let next = (langGraphVersion ?? -1) + 1
        if next <= LangGraphSchema.newest {
            steps += (next...LangGraphSchema.newest).map { LangGraphSchema.step($0, tables) }
        }
        steps += SchemaMigration.all.enumerated().dropFirst(history.count)
            .map { $1.step(tables, position: $0) }
        return repairs(tables, planned: steps) + steps
    }

    /// Everything, for a database that has nothing.
    static func wholePlan(_ tables: TableNames) -> [SchemaStep] {
        (0...LangGraphSchema.newest).map { LangGraphSchema.step($0, tables) }
            + SchemaMigration.all.enumerated().map { $1.step(tables, position: $0) }
    }

    /// Removes indexes whose building was interrupted, and builds those again that no step of the plan builds.
    private func repairs(_ tables: TableNames, planned: [SchemaStep]) -> [SchemaStep] {
        invalidIndexes.filter { SchemaMigration.concurrentIndexes.contains($0.bareName) }.map { index in
            let builds = { (step: SchemaStep) in
                step.statements.filter { $0.contains(" CONCURRENTLY ") && $0.contains(" \(index.bareName)") }
            }
            let isPlanned = planned.contains { !builds($0).isEmpty }
            let again = isPlanned ? [] : Self.wholePlan(tables).flatMap(builds)
            return SchemaStep(
                id: "repair-\(index.bareName)", purpose: "an index whose building was interrupted",
                statements: [SchemaStatements.dropIndex(index.name)] + again, isConcurrent: true)
        }
    }
}
