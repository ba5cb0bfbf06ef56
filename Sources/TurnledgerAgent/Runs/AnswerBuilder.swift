// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerStore

/// Turns a model's answer into run events as it arrives, and into a message when it ends.
struct AnswerBuilder: Sendable {
    private let id: String
    private let model: String
    private let tools: ToolBox
    private var text = ""
    private var reasoning = ""
    private var openPart: Part?
    private var parts = 0
    private var calls: [ToolCall] = []
    /// Calls whose arguments are still on their way, as far as they have come.
    private var begun: [(id: String, name: String, arguments: String)] = []
    private var invalid: [InvalidToolCall] = []
    private var usage: TokenUsage?
    private var reason: FinishReason?

    private enum Part: Hashable { case text(String), reasoning(String) }

    init(id: String, model: String, tools: ToolBox) {
        self.id = id
        self.model = model
        self.tools = tools
    }

    /// Takes a piece of the answer and returns what followers see of it.
    mutating func take(_ event: ModelEvent) -> [RunEvent] {
        switch event {
        case .textDelta(let delta):
            guard !delta.isEmpty else { return [] }
            text += delta
            if case .text(let part)? = openPart { return [.textDelta(id: part, text: delta)] }
            let part = nextPartID()
            defer { openPart = .text(part) }
            return closePart() + [.textStarted(id: part), .textDelta(id: part, text: delta)]
        case .reasoningDelta(let delta):
            guard !delta.isEmpty else { return [] }
            reasoning += delta
            if case .reasoning(let part)? = openPart { return [.reasoningDelta(id: part, text: delta)] }
            let part = nextPartID()
            defer { openPart = .reasoning(part) }
            return closePart() + [.reasoningStarted(id: part), .reasoningDelta(id: part, text: delta)]
        case .toolCallStarted(let call, let name):
            begun.append((call, name, ""))
            return closePart() + [.toolInputStarted(call: call, name: name)]
        case .toolCallDelta(let call, let delta):
            if let place = begun.lastIndex(where: { $0.id == call }) { begun[place].arguments += delta }
            return [.toolInputDelta(call: call, text: delta)]
        case .toolCall(let call):
            begun.removeAll { $0.id == call.id }
            let call = withUniqueID(call)
            calls.append(call)
            let input = JSONValue.object(call.arguments)
            if let refusal = tools.refusal(of: call) {
                return closePart() + [.toolInputFailed(call: call.id, name: call.name, input: input, message: refusal)]
            }
            return closePart() + [.toolInput(call: call.id, name: call.name, input: input)]
        case .invalidToolCall(var call):
            begun.removeAll { $0.id == call.id }
            if (call.id ?? "").isEmpty { call.id = "\(id)-call-\(calls.count + invalid.count)" }
            invalid.append(call)
            return closePart() + [
                .toolInputFailed(
                    call: call.id!, name: call.name ?? "unknown", input: .string(call.arguments ?? ""),
                    message: Self.notJSON)
            ]
        case .usage(let usage):
            self.usage = usage
            return []
        case .finished(let reason):
            self.reason = reason
            return closePart()
        }
    }

    /// Ends the answer: its last events, and what the model's task writes.
    ///
    /// - Throws: `ModelError.interrupted` where the model never said that it had finished.
    mutating func finish() throws -> (events: [RunEvent], output: NodeOutput) {
        guard let reason else { throw ModelError(.interrupted, "The model's answer ended without a finish reason.") }
        var events = closePart()
        events.append(.metadata(.object(facts)))
        var written = [message(reason: reason.rawValue).payload]
        for call in invalid {
            let answer = Message.tool(
                Self.notJSON, answering: ToolCall(id: call.id!, name: call.name ?? "unknown", arguments: [:]),
                id: "\(id)-\(call.id!)", status: .error)
            written.append(answer.payload)
        }
        var next: [Next] = calls.map { .send("tools", .array([$0.payload])) }
        if next.isEmpty && !invalid.isEmpty { next = [.to("model")] }
        return (events, NodeOutput([.init(MessageList.channel, .array(written))], next: next))
    }

    /// Ends an answer that was stopped: closes what is open, answers the calls, and keeps what there is of the message.
    mutating func stop() -> (events: [RunEvent], output: NodeOutput) {
        var events = closePart()
        for call in begun {
            events.append(
                .toolInputFailed(
                    call: call.id, name: call.name, input: .string(call.arguments), message: Self.stoppedCall))
            invalid.append(
                InvalidToolCall(id: call.id, name: call.name, arguments: call.arguments, error: Self.stoppedCall))
        }
        guard !text.isEmpty || !reasoning.isEmpty || !calls.isEmpty || !invalid.isEmpty else {
            return (events, NodeOutput(next: [.end]))
        }
        for call in calls where tools.refusal(of: call) == nil {
            events.append(.toolOutputFailed(call: call.id, message: Self.stoppedTool))
        }
        var facts = facts
        facts["stopped"] = true
        events.append(.metadata(.object(facts)))
        let open = calls + invalid.map { ToolCall(id: $0.id!, name: $0.name ?? "unknown", arguments: [:]) }
        let answers = open.map { call in
            Message.tool(Self.stoppedTool, answering: call, id: "\(id)-\(call.id)", status: .error).payload
        }
        let written = [message(reason: Self.stoppedReason).payload] + answers
        return (events, NodeOutput([.init(MessageList.channel, .array(written))], next: [.end]))
    }

    /// The `finish_reason` of a message that was stopped.
    static let stoppedReason = "stopped"
    /// What the model reads about a call whose tool was stopped, or never began.
    static let stoppedTool =
        "The user stopped the answer before the tool had a result. It may have taken effect or not."
    private static let stoppedCall = "The user stopped the answer in the middle of the call. Nothing ran."

    private func message(reason: String) -> Message {
        var message = Message.ai(text, id: id, toolCalls: calls)
        message.invalidToolCalls = invalid
        message.usage = usage
        message.responseMetadata = ["model_name": .string(model), "finish_reason": .string(reason)]
        if !reasoning.isEmpty { message.additionalKwargs["reasoning_content"] = .string(reasoning) }
        return message
    }

    /// What the message's metadata says.
    private var facts: JSONObject {
        var facts: JSONObject = ["model": .string(model)]
        if let usage {
            facts["usage"] = [
                "inputTokens": .integer(Int64(usage.input)), "outputTokens": .integer(Int64(usage.output)),
                "totalTokens": .integer(Int64(usage.total)),
            ]
        }
        return facts
    }

    /// What the model reads about arguments that are no JSON object.
    private static let notJSON = "The arguments are not a JSON object. Send the call again with valid JSON."

    private mutating func nextPartID() -> String {
        defer { parts += 1 }
        return "\(id)-part-\(parts)"
    }

    private mutating func closePart() -> [RunEvent] {
        defer { openPart = nil }
        return switch openPart {
        case .text(let id): [.textEnded(id: id)]
        case .reasoning(let id): [.reasoningEnded(id: id)]
        case nil: []
        }
    }

    /// Gives a call an ID where the model gave none, or one that another call of the answer has.
    private func withUniqueID(_ call: ToolCall) -> ToolCall {
        guard call.id.isEmpty || calls.contains(where: { $0.id == call.id }) else { return call }
        return ToolCall(id: "\(id)-call-\(calls.count + invalid.count)", name: call.name, arguments: call.arguments)
    }
}
