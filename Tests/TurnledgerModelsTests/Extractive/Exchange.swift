// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

@testable import TurnledgerModels

/// A thread of human messages, the last of which is answered; tools answer with given results.
struct Exchange {
    static let search = ToolDescription(
        name: "search_regulations", description: "Searches.",
        parameters: ["type": "object", "properties": ["query": ["type": "string"]]])
    static let getClause = ToolDescription(
        name: "get_clause", description: "Opens a clause.",
        parameters: [
            "type": "object", "properties": ["document": ["type": "string"], "number": ["type": "string"]],
        ])

    var text = ""
    var calls: [ToolCall] = []
    var deltas: [String] = []
    var messages: [Message] = []

    init(
        _ human: [String], tools: [ToolDescription] = [search, getClause],
        answer: (ToolCall) -> Message = { .tool(#"{"results":[]}"#, answering: $0) }
    ) {
        for (index, text) in human.enumerated() {
            messages.append(.human(text, id: "u\(index)"))
            if index < human.count - 1 { messages.append(.ai("…", id: "a\(index)")) }
        }
        for _ in 0..<6 {
            let events = ExtractiveAnswerer.events(for: ModelRequest(messages: messages, tools: tools))
            let asked = events.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
            guard !asked.isEmpty else {
                deltas = events.compactMap { if case .textDelta(let text) = $0 { text } else { nil } }
                text = deltas.joined()
                return
            }
            calls += asked
            messages.append(.ai("", toolCalls: asked))
            for call in asked { messages.append(answer(call)) }
        }
    }

    /// What stands in quotation marks.
    static func quotations(in text: String) -> [String] {
        var found: [String] = []
        var open: (mark: Character, text: String)?
        for character in text {
            if let current = open {
                if character == (current.mark == "“" ? "”" : current.mark) {
                    found.append(current.text)
                    open = nil
                } else {
                    open = (current.mark, current.text + String(character))
                }
            } else if character == "\"" || character == "“" {
                open = (character, "")
            }
        }
        return found
    }
}

/// Clauses as the tools give them.
enum SampleClauses {
    struct Clause {
        var document: String
        var number: String
        var heading: String
        var text: String

        var json: JSONValue {
            [
                "id": .string("\(document)#\(number)"), "document": .string(document), "title": "Sample",
                "number": .string(number), "heading": .string(heading), "text": .string(text), "language": "en",
                "status": "in force",
            ]
        }
    }

    static let door = Clause(
        document: "GB-X 12345", number: "5.5.18", heading: "Evacuation doors",
        text: "The clear width of an evacuation door is not less than 0.90 m. It opens in the direction of escape.")
    static let hospitalDoor = Clause(
        document: "GB-X 12345", number: "5.5.19", heading: "Hospitals",
        text: "In hospitals an evacuation door is not less than 1.20 m wide.")
    static let corridor = Clause(
        document: "GB-X 12345", number: "6.1.2", heading: "Corridors",
        text: "A corridor is no longer than 40 m between two exits.")
    static let chinese = Clause(
        document: "GB-X 777", number: "3.2.1", heading: "疏散门", text: "疏散门的净宽度不应小于0.90m。疏散走道的净宽度不应小于1.10m。")

    static func results(_ clauses: Clause...) -> String {
        JSONValue.object(["results": .array(clauses.map(\.json))]).text
    }
}
