// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Writes run events as the data stream of AI SDK 4: lines of a code, a colon and JSON.
///
/// A call that failed gets its error's text as result: version 4 knows no other. Approvals are not known either: such a call
/// stays without a result.
struct DataStreamEncoder: Hashable, Sendable {
    static let headers: [(name: String, value: String)] = [
        ("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-cache, no-transform"),
        ("x-vercel-ai-data-stream", "v1"), ("x-accel-buffering", "no"),
    ]

    /// An empty line, which clients drop.
    static let keepAlive: [UInt8] = [UInt8(ascii: "\n")]

    private var message = ""
    private var usage: JSONValue = ["promptTokens": 0, "completionTokens": 0]
    private var stepHasCalls = false

    /// The lines of events that came together.
    mutating func encode(_ events: [RunEvent]) -> [UInt8] {
        var bytes: [UInt8] = []
        for event in events {
            for (code, value) in lines(for: event) {
                bytes.append(UInt8(ascii: code))
                bytes.append(UInt8(ascii: ":"))
                bytes += value.serialized()
                bytes.append(UInt8(ascii: "\n"))
            }
        }
        return bytes
    }

    private mutating func lines(for event: RunEvent) -> [(Unicode.Scalar, JSONValue)] {
        switch event {
        case .started(let messageID): message = messageID
        case .stepStarted:
            stepHasCalls = false
            return [("f", ["messageId": .string(message)])]
        case .textDelta(_, let text): return text.isEmpty ? [] : [("0", .string(text))]
        case .reasoningDelta(_, let text): return text.isEmpty ? [] : [("g", .string(text))]
        case .toolInputStarted(let call, let name):
            return [("b", ["toolCallId": .string(call), "toolName": .string(name)])]
        case .toolInputDelta(let call, let text):
            return [("c", ["toolCallId": .string(call), "argsTextDelta": .string(text)])]
        case .toolInput(let call, let name, let input): return [callLine(call, name, input)]
        case .toolInputFailed(let call, let name, let input, let text):
            return [callLine(call, name, input), result(call, .string(text))]
        case .toolOutput(let call, let output): return [result(call, output.withoutPrototypeKeys)]
        case .toolOutputFailed(let call, let text): return [result(call, .string(text))]
        case .toolDenied(let call): return [result(call, .string(UIMessageStreamEncoder.denied))]
        case .metadata(let facts):
            if let counts = facts["usage"] {
                usage = [
                    "promptTokens": counts["inputTokens"] ?? 0, "completionTokens": counts["outputTokens"] ?? 0,
                ]
            }
        case .stepFinished:
            return [
                ("e", ["finishReason": stepHasCalls ? "tool-calls" : "stop", "usage": usage, "isContinued": false])
            ]
        case .finished(let reason): return [("d", ["finishReason": .string(reason.rawValue), "usage": usage])]
        case .aborted: return [("d", ["finishReason": "other", "usage": usage])]
        case .failed(let errorID, let text): return [("3", .string(UIMessageStreamEncoder.text(text, errorID)))]
        case .source(let source):
            // Version 4 knows sources with an address only.
            guard let url = source.url else { return [] }
            let fields: JSONValue = [
                "sourceType": "url", "id": .string(source.id), "url": .string(url), "title": .string(source.title),
            ]
            return [("h", fields)]
        case .textStarted, .textEnded, .reasoningStarted, .reasoningEnded, .approvalRequested, .toolProgress,
            .recap, .dynamicCall:
            break
        }
        return []
    }

    private mutating func callLine(_ call: String, _ name: String, _ input: JSONValue) -> (Unicode.Scalar, JSONValue) {
        stepHasCalls = true
        let arguments = input.object.map { JSONValue.object($0).withoutPrototypeKeys } ?? [:]
        return ("9", ["toolCallId": .string(call), "toolName": .string(name), "args": arguments])
    }

    private func result(_ call: String, _ value: JSONValue) -> (Unicode.Scalar, JSONValue) {
        ("a", ["toolCallId": .string(call), "result": value])
    }
}

/// Writes the text of a run, and nothing else: the AI SDK's text stream. A failure is text too: nothing else could tell it.
enum TextStreamEncoder {
    static let headers: [(name: String, value: String)] = [
        ("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-cache, no-transform"),
        ("x-accel-buffering", "no"),
    ]

    static func encode(_ events: [RunEvent]) -> [UInt8] {
        events.flatMap { event -> [UInt8] in
            switch event {
            case .textDelta(_, let text): Array(text.utf8)
            case .failed(let errorID, let text): Array("\n\(UIMessageStreamEncoder.text(text, errorID))".utf8)
            default: []
            }
        }
    }
}
