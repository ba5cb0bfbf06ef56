// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("A run's stream")
struct StreamTests {
    private func counting(to end: Int, _ store: any CheckpointStore) throws -> CompiledGraph<ListState> {
        try StateGraph(ListState.self) {
            Node("count") { state, task in
                try await task.show(["at": state.x])
                return Update { $0.x = state.x + 1 }
            }
            Edge(from: .start, to: "count")
            Branch(from: "count", to: ["count", .end]) { state in state.x < end ? "count" : .end }
        }.compile(store: store)
    }

    @Test("shows several modes at once, in order")
    func modes() async throws {
        var seen: [String] = []
        for try await event in try counting(to: 2, InMemoryStore()).stream(
            .input { $0.x = 0 }, thread: "t", modes: [.updates, .values, .custom])
        {
            switch event.content {
            case .values: seen.append("values \(try event.state(as: ListState.self)!.x)")
            case .updates(let update): seen.append("update of \(update.node)")
            case .custom(let value): seen.append("custom \(value.map?["at"]?.integer ?? -1)")
            default: seen.append("?")
            }
        }
        #expect(
            seen == [
                "values 0", "custom 0", "update of count", "values 1", "custom 1", "update of count", "values 2",
            ])
    }

    @Test("goes on without a reader that is too slow, who is told")
    func slowReader() async throws {
        let store = InMemoryStore()
        let graph = try counting(to: 50, store)
        let stream = graph.stream(
            .input { $0.x = 0 }, thread: "t", modes: .updates,
            bounds: StreamBounds(buffer: 3, patience: .milliseconds(1)))
        var iterator = stream.makeAsyncIterator()
        _ = try await iterator.next()
        var state = try await graph.state(of: "t")
        while state.values.map?["x"] != 50 {
            await Task.yield()
            state = try await graph.state(of: "t")
        }
        let error = await #expect(throws: GraphError.self) { while try await iterator.next() != nil {} }
        #expect(error?.code == .tooSlow)
    }

    @Test("cancels the run when its reader goes away, and the thread stays usable")
    func abandoned() async throws {
        let store = InMemoryStore()
        let gate = Gate()
        let graph = try StateGraph(ListState.self) {
            Node.appending("a")
            Node("b") { _ in
                try await gate.pass()
                return Update { $0.log = ["b"] }
            }
            Edge(from: .start, to: "a")
            Edge(from: "a", to: "b")
        }.compile(store: store)
        for try await event in graph.stream(.input { $0.x = 1 }, thread: "t") {
            if case .updates(let update) = event.content, update.node == "a" { break }
        }
        gate.open()
        let end = try await graph.invoke(.continue, thread: "t")
        #expect(try end.state.log == ["a", "b"])
    }

    @Test("shows messages once: token by token where the task streams them, whole where it does not")
    func messages() async throws {
        let graph = try StateGraph(channels: [("messages", .messages)]) {
            Node<DynamicState>(raw: "say") { task in
                await task.stream(message: ["role": "ai", "content": "hel", "id": "m1"])
                await task.stream(message: ["role": "ai", "content": "lo", "id": "m1"])
                return NodeOutput([.init("messages", [["role": "ai", "content": "hello", "id": "m1"]])])
            }
            Edge(from: .start, to: "say")
        }.compile(store: InMemoryStore())
        var nodes: [String] = []
        for try await event in graph.stream(.values(["messages": []]), thread: "t", modes: .messages) {
            if case .message(_, let origin) = event.content { nodes.append(origin.node) }
        }
        #expect(nodes == ["say", "say"])
    }

    @Test("of a subgraph is shown where it is asked for, with its namespace")
    func subgraphs() async throws {
        let inner = try StateGraph(ListState.self) {
            Node.appending("inside")
            Edge(from: .start, to: "inside")
        }.compile()
        let graph = try StateGraph(ListState.self) {
            Node("outer", running: inner)
            Edge(from: .start, to: "outer")
        }.compile(store: InMemoryStore())
        for asked in [false, true] {
            var spaces: Set<Int> = []
            let stream = graph.stream(
                .input { $0.x = 1 }, thread: "t", options: .with { $0.streamsSubgraphs = asked })
            for try await event in stream { spaces.insert(event.namespace.count) }
            #expect(spaces == (asked ? [0, 1] : [0]))
        }
    }
}
