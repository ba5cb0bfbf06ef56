// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What a run was started with, as its row keeps it.
///
/// MessagePack of `{"message"?: ext, "action"?: "edit", "regenerate" or "answer", "answer"?: text, "answers"?: […],
/// "owner"?: text, "rollback"?: [{"run", "message"?}], "trace"?: {text: text}}`; without an action the message is sent.
struct RunInput: Hashable, Sendable {
    var action: TurnAction
    /// Whose the thread is.
    var owner = ""
    /// The runs that are to be taken out of the conversation first.
    var rolledBack: [RolledBack] = []
    /// The trace that the run's spans go on, as HTTP headers would carry it: `traceparent`, `tracestate`.
    var trace: [String: String] = [:]

    /// A run whose messages go.
    struct RolledBack: Hashable, Sendable {
        var run: RunID
        /// The ID of the message that it answered.
        var message: String?
    }

    init(_ action: TurnAction, owner: String, rolledBack: [RolledBack] = []) {
        self.action = action
        self.owner = owner
        self.rolledBack = rolledBack
    }

    /// - Throws: `.undecodable` where the row holds none.
    init(_ bytes: [UInt8]) throws(StoreError) {
        guard let map = try MessagePack.decode(bytes).map else { throw Self.unreadable }
        let message = map["message"].flatMap { Message($0) }
        switch map["action"]?.string {
        case "regenerate": action = .regenerate(asking: message, answer: map["answer"]?.string)
        case "answer": action = .answer((map["answers"]?.array ?? []).compactMap { CallAnswer(stored: $0) })
        case let word:
            guard let message, word == nil || word == "edit" else { throw Self.unreadable }
            action = word == nil ? .send(message) : .edit(message)
        }
        owner = map["owner"]?.string ?? ""
        rolledBack = (map["rollback"]?.array ?? []).compactMap { entry in
            entry.map?["run"]?.string.map { RolledBack(run: RunID($0), message: entry.map?["message"]?.string) }
        }
        for entry in map["trace"]?.map?.entries ?? [] {
            if let name = entry.key.string, let value = entry.value.string { trace[name] = value }
        }
    }

    private static let unreadable = StoreError(.undecodable, "The run's input says nothing to do.")

    var bytes: [UInt8] {
        var map: PayloadMap = [:]
        switch action {
        case .send(let message): map["message"] = message.payload
        case .edit(let message):
            map["message"] = message.payload
            map["action"] = "edit"
        case .regenerate(let asking, let answer):
            if let asking { map["message"] = asking.payload }
            map["action"] = "regenerate"
            if let answer { map["answer"] = .string(answer) }
        case .answer(let answers):
            map["action"] = "answer"
            map["answers"] = .array(answers.map(\.stored))
        }
        if !owner.isEmpty { map["owner"] = .string(owner) }
        if !rolledBack.isEmpty {
            map["rollback"] = .array(
                rolledBack.map { one in
                    var entry: PayloadMap = ["run": .string(one.run.rawValue)]
                    if let message = one.message { entry["message"] = .string(message) }
                    return .map(entry)
                })
        }
        if !trace.isEmpty {
            var carried: PayloadMap = [:]
            for (name, value) in trace.sorted(by: { $0.key < $1.key }) { carried[name] = .string(value) }
            map["trace"] = .map(carried)
        }
        return MessagePack.encode(.map(map))
    }

    /// The message that a client sent along.
    var message: Message? {
        switch action {
        case .send(let message), .edit(let message): message
        case .regenerate(let asking, _): asking
        case .answer: nil
        }
    }
}
