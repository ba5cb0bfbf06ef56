// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What one sentence of a message does.
enum Utterance: Hashable, Sendable {
    case greeting, thanks, farewell
    /// "OK", "yes", 好的: nothing to keep and nothing to find.
    case assent
    /// Asks what this answerer can do.
    case capability
    /// Asks what was asked before.
    case history
    /// Asks for all that was told.
    case inventory
    case question(String)
    case statement(Statement)
}

/// A statement of the user.
struct Statement: Hashable, Sendable {
    /// As written, without the mark at its end.
    var text: String
    /// The message in which it stands.
    var message: String
    /// Part of the same sentence as the statement before it.
    var continuesSentence = false

    /// What stands in the message from an earlier statement to this one's end, where that is short and in one line.
    func withPrevious(_ earlier: String) -> String? {
        guard let start = message.firstRange(of: earlier) else { return nil }
        guard let end = message[start.upperBound...].firstRange(of: text) else { return nil }
        let joined = message[start.lowerBound..<end.upperBound]
        guard joined.utf8.count <= 360, !joined.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) else {
            return nil
        }
        return String(joined)
    }
}
