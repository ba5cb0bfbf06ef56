// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

extension RunEvent {
    /// The event as the log keeps it: an object with `type` and the event's fields.
    var json: JSONValue {
        switch self {
        case .started(let messageID): ["type": "started", "message": .string(messageID)]
        case .stepStarted: ["type": "step-started"]
        case .textStarted(let id): ["type": "text-started", "id": .string(id)]
        case .textDelta(let id, let text): ["type": "text-delta", "id": .string(id), "text": .string(text)]
        case .textEnded(let id): ["type": "text-ended", "id": .string(id)]
        case .reasoningStarted(let id): ["type": "reasoning-started", "id": .string(id)]
        case .reasoningDelta(let id, let text): ["type": "reasoning-delta", "id": .string(id), "text": .string(text)]
        case .reasoningEnded(let id): ["type": "reasoning-ended", "id": .string(id)]
        case .dynamicCall(let call): ["type": "dynamic-call", "call": .string(call)]
        case .toolInputStarted(let call, let name):
            ["type": "tool-input-started", "call": .string(call), "name": .string(name)]
        case .toolInputDelta(let call, let text):
            ["type": "tool-input-delta", "call": .string(call), "text": .string(text)]
        case .toolInput(let call, let name, let input):
            ["type": "tool-input", "call": .string(call), "name": .string(name), "input": input]
        case .toolInputFailed(let call, let name, let input, let message):
            [
                "type": "tool-input-failed", "call": .string(call), "name": .string(name), "input": input,
                "message": .string(message),
            ]
        case .toolProgress(let call, let output):
            ["type": "tool-progress", "call": .string(call), "output": output]
        case .toolOutput(let call, let output): ["type": "tool-output", "call": .string(call), "output": output]
        case .toolOutputFailed(let call, let message):
            ["type": "tool-output-failed", "call": .string(call), "message": .string(message)]
        case .approvalRequested(let id, let call):
            ["type": "approval-requested", "id": .string(id), "call": .string(call)]
        case .toolDenied(let call): ["type": "tool-denied", "call": .string(call)]
        case .recap(let events): ["type": "recap", "events": .array(events.map(\.json))]
        case .source(let source): ["type": "source", "source": source.json]
        case .stepFinished: ["type": "step-finished"]
        case .metadata(let value): ["type": "metadata", "value": value]
        case .finished(let reason): ["type": "finished", "reason": .string(reason.rawValue)]
        case .failed(let errorID, let message):
            ["type": "failed", "error": .string(errorID), "message": .string(message)]
        case .aborted: ["type": "aborted"]
        }
    }

    /// Reads an event of the log; `nil` for one that this version does not know.
    init?(json: JSONValue) {
        func text(_ key: String) -> String { json[key]?.string ?? "" }
        switch text("type") {
        case "started": self = .started(messageID: text("message"))
        case "step-started": self = .stepStarted
        case "text-started": self = .textStarted(id: text("id"))
        case "text-delta": self = .textDelta(id: text("id"), text: text("text"))
        case "text-ended": self = .textEnded(id: text("id"))
        case "reasoning-started": self = .reasoningStarted(id: text("id"))
        case "reasoning-delta": self = .reasoningDelta(id: text("id"), text: text("text"))
        case "reasoning-ended": self = .reasoningEnded(id: text("id"))
        case "dynamic-call": self = .dynamicCall(text("call"))
        case "tool-input-started": self = .toolInputStarted(call: text("call"), name: text("name"))
        case "tool-input-delta": self = .toolInputDelta(call: text("call"), text: text("text"))
        case "tool-input": self = .toolInput(call: text("call"), name: text("name"), input: json["input"] ?? .null)
        case "tool-input-failed":
            self = .toolInputFailed(
                call: text("call"), name: text("name"), input: json["input"] ?? .null, message: text("message"))
        case "tool-progress": self = .toolProgress(call: text("call"), output: json["output"] ?? .null)
        case "tool-output": self = .toolOutput(call: text("call"), output: json["output"] ?? .null)
        case "tool-output-failed": self = .toolOutputFailed(call: text("call"), message: text("message"))
        case "approval-requested": self = .approvalRequested(id: text("id"), call: text("call"))
        case "tool-denied": self = .toolDenied(call: text("call"))
        case "recap": self = .recap((json["events"]?.array ?? []).compactMap { RunEvent(json: $0) })
        case "source":
            guard let source = json["source"].flatMap(AnswerSource.init(json:)) else { return nil }
            self = .source(source)
        case "step-finished": self = .stepFinished
        case "metadata": self = .metadata(json["value"] ?? .null)
        case "finished": self = .finished(FinishReason(rawValue: text("reason")) ?? .other)
        case "failed": self = .failed(errorID: text("error"), message: text("message"))
        case "aborted": self = .aborted
        default: return nil
        }
    }

    /// Reads a record of the log.
    init?(_ record: RunEventRecord) {
        guard let json = try? JSONValue.parse(record.payload) else { return nil }
        self.init(json: json)
    }
}
