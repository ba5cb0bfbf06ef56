// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerStore

/// Counts words: one task for each line, all at once, and a node that waits for all of them.
@main
struct MapReduce {
    struct Words: GraphState {
        var lines: [String] = []
        var counts: [Int] = []
        var total = 0

        static var channels: [Channel<Words>] {
            Channel("lines", \.lines)
            Channel("counts", \.counts, .appending)
            Channel("total", \.total)
        }
    }

    static func main() async throws {
        let graph = try StateGraph(Words.self, name: "words") {
            Node("count", receiving: String.self) { line, _ in
                Update { $0.counts = [line.split(separator: " ").count] }
            }
            Node("sum") { state in Update { $0.total = state.counts.reduce(0, +) } }.deferred()
            Branch(from: .start, to: ["count"]) { state in try state.lines.map { try .sending($0, to: "count") } }
            Edge(from: "count", to: "sum")
        }.compile(store: InMemoryStore())

        let input = RunInput<Words>.input { $0.lines = ["to be or not to be", "that is the question"] }
        for try await event in graph.stream(input, thread: "words", modes: .updates) {
            if case .updates(let update) = event.content { print("\(update.node) has ended") }
        }
        print("words:", try await graph.state(of: "words").values.map?["total"]?.integer ?? 0)
    }
}
