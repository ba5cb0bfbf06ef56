// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("A run that dies")
struct GraphCrashTests {
    /// A model that sends to three workers, twice, then ends: counts what each task did.
    private func graph(_ effects: Effects) throws -> Graph {
        let model = Node("model") { context in
            let rounds = (context["log"]?.array ?? []).count { $0 == "model" }
            effects.count("model \(rounds)")
            let next: [NodeOutput.Next] = rounds < 2 ? (0..<3).map { .send("tools", .integer($0)) } : []
            return NodeOutput([.init("log", .array(["model"]))], next: next)
        }
        let tools = Node("tools") { context in
            effects.count(context.taskID.rawValue)
            let text = "tool \(context.sent?.integer ?? -1)"
            return NodeOutput([.init("log", .array([.string(text)]))], next: [.node("model")])
        }
        return try Graph(
            channels: ["log": .reducer { .array(($0?.array ?? []) + ($1.array ?? [$1])) }],
            nodes: [model, tools], entry: "model")
    }

    private let expected: [PayloadValue] = [
        "in", "model", "tool 0", "tool 1", "tool 2", "model", "tool 0", "tool 1", "tool 2", "model",
    ]

    @Test("goes on to the same end, whichever store call it dies at", arguments: FaultInjectingStore.Fault.allCases)
    func everyCall(_ fault: FaultInjectingStore.Fault) async throws {
        var call = 0
        while true {
            call += 1
            let store = InMemoryStore()
            let effects = Effects()
            let dying = FaultInjectingStore(store, failingAt: call, with: fault)
            let graph = try graph(effects)
            do {
                let values = try await GraphRun(graph, on: dying, thread: "t").run(.values(["log": ["in"]]))
                #expect(values["log"]?.array == expected)
                break
            } catch is StoreError {
                #expect(dying.hasStruck)
            }
            // Nothing was stored: the caller's run row begins the turn again. Else it goes on from the head.
            let isBegun = try await store.latest(in: "t", namespace: .root) != nil
            let input: GraphRun.Input = isBegun ? .none : .values(["log": ["in"]])
            let values = try await GraphRun(graph, on: store, thread: "t").run(input)
            #expect(values["log"]?.array == expected, "died at call \(call)")
            for (task, count) in effects.counts { #expect(count <= 2, "\(task) ran \(count) times after call \(call)") }
        }
        #expect(call > 8)
    }
}

/// Counts what tasks did.
final class Effects: Sendable {
    private let state = Mutex<[String: Int]>([:])

    var counts: [String: Int] { state.withLock { $0 } }
    func count(_ name: String) { state.withLock { $0[name, default: 0] += 1 } }
}
