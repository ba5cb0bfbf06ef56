// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerStore

/// A model that asks for tools until it answers. The model is played by a few lines, so that nothing has to be installed.
@main
struct ToolAgent {
    struct Call: Codable, Sendable {
        let tool: String
        let a: Int
        let b: Int
    }

    struct Chat: GraphState {
        var question = ""
        var results: [Int] = []
        var answer = ""

        static var channels: [Channel<Chat>] {
            Channel("question", \.question)
            Channel("results", \.results, .appending)
            Channel("answer", \.answer)
        }
    }

    static func main() async throws {
        let graph = try StateGraph(Chat.self, name: "tool agent") {
            Node("model", leadingTo: ["tools", .end]) { state in
                if state.results.isEmpty {
                    // Two calls at once: each is a task of its own, whose result is stored when it ends.
                    return Update().then(
                        try .sending(Call(tool: "add", a: 1, b: 2), to: "tools"),
                        try .sending(Call(tool: "multiply", a: 3, b: 4), to: "tools"))
                }
                return Update { $0.answer = "They are \(state.results.map(String.init).joined(separator: " and "))." }
            }
            Node("tools", receiving: Call.self, leadingTo: ["model"]) { call, _ in
                Update { $0.results = [call.tool == "add" ? call.a + call.b : call.a * call.b] }.then(.to("model"))
            }
            Edge(from: .start, to: "model")
        }.compile(store: InMemoryStore())

        let result = try await graph.invoke(.input { $0.question = "1+2 and 3*4?" }, thread: "chat")
        print(try result.state.answer)
        print(graph.graph.mermaid)
    }
}
