// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerStore

@testable import TurnledgerModels

@Suite("Extractive answerer: questions about regulations")
struct RegulationTests {
    private let all = SampleClauses.results(
        SampleClauses.door, SampleClauses.hospitalDoor, SampleClauses.corridor, SampleClauses.chinese)

    private func ask(_ messages: String..., tools: [ToolDescription] = [Exchange.search, Exchange.getClause])
        -> Exchange
    {
        Exchange(messages, tools: tools) { call in
            guard call.name == "get_clause" else { return .tool(all, answering: call) }
            let door = SampleClauses.door
            let isDoor =
                call.arguments["document"]?.string == door.document && call.arguments["number"]?.string == door.number
            return isDoor
                ? .tool(door.json.text, answering: call)
                : .tool("There is no such clause.", answering: call, status: .error)
        }
    }

    @Test("searches, quotes the clause with document and number, and takes note of the fact told")
    func firstTurn() {
        let exchange = ask("My name is Frank. How wide must an evacuation door be?")
        #expect(exchange.calls.map(\.name) == ["search_regulations"])
        #expect(exchange.calls[0].arguments["query"]?.string == "How wide must an evacuation door be?")
        #expect(exchange.text.contains("The clear width of an evacuation door is not less than 0.90 m"))
        #expect(exchange.text.contains("GB-X 12345, 5.5.18"))
        #expect(exchange.text.contains("\"My name is Frank\""))
    }

    @Test("recalls without a search, and takes note of a fact without one")
    func recall() {
        let recalled = ask("My name is Frank. How wide must an evacuation door be?", "What is my name?")
        #expect(recalled.calls.isEmpty)
        #expect(recalled.text.contains("\"My name is Frank\""))
        let noted = ask("My name is Frank")
        #expect(noted.calls.isEmpty)
        #expect(noted.text.contains("\"My name is Frank\""))
    }

    @Test("does the same in Chinese")
    func chinese() {
        let exchange = ask("我叫王芳。疏散门要多宽？")
        #expect(exchange.calls.map(\.name) == ["search_regulations"])
        #expect(exchange.text.contains("疏散门的净宽度不应小于0.90m"))
        #expect(exchange.text.contains("GB-X 777, 3.2.1"))
        #expect(exchange.text.contains("我叫王芳"))
    }

    @Test("goes straight to a clause that is named by its number")
    func number() {
        let exchange = ask("What does clause 5.5.18 of GB-X 12345 say?")
        #expect(exchange.calls.map(\.name) == ["get_clause"])
        #expect(exchange.text.contains(SampleClauses.door.text))
        #expect(exchange.text.contains("GB-X 12345, 5.5.18"))
    }

    @Test("gives get_clause the arguments that its schema names")
    func arguments() {
        let byID = ToolDescription(
            name: "get_clause", description: "Opens a clause.",
            parameters: ["type": "object", "properties": ["id": ["type": "string"]]])
        let exchange = Exchange(["Clause 5.5.18 of GB-X 12345"], tools: [byID]) {
            .tool(SampleClauses.door.json.text, answering: $0)
        }
        #expect(exchange.calls.map(\.arguments) == [["id": "GB-X 12345#5.5.18"]])
        #expect(exchange.text.contains(SampleClauses.door.text))
    }

    @Test("searches for a number when the clause cannot be opened, and says when there is none")
    func missingNumber() {
        let exchange = ask("Clause 9.9.9 of GB-X 12345")
        #expect(exchange.calls.map(\.name) == ["get_clause", "search_regulations"])
        #expect(Exchange.quotations(in: exchange.text).isEmpty)
        #expect(exchange.text.contains("9.9.9"))
    }

    @Test("plans one search for each question")
    func several() {
        let exchange = ask("How wide must an evacuation door be, and how long may a corridor be?")
        #expect(exchange.calls.count == 2)
        #expect(Set(exchange.calls.map(\.id)).count == 2)
        #expect(exchange.text.contains("5.5.18") && exchange.text.contains("6.1.2"))
    }

    @Test("goes on with the question before")
    func followUp() {
        let exchange = ask("How wide must an evacuation door be?", "And in hospitals?")
        let query = exchange.calls.first?.arguments["query"]?.string ?? ""
        #expect(query.contains("hospitals") && query.contains("door"))
        #expect(exchange.text.contains("1.20 m"))
        #expect(!exchange.text.contains("0.90 m"))
    }

    @Test("says that nothing fits, and what it can do", arguments: ["What is the capital of France?", "月亮离地球有多远？"])
    func nothingFits(_ question: String) {
        let exchange = ask(question)
        #expect(!exchange.calls.isEmpty)
        #expect(Exchange.quotations(in: exchange.text).isEmpty)
        #expect(exchange.text.contains("regulations") || exchange.text.contains("规范"))
    }

    @Test(
        "quotes only what a tool or the user said",
        arguments: [
            "How wide must an evacuation door be?", "corridor", "疏散走道多宽？",
            "My door is 2 m wide. How wide must an evacuation door be?",
            "Tell me about evacuation doors in hospitals", "clause 5.5.18 of GB-X 12345", "evacuation doors",
        ])
    func verbatim(_ question: String) {
        let sources =
            [SampleClauses.door, SampleClauses.hospitalDoor, SampleClauses.corridor, SampleClauses.chinese].map(\.text)
            + [question]
        let quotations = Exchange.quotations(in: ask(question).text)
        #expect(!quotations.isEmpty)
        for quotation in quotations { #expect(sources.contains { $0.contains(quotation) }, "\(quotation)") }
    }

    @Test("quotes of a long clause the sentences that matter")
    func longClause() {
        var long = SampleClauses.door
        long.text =
            String(repeating: "Paint is renewed at the owner's convenience. ", count: 12)
            + "An evacuation door is at least 0.90 m wide. "
            + String(repeating: "Carpets are cleaned by the tenant. ", count: 12)
        let exchange = Exchange(["How wide must an evacuation door be?"]) {
            .tool(SampleClauses.results(long), answering: $0)
        }
        #expect(exchange.text.contains("\"An evacuation door is at least 0.90 m wide.\""))
        #expect(!exchange.text.contains("Carpets"))
    }

    @Test("says that the search failed")
    func failure() {
        let exchange = Exchange(["How wide must an evacuation door be?"]) {
            .tool("The index is away.", answering: $0, status: .error)
        }
        #expect(exchange.text.contains("failed"))
        #expect(exchange.calls.count == 1)
    }

    @Test("calls only tools that it was given")
    func tools() {
        let none = ask("How wide must an evacuation door be?", tools: [])
        #expect(none.calls.isEmpty)
        #expect(none.text.contains("no tool"))
        let searchOnly = ask("Clause 5.5.18 of GB-X 12345", tools: [Exchange.search])
        #expect(searchOnly.calls.map(\.name) == ["search_regulations"])
        #expect(searchOnly.text.contains("5.5.18"))
    }

    @Test("ignores system messages and answers greetings, thanks and questions about itself")
    func byTheWay() {
        let request = ModelRequest(messages: [.system("My name is System."), .human("What is my name?", id: "u")])
        let text = ExtractiveAnswerer.events(for: request).compactMap {
            if case .textDelta(let text) = $0 { text } else { nil }
        }
        #expect(!text.joined().contains("System"))
        #expect(ask("Hello!").text.contains("Hello"))
        #expect(ask("Thank you!").text.contains("welcome"))
        #expect(ask("What can you do?").text.contains("quote"))
        #expect(ask("你能做什么？").text.contains("引用"))
        #expect(ask("谢谢").text == "不客气。")
    }

    @Test("gives the same events for the same request, and other call IDs for another message")
    func determinism() async throws {
        let request = ModelRequest(messages: [.human("How wide is an exit?", id: "u1")], tools: [Exchange.search])
        var first: [ModelEvent] = []
        for try await event in try await ExtractiveAnswerer().stream(request) { first.append(event) }
        #expect(first == ExtractiveAnswerer.events(for: request))
        #expect(first.last == .finished(.toolCalls))
        let again = ModelRequest(messages: [.human("How wide is an exit?", id: "u2")], tools: [Exchange.search])
        #expect(first != ExtractiveAnswerer.events(for: again))
    }

    @Test("streams in small pieces that make up the text")
    func deltas() {
        for text in ["Noted: \"My name is Frank\".", "您告诉过我：“我叫王芳”。", "", " a  b\n\nc"] {
            let deltas = TextDeltas.cut(text)
            #expect(deltas.joined() == text)
            #expect(deltas.allSatisfy { !$0.isEmpty && $0.count < 24 })
        }
    }
}
