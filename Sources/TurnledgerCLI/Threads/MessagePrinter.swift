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
