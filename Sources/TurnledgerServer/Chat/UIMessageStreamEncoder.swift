// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerAgent
import TurnledgerStore

/// Writes run events as the AI SDK's UI message stream, version 1: a pure function from events to bytes.
///
/// Each chunk is one `data:` line with a JSON object; `[DONE]` ends the stream. The chunks are those that every client of
/// the profile accepts: no field that only some know, and no nulls in optional fields.
/// Source: `ui-message-chunks.ts` of the package `ai`.
public enum UIMessageStreamEncoder {
    /// The response headers that belong to the stream.
    public static let headers: [(name: String, value: String)] = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache, no-transform"),
        ("connection", "keep-alive"),
        ("x-vercel-ai-ui-message-stream", "v1"),
        ("x-accel-buffering", "no"),
    ]

    /// A comment that every client skips.
    public static let keepAlive: [UInt8] = Array(": keep-alive\n\n".utf8)

    /// The bytes of events that came together, to be written together.
    public static func encode(_ events: [RunEvent], for profile: ClientProfile = .conservative) -> [UInt8] {
        var window = StreamWindow.whole
        return encode(events, for: profile, through: &window)
    }

    /// The bytes of what a window lets through.
    static func encode(
        _ events: [RunEvent], for profile: ClientProfile, through window: inout StreamWindow
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for event in events {
            for chunk in window.take(event, profile) { append(chunk, to: &bytes) }
            if event.isLast { bytes.append(contentsOf: "data: [DONE]\n\n".utf8) }
        }
        return bytes
    }

    /// What clients that know no denials are told.
    static let denied = "Tool call execution denied."

    /// A failure as users read it, with the ID that finds its cause in the log.
    static func text(_ message: String, _ errorID: String) -> String {
        errorID.isEmpty ? message : "\(message) (error \(errorID))"
    }

    private static func append(_ chunk: JSONObject, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "data: ".utf8)
        bytes.append(contentsOf: JSONValue.object(chunk).serialized())
        bytes.append(contentsOf: "\n\n".utf8)
    }

    /// A source as a chunk, which is a message's part too.
    static func source(_ source: AnswerSource) -> JSONObject {
        if let url = source.url {
            return [
                "type": "source-url", "sourceId": .string(source.id), "url": .string(url),
                "title": .string(source.title),
            ]
        }
        return [
            "type": "source-document", "sourceId": .string(source.id), "mediaType": .string(source.mediaType),
            "title": .string(source.title),
        ]
    }

    /// The chunk for an event; `nil` for one that clients refuse, such as an empty delta.
    static func chunk(of event: RunEvent, for profile: ClientProfile) -> JSONObject? {
        switch event {
        case .started(let messageID): ["type": "start", "messageId": .string(messageID)]
        case .stepStarted: ["type": "start-step"]
        case .textStarted(let id): ["type": "text-start", "id": .string(id)]
        case .textDelta(let id, let text):
            text.isEmpty ? nil : ["type": "text-delta", "id": .string(id), "delta": .string(text)]
        case .textEnded(let id): ["type": "text-end", "id": .string(id)]
        case .reasoningStarted(let id): ["type": "reasoning-start", "id": .string(id)]
        case .reasoningDelta(let id, let text):
            text.isEmpty ? nil : ["type": "reasoning-delta", "id": .string(id), "delta": .string(text)]
        case .reasoningEnded(let id): ["type": "reasoning-end", "id": .string(id)]
        case .toolInputStarted(let call, let name):
            ["type": "tool-input-start", "toolCallId": .string(call), "toolName": .string(name)]
        case .toolInputDelta(let call, let text):
            ["type": "tool-input-delta", "toolCallId": .string(call), "inputTextDelta": .string(text)]
        case .toolInput(let call, let name, let input):
            [
                "type": "tool-input-available", "toolCallId": .string(call), "toolName": .string(name),
                "input": input.withoutPrototypeKeys,
            ]
        case .toolInputFailed(let call, let name, let input, let message):
            [
                "type": "tool-input-error", "toolCallId": .string(call), "toolName": .string(name),
                "input": input.withoutPrototypeKeys, "errorText": .string(message),
            ]
        case .toolProgress(let call, let output):
            [
                "type": "tool-output-available", "toolCallId": .string(call),
                "output": output.withoutPrototypeKeys, "preliminary": true,
            ]
        case .toolOutput(let call, let output):
            ["type": "tool-output-available", "toolCallId": .string(call), "output": output.withoutPrototypeKeys]
        case .toolOutputFailed(let call, let message):
            ["type": "tool-output-error", "toolCallId": .string(call), "errorText": .string(message)]
        case .approvalRequested(let id, let call):
            profile.knowsApprovals
                ? ["type": "tool-approval-request", "approvalId": .string(id), "toolCallId": .string(call)] : nil
        case .toolDenied(let call):
            profile.knowsApprovals
                ? ["type": "tool-output-denied", "toolCallId": .string(call)]
                : ["type": "tool-output-error", "toolCallId": .string(call), "errorText": .string(denied)]
        case .source(let source): Self.source(source)
        // Expanded, where it is wanted, or noted, before the events come here.
        case .recap, .dynamicCall: nil
        case .stepFinished: ["type": "finish-step"]
        case .metadata(let facts): ["type": "message-metadata", "messageMetadata": facts.withoutPrototypeKeys]
        case .finished(let reason): ["type": "finish", "finishReason": .string(reason.rawValue)]
        case .failed(let errorID, let message):
            ["type": "error", "errorText": .string(text(message, errorID))]
        case .aborted: ["type": "abort"]
        }
    }
}

extension JSONValue {
    /// The value without keys that JavaScript clients refuse to parse: `__proto__`, and a `constructor` with a
    /// `prototype` (the rule of the package `secure-json-parse`).
    var withoutPrototypeKeys: JSONValue {
        guard hasPrototypeKeys else { return self }
        switch self {
        case .array(let values): return .array(values.map(\.withoutPrototypeKeys))
        case .object(let object):
            let kept = object.members.filter { !Self.isPrototypeKey($0) }
            return .object(
                JSONObject(members: kept.map { .init(key: $0.key, value: $0.value.withoutPrototypeKeys) }))
        default: return self
        }
    }

    private var hasPrototypeKeys: Bool {
        switch self {
        case .array(let values): values.contains(where: \.hasPrototypeKeys)
        case .object(let object): object.members.contains { Self.isPrototypeKey($0) || $0.value.hasPrototypeKeys }
        default: false
        }
    }

    private static func isPrototypeKey(_ member: JSONObject.Member) -> Bool {
        member.key == "__proto__" || (member.key == "constructor" && member.value["prototype"] != nil)
    }
}
