// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@Suite("A run whose server died")
struct RecoveryTests {
    private let quick = AgentConfiguration(leaseDuration: .milliseconds(150))

    /// Waits until a service has taken the thread's run up and ended it, and returns the messages.
    private func recovered(_ service: AgentService, _ store: InMemoryStore) async throws -> [Message] {
        let serving = Task { try await service.run() }
        defer { serving.cancel() }
        try await store.untilIdle("t")
        return try await service.messages(of: "t")
    }

    @Test("is continued by another server, without running a finished tool again")
    func takeOver() async throws {
        let store = InMemoryStore()
        let keys = Recorder()
        let model = ScriptedModel([.toolCalls([.add(1, 2)]), .text("never seen").waiting(at: Gate())])
        let dying = try AgentService.make(
            store: store, model: model, tools: [AddTool(keys: keys)], configuration: quick)
        let follower = try await dying.begin(Turn(thread: "t", owner: "", message: .human("1+2?", id: "u1")))
        while model.requestCount < 2 { await Task.yield() }
        // The server is stopped in the middle of the second model call.
        await dying.drain(within: .zero)
        await #expect(throws: AgentError.self) { try await follower.all() }

        let next = ScriptedModel([.text("The answer is 3.")])
        let service = try AgentService.make(
            store: store, model: next, tools: [AddTool(keys: keys)], configuration: quick)
        let messages = try await recovered(service, store)
        #expect(messages.map(\.text) == ["1+2?", "", "{\"sum\":3}", "The answer is 3."])
        #expect(keys.all.count == 1)

        // Its log tells the whole story once.
        let events = try await service.follow(follower.run).all()
        #expect(events.count { $0 == .stepStarted } == 2)
        #expect(events.contains(.toolOutput(call: "call_1", output: ["sum": 3])))
        #expect(events.text == "The answer is 3.")
        #expect(events.last == .finished(.stop))
    }

    @Test("does not run a tool twice that is not repeatable: the model is told that the outcome is not known")
    func notRepeatable() async throws {
        let store = InMemoryStore()
        let keys = Recorder()
        let model = ScriptedModel([.toolCalls([.add(1, 2)])])
        let dying = try AgentService.make(
            store: store, model: model, tools: [AddTool(isRepeatable: false, keys: keys, gate: Gate())],
            configuration: quick)
        _ = try await dying.begin(Turn(thread: "t", owner: "", message: .human("1+2?", id: "u1")))
        while keys.all.isEmpty { await Task.yield() }
        await dying.drain(within: .zero)

        let next = ScriptedModel([.text("I do not know.")])
        let service = try AgentService.make(
            store: store, model: next, tools: [AddTool(isRepeatable: false, keys: keys)], configuration: quick)
        let messages = try await recovered(service, store)
        #expect(keys.all.count == 1)
        #expect(messages[2].status == .error)
        #expect(messages[2].text.contains("may not run twice"))
        #expect(messages.last?.text == "I do not know.")
    }

    @Test("runs a repeatable tool again under the same idempotency key")
    func repeatable() async throws {
        let store = InMemoryStore()
        let keys = Recorder()
        let dying = try AgentService.make(
            store: store, model: ScriptedModel([.toolCalls([.add(1, 2)])]), tools: [AddTool(keys: keys, gate: Gate())],
            configuration: quick)
        _ = try await dying.begin(Turn(thread: "t", owner: "", message: .human("1+2?", id: "u1")))
        while keys.all.isEmpty { await Task.yield() }
        await dying.drain(within: .zero)
        let service = try AgentService.make(
            store: store, model: ScriptedModel([.text("3")]), tools: [AddTool(keys: keys)], configuration: quick)
        _ = try await recovered(service, store)
        #expect(keys.all.count == 2)
        #expect(Set(keys.all).count == 1)
    }

    @Test("is superseded for whoever followed it, before the next attempt has said as much as the last one")
    func superseded() async throws {
        let store = InMemoryStore()
        let dying = try AgentService.make(
            store: store, model: ScriptedModel([.text("One two three.").waiting(at: Gate(), beforeStep: 2)]),
            configuration: quick)
        let run = try await dying.begin(Turn(thread: "t", owner: "", message: .human("Count.", id: "u1"))).run
        let gate = Gate()
        let service = try AgentService.make(
            store: store, model: ScriptedModel([.text("Anew.").waiting(at: gate)]), configuration: quick)
        let follower = try await service.follow(run)
        let seen = Mutex<[RunEvent]>([])
        let following = Task {
            do {
                for try await batch in follower { seen.withLock { $0 += batch } }
                return nil as AgentError?
            } catch { return error as? AgentError }
        }
        // A part of the answer has come by the log.
        while seen.withLock({ $0.text.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
        await dying.drain(within: .zero)
        let serving = Task { try await service.run() }
        defer { serving.cancel() }
        let error = await following.value
        #expect(seen.withLock { $0.text.hasPrefix("One") })
        #expect(error?.code == .unavailable)
        // Who comes now follows the next attempt.
        let anew = try await service.follow(run)
        gate.open()
        #expect(try await anew.all().text == "Anew.")
    }

    @Test("is not taken while its server goes on renewing its lease")
    func alive() async throws {
        let store = InMemoryStore()
        let gate = Gate()
        // Long enough for a machine that is busy with all the other tests.
        let lasting = AgentConfiguration(leaseDuration: .seconds(3))
        let first = try AgentService.make(
            store: store, model: ScriptedModel([.text("Mine.").waiting(at: gate)]), configuration: lasting)
        let serving = Task { try await first.run() }
        defer { serving.cancel() }
        let follower = try await first.begin(Turn(thread: "t", owner: "", message: .human("Hi", id: "u1")))
        let thief = ScriptedModel([.text("Stolen.")])
        let second = try AgentService.make(store: store, model: thief, configuration: lasting)
        let stealing = Task { try await second.run() }
        // More than one lease time goes by.
        var beats = try #require(try await store.thread("t")?.lease).beat
        let last = beats + 5
        while beats < last {
            try await Task.sleep(for: .milliseconds(10))
            beats = try await store.thread("t")?.lease?.beat ?? last
        }
        stealing.cancel()
        gate.open()
        #expect(try await follower.all().text == "Mine.")
        #expect(thief.requestCount == 0)
    }
}
