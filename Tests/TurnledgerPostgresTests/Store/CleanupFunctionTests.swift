// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerPostgres
@testable import TurnledgerTesting

@Suite("langgraph_cleanup_old_data", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
struct CleanupFunctionTests {
    /// Calls the function as cron does: the schema by the search path, or in front of the name.
    private static func clean(_ schema: StoreSchema, _ argument: String = "") async throws -> [Int] {
        let rows = try await schema.execute(
            "SELECT threads, checkpoints, blobs, writes FROM langgraph_cleanup_old_data(\(argument))")
        let row = try #require(rows.last?.first)
        return try (0..<4).map { Int(try row.integer($0)) }
    }

    /// The database's own time, in seconds.
    private static func now(_ schema: StoreSchema) async throws -> Int64 {
        Int64(try await schema.value("SELECT extract(epoch FROM now())::bigint::text") ?? "") ?? 0
    }

    @Test("removes exactly what a sweep by the same policy would remove, and says how much")
    func parity() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                let now = try await Self.now(schema)
                func make(_ id: ThreadID, daysAgo: Int64, labels: [String: String] = [:]) async throws {
                    let started = try await store.start(NewRun(in: id, labels: labels, at: now - daysAgo * 86_400))
                    try await store.finish(started, at: now - daysAgo * 86_400)
                }
                try await make("old", daysAgo: 8)
                try await make("recent", daysAgo: 6)
                try await make("pinned", daysAgo: 900)
                try await store.setRetention(ThreadRetention(isPinned: true), of: "pinned", at: .at(1))
                try await make("held", daysAgo: 900)
                try await store.setRetention(ThreadRetention(hold: "case"), of: "held", at: .at(1))
                try await make("legal", daysAgo: 900, labels: ["team": "legal"])
                try await make("short", daysAgo: 3, labels: ["tier": "free"])
                try await make("archived", daysAgo: 900, labels: ["tier": "archive"])
                try await make("own", daysAgo: 3)
                try await store.setRetention(ThreadRetention(term: .days(2)), of: "own", at: .at(1))
                let waiting = try await store.start(NewRun(in: "waiting", at: now - 900 * 86_400))
                try await store.finish(waiting, as: .interrupted, at: now - 900 * 86_400)
                _ = try await store.start(NewRun(in: "active", at: now - 900 * 86_400))
                // Python's, of January 2026: without a record.
                for id in ["python", "python-asks"] as [ThreadID] {
                    var thread = ContractThread(id)
                    let put = try await thread.put(["messages": ["a"]], to: store)
                    let channel = id == "python" ? "a" : "__interrupt__"
                    try await store.putWrites(TaskWrites(on: put.reference, [(channel, 1)]), fence: nil)
                }
                let policy = RetentionPolicy(
                    standard: .days(7),
                    rules: [
                        .init(labels: ["team": "legal"], term: .forever),
                        .init(labels: ["tier": "free"], term: .days(1)),
                        .init(labels: ["tier": "archive"], term: .days(7, .archive)),
                    ])
                try await store.publish(policy)
                let plan = try await RetentionSweep(store, policy: policy, pace: .init(share: 1)).plan(at: .at(now))
                let gone: Set<ThreadID> = ["old", "short", "own", "python"]
                #expect(plan.deleted == gone.count && plan.archived == 1)
                #expect(try await Self.clean(schema) == [4, 1, 1, 1])
                for id in gone { #expect(try await store.tombstone(of: id)?.reason == .retention, "\(id)") }
                let left = try await store.threadFacts(behind: nil, limit: 100, measuring: false).map(\.thread)
                #expect(
                    Set(left)
                        == ["recent", "pinned", "held", "legal", "archived", "waiting", "active", "python-asks"])
                #expect(try await Self.clean(schema) == [0, 0, 0, 0])
            }
        }
    }

    @Test("works where no server ever left a policy, and takes the interval that it is given")
    func alone() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                let now = try await Self.now(schema)
                for days in [1, 3, 30] as [Int64] {
                    let started = try await store.start(
                        NewRun(in: ThreadID("days-\(days)"), at: now - days * 86_400))
                    try await store.finish(started, at: now - days * 86_400)
                }
                #expect(try await Self.clean(schema, "'90 days'")[0] == 0)
                #expect(try await Self.clean(schema)[0] == 1)
                #expect(try await Self.clean(schema, "interval '2 days'")[0] == 1)
                #expect(try await store.thread("days-1") != nil)
            }
        }
    }

    @Test("leaves a thread that somebody writes at the moment for the next call")
    func locked() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                let started = try await store.start(NewRun(in: "thread", at: 1))
                try await store.finish(started, at: 1)
                try await store.client.withSession { session in
                    _ = try await session.execute([
                        .text("BEGIN"), PostgresQuery(store.statements.retention.lock, [.text("thread")]),
                    ])
                    #expect(try await Self.clean(schema)[0] == 0)
                    _ = try await session.execute(.text("ROLLBACK"))
                }
                #expect(try await Self.clean(schema)[0] == 1)
            }
        }
    }

    @Test("finds what Python wrote into a thread that was deleted")
    func revived() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                var thread = ContractThread("thread")
                try await thread.put(["messages": ["a"]], to: store)
                try await store.bury("thread", as: .deleted, at: .at(1))
                #expect(try await store.revivedThreads(limit: 9) == [])
                // As PostgresSaver.put_writes does it: nothing refuses it.
                try await schema.execute(
                    """
                    INSERT INTO checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
                    VALUES ('thread', '', '1f0e0000-0000-6000-8000-000000000000', 't', 0, 'a', 'msgpack', '\\xc0')
                    """)
                let found = try await store.revivedThreads(limit: 9)
                #expect(found.map(\.tombstone.thread) == ["thread"])
                #expect(found.first?.isFragment == true)
                #expect(try await store.forgetTombstones(before: .at(100)) == 0)
            }
        }
    }
}
