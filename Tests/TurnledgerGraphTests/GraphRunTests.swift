// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("A graph's run")
struct GraphRunTests {
    @Test("goes from node to node and returns the state")
    func chain() async throws {
        let graph = try StateGraph(ListState.self) {
            Node.appending("a")
            Node.appending("b")
            Edge(from: .start, to: "a")
            Edge(from: "a", to: "b")
        }.compile(store: InMemoryStore())
        let result = try await graph.invoke(.input { $0.log = ["in"] }, thread: "t")
        #expect(try result.state.log == ["in", "a", "b"])
        #expect(result.status == .done)
    }

    @Test("applies the writes of parallel sends in the order of the sends, whichever ends first")
    func sends() async throws {
        let gate = Gate()
        let graph = try StateGraph(ListState.self) {
            Node("fan") { _ in Update().then((0..<12).map { .send("work", .integer($0)) }) }
            Node("work", receiving: Int.self) { number, _ in
                if number == 0 { try await gate.pass() }
                if number == 11 { gate.open() }
                return Update { $0.log = ["w\(number)"] }
            }
            Edge(from: .start, to: "fan")
        }.compile(store: InMemoryStore())
        let result = try await graph.invoke(.input { $0.x = 1 }, thread: "t")
        #expect(try result.state.log == (0..<12).map { "w\($0)" })
    }

    @Test("keeps the step, the versions and the parents going from turn to turn")
    func turns() async throws {
        let store = InMemoryStore()
        let graph = try StateGraph(ListState.self) {
            Node.appending("a")
            Edge(from: .start, to: "a")
        }.compile(store: store)
        for _ in 0..<3 { try await graph.invoke(.input { $0.log = ["in"] }, thread: "t") }
        let rows = try await store.list(CheckpointQuery(thread: "t")).collect().map(\.checkpoint).reversed()
        #expect(rows.map(\.metadata.step) == (-1...7).map { $0 })
        #expect(rows.map(\.metadata.source) == Array(repeating: [.input, .loop, .loop], count: 3).flatMap { $0 })
        for (parent, child) in zip(rows, rows.dropFirst()) {
            #expect(child.parent == parent.id)
            #expect(parent.id < child.id)
            #expect(child.channelVersions.values.max()!.counter == parent.channelVersions.values.max()!.counter + 1)
        }
    }

    @Test("waits at a join for all that lead to it, and starts a deferred node last")
    func joins() async throws {
        let graph = try StateGraph(ListState.self) {
            Node.appending("a")
            Node.appending("b")
            Node.appending("b2")
            Node.appending("c")
            Node.appending("d")
            Node.appending("last").deferred()
            Edge(from: .start, to: "a")
            Edge(from: "a", to: "b")
            Edge(from: "a", to: "c")
            Edge(from: "a", to: "last")
            Edge(from: "b", to: "b2")
            Edge(from: ["b2", "c"], to: "d")
        }.compile(store: InMemoryStore())
        let result = try await graph.invoke(.input { $0.log = ["in"] }, thread: "t")
        #expect(try result.state.log == ["in", "a", "b", "c", "b2", "d", "last"])
    }

    @Test("branches by the state that includes the task's own writes")
    func branches() async throws {
        let graph = try StateGraph(ListState.self) {
            Node("count") { state in Update { $0.x = state.x + 1 } }
            Node.appending("end")
            Edge(from: .start, to: "count")
            Branch(from: "count", to: ["count", "end"]) { state in state.x < 4 ? "count" : "end" }
        }.compile(store: InMemoryStore())
        let result = try await graph.invoke(.input { $0.x = 1 }, thread: "t")
        #expect(try result.state.x == 4)
        #expect(try result.state.log == ["end"])
    }

    @Test("stops at a question, and goes on with the answer, also in another process")
    func interrupts() async throws {
        let store = InMemoryStore()
        func graph() throws -> CompiledGraph<ListState> {
            try StateGraph(ListState.self) {
                Node("ask") { _, task in
                    let first: String = try task.interrupt("first?")
                    let second: String = try task.interrupt("second?")
                    return Update { $0.log = [first, second] }
                }
                Edge(from: .start, to: "ask")
            }.compile(store: store)
        }
        let begun = try await graph().invoke(.input { $0.x = 1 }, thread: "t")
        #expect(begun.status == .interrupted)
        #expect(begun.interrupts.map(\.value) == ["first?"])
        let again = try await graph().resume("t", with: "one")
        #expect(again.interrupts.map(\.value) == ["second?"])
        #expect(again.interrupts[0].id != begun.interrupts[0].id)
        let state = try await graph().state(of: "t")
        #expect(state.interrupts == again.interrupts)
        #expect(state.next == ["ask"])
        let end = try await graph().resume("t", answering: [again.interrupts[0].id: "two"])
        #expect(try end.state.log == ["one", "two"])
        #expect(end.status == .done)
    }

    @Test("refuses a stale answer, and one that could be for several questions, and changes nothing")
    func staleAnswers() async throws {
        let store = InMemoryStore()
        let graph = try StateGraph(ListState.self) {
            Node("a") { _, task in
                let answer: String = try task.interrupt("a?")
                return Update { $0.log = [answer] }
            }
            Node("b") { _, task in
                let answer: String = try task.interrupt("b?")
                return Update { $0.log = [answer] }
            }
            Edge(from: .start, to: "a")
            Edge(from: .start, to: "b")
        }.compile(store: store)
        let asked = try await graph.invoke(.input { $0.x = 1 }, thread: "t").interrupts
        #expect(asked.map(\.value) == ["a?", "b?"])
        let before = try await store.latest(in: "t", namespace: .root)
        let ambiguous = await #expect(throws: GraphError.self) { try await graph.resume("t", with: "x") }
        #expect(ambiguous?.code == .ambiguousResume)
        let stale = await #expect(throws: GraphError.self) {
            try await graph.resume("t", answering: [String(repeating: "0", count: 32): "x"])
        }
        #expect(stale?.code == .unknownInterrupt)
        #expect(stale?.place.thread == "t")
        #expect(try await store.latest(in: "t", namespace: .root) == before)
        try await graph.resume("t", answering: [asked[1].id: "B"])
        let end = try await graph.resume("t", with: "A")
        #expect(try end.state.log == ["A", "B"])
    }

    @Test("refuses two writes of one superstep to a channel that keeps one")
    func conflict() async throws {
        let store = InMemoryStore()
        let graph = try StateGraph(ListState.self) {
            Node("a") { _ in Update { $0.x = 1 } }
            Node("b") { _ in Update { $0.x = 2 } }
            Edge(from: .start, to: "a")
            Edge(from: .start, to: "b")
        }.compile(store: store)
        let error = await #expect(throws: GraphError.self) {
            try await graph.invoke(.input { $0.log = [] }, thread: "t")
        }
        #expect(error?.code == .conflictingWrites)
        #expect(error?.place.thread == "t")
        #expect(error?.place.superstep == 1)
        try await graph.update("t", as: "a", Update { $0.x = 3 })
        #expect(try await graph.state(of: "t").values.map?["x"] == 3)
    }

    @Test("names an unknown node or channel, and a cycle without end, and leaves the thread usable")
    func mistakes() async throws {
        let cases: [(Node<ListState>, GraphError.Code)] = [
            (Node("a") { _ in Update().then(.to("nowhere")) }, .unknownNode),
            (Node("a") { _ in Update().then(.send("nowhere", .null)) }, .unknownNode),
            (Node(raw: "a") { _ in NodeOutput([.init("nothing", .null)]) }, .unknownChannel),
            (Node("a") { _ in Update().then(.to("a")) }, .superstepLimit),
        ]
        for (node, code) in cases {
            let graph = try StateGraph(ListState.self) {
                node
                Edge(from: .start, to: "a")
            }.compile(store: InMemoryStore())
            let error = await #expect(throws: GraphError.self) {
                try await graph.invoke(.input { $0.x = 1 }, thread: "t", options: .with { $0.recursionLimit = 10 })
            }
            #expect(error?.code == code)
            #expect(error?.place.thread == "t")
            #expect(try await graph.state(of: "t").next == ["a"])
            try await graph.update("t", as: .end, Update())
            #expect(try await graph.state(of: "t").next == [])
        }
    }

    @Test(
        "refuses node names that the store's channels could not tell apart",
        arguments: ["a:b", "a|b", "__start__", "", "x"])
    func names(_ name: String) {
        let error = #expect(throws: GraphError.self) {
            try StateGraph(ListState.self) {
                Node.appending(NodeName(name))
                Edge(from: .start, to: NodeName(name))
            }.compile()
        }
        #expect(error?.code == .invalidGraph)
    }

    @Test("does not run a task again that had ended before its sibling failed")
    func siblings() async throws {
        struct Broken: Error {}
        let store = InMemoryStore()
        let runs = Effects()
        let isMended = Mutex(false)
        let goodHasEnded = Gate()
        let graph = try StateGraph(ListState.self) {
            Node("good") { _ in
                runs.count("good")
                goodHasEnded.open()
                return Update { $0.log = ["good"] }
            }
            Node("bad") { _ in
                runs.count("bad")
                try await goodHasEnded.pass()
                if !isMended.withLock({ $0 }) {
                    // Its sibling's writes are stored before this one fails.
                    while try await store.latest(in: "t", namespace: .root)?.pendingWrites.isEmpty ?? true {
                        await Task.yield()
                    }
                    throw Broken()
                }
                return Update { $0.log = ["bad"] }
            }
            Branch(from: .start) { _ in [.send("good", .null), .send("bad", .null)] }
        }.compile(store: store)
        await #expect(throws: Broken.self) { try await graph.invoke(.input { $0.x = 1 }, thread: "t") }
        let writes = try await store.latest(in: "t", namespace: .root)?.pendingWrites ?? []
        #expect(writes.contains { $0.channel == "__error__" && $0.index == -1 })
        isMended.withLock { $0 = true }
        let result = try await graph.invoke(.continue, thread: "t")
        #expect(try result.state.log == ["good", "bad"])
        #expect(runs.counts == ["good": 1, "bad": 2])
    }

    @Test("cannot continue a thread that was never begun")
    func nothingToRun() async throws {
        let graph = try StateGraph(ListState.self) {
            Node.appending("a")
            Edge(from: .start, to: "a")
        }.compile(store: InMemoryStore())
        let error = await #expect(throws: GraphError.self) { try await graph.invoke(.continue, thread: "t") }
        #expect(error?.code == .nothingToRun)
    }

    @Test("keeps channels and members that another graph wrote")
    func foreignState() async throws {
        let store = InMemoryStore()
        let version = ChannelVersion.next(after: nil)
        let id = CheckpointID.next(after: nil, superstep: 3, now: 0)
        try await store.put(
            Checkpoint(
                thread: "t", id: id, timestamp: "2026-01-01T00:00:00+00:00",
                channelValues: ["theirs": Payload(["kept": true]), "flag": Payload("inline")],
                channelVersions: ["theirs": version, "flag": version],
                metadata: CheckpointMetadata(source: .loop, step: 3), extra: ["unknown": [1, 2]]),
            newVersions: ["theirs": version, "flag": version], fence: nil)
        let graph = try StateGraph(ListState.self) {
            Node.appending("a")
            Edge(from: .start, to: "a")
        }.compile(store: store)
        try await graph.invoke(.input { $0.log = ["in"] }, thread: "t")
        let head = try #require(try await store.latest(in: "t", namespace: .root)).checkpoint
        #expect(try head.channelValues["theirs"]?.decoded() == ["kept": true])
        #expect(try head.channelValues["flag"]?.decoded() == "inline")
        #expect(head.extra["unknown"] == [1, 2])
        #expect(head.metadata.step == 6)
    }
}
