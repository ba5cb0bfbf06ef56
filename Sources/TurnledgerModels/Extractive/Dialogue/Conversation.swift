// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// A thread as the answerer reads it: what was told, what was asked, and what the tools said in this turn.
struct Conversation: Sendable {
    /// Facts of all human messages.
    var facts: FactReader
    /// Questions of earlier messages, in order.
    var earlierQuestions: [String]
    /// The last human message, in parts.
    var utterances: [Utterance]
    /// The last human message.
    var lastText = ""
    /// Facts that the last message tells.
    var toldNow: [String]
    /// ID of the last human message; where it has none, a hash of its text and place.
    var messageID: String
    /// Tool calls of this turn, in order, with their answers.
    var calls: [AnsweredCall]
    /// How often the model has asked for tools in this turn.
    var rounds: Int

    struct AnsweredCall: Sendable {
        var call: ToolCall
        var result: ToolResult
    }

    init(_ messages: [Message]) {
        facts = FactReader()
        earlierQuestions = []
        utterances = []
        toldNow = []
        messageID = "none"
        calls = []
        rounds = 0
        let last = messages.lastIndex { $0.role == .human }
        var humans = 0
        for (index, message) in messages.enumerated() where message.role == .human {
            let parts = MessageReader.utterances(of: message.text)
            let statements = parts.compactMap { if case .statement(let statement) = $0 { statement } else { nil } }
            facts.read(statements, message: humans)
            if index == last {
                utterances = parts
                lastText = message.text
                toldNow = statements.map(\.text)
                messageID = message.id ?? "\(humans):\(StableHash.hex(message.text))"
            } else {
                for case .question(let text) in parts { earlierQuestions.append(text) }
            }
            humans += 1
        }
        if let last { readTools(messages[(last + 1)...]) }
    }

    private mutating func readTools(_ messages: ArraySlice<Message>) {
        var open: [String: ToolCall] = [:]
        for message in messages {
            if message.role == .ai, !message.toolCalls.isEmpty {
                rounds += 1
                for call in message.toolCalls { open[call.id] = call }
            } else if message.role == .tool, let id = message.toolCallID, let call = open[id] {
                calls.append(AnsweredCall(call: call, result: ToolResult(message)))
            }
        }
    }
}

/// A hash that is the same in every process.
enum StableHash {
    /// FNV-1a of 64 bits, as 16 hexadecimal digits.
    static func hex(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
