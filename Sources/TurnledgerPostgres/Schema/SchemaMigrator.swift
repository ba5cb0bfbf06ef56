// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Looks at a schema and brings it up to date.
struct SchemaMigrator: Sendable {
    let client: PostgresClient
    let tables: TableNames
    /// How long one step may take: an index of a large table takes its time.
    var stepDeadline: Duration = .seconds(6 * 3600)
    /// How long another process may be at it.
    var lockDeadline: Duration = .seconds(3600)

    private var statements: SchemaStatements { SchemaStatements(tables) }

    /// Two round trips. Needs no rights but to read.
    func inspect() async throws(StoreError) -> SchemaState {
        do {
            let first = try await client.execute(
                [
                    PostgresQuery(
                        SchemaStatements.catalog,
                        [
                            .optional(tables.schema), .text(tables.langGraphMigrations), .text(tables.migrations),
                            .text(tables.checkpoints),
                        ]),
                    PostgresQuery(SchemaStatements.columns, [.texts(tables.langGraph)]),
                    PostgresQuery(SchemaStatements.invalidIndexes, [.texts(tables.langGraph)]),
                ], isRepeatable: true)
            guard let row = first[0].first else { throw PostgresError(.misuse, "The catalogue gave no answer.") }
            var state = SchemaState(
                schema: row.optionalText(0), hasSchema: try row.boolean(1), isolation: try row.text(2),
                hasStrictFence: try row.boolean(5), isCitus: try row.boolean(6), columns: [:], history: [],
                invalidIndexes: try first[2].all.map { (try $0.text(0), try $0.text(1)) })
            for row in first[1].all { state.columns[try row.text(0), default: []].insert(try row.text(1)) }
            if try row.boolean(3) {
                let versions = try await client.execute(
                    PostgresQuery(statements.langGraphVersion), isRepeatable: true)
                state.langGraphVersion = versions.first?.optionalInteger(0).map { Int($0) }
            }
            if try row.boolean(4) {
                let history = try await client.execute(PostgresQuery(statements.history), isRepeatable: true)
                state.history = try history.all.map { (try $0.text(0), try $0.text(1)) }
            }
            return state
        } catch {
            throw StoreError(postgres: error)
        }
    }

    /// Takes all steps that are missing and sets the fence's trigger up where it is wanted, under a lock that lets other
    /// Turnledgers wait. A schema that is up to date is only looked at.
    ///
    /// - Returns: What was done, and what is in the database now.
    func apply(fence: PostgresStore.FenceMode) async throws(StoreError) -> (steps: [SchemaStep], state: SchemaState) {
        let state = try await inspect()
        try state.validate(tables)
        if isDone(state, fence: fence) { return ([], state) }
        do {
            return try await underLock {
                var attempt = 1
                while true {
                    do {
                        return try await applyAlone(fence: fence)
                    } catch let error as PostgresError where error.isRaceOfMakers && attempt < 10 {
                        // Python's setup() takes no lock: what it has just made is there when we look again.
                        attempt += 1
                    }
                }
            }
        } catch {
            throw StoreError(postgres: error)
        }
    }

    private func isDone(_ state: SchemaState, fence: PostgresStore.FenceMode) -> Bool {
        state.plan(tables).isEmpty && (fence == .lease || state.hasStrictFence)
    }

    private func applyAlone(
        fence: PostgresStore.FenceMode
    ) async throws -> (steps: [SchemaStep], state: SchemaState) {
        let state = try await inspect()
        try state.validate(tables)
        let steps = state.plan(tables)
        try await client.withSession { session in
            if state.isNew(tables) && state.history.isEmpty {
                try await makeAll(steps, state, session)
            } else {
                if !steps.isEmpty { try await prepare(state, session) }
                for step in steps { try await take(step, session) }
            }
            if fence == .strict && !state.hasStrictFence { try await makeStrict(state, session) }
        }
        var result = state
        if fence == .strict { result.hasStrictFence = true }
        return (steps, result)
    }

    /// One transaction: no other process sees half a schema.
    private func makeAll(_ steps: [SchemaStep], _ state: SchemaState, _ session: PostgresSession) async throws {
        try await transaction(session) {
            try await prepare(state, session)
            for statement in steps.flatMap(\.forNewTables) { try await run(statement, session) }
        }
    }

    private func prepare(_ state: SchemaState, _ session: PostgresSession) async throws {
        if let schema = tables.schema, !state.hasSchema {
            try await run(SchemaStatements.createSchema(schema), session)
        }
        try await run(SchemaStatements.createHistory(tables), session)
    }

    private func take(_ step: SchemaStep, _ session: PostgresSession) async throws {
        guard !step.isConcurrent else {
            for statement in step.statements { try await run(statement, session) }
            return
        }
        try await transaction(session) {
            for statement in step.statements { try await run(statement, session) }
        }
    }

    private func makeStrict(_ state: SchemaState, _ session: PostgresSession) async throws {
        guard !state.isCitus else {
            throw StoreError(
                .unsupported, "A strict fence needs a trigger, which Citus does not take. Use `fence: lease`.")
        }
        // The function runs under the search path of whoever writes: it needs the schema's name.
        let qualified = try TableNames(schema: state.schema)
        try await transaction(session) {
            for statement in StrictFence.install(qualified) { try await run(statement, session) }
        }
    }

    /// Removes the strict fence's trigger. Stores that are open go on telling their epoch, which does no harm.
    func removeStrictFence() async throws(StoreError) {
        let tables = tables
        do {
            try await client.withSession { session in
                try await transaction(session) {
                    for statement in StrictFence.remove(tables) { try await run(statement, session) }
                }
            }
        } catch {
            throw StoreError(postgres: error)
        }
    }

    private func transaction(_ session: PostgresSession, _ body: () async throws -> Void) async throws {
        do {
            _ = try await session.execute([PostgresQuery(SchemaStatements.begin)])
            try await body()
            _ = try await session.execute([PostgresQuery(SchemaStatements.commit)])
        } catch {
            _ = try? await session.execute([PostgresQuery(SchemaStatements.rollback)])
            throw error
        }
    }

    private func run(_ statement: String, _ session: PostgresSession) async throws {
        _ = try await session.executeAlone(statement, deadline: stepDeadline)
    }

    // MARK: The lock

    func underLock<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let deadline = ContinuousClock.now + lockDeadline
        let key = lockKey
        var pause = Duration.milliseconds(20)
        while true {
            let value = try await client.withSession { session -> Value? in
                let answers = try await session.execute([
                    PostgresQuery(SchemaStatements.begin), PostgresQuery(SchemaStatements.tryLock, [.integer(key)]),
                    PostgresQuery(SchemaStatements.letSnapshotGo),
                ])
                let isLocked = try answers[1].first?.boolean(0) ?? false
                let value = isLocked ? try await body() : nil
                _ = try? await session.execute([PostgresQuery(SchemaStatements.rollback)])
                return value
            }
            if let value { return value }
            guard ContinuousClock.now < deadline else {
                throw StoreError(.unavailable, "Another process has been setting up the schema for too long.")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    /// One lock for each schema.
    private var lockKey: Int64 {
        Int64(bitPattern: XXH3.hash128(Array("turnledger schema \(tables.schema ?? "")".utf8)).low)
    }
}

extension PostgresError {
    /// What two get that make the same thing at the same moment: it exists, or its row in a catalogue does.
    var isRaceOfMakers: Bool {
        ["23505", "42P06", "42P07", "42701", "42710", "XX000"].contains(sqlState ?? "")
    }
}
