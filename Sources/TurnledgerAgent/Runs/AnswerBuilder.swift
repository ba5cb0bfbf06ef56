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
    private let sources: [CitableSource]
    private let begin: ContinuousClock.Instant
    private var firstToken: ContinuousClock.Instant?
    private var dynamicCalls: [String] = []

    private enum Part: Hashable { case text(String), reasoning(String) }

    /// - Parameter sources: What the answer can cite.
    init(
        id: String, model: String, tools: ToolBox, sources: [CitableSource] = [], now: ContinuousClock.Instant = .now
    ) {
        self.id = id
        self.model = model
        self.tools = tools
        self.sources = sources
        begin = now
    }

    /// Takes a piece of the answer and returns what followers see of it.
    mutating func take(_ event: ModelEvent, now: ContinuousClock.Instant = .now) -> [RunEvent] {
        if firstToken == nil { firstToken = now }
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
            return closePart() + mark(call, name) + [.toolInputStarted(call: call, name: name)]
        case .toolCallDelta(let call, let delta):
            if let place = begun.lastIndex(where: { $0.id == call }) { begun[place].arguments += delta }
            return [.toolInputDelta(call: call, text: delta)]
        case .toolCall(let call):
            begun.removeAll { $0.id == call.id }
            let call = withUniqueID(call)
            calls.append(call)
            let input = JSONValue.object(call.arguments)
            if let refusal = tools.refusal(of: call) {
                return closePart() + mark(call.id, call.name) + [
                    .toolInputFailed(call: call.id, name: call.name, input: input, message: refusal)
                ]
            }
            return closePart() + mark(call.id, call.name) + [
                .toolInput(call: call.id, name: call.name, input: input)
            ]
        case .invalidToolCall(var call):
            begun.removeAll { $0.id == call.id }
            if (call.id ?? "").isEmpty { call.id = "\(id)-call-\(calls.count + invalid.count)" }
            invalid.append(call)
            return closePart() + mark(call.id!, call.name ?? "") + [
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
        let message = message(reason: reason.rawValue)
        var events = closePart() + message.sources.map { .source($0) }
        events.append(.metadata(.object(MessageFacts.of([message]))))
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
        let message = message(reason: Self.stoppedReason)
        events += message.sources.map { .source($0) }
        events.append(.metadata(.object(MessageFacts.of([message]))))
        let open = calls + invalid.map { ToolCall(id: $0.id!, name: $0.name ?? "unknown", arguments: [:]) }
        let answers = open.map { call in
            Message.tool(Self.stoppedTool, answering: call, id: "\(id)-\(call.id)", status: .error).payload
        }
        let written = [message.payload] + answers
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
        message.responseMetadata = [
            "model_name": .string(model), "finish_reason": .string(reason),
            "duration_ms": .integer(milliseconds(to: .now)),
        ]
        if let firstToken { message.responseMetadata["first_token_ms"] = .integer(milliseconds(to: firstToken)) }
        message.dynamicCalls = dynamicCalls
        message.sources = sources.filter { $0.isCited(in: text) }.map(\.source)
        if !reasoning.isEmpty { message.additionalKwargs["reasoning_content"] = .string(reasoning) }
        return message
    }

    /// Says once that a call is of a dynamic tool, where it is.
    private mutating func mark(_ call: String, _ name: String) -> [RunEvent] {
        guard tools.isDynamic(name), !dynamicCalls.contains(call) else { return [] }
        dynamicCalls.append(call)
        return [.dynamicCall(call)]
    }

    private func milliseconds(to instant: ContinuousClock.Instant) -> Int64 {
        Int64((instant - begin) / .milliseconds(1))
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
