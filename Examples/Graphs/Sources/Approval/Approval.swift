// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerSQLite
import TurnledgerStore

/// Asks before it sends. What waits lies in approval.sqlite: run it again, with the answer, whenever you like.
///
///     swift run Approval              drafts and asks
///     swift run Approval shorter      drafts again
///     swift run Approval yes          sends
@main
struct Approval {
    struct Letter: GraphState {
        var text = ""
        var notes: [String] = []

        static var channels: [Channel<Letter>] {
            Channel("text", \.text)
            Channel("notes", \.notes, .appending)
        }
    }

    static func main() async throws {
        let store = try SQLiteStore(path: "approval.sqlite")
        try await store.setUp()
        let graph = try StateGraph(Letter.self, name: "approval") {
            Node("draft") { state in
                Update { $0.text = (["Dear tenant"] + state.notes).joined(separator: ", ") }
            }
            Node("ask", leadingTo: ["send", "draft"]) { state, task in
                let answer: String = try task.interrupt(state.text)
                if answer == "yes" { return Update().then(.to("send")) }
                return Update { $0.notes = [answer] }.then(.to("draft"))
            }
            Node("send") { state in
                print("sent:", state.text)
                return Update()
            }.repeatability(.once)
            Edge(from: .start, to: "draft")
            Edge(from: "draft", to: "ask")
        }.compile(store: store)

        let result: RunResult<Letter>
        if let answer = CommandLine.arguments.dropFirst().first {
            result = try await graph.resume("letter", with: answer)
        } else {
            result = try await graph.invoke(.input { $0.text = "" }, thread: "letter")
        }
        for question in result.interrupts { print("send this?", question.value.string ?? "") }
    }
}
