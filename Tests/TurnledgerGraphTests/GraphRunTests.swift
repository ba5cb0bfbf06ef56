// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("A graph's run")
struct GraphRunTests {
    /// Appends what it is sent to `log`, a list.
    private static func appending(_ name: String, _ value: String, next: [NodeOutput.Next] = []) -> Node {
        Node(name) { _ in NodeOutput([.init("log", .array([.string(value)]))], next: next) }
    }

    private static let log: [String: ChannelKind] = [
        "log": .reducer { current, write in .array((current?.array ?? []) + (write.array ?? [write])) }
    ]

    private func strings(_ values: [String: PayloadValue]) -> [String] {
        (values["log"]?.array ?? []).compactMap(\.string)
    }

    @Test("goes from node to node and returns the values")
    func chain() async throws {
        let store = InMemoryStore()
        let graph = try Graph(
            channels: Self.log,
            nodes: [Self.appending("a", "A", next: [.node("b")]), Self.appending("b", "B")], entry: "a")
        let values = try await GraphRun(graph, on: store, thread: "t").run(.values(["log": ["in"]]))
        #expect(strings(values) == ["in", "A", "B"])
    }

    @Test("applies the writes of parallel sends in the order of the sends, whichever ends first")
    func sends() async throws {
        let gate = Gate()
        let fan = Node("fan") { _ in NodeOutput(next: (0..<12).map { .send("work", .integer($0)) }) }
        let work = Node("work") { context in
            let number = context.sent?.integer ?? -1
            if number == 0 { try await gate.pass() }
            if number == 11 { gate.open() }
            return NodeOutput([.init("log", .array([.string("w\(number)")]))])
        }
        let graph = try Graph(channels: Self.log, nodes: [fan, work], entry: "fan")
        let values = try await GraphRun(graph, on: InMemoryStore(), thread: "t").run(.values([:]))
        #expect(strings(values) == (0..<12).map { "w\($0)" })
    }

    @Test("keeps the step, the versions and the parents going from turn to turn")
    func turns() async throws {
        let store = InMemoryStore()
        let graph = try Graph(channels: Self.log, nodes: [Self.appending("a", "A")], entry: "a")
        for _ in 0..<3 { try await GraphRun(graph, on: store, thread: "t").run(.values(["log": ["in"]])) }
        let rows = try await store.list(CheckpointQuery(thread: "t")).collect().map(\.checkpoint).reversed()
        #expect(rows.map(\.metadata.step) == (-1...7).map { $0 })
        #expect(rows.map(\.metadata.source) == Array(repeating: [.input, .loop, .loop], count: 3).flatMap { $0 })
        for (parent, child) in zip(rows, rows.dropFirst()) {
            #expect(child.parent == parent.id)
            #expect(parent.id < child.id)
            #expect(child.channelVersions.values.max()!.counter == parent.channelVersions.values.max()!.counter + 1)
        }
    }

    @Test("refuses two writes of one superstep to a channel that keeps one")
    func conflict() async throws {
        let fan = Node("fan") { _ in NodeOutput(next: [.send("set", 1), .send("set", 2)]) }
        let set = Node("set") { NodeOutput([.init("one", $0.sent ?? .null)]) }
        let graph = try Graph(channels: ["one": .lastValue], nodes: [fan, set], entry: "fan")
        let error = await #expect(throws: GraphError.self) {
            try await GraphRun(graph, on: InMemoryStore(), thread: "t").run(.values([:]))
        }
        #expect(error?.code == .conflictingWrites)
    }

    @Test("names an unknown node or channel, and a cycle without end")
    func mistakes() async throws {
        let cases: [(Node, GraphError.Code)] = [
            (Node("a") { _ in NodeOutput(next: [.node("nowhere")]) }, .unknownNode),
            (Node("a") { _ in NodeOutput(next: [.send("nowhere", .null)]) }, .unknownNode),
            (Node("a") { _ in NodeOutput([.init("nothing", .null)]) }, .unknownChannel),
            (Node("a") { _ in NodeOutput(next: [.node("a")]) }, .superstepLimit),
        ]
        for (node, code) in cases {
            let graph = try Graph(channels: Self.log, nodes: [node], entry: "a")
            let error = await #expect(throws: GraphError.self) {
                try await GraphRun(graph, on: InMemoryStore(), thread: "t", superstepLimit: 10).run(.values([:]))
            }
            #expect(error?.code == code)
        }
    }

    @Test(
        "refuses node names that the store's channels could not tell apart", arguments: ["a:b", "a|b", "__start__", ""])
    func names(_ name: String) {
        #expect(throws: GraphError.self) { try Graph(channels: [:], nodes: [Node(name) { _ in .init() }], entry: name) }
    }

    @Test("does not run a task again that had ended before its sibling failed")
    func siblings() async throws {
        struct Broken: Error {}
        let store = InMemoryStore()
        let runs = Mutex<[String: Int]>([:])
        let isMended = Mutex(false)
        let goodHasEnded = Gate()
        let fan = Node("fan") { _ in NodeOutput(next: [.send("good", .null), .send("bad", .null)]) }
        let good = Node("good") { _ in
            runs.withLock { $0["good", default: 0] += 1 }
            goodHasEnded.open()
            return NodeOutput([.init("log", .array(["good"]))])
        }
        let bad = Node("bad") { _ in
            runs.withLock { $0["bad", default: 0] += 1 }
            try await goodHasEnded.pass()
            if !isMended.withLock({ $0 }) {
                // Its sibling's writes are stored before this one fails.
                while try await store.latest(in: "t", namespace: .root)?.pendingWrites.isEmpty ?? true {
                    await Task.yield()
                }
                throw Broken()
            }
            return NodeOutput([.init("log", .array(["bad"]))])
        }
        let graph = try Graph(channels: Self.log, nodes: [fan, good, bad], entry: "fan")
        await #expect(throws: Broken.self) { try await GraphRun(graph, on: store, thread: "t").run(.values([:])) }
        let writes = try await store.latest(in: "t", namespace: .root)?.pendingWrites ?? []
        #expect(writes.contains { $0.channel == "__error__" && $0.index == -1 })
        isMended.withLock { $0 = true }
        let values = try await GraphRun(graph, on: store, thread: "t").run(.none)
        #expect(strings(values) == ["good", "bad"])
        #expect(runs.withLock { $0 } == ["good": 1, "bad": 2])
    }

    @Test("cannot continue a thread that was never begun")
    func nothingToRun() async throws {
        let graph = try Graph(channels: Self.log, nodes: [Self.appending("a", "A")], entry: "a")
        let error = await #expect(throws: GraphError.self) {
            try await GraphRun(graph, on: InMemoryStore(), thread: "t").run(.none)
        }
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
        let graph = try Graph(channels: Self.log, nodes: [Self.appending("a", "A")], entry: "a")
        try await GraphRun(graph, on: store, thread: "t").run(.values(["log": ["in"]]))
        let head = try #require(try await store.latest(in: "t", namespace: .root)).checkpoint
        #expect(try head.channelValues["theirs"]?.decoded() == ["kept": true])
        #expect(try head.channelValues["flag"]?.decoded() == "inline")
        #expect(head.extra["unknown"] == [1, 2])
        #expect(head.metadata.step == 6)
    }
}
