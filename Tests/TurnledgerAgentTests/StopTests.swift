// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@Suite("Stopping a run")
struct StopTests {
    private func begin(_ service: AgentService, _ text: String = "Hi", id: String = "u1") async throws -> RunFollower {
        try await service.begin(Turn(thread: "t", owner: "", message: .human(text, id: id)))
    }

    @Test("closes the model's answer, keeps what it has said, and tells the followers")
    func text() async throws {
        let store = InMemoryStore()
        let gate = Gate()
        let model = ScriptedModel([.text("One two three.").waiting(at: gate, beforeStep: 2), .text("Four.")])
        let service = try AgentService.make(store: store, model: model)
        let follower = try await begin(service)
        try await gate.reached()
        #expect(try await service.stop("t", owner: "") == [follower.run])
        #expect(model.cancelledCount == 1)

        let events = try await follower.all()
        #expect(events.text == "One two ")
        #expect(events.suffix(2) == [.stepFinished, .aborted])
        #expect(events.count { if case .textStarted = $0 { true } else { false } } == 1)
        #expect(events.count { if case .textEnded = $0 { true } else { false } } == 1)
        #expect(try await store.run(follower.run)?.status == .cancelled)
        #expect(try await store.unfinishedRuns(in: nil).isEmpty)
        let messages = try await service.messages(of: "t")
        #expect(messages.map(\.text) == ["Hi", "One two "])
        #expect(messages.last?.responseMetadata["finish_reason"] == "stopped")
        #expect(try await service.resume("t", owner: "") == nil)

        try await service.turn("Go on.", id: "u2")
        #expect(model.requests[1].messages.map(\.text) == ["Hi", "One two ", "Go on."])
    }

    @Test("before the model has said anything leaves the user's message alone")
    func nothingSaid() async throws {
        let gate = Gate()
        let service = try AgentService.make(model: ScriptedModel([.text("One.").waiting(at: gate)]))
        let follower = try await begin(service)
        try await gate.reached()
        try await service.stop("t", owner: "")
        #expect(try await follower.all().suffix(2) == [.stepFinished, .aborted])
        #expect(try await service.messages(of: "t").map(\.role) == [.human])
    }

    @Test("stops a tool, and answers every call of the message as stopped")
    func tool() async throws {
        let gate = Gate()
        let keys = Recorder()
        let model = ScriptedModel([.toolCalls([.add(1, 2), .add(3, 4, id: "call_2")]), .text("Never mind.")])
        let service = try AgentService.make(model: model, tools: [AddTool(keys: keys, gate: gate)])
        let follower = try await begin(service)
        try await gate.reached(by: 2)
        try await service.stop("t", owner: "")
        let events = try await follower.all()
        let failed = events.compactMap { if case .toolOutputFailed(let call, _) = $0 { call } else { nil } }
        #expect(Set(failed) == ["call_1", "call_2"])
        #expect(events.suffix(2) == [.stepFinished, .aborted])
        #expect(model.requestCount == 1)
        let messages = try await service.messages(of: "t")
        #expect(messages.map(\.role) == [.human, .ai, .tool, .tool])
        #expect(messages.suffix(2).map(\.status) == [.error, .error])
        #expect(keys.all.count == 2)
    }

    @Test("in the middle of a call's arguments keeps the call as one that nothing came of")
    func halfCall() async throws {
        let gate = Gate()
        let half = ScriptedModel.Answer.events([
            .textDelta("Let me see."), .toolCallStarted(id: "c1", name: "add"),
            .toolCallDelta(id: "c1", text: "{\"a\":"),
            .finished(.toolCalls),
        ])
        let model = ScriptedModel([half.waiting(at: gate, beforeStep: 3), .text("Yes.")])
        let service = try AgentService.make(model: model)
        let follower = try await begin(service)
        try await gate.reached()
        try await service.stop(follower.run.rawValue, owner: "")
        let events = try await follower.all()
        #expect(events.contains { if case .toolInputFailed("c1", "add", "{\"a\":", _) = $0 { true } else { false } })
        let messages = try await service.messages(of: "t")
        #expect(messages[1].invalidToolCalls.map(\.id) == ["c1"])
        #expect(messages.last?.toolCallID == "c1")
        try await service.turn("And?", id: "u2")
        #expect(model.requests[1].messages.map(\.role) == [.human, .ai, .tool, .human])
    }

    @Test("reaches the server that executes the run, whichever is asked")
    func otherServer() async throws {
        let store = InMemoryStore()
        let gate = Gate()
        let model = ScriptedModel([.text("One two.").waiting(at: gate, beforeStep: 1)])
        let executing = try AgentService.make(store: store, model: model)
        let serving = Task { try await executing.run() }
        defer { serving.cancel() }
        let follower = try await begin(executing)
        try await gate.reached()
        let asked = try AgentService.make(store: store, model: ScriptedModel([]))
        let elsewhere = try await asked.follow(follower.run)
        try await asked.stop("t", owner: "")
        #expect(try await elsewhere.all().last == .aborted)
        #expect(try await follower.all().last == .aborted)
        #expect(model.cancelledCount == 1)
    }

    @Test("outlives the server that was to heed it")
    func takenOver() async throws {
        let store = InMemoryStore()
        let model = ScriptedModel([.toolCalls([.add(1, 2)]), .text("never").waiting(at: Gate())])
        let quick = AgentConfiguration(leaseDuration: .milliseconds(150))
        let dying = try AgentService.make(store: store, model: model, configuration: quick)
        let follower = try await begin(dying)
        while model.requestCount < 2 { await Task.yield() }
        await dying.drain(within: .zero)
        try await store.requestStop(of: follower.run, at: Timestamp(microseconds: 1))

        let next = ScriptedModel([.text("Not asked.")])
        let service = try AgentService.make(store: store, model: next, configuration: quick)
        let serving = Task { try await service.run() }
        defer { serving.cancel() }
        try await store.untilIdle("t")
        #expect(try await service.follow(follower.run).all().last == .aborted)
        #expect(next.requestCount == 0)
        #expect(try await service.messages(of: "t").map(\.role) == [.human, .ai, .tool])
    }

    @Test("does nothing to an idle thread, an unknown one, or another owner's")
    func nothingToStop() async throws {
        let gate = Gate()
        let service = try AgentService.make(model: ScriptedModel([.text("One.").waiting(at: gate)]))
        let follower = try await begin(service)
        try await gate.reached()
        for id in ["t", follower.run.rawValue] {
            #expect(try await service.stop(id, owner: "eve") == [])
        }
        #expect(try await service.stop("unknown", owner: "") == [])
        #expect(try await service.stop("run_unknown", owner: "") == [])
        gate.open()
        #expect(try await follower.all().text == "One.")
        #expect(try await service.stop("t", owner: "") == [])
        #expect(try await service.messages(of: "t").last?.responseMetadata["finish_reason"] == "stop")
    }
}
