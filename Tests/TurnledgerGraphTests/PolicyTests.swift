// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("How tasks are run")
struct PolicyTests {
    @Test("within their time: a task that takes too long fails, and its siblings' writes stay")
    func timeouts() async throws {
        let gate = Gate()
        let graph = try StateGraph(ListState.self) {
            Node("slow") { _ in
                try await gate.pass()
                return Update()
            }.timingOut(run: .milliseconds(20))
            Edge(from: .start, to: "slow")
        }.compile(store: InMemoryStore())
        let error = await #expect(throws: GraphError.self) {
            try await graph.invoke(.input { $0.x = 1 }, thread: "t")
        }
        #expect(error?.code == .timeout)
        #expect(error?.place.node == "slow")
        #expect(try await graph.state(of: "t").next == ["slow"])
    }

    @Test("without pause: one that shows no progress fails, one that does goes on")
    func idleTimeouts() async throws {
        let gate = Gate()
        let graph = try StateGraph(ListState.self) {
            Node("beating") { _, task in
                for _ in 0..<8 {
                    try await Task.sleep(for: .milliseconds(10))
                    task.heartbeat()
                }
                return Update()
            }.timingOut(idle: .milliseconds(60))
            Node("idle") { _ in
                try await gate.pass()
                return Update()
            }.timingOut(idle: .milliseconds(20))
            Edge(from: .start, to: "beating")
            Edge(from: "beating", to: "idle")
        }.compile(store: InMemoryStore())
        let error = await #expect(throws: GraphError.self) {
            try await graph.invoke(.input { $0.x = 1 }, thread: "t")
        }
        #expect(error?.code == .timeout)
        #expect(error?.place.node == "idle")
    }

    @Test("once: where a crash lost the outcome of a task that may not run twice, an interrupt asks")
    func lostOutcomes() async throws {
        let answers: [(LostOutcome, [String], Int)] = [
            (.runAgain, ["sent"], 1), (.skip, [], 0), (.result(["log": ["found"]]), ["found"], 0),
        ]
        for (answer, log, runs) in answers {
            let store = InMemoryStore()
            let effects = Effects()
            let graph = { (store: any CheckpointStore) in
                try StateGraph(ListState.self) {
                    Node("send") { _ in
                        effects.count("sent")
                        return Update { $0.log = ["sent"] }
                    }.repeatability(.once)
                    Edge(from: .start, to: "send")
                }.compile(store: store)
            }
            // The mark is stored with the second call; the process dies at the third, when the task had ended.
            let dying = FaultInjectingStore(store, failingAt: 3, with: .dieBefore)
            await #expect(throws: StoreError.self) {
                try await graph(dying).invoke(.input { $0.x = 1 }, thread: "t")
            }
            #expect(effects.counts == ["sent": 1])
            let asked = try await graph(store).invoke(.continue, thread: "t")
            #expect(asked.interrupts.map { $0.value.map?["type"] } == ["lost_outcome"])
            #expect(asked.interrupts.count == 1)
            let end = try await graph(store).resume("t", with: answer.answer)
            #expect(try end.state.log == log)
            #expect(effects.counts["sent"] == 1 + runs)
        }
    }

    @Test("once, also where the task itself asks: an answer is the question's, and a crash behind it asks again")
    func lostOutcomesOfTasksThatAsk() async throws {
        let store = InMemoryStore()
        let effects = Effects()
        let graph = { (store: any CheckpointStore) in
            try StateGraph(ListState.self) {
                Node("pay") { _, task in
                    let answer: String = try task.interrupt("pay?")
                    effects.count(answer)
                    return Update { $0.log = [answer] }
                }.repeatability(.once)
                Edge(from: .start, to: "pay")
            }.compile(store: store)
        }
        for thread: ThreadID in ["plain", "crashed"] {
            let asked = try await graph(store).invoke(.input { $0.x = 1 }, thread: thread)
            #expect(asked.interrupts.map(\.value) == ["pay?"])
        }
        #expect(try await graph(store).resume("plain", with: "yes").state.log == ["yes"])
        #expect(effects.counts == ["yes": 1])

        // The calls: the head is read, the answer and the mark are stored, then what the task wrote.
        let dying = FaultInjectingStore(store, failingAt: 3, with: .dieBefore)
        await #expect(throws: StoreError.self) { try await graph(dying).resume("crashed", with: "yes") }
        #expect(effects.counts == ["yes": 2])
        let ask = {
            for _ in 0..<2 {
                let lost = try await graph(store).invoke(.continue, thread: "crashed")
                #expect(lost.interrupts.map { $0.value.map?["type"] } == ["lost_outcome"])
            }
        }
        try await ask()
        let again = FaultInjectingStore(store, failingAt: 3, with: .dieBefore)
        await #expect(throws: StoreError.self) {
            try await graph(again).resume("crashed", with: LostOutcome.runAgain.answer)
        }
        #expect(effects.counts == ["yes": 3])
        #expect(try await graph(store).state(of: "crashed").interrupts == [])
        try await ask()
        let end = try await graph(store).resume("crashed", with: LostOutcome.runAgain.answer)
        #expect(end.status == .done)
        #expect(try end.state.log == ["yes"])
        #expect(effects.counts == ["yes": 4])
    }

    @Test("with a state of their own, in which nodes hand on what is in no input and no output")
    func privateState() async throws {
        struct Handed: GraphState {
            var x = 0
            var secret = ""

            static var channels: [Channel<Handed>] {
                Channel("x", \.x)
                Channel("secret", \.secret)
            }
        }
        let graph = try StateGraph(ListState.self) {
            Node("first") { _ in try Update { $0.x = 2 }.writing(Handed.self) { $0.secret = "psst" } }
            Node("second", reading: Handed.self) { handed, _ in
                Update { $0.log = ["\(handed.x) \(handed.secret)"] }
            }
            Edge(from: .start, to: "first")
            Edge(from: "first", to: "second")
        }.compile(store: InMemoryStore())
        let result = try await graph.invoke(.input { $0.note = "n" }, thread: "t")
        #expect(try result.state.log == ["2 psst"])
        #expect(result.values["secret"] == nil)
        let values = try await graph.state(of: "t").values
        #expect(values.map?["secret"] == "psst")
    }

    @Test("with a state type that no longer fits: the error names the channel, and a type may migrate it")
    func stateMismatch() async throws {
        struct Old: GraphState {
            var amount = ""
            static var channels: [Channel<Old>] { Channel("amount", \.amount) }
        }
        struct New: GraphState {
            var amount = 0
            static var channels: [Channel<New>] { Channel("amount", \.amount) }
        }
        struct Migrated: GraphState {
            var amount = 0
            static var channels: [Channel<Migrated>] { Channel("amount", \.amount) }
            static func migrate(_ value: PayloadValue, channel: String) throws -> PayloadValue {
                .integer(Int64(value.string ?? "") ?? 0)
            }
        }
        func graph<State: GraphState>(_ type: State.Type, _ store: any CheckpointStore) throws -> CompiledGraph<State> {
            try StateGraph(State.self) {
                Node("a") { (_: State) in Update() }
                Edge(from: .start, to: "a")
            }.compile(store: store)
        }
        let store = InMemoryStore()
        try await graph(Old.self, store).invoke(.input { $0.amount = "12" }, thread: "t")
        let error = await #expect(throws: GraphError.self) {
            try await graph(New.self, store).invoke(.values([:]), thread: "t")
        }
        #expect(error?.code == .stateMismatch)
        #expect(error?.message.contains("'amount'") == true)
        #expect(try await graph(Migrated.self, store).invoke(.continue, thread: "t").state.amount == 12)
    }

    @Test("refuses a checkpoint that the thread does not have")
    func missingCheckpoint() async throws {
        let graph = try StateGraph(ListState.self) {
            Node.appending("a")
            Edge(from: .start, to: "a")
        }.compile(store: InMemoryStore())
        try await graph.invoke(.input { $0.x = 1 }, thread: "t")
        let error = await #expect(throws: GraphError.self) {
            try await graph.invoke(.continue, thread: "t", options: .with { $0.checkpoint = CheckpointID("none") })
        }
        #expect(error?.code == .missingCheckpoint)
    }

    @Test("keeps values beside the thread, and copies a thread with its history")
    func memoryAndCopies() async throws {
        let memory = InMemoryLongTermStore()
        let graph = try StateGraph(ListState.self) {
            Node("remember") { state, task in
                try await task.memory?.put(["x": .integer(Int64(state.x))], for: "last", in: ["users", "u1"])
                return Update { $0.log = ["remembered"] }
            }
            Edge(from: .start, to: "remember")
        }.compile(store: InMemoryStore(), memory: memory)
        try await graph.invoke(.input { $0.x = 7 }, thread: "t")
        #expect(try await memory.item("last", in: ["users", "u1"])?.value == ["x": 7])
        try await graph.copy("t", to: "u")
        #expect(try await graph.state(of: "u").values == (try await graph.state(of: "t").values))
        #expect(try await graph.history(of: "u").count == 3)
    }
}
