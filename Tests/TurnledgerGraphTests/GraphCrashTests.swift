// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("A run that dies")
struct GraphCrashTests {
    /// A model that sends to three workers, twice, then ends: counts what each task did.
    private func graph(_ effects: Effects, _ store: any CheckpointStore) throws -> CompiledGraph<ListState> {
        try StateGraph {
            Node("model") { state in
                let rounds = state.log.count { $0 == "model" }
                effects.count("model \(rounds)")
                return Update { $0.log = ["model"] }
                    .then(rounds < 2 ? (0..<3).map { .send("tools", .integer($0)) } : [])
            }
            Node("tools", receiving: Int.self) { number, task in
                effects.count(task.taskID.rawValue)
                return Update { $0.log = ["tool \(number)"] }.then(.to("model"))
            }
            Edge(from: .start, to: "model")
        }.compile(store: store)
    }

    private let expected = [
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
            do {
                let result = try await graph(effects, dying).invoke(.input { $0.log = ["in"] }, thread: "t")
                #expect(try result.state.log == expected)
                break
            } catch is StoreError {
                #expect(dying.hasStruck)
            }
            // Nothing was stored: the caller's run row begins the turn again. Else it goes on from the head.
            let isBegun = try await store.latest(in: "t", namespace: .root) != nil
            let result = try await graph(effects, store).invoke(
                isBegun ? .continue : .input { $0.log = ["in"] }, thread: "t")
            #expect(try result.state.log == expected, "died at call \(call)")
            for (task, count) in effects.counts { #expect(count <= 2, "\(task) ran \(count) times after call \(call)") }
        }
        #expect(call > 8)
    }
}
