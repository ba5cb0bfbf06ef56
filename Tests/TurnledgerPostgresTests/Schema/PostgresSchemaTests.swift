// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerPostgres

@Suite("The schema of a PostgreSQL store", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
struct PostgresSchemaTests {
    /// LangGraph's tables as its saver left them after a migration, with a row in each.
    private func makeLangGraph(_ newest: Int, in schema: StoreSchema) async throws {
        let tables = try TableNames(schema: schema.name)
        try await schema.execute("CREATE SCHEMA \(schema.name)")
        for version in 0...newest {
            for statement in LangGraphSchema.step(version, tables).forNewTables { try await schema.execute(statement) }
        }
        if newest >= 1 {
            try await schema.execute(
                """
                INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint, metadata) VALUES
                ('old', '1', '{"v": 1, "id": "1", "ts": "", "channel_versions": {"c": 3}, "versions_seen": {}}', '{"step": 1}')
                """)
        }
        if newest >= 2 {
            try await schema.execute(
                "INSERT INTO checkpoint_blobs (thread_id, channel, version, type, blob) VALUES ('old', 'c', '3', 'msgpack', '\\x90')"
            )
        }
        if newest >= 3 {
            try await schema.execute(
                """
                INSERT INTO checkpoint_writes (thread_id, checkpoint_id, task_id, idx, channel, type, blob)
                VALUES ('old', '1', 'task', 0, 'c', 'null', '')
                """)
        }
    }

    /// Everything that PostgreSQL knows about the tables: columns, defaults, indexes.
    private func description(of schema: StoreSchema) async throws -> [String] {
        try await schema.texts(
            """
            SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
            FROM information_schema.columns WHERE table_schema = '\(schema.name)'
            UNION ALL
            SELECT replace(indexdef, '\(schema.name)', 's') FROM pg_indexes WHERE schemaname = '\(schema.name)'
            ORDER BY 1
            """)
    }

    @Test("is complete after one set-up, with the rows that Python's setup() writes, and as it was after another")
    func fresh() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                let steps = try await store.applySchema()
                #expect(steps.count == 10 + SchemaMigration.all.count)
                #expect(try await store.applySchema().isEmpty)
                #expect(try await store.schemaPlan().isEmpty)
            }
            #expect(
                try await schema.texts("SELECT v::text FROM checkpoint_migrations ORDER BY v")
                    == (0...9).map(String.init))
            #expect(
                try await schema.texts("SELECT id FROM turnledger_migrations ORDER BY position")
                    == SchemaMigration.all.map(\.id))
            let indexes = try await description(of: schema)
            for index in SchemaMigration.concurrentIndexes {
                #expect(indexes.contains { $0.hasPrefix("CREATE INDEX \(index) ON s.") }, "\(index)")
            }
        }
    }

    @Test("is brought up to date from every version of LangGraph's, rows and all", arguments: 0...9)
    func versions(_ version: Int) async throws {
        let expected = try await StoreSchema.withStore { store in
            try await description(of: StoreSchema(name: store.statements.tables.schema ?? "", place: .server))
        }
        try await StoreSchema.with { schema in
            try await makeLangGraph(version, in: schema)
            try await schema.withStore { store in
                #expect(try await store.schemaPlan().count == 9 - version + SchemaMigration.all.count)
                try await store.setUp()
                #expect(try await store.schemaPlan().isEmpty)
                guard version >= 3 else { return }
                let read = try #require(try await store.latest(in: "old", namespace: .root))
                #expect(read.checkpoint.channelValues == ["c": Payload([])])
                #expect(read.pendingWrites.map(\.channel) == ["c"])
                #expect(read.pendingWrites.map(\.taskPath) == [""])
            }
            #expect(try await description(of: schema) == expected)
            #expect(
                try await schema.texts("SELECT v::text FROM checkpoint_migrations ORDER BY v")
                    == (0...9).map(String.init))
        }
    }

    @Test("is made once, however many stores set it up at once, on the server and behind the pooler")
    func concurrent() async throws {
        for version in [nil, 5] {
            try await StoreSchema.with { schema in
                if let version { try await makeLangGraph(version, in: schema) }
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<6 {
                        let place: StorePlace = number % 2 == 0 ? .server : .pooler
                        group.addTask {
                            try await StoreSchema(name: schema.name, place: place).withStore { store in
                                try await store.applySchema().count
                            }
                        }
                    }
                    var counts: [Int] = []
                    for try await count in group { counts.append(count) }
                    #expect(counts.count { $0 > 0 } == 1, "\(counts)")
                }
                #expect(try await schema.value("SELECT count(*)::text FROM checkpoint_migrations") == "10")
            }
        }
    }

    @Test("needs no right to make tables where nothing is missing, and says what is needed where something is")
    func rights() async throws {
        try await StoreSchema.with { schema in
            let role = LivePostgres.uniqueName()
            try await LivePostgres.withClient(LivePostgres.adminParameters()) { admin in
                _ = try await admin.execute(.text("CREATE ROLE \(role) LOGIN PASSWORD 'pass'"))
            }
            let parameters = try LivePostgres.parameters().merging(["user": role, "password": "pass"]) { $1 }
            do {
                try await schema.withStore({ $0.parameters = parameters }) { store in
                    let error = await #expect(throws: StoreError.self) { try await store.setUp() }
                    #expect(error?.code == .unsupported)
                    #expect(error?.detail.contains("turnledger schema apply") == true)
                }
                try await schema.withStore { try await $0.setUp() }
                try await schema.execute(
                    "GRANT USAGE ON SCHEMA \(schema.name) TO \(role)",
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema.name) TO \(role)")
                try await schema.withStore({ $0.parameters = parameters }) { store in
                    try await store.setUp()
                    let creation = try await store.create(NewRun("t", id: "run_1"))
                    let lease = try #require(creation.lease)
                    try await store.commit(
                        Commit(checkpoints: [Checkpoint("t", "1").new]), fence: Fence(epoch: lease.epoch))
                    try await store.delete("t")
                }
            } catch {
                Issue.record(error)
            }
            try await LivePostgres.withClient(LivePostgres.adminParameters()) { admin in
                _ = try await admin.execute(.text("DROP OWNED BY \(role)"))
                _ = try await admin.execute(.text("DROP ROLE \(role)"))
            }
        }
    }

    @Test("refuses tables of LangGraph's shallow saver by its name, and leaves them as they are")
    func shallow() async throws {
        try await StoreSchema.with { schema in
            try await schema.execute(
                "CREATE SCHEMA \(schema.name)",
                """
                CREATE TABLE checkpoints (thread_id TEXT NOT NULL, checkpoint_ns TEXT NOT NULL DEFAULT '', type TEXT,
                checkpoint JSONB NOT NULL, metadata JSONB NOT NULL DEFAULT '{}', PRIMARY KEY (thread_id, checkpoint_ns))
                """)
            let before = try await description(of: schema)
            try await expectRefusal(schema, .unsupported, "ShallowPostgresSaver")
            #expect(try await description(of: schema) == before)
        }
    }

    @Test("refuses tables of another make, of a newer LangGraph, of a newer Turnledger and of another history")
    func foreign() async throws {
        let cases: [([String], StoreError.Code, String)] = [
            (["CREATE TABLE checkpoint_blobs (id TEXT)"], .unsupported, "lacks thread_id"),
            (["INSERT INTO checkpoint_migrations VALUES (10)"], .unsupported, "migration 10"),
            (["INSERT INTO turnledger_migrations VALUES (99, '9999-future', '')"], .unsupported, "9999-future"),
            (["UPDATE turnledger_migrations SET checksum = 'x' WHERE position = 0"], .undecodable, "0001"),
        ]
        for (number, (statements, code, says)) in cases.enumerated() {
            try await StoreSchema.with { schema in
                if number == 0 {
                    try await schema.execute("CREATE SCHEMA \(schema.name)")
                } else {
                    try await schema.withStore { try await $0.setUp() }
                }
                for statement in statements { try await schema.execute(statement) }
                try await expectRefusal(schema, code, says)
            }
        }
    }

    @Test("refuses an isolation under which fences would not hold")
    func isolation() async throws {
        try await StoreSchema.with { schema in
            let parameters = try LivePostgres.parameters().merging(
                ["options": "-c default_transaction_isolation=serializable"]) { $1 }
            try await schema.withStore({ $0.parameters = parameters }) { store in
                let error = await #expect(throws: StoreError.self) { try await store.setUp() }
                #expect(error?.code == .unsupported)
                #expect(error?.detail.contains("read committed") == true)
            }
        }
    }

    @Test("builds an index again whose building was interrupted")
    func invalidIndex() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { try await $0.setUp() }
            try await LivePostgres.withClient(LivePostgres.adminParameters()) { admin in
                _ = try await admin.execute(
                    .text(
                        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass($1)",
                        .text("\(schema.name).checkpoints_thread_id_idx")))
            }
            try await schema.withStore { store in
                #expect(try await store.schemaPlan().map(\.id) == ["repair-checkpoints_thread_id_idx"])
                try await store.setUp()
                #expect(try await store.schemaPlan().isEmpty)
            }
        }
    }

    @Test("can be made by hand from the script that is printed", arguments: [PostgresStore.FenceMode.lease, .strict])
    func script(_ fence: PostgresStore.FenceMode) async throws {
        try await StoreSchema.with { schema in
            let script = try PostgresStore.schemaScript(schema: schema.name, fence: fence)
            try await LivePostgres.withClient { client in
                try await client.withSession { session in
                    for statement in Self.statements(of: script) { _ = try await session.executeAlone(statement) }
                }
            }
            try await schema.withStore(fence: fence) { store in
                let plan = try await store.schemaPlan()
                let applied = try await store.applySchema()
                #expect(plan.isEmpty && applied.isEmpty)
                #expect(store.isStrict == (fence == .strict))
            }
        }
    }

    /// As psql cuts a script: at semicolons that end a line, outside of a function's body.
    private static func statements(of script: String) -> [String] {
        var (result, current, isInBody) = ([String](), "", false)
        for line in script.split(separator: "\n") where !line.hasPrefix("--") {
            if line.contains("$body$") { isInBody.toggle() }
            current += line + "\n"
            guard line.hasSuffix(";"), !isInBody else { continue }
            result.append(String(current.dropLast(2)))
            current = ""
        }
        return result
    }

    private func expectRefusal(_ schema: StoreSchema, _ code: StoreError.Code, _ says: String) async throws {
        try await schema.withStore { store in
            let error = await #expect(throws: StoreError.self) { try await store.setUp() }
            #expect(error?.code == code)
            #expect(error?.detail.contains(says) == true, "\(error?.detail ?? "")")
        }
    }
}
