// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Prints messages for a terminal.
enum MessagePrinter {
    /// How much of a tool's result is shown.
    private static let resultLength = 300

    static func text(of message: Message) -> String {
        switch message.role {
        case .human: return "you: \(clean(message.text))"
        case .system: return "system: \(clean(message.text))"
        case .tool: return "  = \(shortened(message.text))"
        case .ai, .other:
            let calls = message.toolCalls.map { call(name: $0.name, input: .object($0.arguments)) }
            let text = message.text.isEmpty ? [] : ["assistant: \(clean(message.text))"]
            return (text + calls).joined(separator: "\n")
        }
    }

    /// The lines of a message as clients have it, in the order of its parts.
    static func texts(ofClient message: JSONValue) -> [String] {
        let speaker = message["role"]?.string == "user" ? "you" : message["role"]?.string ?? "?"
        return (message["parts"]?.array ?? []).flatMap { part -> [String] in
            let type = part["type"]?.string ?? ""
            if type == "text", let text = part["text"]?.string, !text.isEmpty { return ["\(speaker): \(clean(text))"] }
            guard type.hasPrefix("tool-") || type == "dynamic-tool" else { return [] }
            let name = part["toolName"]?.string ?? String(type.dropFirst("tool-".count))
            let outcome = part["output"].map(result) ?? part["errorText"]?.string.map { "  = \(shortened($0))" }
            return [call(name: name, input: part["input"] ?? .null)] + (outcome.map { [$0] } ?? [])
        }
    }

    static func call(name: String, input: JSONValue) -> String { "  > \(clean(name)) \(shortened(input.text))" }

    static func result(_ output: JSONValue) -> String { "  = \(shortened(output.string ?? output.text))" }

    /// One line, cut at a length.
    static func shortened(_ text: String) -> String {
        let line = clean(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > resultLength ? line.prefix(resultLength) + " …" : line
    }

    /// The text without control characters, which could steer the terminal; line ends and tabs stay.
    static func clean(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { !isControl($0) }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
}
