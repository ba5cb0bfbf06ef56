// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerAgent

@Suite("A second message while a run is active")
struct BusyThreadTests {
    private func turn(_ text: String, id: String, _ policy: BusyPolicy? = nil) -> Turn {
        Turn(thread: "t", owner: "", message: .human(text, id: id), whileBusy: policy)
    }

    @Test("waits for its turn, is in the history at once, and is answered with what came before")
    func enqueue() async throws {
        let gate = Gate()
        let model = ScriptedModel([.text("One.").waiting(at: gate), .text("Two."), .text("Three.")])
        let service = try AgentService.make(model: model)
        let first = try await service.begin(turn("1?", id: "u1"))
        let second = try await service.begin(turn("2?", id: "u2"))
        let third = try await service.begin(turn("3?", id: "u3"))
        #expect(try await service.begin(turn("2?", id: "u2")).run == second.run)
        #expect(try await service.messages(of: "t").map(\.text) == ["1?", "2?", "3?"])
        gate.open()
        #expect(try await first.all().text == "One.")
        #expect(try await second.all().text == "Two.")
        #expect(try await third.all().text == "Three.")
        #expect(model.requests[2].messages.map(\.text) == ["1?", "One.", "2?", "Two.", "3?"])
    }

    @Test("waits on one server for a run of another, and is begun by a server that lives where both have died")
    func servers() async throws {
        let store = InMemoryStore()
        // While both live, long enough for a busy machine; short where a lease has to run out.
        let patient = AgentConfiguration(leaseDuration: .seconds(3))
        let quick = AgentConfiguration(leaseDuration: .milliseconds(150))
        let gate = Gate()
        // Either may begin what waits.
        let both = ScriptedModel([.text("One.").waiting(at: gate), .text("Two.")])
        let one = try AgentService.make(store: store, model: both, configuration: patient)
        let two = try AgentService.make(store: store, model: both, configuration: patient)
        let serving = Task { try await one.run() }
        _ = try await one.begin(turn("1?", id: "u1"))
        let second = try await two.begin(turn("2?", id: "u2"))
        try await gate.reached()
        gate.open()
        #expect(try await second.all().text == "Two.")
        serving.cancel()
        // Otherwise they would begin what waits next, as servers that live do.
        await one.drain(within: .zero)
        await two.drain(within: .zero)

        let stuck = ScriptedModel([.text("never").waiting(at: Gate())])
        let dying = try AgentService.make(store: store, model: stuck, configuration: quick)
        _ = try await dying.begin(turn("3?", id: "u3"))
        let waiting = try await dying.begin(turn("4?", id: "u4"))
        while stuck.requestCount < 1 { await Task.yield() }
        await dying.drain(within: .zero)
        let model = ScriptedModel([.text("Three."), .text("Four.")])
        let last = try AgentService.make(store: store, model: model, configuration: quick)
        let lasting = Task { try await last.run() }
        defer { lasting.cancel() }
        #expect(try await last.follow(waiting.run).all().text == "Four.")
        #expect(
            try await last.messages(of: "t").map(\.text)
                == ["1?", "One.", "2?", "Two.", "3?", "Three.", "4?", "Four."])
    }

    @Test("stops the run that goes on, which keeps what it has said")
    func interrupt() async throws {
        let gate = Gate()
        let model = ScriptedModel([.text("One and more.").waiting(at: gate, beforeStep: 1), .text("Two.")])
        let service = try AgentService.make(model: model)
        let first = try await service.begin(turn("1?", id: "u1"))
        try await gate.reached()
        let second = try await service.begin(turn("2?", id: "u2", .interrupt))
        #expect(try await first.all().last == .aborted)
        #expect(try await second.all().text == "Two.")
        #expect(try await service.messages(of: "t").map(\.text) == ["1?", "One ", "2?", "Two."])
        // The same message again follows its run and interrupts nothing.
        #expect(try await service.begin(turn("2?", id: "u2", .interrupt)).run == second.run)
    }

    @Test("takes the run that goes on out of the conversation, with its message and its tools' results")
    func rollback() async throws {
        let gate = Gate()
        let model = ScriptedModel([
            .text("Zero."), .toolCalls([.add(1, 2)], text: "Let me see."),
            .text("Three").waiting(at: gate, beforeStep: 1),
            .text("Two."),
        ])
        let store = InMemoryStore()
        let service = try AgentService.make(store: store, model: model)
        try await service.turn("0?", id: "u0")
        let first = try await service.begin(turn("1+2?", id: "u1"))
        try await gate.reached()
        let second = try await service.begin(turn("2?", id: "u2", .rollback))
        #expect(try await first.all().last == .aborted)
        #expect(try await second.all().text == "Two.")
        #expect(model.requests[3].messages.map(\.text) == ["0?", "Zero.", "2?"])
        #expect(try await service.messages(of: "t").map(\.text) == ["0?", "Zero.", "2?", "Two."])
    }

    @Test("is not begun when it was stopped while it waited")
    func stopped() async throws {
        let gate = Gate()
        let model = ScriptedModel([.text("One.").waiting(at: gate), .text("Never.")])
        let service = try AgentService.make(model: model)
        let first = try await service.begin(turn("1?", id: "u1"))
        try await gate.reached()
        let second = try await service.begin(turn("2?", id: "u2"))
        #expect(try await service.stop(second.run.rawValue, owner: "") == [second.run])
        #expect(try await second.all() == [.aborted])
        gate.open()
        #expect(try await first.all().text == "One.")
        #expect(model.requestCount == 1)
        #expect(try await service.messages(of: "t").map(\.text) == ["1?", "One."])
    }

    @Test("is followed from memory once it is begun here, though nothing is heard of it from the store")
    func handedOver() async throws {
        let store = InMemoryStore()
        func run(_ id: RunID) -> NewRun {
            NewRun(
                id: id, thread: "t", owner: "", input: [], waits: true, holder: "h", leaseDuration: .seconds(60),
                createdAt: Timestamp(microseconds: 1))
        }
        _ = try await store.create(run(RunID("run_1")))
        let waiting = try await store.create(run(RunID("run_2"))).run
        #expect(waiting.status == .pending)
        let followings = LogFollowings()
        let changes = RunChanges()
        changes.take(.hearing)
        let following = followings.following(waiting) { feed, handover in
            LogReader(store: store, feed: feed, changes: changes, isPending: true) { handover.feed }
        }
        let own = RunFeed(run: waiting.id)
        own.publish([.started(messageID: "m"), .finished(.stop)])
        followings.wasBegun(waiting.id, own)
        changes.take(.changed([waiting.id]))
        let events = try await RunFollower(feed: following.feed, source: following).all()
        #expect(events == own.eventsSoFar)
    }
}
