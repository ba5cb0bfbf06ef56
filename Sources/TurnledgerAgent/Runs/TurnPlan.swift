// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What a turn writes into a thread's messages before the model is asked: a pure function of both.
struct TurnPlan: Hashable, Sendable {
    /// Removals, then new messages.
    var writes: [Message]
    /// Answers to the questions of tasks that wait, by the questions' IDs: the thread goes on where it stopped.
    var answers: [String: PayloadValue] = [:]

    /// - Throws: `AgentError.invalid` where there is nothing to answer.
    init(_ input: RunInput, messages: [Message], head: StoredCheckpoint?) throws(AgentError) {
        if case .answer(let given) = input.action {
            writes = []
            answers = try Self.answers(given, to: WaitingCall.all(in: head))
            return
        }
        var removed = Self.rolledBack(input.rolledBack, in: messages)
        let kept = messages.filter { !removed.contains($0.id ?? "") }
        var added: [Message] = []
        func remove(behind place: Int) { removed.formUnion(kept[(place + 1)...].compactMap(\.id)) }
        switch input.action {
        case .send(let message): added = Self.closing(head) + [message]
        case .edit(let message):
            if let place = kept.lastIndex(where: { $0.role == .human && $0.id == message.id }) { remove(behind: place) }
            added = [message]
        case .regenerate(let asking, let answer):
            if let place = Self.question(asking: asking, answer: answer, in: kept) {
                remove(behind: place)
                // Written again as it lies there: a graph does not run without an input.
                added = [kept[place]]
            } else if let asking {
                added = [asking]
            } else {
                throw AgentError(.invalid, "There is no message in this conversation that could be answered anew.")
            }
        case .answer: break
        }
        writes = messages.compactMap(\.id).filter(removed.contains).map { Message.removal(of: $0) } + added
    }

    /// The messages once the plan is carried out.
    func applied(to messages: [Message]) -> [Message] {
        var result = messages
        for message in writes {
            if message.role == .removal {
                result.removeAll { $0.id == message.id }
            } else if let place = result.firstIndex(where: { $0.id == message.id }) {
                result[place] = message
            } else {
                result.append(message)
            }
        }
        return result
    }

    /// - Throws: `.invalid` where nothing that is answered waits.
    static func answers(
        _ given: [CallAnswer], to waiting: [WaitingCall]
    ) throws(AgentError) -> [String: PayloadValue] {
        var answers: [String: PayloadValue] = [:]
        for call in waiting {
            guard let answer = given.lazy.compactMap({ $0.payload(for: call) }).first else { continue }
            answers[call.id] = answer
        }
        guard !answers.isEmpty else {
            throw AgentError(.invalid, "No tool call of this conversation waits for this answer.")
        }
        return answers
    }

    /// What a new message makes of calls that wait: results that are there are taken in, the others are denied. Without it
    /// the calls would stay open for good.
    private static func closing(_ head: StoredCheckpoint?) -> [Message] {
        WaitingCall.resultsBeside(in: head)
            + WaitingCall.all(in: head).map { waiting in
                .denied(
                    waiting.call, id: "denied-\(waiting.id)",
                    reason: "The user did not answer, but wrote a new message instead.")
            }
    }

    private static func question(asking: Message?, answer: String?, in messages: [Message]) -> Int? {
        if let id = asking?.id, let place = messages.lastIndex(where: { $0.role == .human && $0.id == id }) {
            return place
        }
        if asking != nil, !messages.contains(where: { $0.id == answer }) { return nil }
        let end = messages.lastIndex { $0.id != nil && $0.id == answer } ?? messages.count - 1
        return messages.prefix(end + 1).lastIndex { $0.role == .human }
    }

    /// The IDs of what runs have brought into the conversation: the message, the answers, the tools' results.
    private static func rolledBack(_ runs: [RunInput.RolledBack], in messages: [Message]) -> Set<String> {
        var removed = Set(runs.compactMap(\.message))
        let prefixes = runs.map { AgentGraph.messagePrefix(of: $0.run) }
        var calls: Set<String> = []
        for message in messages {
            guard let id = message.id else { continue }
            if message.role == .ai, prefixes.contains(where: id.hasPrefix) {
                removed.insert(id)
                calls.formUnion(message.toolCalls.map(\.id) + message.invalidToolCalls.compactMap(\.id))
            }
            if message.role == .tool, let call = message.toolCallID, calls.contains(call) { removed.insert(id) }
        }
        return removed
    }
}
