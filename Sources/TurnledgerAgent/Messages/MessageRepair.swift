// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Makes a loaded history one that every model takes: each tool call answered, right behind the message that made it.
enum MessageRepair {
    /// What a model reads about a call that nothing will ever answer.
    static let lostAnswer = "The tool call was interrupted and has no result."

    /// Returns the history with an answer for each call that has none, answers moved behind their calls, and answers
    /// without a call left out.
    ///
    /// The stored history stays as it is: this is what the model sees.
    static func repaired(_ messages: [Message]) -> [Message] {
        var answers: [String: Message] = [:]
        for message in messages where message.role == .tool {
            if let call = message.toolCallID, answers[call] == nil { answers[call] = message }
        }
        var result: [Message] = []
        result.reserveCapacity(messages.count)
        for message in messages {
            switch message.role {
            case .tool, .other: continue
            case .ai:
                result.append(message)
                for call in message.toolCalls {
                    result.append(
                        answers.removeValue(forKey: call.id) ?? .tool(lostAnswer, answering: call, status: .error))
                }
                for invalid in message.invalidToolCalls {
                    guard let id = invalid.id else { continue }
                    let call = ToolCall(id: id, name: invalid.name ?? "unknown", arguments: [:])
                    result.append(answers.removeValue(forKey: id) ?? .tool(lostAnswer, answering: call, status: .error))
                }
            case .human, .system: result.append(message)
            }
        }
        return result
    }
}
