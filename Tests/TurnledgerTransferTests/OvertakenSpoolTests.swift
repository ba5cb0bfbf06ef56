// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerTransfer

@Suite("Turns in a spool whose thread the database has otherwise", .timeLimit(.minutes(2)))
struct OvertakenSpoolTests {
    @Test("come back where retention removed the thread, and go with it where somebody deleted it")
    func removed() async throws {
        let (base, spool) = (InMemoryStore(), InMemoryStore())
        let server = try SpoolingServer(base, spool: spool, ["one", "two", "three", "four"].map { .text($0) })
        try await server.store.setUp()
        try await server.running {
            try await server.say("a", id: "u1", in: "aged")
            try await server.say("b", id: "u2", in: "deleted")
            server.database.mode = .refusing
            try await server.say("c", id: "u3", in: "aged")
            try await server.say("d", id: "u4", in: "deleted")
        }
        // Another server sweeps before this one has merged.
        for facts in try await base.threadFacts(behind: nil, limit: 10, measuring: false) {
            let reason: Tombstone.Reason = facts.thread == "aged" ? .retention : .deleted
            let time = SystemWallClock().now()
            #expect(try await base.retire(facts, as: reason, sparingWaiting: true, at: time) != nil)
        }
        let next = SpoolingStore(
            base, spool: spool, channels: [MessageMerging.channel: .messages], isOutage: { _ in false },
            probe: { () async throws(StoreError) in }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await next.setUp()
        let merging = Task { await next.run() }
        defer { merging.cancel() }
        while next.condition.state != .connected { try await Task.sleep(for: .milliseconds(2)) }
        #expect(try await reader(of: base).texts(in: "aged").suffix(2) == ["c", "three"])
        #expect(try await base.tombstone(of: "aged") == nil)
        #expect(try await base.latest(in: "deleted", namespace: .root) == nil)
        #expect(try await base.tombstone(of: "deleted") != nil)
    }

    @Test("end the run in the database that waited for its turn and was never begun, where they answered its request")
    func waited() async throws {
        let base = InMemoryStore()
        try await SpoolingServer(base, [.text("one")]).say("a", id: "u1")
        let time = SystemWallClock().now()
        func run(_ id: String, waits: Bool) -> NewRun {
            NewRun(
                id: RunID("run_" + id), thread: "t", owner: "o", idempotencyKey: id, input: [], waits: waits,
                holder: "gone", createdAt: time)
        }
        let lease = try #require(try await base.create(run("x", waits: false)).lease)
        #expect(try await base.create(run("u2", waits: true)).lease == nil)
        try await base.finish(
            RunID("run_x"), as: .succeeded, failure: nil, at: time, fence: Fence(epoch: lease.epoch))
        // The server that had taken the request is gone; it is repeated at one that does not reach the database.
        let server = try SpoolingServer(base, [.text("two"), .text("three")])
        server.database.mode = .refusing
        try await server.store.setUp()
        #expect(try await server.say("b", id: "u2") == "two")
        #expect(try await server.say("c", id: "u3") == "three")
        server.database.mode = .there
        try await server.running { try await server.until(.connected) }
        #expect(try await reader(of: base).texts() == ["a", "one", "b", "two", "c", "three"])
        #expect(try await base.unfinishedRuns(in: nil).isEmpty)
        #expect(try await base.runs(of: "t").map(\.status) == Array(repeating: .succeeded, count: 4))
        #expect(server.store.condition.counters.branches == 0)
    }
}
