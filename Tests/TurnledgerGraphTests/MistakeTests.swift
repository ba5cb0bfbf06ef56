// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore

/// What a mistake's error says, and that the thread stays usable. `GraphRunTests` and `PolicyTests` have more.
@Suite("A mistake names where it is and what to do")
struct MistakeTests {
    @Test("an update of a channel that the graph does not have")
    func unknownChannel() async throws {
        let (graph, _) = try await begun()
        let change = Update<ListState>(raw: NodeOutput([.init("nothing", 1)]))
        let error = await #expect(throws: GraphError.self) { try await graph.update("t", as: "a", change) }
        #expect(error?.code == .unknownChannel)
        #expect(error?.place.thread == "t")
        #expect(error?.place.node == "a")
        #expect(error?.place.superstep == 2)
        #expect(error?.message.contains("'nothing'") == true)
        let command = await #expect(throws: GraphError.self) {
            try await graph.invoke(.command(change), thread: "t")
        }
        #expect(command?.code == .unknownChannel)
        #expect(command?.place.thread == "t")
        try await goesOn(graph)
    }

    @Test("an update as a node that the graph does not have, and a command that goes to one")
    func unknownNode() async throws {
        let (graph, _) = try await begun()
        let update = await #expect(throws: GraphError.self) {
            try await graph.update("t", as: "nowhere", Update { $0.x = 2 })
        }
        #expect(update?.code == .unknownNode)
        let command = await #expect(throws: GraphError.self) {
            try await graph.invoke(.command(Update().then(.to("nowhere"))), thread: "t")
        }
        #expect(command?.code == .unknownNode)
        for error in [update, command] {
            #expect(error?.place.thread == "t")
            #expect(error?.message.contains("'nowhere'") == true)
        }
        try await goesOn(graph)
    }

    @Test("two writes of one superstep to a channel that keeps one: both nodes")
    func conflict() async throws {
        let graph = try StateGraph(ListState.self) {
            Node("a") { _ in Update { $0.x = 1 } }
            Node("b") { _ in Update { $0.x = 2 } }
            Edge(from: .start, to: "a")
            Edge(from: .start, to: "b")
        }.compile(store: InMemoryStore())
        let error = await #expect(throws: GraphError.self) {
            try await graph.invoke(.input { $0.log = [] }, thread: "t")
        }
        #expect(error?.code == .conflictingWrites)
        #expect(error?.place.thread == "t")
        #expect(error?.place.node == "a, b")
        #expect(error?.place.superstep == 1)
        #expect(error?.message.contains("reducer") == true)
    }

    @Test("a write that its channel does not take: the node")
    func unsuitableWrite() async throws {
        let graph = try StateGraph(ListState.self) {
            Node(raw: "a") { _ in NodeOutput([.init("log", "no list")]) }
            Edge(from: .start, to: "a")
        }.compile(store: InMemoryStore())
        let error = await #expect(throws: GraphError.self) {
            try await graph.invoke(.input { $0.x = 1 }, thread: "t")
        }
        #expect(error?.code == .invalidUpdate)
        #expect(error?.place.thread == "t")
        #expect(error?.place.node == "a")
        #expect(error?.place.superstep == 1)
        try await graph.update("t", as: "a", Update { $0.log = ["mended"] })
        #expect(try await graph.invoke(.continue, thread: "t").state.log == ["mended"])
    }

    @Test("an answer where nothing waits, and one to a question that is answered")
    func staleAnswers() async throws {
        let (graph, _) = try await begun()
        let early = await #expect(throws: GraphError.self) { try await graph.resume("t", with: "yes") }
        #expect(early?.code == .unknownInterrupt)
        let asked = try await graph.invoke(.input { $0.note = "ask" }, thread: "t").interrupts
        try await graph.resume("t", answering: [asked[0].id: "yes"])
        let late = await #expect(throws: GraphError.self) {
            try await graph.resume("t", answering: [asked[0].id: "again"])
        }
        #expect(late?.code == .unknownInterrupt)
        #expect(late?.message.contains(asked[0].id) == true)
        for error in [early, late] { #expect(error?.place.thread == "t") }
        #expect(try await graph.state(of: "t").values.map?["log"] == ["a", "a", "yes"])
        try await goesOn(graph)
    }

    @Test("a checkpoint that the thread does not have, whatever is to be done with it")
    func missingCheckpoint() async throws {
        let (graph, _) = try await begun()
        let none = CheckpointID("1f000000-0000-6000-8000-000000000000")
        let attempts: [@Sendable () async throws -> Void] = [
            { try await graph.invoke(.continue, thread: "t", options: .with { $0.checkpoint = none }) },
            { _ = try await graph.state(of: "t", at: none) },
            { try await graph.update("t", at: none, as: "a", Update { $0.x = 2 }) },
            { try await graph.fork("t", from: none) },
        ]
        for attempt in attempts {
            let error = await #expect(throws: GraphError.self) { try await attempt() }
            #expect(error?.code == .missingCheckpoint)
            #expect(error?.place.thread == "t")
            #expect(error?.message.contains(none.rawValue) == true)
        }
        try await goesOn(graph)
    }

    @Test("a send that another graph has stored, to a node that is not there: the state can be read and mended")
    func foreignSend() async throws {
        let (graph, store) = try await begun()
        let head = try #require(try await store.latest(in: "t", namespace: .root)).checkpoint
        var checkpoint = head
        checkpoint.parent = head.id
        checkpoint.id = CheckpointID.next(after: head.id, superstep: 2, now: 0)
        let version = ChannelVersion.next(after: head.channelVersions.values.max())
        checkpoint.channelVersions["__pregel_tasks"] = version
        checkpoint.channelValues["__pregel_tasks"] = Payload([.ext(LangGraphExt.send(node: "theirs", arg: 1))])
        checkpoint.updatedChannels = nil
        try await store.put(checkpoint, newVersions: ["__pregel_tasks": version], fence: nil)
        let error = await #expect(throws: GraphError.self) { try await graph.invoke(.continue, thread: "t") }
        #expect(error?.code == .unknownNode)
        #expect(error?.place.thread == "t")
        #expect(error?.message.contains("'theirs'") == true)
        #expect(try await graph.state(of: "t").values.map?["log"] == ["a"])
        try await graph.update("t", as: "a", Update { $0.x = 2 })
        try await goesOn(graph)
    }

    @Test("a state type that no longer fits: the thread, the node and the channel")
    func stateMismatch() async throws {
        struct Other: GraphState {
            var log = 0
            static var channels: [Channel<Other>] { Channel("log", \.log) }
        }
        let (_, store) = try await begun()
        let graph = try StateGraph(Other.self) {
            Node("a") { (_: Other) in Update() }
            Edge(from: .start, to: "a")
        }.compile(store: store)
        let error = await #expect(throws: GraphError.self) {
            try await graph.invoke(.values([:]), thread: "t")
        }
        #expect(error?.code == .stateMismatch)
        #expect(error?.place.thread == "t")
        #expect(error?.place.node == "a")
        #expect(error?.message.contains("'log'") == true)
        #expect(error?.message.contains("migrate") == true)
    }

    /// A graph with a thread `t` that has taken a turn.
    private func begun() async throws -> (CompiledGraph<ListState>, InMemoryStore) {
        let store = InMemoryStore()
        let graph = try StateGraph(ListState.self) {
            Node.appending("a")
            Node("ask") { state, task in
                guard state.note == "ask" else { return Update() }
                let answer: String = try task.interrupt("go on?")
                return Update { $0.log = [answer] }
            }
            Edge(from: .start, to: "a")
            Branch(from: "a", to: ["ask", .end]) { state in state.note == "ask" ? "ask" : .end }
        }.compile(store: store)
        try await graph.invoke(.input { $0.x = 1 }, thread: "t")
        return (graph, store)
    }

    private func goesOn(_ graph: CompiledGraph<ListState>) async throws {
        let before = try await graph.state(of: "t").values.map?["log"]?.array?.count ?? 0
        let end = try await graph.invoke(.input { $0.note = "" }, thread: "t")
        #expect(end.status == .done)
        #expect(try end.state.log.count == before + 1)
    }
}
