// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerAgent
public import TurnledgerStore

/// Derives the messages that AI SDK clients show from those of a thread: a pure function.
///
/// All AI and tool messages behind a human message are one UI message, whose id is that of the first AI message: a
/// client that loads the history and one that followed the stream hold the same. Each AI message begins a step.
/// Shapes: `UIMessage` of the package `ai`, as `validateUIMessages` accepts it.
public enum UIMessages {
    /// Returns the UI messages of a whole thread, oldest first, as JSON objects.
    ///
    /// - `waiting`: The calls that wait for an answer, which clients that know approvals are told.
    public static func messages(
        from messages: [Message], waiting: [WaitingCall] = [], for profile: ClientProfile = .conservative
    ) -> [JSONValue] {
        let approvals =
            profile.knowsApprovals
            ? Dictionary(
                waiting.filter { $0.kind == .approval }.map { ($0.call.id, $0.id) }, uniquingKeysWith: { $1 }) : [:]
        var result: [JSONValue] = []
        var turn: [Message] = []
        func closeTurn() {
            if let message = assistant(turn, number: result.count, approvals, profile) { result.append(message) }
            turn = []
        }
        for message in messages {
            switch message.role {
            case .human, .system:
                closeTurn()
                result.append(asked(message, number: result.count))
            default: turn.append(message)
            }
        }
        closeTurn()
        return result
    }

    /// A user's or a system message.
    private static func asked(_ message: Message, number: Int) -> JSONValue {
        var json: JSONObject = [
            "id": .string(message.id ?? "message-\(number)"), "role": message.role == .system ? "system" : "user",
        ]
        if let metadata = ClientMessage.metadata(of: message) { json["metadata"] = metadata }
        json["parts"] = .array(ClientMessage.parts(of: message))
        return .object(json)
    }

    /// The answer to a turn; `nil` where there is none.
    private static func assistant(
        _ turn: [Message], number: Int, _ approvals: [String: String], _ profile: ClientProfile
    ) -> JSONValue? {
        let answers = Dictionary(
            turn.compactMap { message in message.role == .tool ? message.toolCallID.map { ($0, message) } : nil },
            uniquingKeysWith: { _, last in last })
        let said = turn.filter { $0.role != .tool }
        guard let first = said.first(where: { $0.role == .ai }) ?? said.first else { return nil }
        var json: JSONObject = ["id": .string(first.id ?? "message-\(number)"), "role": "assistant"]
        let facts = MessageFacts.of(said)
        if !facts.isEmpty { json["metadata"] = .object(facts) }
        json["parts"] = .array(said.flatMap { step($0, answers: answers, approvals, profile) })
        return .object(json)
    }

    /// One AI message's parts: one step.
    private static func step(
        _ message: Message, answers: [String: Message], _ approvals: [String: String], _ profile: ClientProfile
    ) -> [JSONValue] {
        var parts: [JSONValue] = [["type": "step-start"]]
        if let reasoning = reasoning(of: message) {
            parts.append(["type": "reasoning", "text": .string(reasoning), "state": "done"])
        }
        let text = message.text
        if !text.isEmpty { parts.append(["type": "text", "text": .string(text), "state": "done"]) }
        let dynamic = Set(message.dynamicCalls)
        parts += message.toolCalls.map { call in
            tool(
                call, answer: answers[call.id], approval: approvals[call.id], isDynamic: dynamic.contains(call.id),
                profile)
        }
        parts += message.invalidToolCalls.enumerated().map { index, call in
            invalid(
                call, id: call.id ?? "\(message.id ?? "message")-call-\(index)",
                isDynamic: dynamic.contains(call.id ?? ""))
        }
        parts += message.sources.map { .object(UIMessageStreamEncoder.source($0)) }
        return parts
    }

    private static func tool(
        _ call: ToolCall, answer: Message?, approval: String?, isDynamic: Bool, _ profile: ClientProfile
    ) -> JSONValue {
        var part = kind(call.name, isDynamic: isDynamic)
        part["toolCallId"] = .string(call.id)
        let input = JSONValue.object(call.arguments).withoutPrototypeKeys
        guard let answer else {
            part["state"] = approval == nil ? "input-available" : "approval-requested"
            part["input"] = input
            if let approval { part["approval"] = ["id": .string(approval)] }
            return .object(part)
        }
        if answer.isDenial, profile.knowsApprovals {
            part["state"] = "output-denied"
            part["input"] = input
            part["approval"] = [
                "id": .string(answer.id ?? call.id), "approved": false, "reason": .string(answer.text),
            ]
        } else if answer.status == .error {
            part["state"] = "output-error"
            part["input"] = input
            part["errorText"] = .string(answer.text)
        } else {
            part["state"] = "output-available"
            part["input"] = input
            part["output"] = answer.toolOutput.withoutPrototypeKeys
        }
        return .object(part)
    }

    /// A call whose arguments are no JSON object: clients show it as a failed one.
    private static func invalid(_ call: InvalidToolCall, id: String, isDynamic: Bool) -> JSONValue {
        var part = kind(call.name ?? "unknown", isDynamic: isDynamic)
        part["toolCallId"] = .string(id)
        part["state"] = "output-error"
        // Parts of dynamic tools have no place for what is no JSON object.
        part[isDynamic ? "input" : "rawInput"] = .string(call.arguments ?? "")
        part["errorText"] = .string(call.error ?? "The arguments are not a JSON object.")
        return .object(part)
    }

    /// What kind of part a call is.
    private static func kind(_ name: String, isDynamic: Bool) -> JSONObject {
        isDynamic ? ["type": "dynamic-tool", "toolName": .string(name)] : ["type": .string("tool-\(name)")]
    }

    /// What the model thought: DeepSeek's and our `reasoning_content`, or LangChain's content blocks.
    private static func reasoning(of message: Message) -> String? {
        if let text = message.additionalKwargs["reasoning_content"]?.string, !text.isEmpty { return text }
        guard case .blocks(let blocks) = message.content else { return nil }
        let texts = blocks.compactMap { block -> String? in
            switch block["type"]?.string {
            case "reasoning": block["reasoning"]?.string ?? block["text"]?.string
            case "thinking": block["thinking"]?.string
            default: nil
            }
        }
        let text = texts.joined(separator: "\n")
        return text.isEmpty ? nil : text
    }
}
