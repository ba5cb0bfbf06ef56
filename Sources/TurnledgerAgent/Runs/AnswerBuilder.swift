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
            return closePart() + [.toolInputStarted(call: call, name: name)]
        case .toolCallDelta(let call, let delta):
            return [.toolInputDelta(call: call, text: delta)]
        case .toolCall(let call):
            let call = withUniqueID(call)
            calls.append(call)
            let input = JSONValue.object(call.arguments)
            if let refusal = tools.refusal(of: call) {
                return closePart() + [.toolInputFailed(call: call.id, name: call.name, input: input, message: refusal)]
            }
            return closePart() + [.toolInput(call: call.id, name: call.name, input: input)]
        case .invalidToolCall(var call):
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
        var message = Message.ai(text, id: id, toolCalls: calls)
        message.invalidToolCalls = invalid
        message.usage = usage
        message.responseMetadata = ["model_name": .string(model), "finish_reason": .string(reason.rawValue)]
        if !reasoning.isEmpty { message.additionalKwargs["reasoning_content"] = .string(reasoning) }
        var facts: JSONObject = ["model": .string(model)]
        if let usage {
            facts["usage"] = [
                "inputTokens": .integer(Int64(usage.input)), "outputTokens": .integer(Int64(usage.output)),
                "totalTokens": .integer(Int64(usage.total)),
            ]
        }
        events.append(.metadata(.object(facts)))

        var written = [message.payload]
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
