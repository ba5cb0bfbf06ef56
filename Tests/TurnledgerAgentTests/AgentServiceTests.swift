// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@Suite("The agent service")
struct AgentServiceTests {
    @Test("streams a turn with a tool call, and keeps its messages")
    func turn() async throws {
        let model = ScriptedModel([.toolCalls([.add(1, 2)], text: "Let me see."), .text("The answer is 3.")])
        let service = try AgentService.make(model: model)
        let events = try await service.turn("1+2?")

        #expect(events.first.map { if case .started = $0 { true } else { false } } == true)
        #expect(events.text == "Let me see.The answer is 3.")
        #expect(events.contains(.toolInput(call: "call_1", name: "add", input: ["a": 1, "b": 2])))
        #expect(events.contains(.toolOutput(call: "call_1", output: ["sum": 3])))
        #expect(events.suffix(2) == [.stepFinished, .finished(.stop)])
        #expect(events.count { $0 == .stepStarted } == 2)

        let messages = try await service.messages(of: "t")
        #expect(messages.map(\.role) == [.human, .ai, .tool, .ai])
        #expect(messages[0].id == "u1")
        #expect(events[0] == .started(messageID: try #require(messages[1].id)))
        #expect(model.requests[1].messages.map(\.role) == [.human, .ai, .tool])
        #expect(model.requests[0].tools.map(\.name) == ["add"])
    }

    @Test("titles a thread by its first line, without the control characters that not every store keeps")
    func title() async throws {
        let store = InMemoryStore()
        let service = try AgentService.make(store: store, model: ScriptedModel([.text("Yes.")]))
        try await service.turn("\u{0}\u{7}\nIs \u{0}this 门 wide?\nYes?")
        #expect(try await store.thread("t")?.title == "Is this 门 wide?")
        #expect(try await service.messages(of: "t").first?.text == "\u{0}\u{7}\nIs \u{0}this 门 wide?\nYes?")
    }

    @Test("gives the whole thread to the model at the next turn")
    func secondTurn() async throws {
        let model = ScriptedModel([.text("Hello Frank."), .text("Frank.")])
        let service = try AgentService.make(model: model)
        try await service.turn("I am Frank.")
        try await service.turn("Who am I?", id: "u2")
        #expect(model.requests[1].messages.map(\.text) == ["I am Frank.", "Hello Frank.", "Who am I?"])
        #expect(
            try await service.messages(of: "t").map(\.text) == ["I am Frank.", "Hello Frank.", "Who am I?", "Frank."])
    }

    @Test("makes one run of a message that comes twice, also at once and later")
    func idempotency() async throws {
        let gate = Gate()
        let model = ScriptedModel([.text("Once.").waiting(at: gate)])
        let service = try AgentService.make(model: model)
        let turn = Turn(thread: "t", owner: "", message: .human("Hi", id: "u1"))
        let first = try await service.begin(turn)
        let second = try await service.begin(turn)
        #expect(first.run == second.run)
        gate.open()
        let events = try await first.all()
        #expect(try await second.all() == events)
        let later = try await service.begin(turn)
        #expect(try await later.all() == events)
        #expect(model.requestCount == 1)
        #expect(try await service.messages(of: "t").count == 2)
    }

    @Test("refuses a second message while a run is active where it is told to")
    func busy() async throws {
        let gate = Gate()
        let service = try AgentService.make(model: ScriptedModel([.text("One.").waiting(at: gate)]))
        let first = try await service.begin(Turn(thread: "t", owner: "", message: .human("Hi", id: "u1")))
        let error = await #expect(throws: AgentError.self) {
            try await service.begin(
                Turn(thread: "t", owner: "", message: .human("Again", id: "u2"), whileBusy: .reject))
        }
        #expect(error?.code == .busy)
        #expect(try await service.messages(of: "t").map(\.text) == ["Hi"])
        gate.open()
        _ = try await first.all()
    }

    @Test("keeps another owner's thread from sight")
    func owners() async throws {
        let service = try AgentService.make(model: ScriptedModel([.text("One.")]))
        _ = try await service.begin(Turn(thread: "t", owner: "ann", message: .human("Hi", id: "u1"))).all()
        let error = await #expect(throws: AgentError.self) {
            try await service.begin(Turn(thread: "t", owner: "bob", message: .human("Hi", id: "u2")))
        }
        #expect(error?.code == .notFound)
    }

    @Test("tells the model about a failing tool, wrong arguments and an unknown tool, and goes on")
    func toolFailures() async throws {
        let wrong = ToolCall(id: "c2", name: "add", arguments: ["a": "one"])
        let unknown = ToolCall(id: "c3", name: "subtract", arguments: [:])
        let model = ScriptedModel([.toolCalls([.add(-1, 2, id: "c1"), wrong, unknown]), .text("Sorry.")])
        let service = try AgentService.make(model: model)
        let events = try await service.turn("?")
        #expect(events.contains(.toolOutputFailed(call: "c1", message: "'a' must not be negative.")))
        try #require(model.requestCount == 2, "\(events)")
        let answers = model.requests[1].messages.suffix(3)
        #expect(answers.map(\.status) == [.error, .error, .error])
        #expect(answers.map(\.toolCallID) == ["c1", "c2", "c3"])
        #expect(answers.dropFirst().first?.text.contains("'a' must be an integer") == true)
        #expect(answers.last?.text.contains("There is no tool 'subtract'") == true)
        #expect(events.last == .finished(.stop))
    }

    @Test("sends arguments that are no JSON back to the model")
    func invalidArguments() async throws {
        let invalid = InvalidToolCall(id: "c1", name: "add", arguments: "{\"a\":", error: "cut")
        let model = ScriptedModel([
            .events([.invalidToolCall(invalid), .finished(.toolCalls)]), .text("I give up."),
        ])
        let service = try AgentService.make(model: model)
        let events = try await service.turn("?")
        #expect(events.text == "I give up.")
        #expect(model.requests[1].messages.last?.role == .tool)
        #expect(model.requests[1].messages.last?.status == .error)
    }

    @Test("fails a run whose model fails, keeps its message, and tries it anew when it comes again")
    func modelFailure() async throws {
        let down = ModelError(.unavailable, "connection refused to 127.0.0.1:1")
        let model = ScriptedModel([
            .failure(down), .failure(down, after: [.textDelta("Half an ans")]), .text("At last."),
        ])
        let service = try AgentService.make(model: model)
        for _ in 0..<2 {
            let events = try await service.turn("Hi")
            guard case .failed(_, let message)? = events.last else {
                Issue.record("the last event is \(String(describing: events.last))")
                return
            }
            #expect(!message.contains("127.0.0.1"))
            #expect(try await service.messages(of: "t").map(\.text) == ["Hi"])
        }
        #expect(try await service.turn("Hi").text == "At last.")
        #expect(try await service.messages(of: "t").map(\.text) == ["Hi", "At last."])
    }

    @Test("takes a new message after one that failed")
    func afterFailure() async throws {
        let model = ScriptedModel([.failure(ModelError(.timeout, "")), .text("Yes.")])
        let service = try AgentService.make(model: model)
        try await service.turn("First", id: "u1")
        try await service.turn("Second", id: "u2")
        #expect(try await service.messages(of: "t").map(\.text) == ["First", "Second", "Yes."])
    }

    @Test("stops an answer that takes too many steps")
    func limit() async throws {
        let model = ScriptedModel { _, index in .toolCalls([.add(1, 1, id: "c\(index)")]) }
        let service = try AgentService.make(model: model, configuration: .init(superstepLimit: 10))
        guard case .failed(_, let message)? = try await service.turn("?").last else {
            Issue.record("did not fail")
            return
        }
        #expect(message.contains("too many steps"))
    }

    @Test("leaves what an active run has answered so far out of the messages")
    func inFlight() async throws {
        let gate = Gate()
        let model = ScriptedModel([.toolCalls([.add(1, 2)]), .text("3").waiting(at: gate)])
        let service = try AgentService.make(model: model)
        let follower = try await service.begin(Turn(thread: "t", owner: "", message: .human("1+2?", id: "u1")))
        try await gate.reached()
        #expect(try await service.messages(of: "t").map(\.text) == ["1+2?"])
        gate.open()
        _ = try await follower.all()
        #expect(try await service.messages(of: "t").count == 4)
    }

    @Test("refuses a turn without ids or with ids that cannot be stored")
    func invalidTurns() async throws {
        let service = try AgentService.make(model: ScriptedModel([]))
        let turns = [
            Turn(thread: "", owner: "", message: .human("Hi", id: "u")),
            Turn(thread: ThreadID(String(repeating: "x", count: 513)), owner: "", message: .human("Hi", id: "u")),
            Turn(thread: "t", owner: "", message: .human("Hi")),
            Turn(thread: "t", owner: "", message: .human("Hi", id: "u\u{0}")),
        ]
        for turn in turns {
            let error = await #expect(throws: AgentError.self) { try await service.begin(turn) }
            #expect(error?.code == .invalid)
        }
    }
}
