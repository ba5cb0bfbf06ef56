// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Facts told to a thread and questions about them in other words.
///
/// In the tables a line with `=` is a message that tells facts (`\n` is a new line), and begins a thread; one with `+`
/// is a later message of the same thread. A line with `?` is a question and what its answer must quote; `!` where
/// nothing told answers it.
enum RecallTable {
    struct Pair: Hashable, Sendable {
        var messages: [String]
        var question: String
        /// `nil`: nothing that was told may be quoted.
        var expected: String?
    }

    static func pairs(of table: String) -> [Pair] {
        var pairs: [Pair] = []
        var messages: [String] = []
        for line in table.split(separator: "\n") {
            let body = String(line.dropFirst(2)).replacing("\\n", with: "\n")
            switch line.first {
            case "=": messages = [body]
            case "+": messages.append(body)
            case "?":
                guard let arrow = body.firstRange(of: " => ") else { continue }
                let expected = String(body[arrow.upperBound...])
                pairs.append(
                    Pair(
                        messages: messages, question: String(body[..<arrow.lowerBound]),
                        expected: expected == "!" ? nil : expected))
            default: break
            }
        }
        return pairs
    }
}
