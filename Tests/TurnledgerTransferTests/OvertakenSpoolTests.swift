// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerTransfer

@Suite("Turns in a spool whose thread the database has otherwise", .timeLimit(.minutes(5)))
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

    @Test("wait for a run that a dead server left in the database, which is ended there first")
    func leftInDatabase() async throws {
        let base = InMemoryStore()
        try await SpoolingServer(base, [.text("one")]).say("a", id: "u1")
        let left = NewRun(
            id: RunID("run_left"), thread: "t", owner: "o", idempotencyKey: "u2", input: try await input("b", id: "u2"),
            holder: "gone", leaseDuration: .milliseconds(200), createdAt: SystemWallClock().now())
        #expect(try await base.create(left).lease != nil)
        // Both servers go on without the database.
        let servers = try [[.text("three"), .text("two")], [.text("four"), .text("two")]].map {
            try SpoolingServer(base, $0)
        }
        for (server, word) in zip(servers, ["c", "d"]) {
            server.database.mode = .refusing
            try await server.store.setUp()
            try await server.say(word, id: "u" + word)
        }
        for server in servers { server.database.mode = .there }
        try await servers[0].running {
            let serving = Task { try await servers[0].service.run() }
            defer { serving.cancel() }
            try await servers[0].until(.connected)
            #expect(try await servers[0].service.texts() == ["a", "one", "b", "two", "c", "three"])
        }
        try await servers[1].running { try await servers[1].until(.connected) }
        #expect(try await reader(of: base).texts() == ["a", "one", "b", "two", "c", "three", "d", "four"])
        #expect(try await base.unfinishedRuns(in: nil).isEmpty)
        #expect(try await base.run(left.id)?.attempt == 2)
        #expect(servers.allSatisfy { $0.store.condition.counters.branches == 0 })
    }

    @Test("follow a run that was in the spool too, and that another server has ended in the database")
    func endedElsewhere() async throws {
        let (base, spool) = (InMemoryStore(), InMemoryStore())
        let server = try SpoolingServer(base, spool: spool, [.text("one")])
        try await server.store.setUp()
        try await server.say("a", id: "u1")
        func run(_ id: String, waits: Bool) async throws -> NewRun {
            NewRun(
                id: RunID("run_" + id), thread: "t", owner: "o", idempotencyKey: id, input: try await input(id, id: id),
                waits: waits, holder: server.store.holder, leaseDuration: .milliseconds(200),
                createdAt: SystemWallClock().now())
        }
        let lease = try #require(try await server.store.create(try await run("b", waits: false)).lease)
        server.database.mode = .refusing
        _ = try await server.store.renew(lease)
        #expect(try await server.store.create(try await run("c", waits: true)).run.status == .pending)
        // The process dies; another server ends its run.
        let other = try SpoolingServer(base, [.text("two")])
        try await other.store.setUp()
        let ending = Task { try await other.service.run() }
        while try await !base.unfinishedRuns(in: "t").isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        ending.cancel()
        let next = try SpoolingServer(base, spool: spool, [.text("three")])
        try await next.store.setUp()
        try await next.running {
            let serving = Task { try await next.service.run() }
            defer { serving.cancel() }
            try await next.until(.connected)
        }
        #expect(try await reader(of: base).texts() == ["a", "one", "b", "two", "c", "three"])
        #expect(try await base.unfinishedRuns(in: nil).isEmpty)
    }

    @Test("take the place of what the database has of a run that was begun anew in the spool")
    func begunAnew() async throws {
        let base = InMemoryStore()
        try await SpoolingServer(base, [.text("one")]).say("a", id: "u1")
        let call = ToolCall(id: "call_1", name: "clock", arguments: [:])
        let second = try SpoolingServer(
            base, [.toolCalls([call], text: "late"), .text("two"), .text("three")], tools: [Clock()])
        try await second.store.setUp()
        #expect(try await second.store.thread("t") != nil)
        #expect(try await second.service.texts() == ["a", "one"])
        let gate = Gate()
        let first = try SpoolingServer(
            base, [.toolCalls([call], text: "early"), .text("never").waiting(at: gate)], tools: [Clock()])
        try await first.store.setUp()
        let talking = Task { try await first.say("b", id: "u2") }
        try await gate.reached()
        // The database has the call and its result. Their server is gone, and the next one has not read them when the
        // database goes away.
        let run = try #require(try await base.unfinishedRuns(in: "t").first)
        _ = try await second.store.takeOver(
            run.run.id, observed: run.lease, holder: second.store.holder, duration: .milliseconds(100),
            at: SystemWallClock().now())
        second.database.mode = .refusing
        let serving = Task { try await second.service.run() }
        defer { serving.cancel() }
        #expect(try await second.say("c", id: "u3") == "three")
        second.database.mode = .there
        try await second.running { try await second.until(.connected) }
        let texts = ["a", "one", "b", "late", "now", "two", "c", "three"]
        #expect(try await reader(of: base).texts() == texts)
        #expect(try await base.unfinishedRuns(in: nil).isEmpty)
        #expect(second.store.condition.counters.branches == 0)
        gate.open()
        _ = try? await talking.value
        #expect(try await reader(of: base).texts() == texts)
    }

    @Test("are put behind a run that another server has ended while the database was being looked at")
    func endedWhileLookedAt() async throws {
        let base = InMemoryStore()
        let gate = Gate()
        let server = try SpoolingServer(
            base, [.text("one"), .text("two").waiting(at: gate), .text("three")])
        try await server.store.setUp()
        try await server.say("a", id: "u1")
        let talking = Task { try await server.say("b", id: "u2") }
        try await gate.reached()
        // The database has the question. Its answer comes in the spool, and another turn.
        server.database.mode = .refusing
        gate.open()
        #expect(try await talking.value == "two")
        #expect(try await server.say("c", id: "u3") == "three")
        let other = try SpoolingServer(base, [.text("late")])
        try await other.store.setUp()
        server.database.mode = .there
        server.database.afterRuns.withLock { then in
            then = {
                let run = try #require(try await base.unfinishedRuns(in: "t").first)
                _ = try await base.takeOver(
                    run.run.id, observed: run.lease, holder: other.store.holder, duration: .milliseconds(100),
                    at: SystemWallClock().now())
                let serving = Task { try await other.service.run() }
                while try await !base.unfinishedRuns(in: "t").isEmpty { try await Task.sleep(for: .milliseconds(2)) }
                serving.cancel()
            }
        }
        try await server.running { try await server.until(.connected) }
        #expect(server.database.afterRuns.withLock { $0 == nil })
        #expect(try await reader(of: base).texts() == ["a", "one", "b", "late", "c", "three"])
        #expect(server.store.condition.counters.branches == 1)
    }

    /// The input of a run that says something.
    private func input(_ text: String, id: String) async throws -> [UInt8] {
        let store = InMemoryStore()
        try await SpoolingServer(store, [.text("x")]).say(text, id: id)
        return try #require(try await store.runs(of: "t").first).input
    }
}

private struct Clock: Tool {
    struct Arguments: Decodable {}

    let name = "clock"
    let description = "Says what time it is."
    func call(arguments: Arguments) async throws -> String { "now" }
}
