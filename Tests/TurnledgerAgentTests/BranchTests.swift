// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerAgent

@Suite("Answering anew and editing")
struct BranchTests {
    private let store = InMemoryStore()

    private func service(_ texts: String...) async throws -> (AgentService, ScriptedModel) {
        let model = ScriptedModel(texts.map { .text($0) })
        return (try AgentService.make(store: store, model: model), model)
    }

    private func run(_ service: AgentService, _ action: TurnAction) async throws -> [RunEvent] {
        try await service.begin(Turn(thread: "t", owner: "", action: action)).all()
    }

    /// The texts that the thread's checkpoints have had, the newest first.
    private func history() async throws -> [[String]] {
        try await store.list(CheckpointQuery(thread: "t")).collect().map { stored in
            MessageList.messages(of: try stored.checkpoint.channelValues["messages"]?.decoded()).map(\.text)
        }
    }

    @Test("an answer is replaced by a new one; the old one stays in the thread's history")
    func regenerate() async throws {
        let (service, model) = try await service("One.", "Two.", "Two again.")
        try await service.turn("1?", id: "u1")
        try await service.turn("2?", id: "u2")
        let old = try #require(try await service.messages(of: "t").last?.id)
        let events = try await run(service, .regenerate(asking: .human("2?", id: "u2"), answer: old))
        #expect(events.text == "Two again.")
        #expect(model.requests[2].messages.map(\.text) == ["1?", "One.", "2?"])
        let messages = try await service.messages(of: "t")
        #expect(messages.map(\.text) == ["1?", "One.", "2?", "Two again."])
        #expect(messages.last?.id != old)
        #expect(events[0] == .started(messageID: try #require(messages.last?.id)))
        #expect(try await history().contains(["1?", "One.", "2?", "Two."]))
        // The same request again is the same turn.
        #expect(try await run(service, .regenerate(asking: .human("2?", id: "u2"), answer: old)) == events)
        #expect(model.requestCount == 3)
    }

    @Test(
        "an earlier answer is named by its id, or the question by its own; all behind it goes",
        arguments: [true, false])
    func earlier(_ byAnswer: Bool) async throws {
        let (service, _) = try await service("One.", "Two.", "One again.")
        try await service.turn("1?", id: "u1")
        try await service.turn("2?", id: "u2")
        let first = try await service.messages(of: "t")[1].id
        let action: TurnAction =
            byAnswer
            ? .regenerate(asking: nil, answer: first) : .regenerate(asking: .human("1?", id: "u1"), answer: nil)
        _ = try await run(service, action)
        #expect(try await service.messages(of: "t").map(\.text) == ["1?", "One again."])
    }

    @Test("without an id, or with one that is not known, the last answer is meant", arguments: [nil, "unknown"])
    func last(_ answer: String?) async throws {
        let (service, _) = try await service("One.", "One again.")
        try await service.turn("1?", id: "u1")
        _ = try await run(service, .regenerate(asking: nil, answer: answer))
        #expect(try await service.messages(of: "t").map(\.text) == ["1?", "One again."])
    }

    @Test("a question that the thread does not have is asked; without one the run fails with a sentence")
    func unknownQuestion() async throws {
        let (service, _) = try await service("One.")
        let failed = try await run(service, .regenerate(asking: nil, answer: nil))
        guard case .failed(_, let message)? = failed.last else {
            Issue.record("\(failed)")
            return
        }
        #expect(message.contains("no message"))
        #expect(try await run(service, .regenerate(asking: .human("1?", id: "u1"), answer: "x")).text == "One.")
        #expect(try await service.messages(of: "t").map(\.text) == ["1?", "One."])
    }

    @Test("a changed question takes the old one's place, and all behind it goes, tool results among them")
    func edit() async throws {
        let model = ScriptedModel([
            .toolCalls([.add(1, 2)]), .text("Three."), .text("Bye."), .text("Five."), .text("Six."),
        ])
        let service = try AgentService.make(store: store, model: model)
        try await service.turn("1+2?", id: "u1")
        try await service.turn("Bye.", id: "u2")
        let events = try await run(service, .edit(.human("2+3?", id: "u1")))
        #expect(events.text == "Five.")
        #expect(try await service.messages(of: "t").map(\.text) == ["2+3?", "Five."])
        #expect(model.requests[3].messages.map(\.text) == ["2+3?"])
        #expect(try await history().contains { $0.first == "1+2?" && $0.last == "Bye." })
        #expect(try await run(service, .edit(.human("2+3?", id: "u1"))) == events)
        #expect(try await run(service, .edit(.human("2+4?", id: "u1"))).text == "Six.")
    }

    @Test("while the new answer is written the old one is out of the history")
    func inFlight() async throws {
        let gate = Gate()
        let model = ScriptedModel([.text("One."), .text("One again.").waiting(at: gate)])
        let service = try AgentService.make(store: store, model: model)
        try await service.turn("1?", id: "u1")
        let follower = try await service.begin(
            Turn(thread: "t", owner: "", action: .regenerate(asking: nil, answer: nil)))
        try await gate.reached()
        #expect(try await service.messages(of: "t").map(\.text) == ["1?"])
        gate.open()
        _ = try await follower.all()
    }

    @Test("survives a server that dies in the middle of it")
    func crash() async throws {
        let quick = AgentConfiguration(leaseDuration: .milliseconds(150))
        let model = ScriptedModel([.text("One."), .text("never").waiting(at: Gate())])
        let dying = try AgentService.make(store: store, model: model, configuration: quick)
        try await dying.turn("1?", id: "u1")
        let follower = try await dying.begin(
            Turn(thread: "t", owner: "", action: .edit(.human("2?", id: "u1"))))
        while model.requestCount < 2 { await Task.yield() }
        await dying.drain(within: .zero)
        let next = ScriptedModel([.text("Two.")])
        let service = try AgentService.make(store: store, model: next, configuration: quick)
        let serving = Task { try await service.run() }
        defer { serving.cancel() }
        try await store.untilIdle("t")
        #expect(try await service.follow(follower.run).all().text == "Two.")
        #expect(next.requests[0].messages.map(\.text) == ["2?"])
        #expect(try await service.messages(of: "t").map(\.text) == ["2?", "Two."])
    }
}

@Suite("A request's own key")
struct RequestKeyTests {
    private func turn(_ text: String, id: String, thread: ThreadID = "t", owner: String = "", key: String = "k") -> Turn
    {
        Turn(thread: thread, owner: owner, action: .send(.human(text, id: id)), requestKey: key)
    }

    @Test("makes one run of a request that comes twice, at once, on two servers, in another thread")
    func once() async throws {
        let store = InMemoryStore()
        let gate = Gate()
        let model = ScriptedModel { _, _ in .text("Once.").waiting(at: gate) }
        let one = try AgentService.make(store: store, model: model)
        let two = try AgentService.make(store: store, model: model)
        async let first = one.begin(turn("Hi", id: "u1"))
        async let second = two.begin(turn("Hi", id: "u2"))
        let runs = [try await first.run, try await second.run]
        #expect(runs[0] == runs[1])
        #expect(try await two.begin(turn("Hi", id: "u3", thread: "other")).run == runs[0])
        #expect(try await store.thread("other") == nil)
        gate.open()
        #expect(try await two.follow(runs[0]).all().text == "Once.")
        #expect(try await one.begin(turn("Hi", id: "u4")).run == runs[0])
        #expect(model.requestCount == 1)
    }

    @Test("is the owner's own, and one that failed is tried anew")
    func owners() async throws {
        let store = InMemoryStore()
        let model = ScriptedModel([.failure(ModelError(.timeout, "")), .text("Ann's."), .text("Bob's.")])
        let service = try AgentService.make(store: store, model: model)
        _ = try await service.begin(turn("Hi", id: "u1", thread: "a", owner: "ann")).all()
        #expect(try await service.begin(turn("Hi", id: "u1", thread: "a", owner: "ann")).all().text == "Ann's.")
        #expect(try await service.begin(turn("Hi", id: "u1", thread: "b", owner: "bob")).all().text == "Bob's.")
    }
}
