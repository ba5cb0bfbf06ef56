// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerPostgres

@Suite("The statements of the PostgreSQL store")
struct StatementRuleTests {
    private static let tables = [
        "checkpoints", "checkpoint_blobs", "checkpoint_writes", "turnledger_threads", "turnledger_runs",
        "turnledger_run_events", "turnledger_turn_journal", "turnledger_retention", "turnledger_tombstones",
    ]

    private static func statements() throws -> Statements { Statements(try TableNames(schema: "s")) }

    /// Every statement on a thread, listings of a thread among them.
    private static func onThreads() throws -> [PostgresStatement] {
        let statements = try statements()
        let query = CheckpointQuery(thread: "t", namespace: "n", metadata: ["a": 1])
        return statements.onThreads
            + [query, CheckpointQuery(thread: "t", includesValues: false)].map {
                statements.checkpoints.page(of: $0, behind: nil, size: 9).statement
            }
    }

    @Test("carry the thread on every reference to a table, so that the tables can be distributed by thread")
    func thread() throws {
        let all = try Self.onThreads()
        #expect(all.count > 70)
        for statement in all {
            for reference in references(in: statement.sql) {
                #expect(
                    statement.sql.contains("\(reference.alias).thread_id = $1"),
                    "\(statement.name): \(reference.table) AS \(reference.alias)")
            }
            // A table without an alias would not have been seen.
            let mentions = statement.sql.matches(of: #/"s"\.([a-z_]+)/#).filter { Self.tables.contains(String($0.1)) }
            let inserts = statement.sql.matches(of: #/INSERT INTO "s"\./#).count
            #expect(mentions.count == references(in: statement.sql).count + inserts, "\(statement.name)")
        }
    }

    @Test("insert the thread into every row")
    func inserts() throws {
        for statement in try Self.onThreads() {
            for insert in statement.sql.matches(of: #/INSERT INTO "s"\.[a-z_]+\s*\(\s*([^)]*)\)/#) {
                #expect(insert.1.contains("thread_id"), "\(statement.name)")
            }
        }
    }

    @Test("set nothing volatile, lock nothing but rows")
    func volatile() throws {
        for statement in try Self.onThreads() {
            let sql = statement.sql.lowercased()
            for word in [
                "now()", "random()", "clock_timestamp", "current_timestamp", "advisory", "nextval", "gen_random",
            ] {
                #expect(!sql.contains(word), "\(statement.name): \(word)")
            }
        }
    }

    @Test("have keys that begin with the thread")
    func keys() throws {
        let tables = try TableNames(schema: "s")
        let sql = SchemaState.wholePlan(tables).flatMap(\.statements) + StrictFence.install(tables)
        let unique = sql.flatMap { statement in
            statement.matches(of: #/(?:PRIMARY KEY|UNIQUE INDEX [a-z_]+\s+ON "s"\.[a-z_]+) \(([a-z_]+)/#).map {
                String($0.1)
            }
        }
        #expect(unique.count == 9)
        #expect(unique.allSatisfy { ["thread_id", "document_id", "owner"].contains($0) })
    }

    @Test("each have a name of their own")
    func names() throws {
        let statements = try Self.statements()
        var byName: [String: String] = [:]
        let pages = [true, false].flatMap { values in
            [nil, ThreadID("t")].flatMap { thread in
                [[:], ["a": 1]].map { metadata in
                    statements.checkpoints.page(
                        of: CheckpointQuery(thread: thread, metadata: metadata, includesValues: values), behind: nil,
                        size: 3
                    ).statement
                }
            }
        }
        let threads = [ThreadQuery(), ThreadQuery(owner: "o"), ThreadQuery(text: "t"), ThreadQuery(labels: ["a": "b"])]
            .map { statements.threads.page(of: $0, behind: nil).statement }
        for statement in statements.onThreads + pages + threads {
            #expect(byName.updateValue(statement.sql, forKey: statement.name) == nil, "\(statement.name)")
            #expect(statement.name.utf8.count <= 63)
        }
    }

    @Test("name tables with their schema, and quote it")
    func schema() throws {
        let tables = try TableNames(schema: "te\"nant")
        #expect(tables.checkpoints == "\"te\"\"nant\".checkpoints")
        #expect(try TableNames(schema: nil).checkpoints == "checkpoints")
        for name in ["", String(repeating: "a", count: 64), "a\0"] {
            let error = #expect(throws: StoreError.self) { try TableNames(schema: name) }
            #expect(error?.code == .invalid)
        }
    }

    private func references(in sql: String) -> [(table: String, alias: String)] {
        sql.matches(of: #/(?:FROM|JOIN|UPDATE) "s"\.([a-z_]+) AS ([a-z0-9_]+)/#)
            .map { (String($0.1), String($0.2)) }
            .filter { Self.tables.contains($0.table) }
    }
}
