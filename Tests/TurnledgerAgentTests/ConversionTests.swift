// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@Suite("A thread's messages are brought into another form")
struct ConversionTests {
    private func talked(_ store: InMemoryStore) async throws -> AgentService {
        let model = ScriptedModel([.text("One."), .text("Two."), .text("Three.")])
        let agent = try AgentService.make(
            store: store, model: model, configuration: AgentConfiguration(leaseDuration: .milliseconds(150)))
        try await agent.turn("1?")
        return agent
    }

    @Test("under the thread's lease, which is given back")
    func lease() async throws {
        let store = InMemoryStore()
        let agent = try await talked(store)
        let counting = FaultInjectingStore(store)
        #expect(try await ThreadConversion.convert("t", to: .delta, in: counting) == .converted)
        let calls = counting.calls.filter { ["create", "put", "finish"].contains($0) }
        #expect(calls == ["create", "put", "finish"])
        #expect(try await store.thread("t")?.lease == nil)
        #expect(try await store.unfinishedRuns(in: "t").isEmpty)
        try await agent.turn("2?", id: "u2")
        #expect(try await agent.messages(of: "t").map(\.text) == ["1?", "One.", "2?", "Two."])
        #expect(try await ThreadConversion.convert("t", to: .delta, in: store) == .unchanged)
    }

    @Test("not while a run holds it")
    func busy() async throws {
        let store = InMemoryStore()
        _ = try await talked(store)
        let before = try await store.latest(in: "t", namespace: .root)
        let creation = try await store.create(
            NewRun(
                id: .new(milliseconds: 1), thread: "t", owner: "", input: [], holder: "other",
                createdAt: SystemWallClock().now()))
        #expect(try await ThreadConversion.convert("t", to: .delta, in: store) == .busy)
        #expect(try await store.latest(in: "t", namespace: .root) == before)
        #expect(try await store.thread("t")?.lease == creation.lease)
    }

    @Test(
        "also where a process dies in it: the next server frees the thread",
        arguments: [
            FaultInjectingStore.Fault.dieBefore, .dieAfter,
        ])
    func death(_ fault: FaultInjectingStore.Fault) async throws {
        var call = 0
        while true {
            call += 1
            let store = InMemoryStore()
            let agent = try await talked(store)
            let dying = FaultInjectingStore(store, failingAt: call, with: fault)
            do {
                #expect(try await ThreadConversion.convert("t", to: .delta, in: dying) == .converted)
                break
            } catch { #expect(FaultInjectingStore.isDeath(error)) }
            let serving = Task { try await agent.run() }
            defer { serving.cancel() }
            try await store.untilIdle("t")
            #expect(try await ThreadConversion.convert("t", to: .delta, in: store) != .busy, "died at call \(call)")
            try await agent.turn("2?", id: "u2")
            #expect(try await agent.messages(of: "t").map(\.text) == ["1?", "One.", "2?", "Two."])
        }
        #expect(call > 5)
    }
}
