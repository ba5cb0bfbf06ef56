// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

/// The code of the DocC article "Build an approval workflow".
struct Approval: GraphState {
    var subject = ""
    var text = ""
    var notes: [String] = []
    var isSent = false

    static var channels: [Channel<Approval>] {
        Channel("subject", \.subject)
        Channel("text", \.text)
        Channel("notes", \.notes, .appending)
        Channel("isSent", \.isSent)
    }
}

extension NodeName {
    static let draft: NodeName = "draft"
    static let ask: NodeName = "ask"
    static let send: NodeName = "send"
}

final class Outbox: Sendable {
    private let letters = Mutex<[String]>([])

    var sent: [String] { letters.withLock { $0 } }
    func send(_ letter: String) { letters.withLock { $0.append(letter) } }
}

func approvals(_ store: any CheckpointStore, outbox: Outbox) throws -> CompiledGraph<Approval> {
    try StateGraph(Approval.self) {
        Node(.draft) { state in
            let remark = state.notes.last.map { " (\($0))" } ?? ""
            return Update { $0.text = "About \(state.subject)\(remark)" }
        }
        Node(.ask, leadingTo: [.send, .draft]) { state, task in
            let answer: String = try task.interrupt(["approve": state.text])
            if answer == "yes" { return Update().then(.to(.send)) }
            return Update { $0.notes = [answer] }.then(.to(.draft))
        }
        Node(.send) { state in
            outbox.send(state.text)
            return Update { $0.isSent = true }
        }.repeatability(.once)
        Edge(from: .start, to: .draft)
        Edge(from: .draft, to: .ask)
    }.compile(store: store)
}

@Suite("The tutorial's approval workflow")
struct TutorialTests {
    @Test("drafts, asks, drafts again, and sends once, each time in a new process")
    func workflow() async throws {
        let store = InMemoryStore()
        let outbox = Outbox()
        let first = try await approvals(store, outbox: outbox).invoke(
            .input { $0.subject = "rent" }, thread: "letter-1")
        #expect(first.interrupts.map(\.value) == [["approve": "About rent"]])
        let second = try await approvals(store, outbox: outbox).resume("letter-1", with: "shorter")
        #expect(second.interrupts.map(\.value) == [["approve": "About rent (shorter)"]])
        let end = try await approvals(store, outbox: outbox).resume("letter-1", with: "yes")
        #expect(try end.state.isSent)
        #expect(outbox.sent == ["About rent (shorter)"])
    }

    @Test("is drawn with its branches")
    func drawing() throws {
        let drawing = try approvals(InMemoryStore(), outbox: Outbox()).graph.mermaid
        for line in [
            "__start__ --> draft;", "draft --> ask;", "ask -.-> send;", "ask -.-> draft;", "send --> __end__;",
        ] {
            #expect(drawing.contains("\t" + line + "\n"))
        }
    }
}
