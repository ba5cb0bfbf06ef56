// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
public import TurnledgerStore

/// A tool call that waits for a person or for the client: an interrupt in the thread.
///
/// It lies in the store as the question of the call's task: `{"type": "tool_approval" or "client_tool", "call": tool_call}`.
public struct WaitingCall: Hashable, Sendable {
    /// What it waits for.
    public enum Kind: String, Sendable {
        /// Leave to run a tool of the server.
        case approval = "tool_approval"
        /// What came of a tool that runs at the client.
        case output = "client_tool"
    }

    /// Names the question: the interrupt's ID. Good for one answer.
    public var id: String
    public var kind: Kind
    /// The call as the model made it, and as it will be run.
    public var call: ToolCall

    /// The question, as an interrupt has it.
    static func question(_ kind: Kind, _ call: ToolCall) -> PayloadValue {
        ["type": .string(kind.rawValue), "call": call.payload]
    }

    private init?(_ interrupt: LangGraphInterrupt) {
        guard let map = interrupt.value.map, let kind = map["type"]?.string.flatMap(Kind.init),
            let call = map["call"].flatMap(ToolCall.init), let id = interrupt.id
        else { return nil }
        (self.id, self.kind, self.call) = (id, kind, call)
    }

    /// The calls of a checkpoint's tasks that have not ended, in the order of the tasks.
    static func all(in head: StoredCheckpoint?) -> [WaitingCall] {
        guard let writes = head?.pendingWrites else { return [] }
        let ended = Set(writes.filter { $0.channel == MessageList.channel }.map(\.taskID))
        return writes.filter { $0.channel == "__interrupt__" && !ended.contains($0.taskID) }.flatMap { write in
            let value = try? write.value.decoded()
            return (value?.array ?? [value].compactMap { $0 }).compactMap { $0.ext?.asInterrupt }.compactMap(Self.init)
        }
    }

    /// What tasks beside those that wait have brought: it is taken in when the thread goes on.
    static func resultsBeside(in head: StoredCheckpoint?) -> [Message] {
        guard let head, !all(in: head).isEmpty else { return [] }
        return head.pendingWrites.filter { $0.channel == MessageList.channel }.flatMap { write in
            MessageList.messages(of: try? write.value.decoded())
        }.filter { $0.role == .tool }
    }
}

/// What a client says about a call that waits.
public struct CallAnswer: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        /// What came of a tool that ran at the client.
        case output(JSONValue)
        /// It failed there.
        case failed(String)
        /// A person has decided. `id` is the approval's, where the client knows it.
        case decision(approved: Bool, reason: String?, id: String?)
    }

    /// The call's ID.
    public var call: String
    public var content: Content

    public init(call: String, content: Content) {
        self.call = call
        self.content = content
    }

    /// The answer to a waiting call, as its task gets it; `nil` where it is none: only what is asked counts.
    ///
    /// Clients that know no approvals give an output instead: `true`, `false` or `{"approved": …, "reason"?: …}`.
    func payload(for waiting: WaitingCall) -> PayloadValue? {
        guard waiting.call.id == call else { return nil }
        switch (waiting.kind, content) {
        case (.output, .output(let value)): return ["output": value.payloadValue]
        case (.output, .failed(let text)): return ["error": .string(text)]
        case (.approval, .decision(let approved, let reason, let id)):
            guard id == nil || id == waiting.id else { return nil }
            return Self.decision(approved, reason)
        case (.approval, .output(let value)):
            guard let approved = value.bool ?? value["approved"]?.bool else { return nil }
            return Self.decision(approved, value["reason"]?.string)
        default: return nil
        }
    }

    private static func decision(_ approved: Bool, _ reason: String?) -> PayloadValue {
        var map: PayloadMap = ["approved": .bool(approved)]
        if let reason { map["reason"] = .string(reason) }
        return .map(map)
    }

    /// As the row of a run keeps it, and as two that are equal are known.
    var stored: PayloadValue {
        switch content {
        case .output(let value): ["call": .string(call), "output": value.payloadValue]
        case .failed(let text): ["call": .string(call), "error": .string(text)]
        case .decision(let approved, let reason, let id):
            [
                "call": .string(call), "approved": .bool(approved), "reason": reason.map(PayloadValue.string) ?? .null,
                "id": id.map(PayloadValue.string) ?? .null,
            ]
        }
    }

    init?(stored: PayloadValue) {
        guard let map = stored.map, let call = map["call"]?.string else { return nil }
        self.call = call
        if case .bool(let approved)? = map["approved"] {
            content = .decision(approved: approved, reason: map["reason"]?.string, id: map["id"]?.string)
        } else if let text = map["error"]?.string {
            content = .failed(text)
        } else if let output = map["output"].flatMap({ JSONValue($0) }) {
            content = .output(output)
        } else {
            return nil
        }
    }
}
