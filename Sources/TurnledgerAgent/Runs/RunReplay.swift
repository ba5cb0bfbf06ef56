// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Rebuilds the events of what a run has already committed, from its messages.
enum RunReplay {
    /// What has been answered in the last turn: all behind the last human message.
    static func lastAnswer(in messages: [Message]) -> ArraySlice<Message> {
        guard let place = messages.lastIndex(where: { $0.role == .human }) else { return [] }
        return messages[(place + 1)...]
    }

    /// The events of committed messages, without `started` and without the end of the last step.
    ///
    /// Text comes in one piece: how it was cut is not kept.
    static func events(of messages: some Sequence<Message>) -> [RunEvent] {
        var events: [RunEvent] = []
        var isFirst = true
        for message in messages {
            switch message.role {
            case .ai:
                let id = message.id ?? ""
                events += isFirst ? [.stepStarted] : [.stepFinished, .stepStarted]
                isFirst = false
                if let reasoning = message.additionalKwargs["reasoning_content"]?.string, !reasoning.isEmpty {
                    let part = "\(id)-reasoning"
                    events += [
                        .reasoningStarted(id: part), .reasoningDelta(id: part, text: reasoning),
                        .reasoningEnded(id: part),
                    ]
                }
                if !message.text.isEmpty {
                    let part = "\(id)-text"
                    events += [.textStarted(id: part), .textDelta(id: part, text: message.text), .textEnded(id: part)]
                }
                events += message.dynamicCalls.map { .dynamicCall($0) }
                for call in message.toolCalls {
                    events.append(.toolInput(call: call.id, name: call.name, input: .object(call.arguments)))
                }
                for call in message.invalidToolCalls {
                    events.append(
                        .toolInput(
                            call: call.id ?? "", name: call.name ?? "unknown", input: .string(call.arguments ?? "")))
                }
                events += message.sources.map { .source($0) }
            case .tool:
                guard let call = message.toolCallID else { continue }
                if message.isDenial {
                    events.append(.toolDenied(call: call))
                    continue
                }
                events.append(
                    message.status == .error
                        ? .toolOutputFailed(call: call, message: message.text)
                        : .toolOutput(call: call, output: message.toolOutput))
            default: continue
            }
        }
        return events
    }
}
