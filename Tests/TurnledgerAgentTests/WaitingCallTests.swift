// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("Calls that wait, and stops, with either history of a turn")
struct WaitingCallTests {
    private func service(_ model: ScriptedModel, _ history: RunHistory) throws -> AgentService {
        try AgentService.make(
            model: model,
            configuration: AgentConfiguration(
                storage: ThreadStorage(history: history), approval: [ApprovalRule(tool: "add")]))
    }

    @Test("an approval ends the run, is asked in the thread, and goes on", arguments: [RunHistory.superstep, .turn])
    func approval(_ history: RunHistory) async throws {
        let model = ScriptedModel([.toolCalls([.add(1, 2)]), .text("Three.")])
        let service = try service(model, history)
        #expect(try await service.turn("1+2?").last == .finished(.toolCalls))
        let waiting = try await service.conversation(of: "t").waiting
        #expect(waiting.map(\.call) == [.add(1, 2)])
        let answer = CallAnswer(
            call: "call_1", content: .decision(approved: true, reason: nil, id: try #require(waiting.first?.id)))
        let events = try await service.begin(Turn(thread: "t", owner: "", action: .answer([answer]))).all()
        #expect(events.text == "Three.")
        #expect(try await service.messages(of: "t").map(\.text) == ["1+2?", "", #"{"sum":3}"#, "Three."])
        #expect(try await service.conversation(of: "t").waiting.isEmpty)
    }

    @Test("a stop keeps what was said", arguments: [RunHistory.superstep, .turn])
    func stop(_ history: RunHistory) async throws {
        let gate = Gate()
        let model = ScriptedModel([.text("One two.").waiting(at: gate, beforeStep: 1), .text("Three.")])
        let service = try service(model, history)
        let follower = try await service.begin(Turn(thread: "t", owner: "", message: .human("Hi", id: "u1")))
        try await gate.reached()
        try await service.stop("t", owner: "")
        #expect(try await follower.all().last == .aborted)
        #expect(try await service.messages(of: "t").map(\.text) == ["Hi", "One "])
        #expect(try await service.turn("On", id: "u2").text == "Three.")
    }
}
