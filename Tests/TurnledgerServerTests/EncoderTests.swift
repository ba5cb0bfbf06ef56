// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore

@Suite("UI message stream encoder")
struct EncoderTests {
    @Test("writes every event as the chunk that the oldest client knows")
    func everyEvent() async throws {
        let events: [RunEvent] = [
            .started(messageID: "m1"), .metadata(["runId": "run_1"]), .stepStarted,
            .reasoningStarted(id: "r"), .reasoningDelta(id: "r", text: "Hm."), .reasoningEnded(id: "r"),
            .textStarted(id: "t"), .textDelta(id: "t", text: "Line\nend"), .textDelta(id: "t", text: ""),
            .textEnded(id: "t"), .toolInputStarted(call: "c", name: "add"),
            .toolInputDelta(call: "c", text: #"{"a":1}"#), .toolInput(call: "c", name: "add", input: ["a": 1]),
            .toolInput(call: "d", name: "add", input: [:]),
            .toolInputFailed(call: "e", name: "add", input: .null, message: "No."),
            .toolOutput(call: "c", output: .null), .toolOutputFailed(call: "d", message: "Failed."), .stepFinished,
            .finished(.contentFilter),
        ]
        let text = String(decoding: UIMessageStreamEncoder.encode(events), as: UTF8.self)
        try await StreamCheck.verify(stream: text)
        let expected = """
            data: {"type":"start","messageId":"m1"}
            data: {"type":"message-metadata","messageMetadata":{"runId":"run_1"}}
            data: {"type":"start-step"}
            data: {"type":"reasoning-start","id":"r"}
            data: {"type":"reasoning-delta","id":"r","delta":"Hm."}
            data: {"type":"reasoning-end","id":"r"}
            data: {"type":"text-start","id":"t"}
            data: {"type":"text-delta","id":"t","delta":"Line\\nend"}
            data: {"type":"text-end","id":"t"}
            data: {"type":"tool-input-start","toolCallId":"c","toolName":"add"}
            data: {"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"{\\"a\\":1}"}
            data: {"type":"tool-input-available","toolCallId":"c","toolName":"add","input":{"a":1}}
            data: {"type":"tool-input-available","toolCallId":"d","toolName":"add","input":{}}
            data: {"type":"tool-input-error","toolCallId":"e","toolName":"add","input":null,"errorText":"No."}
            data: {"type":"tool-output-available","toolCallId":"c","output":null}
            data: {"type":"tool-output-error","toolCallId":"d","errorText":"Failed."}
            data: {"type":"finish-step"}
            data: {"type":"finish","finishReason":"content-filter"}
            data: [DONE]

            """
        #expect(text.split(separator: "\n\n").joined(separator: "\n") + "\n" == expected)
    }

    @Test(
        "ends a failed and a stopped run, too", arguments: [RunEvent.failed(errorID: "e1", message: "No."), .aborted])
    func failure(_ last: RunEvent) async throws {
        let events: [RunEvent] = [
            .started(messageID: "m"), .stepStarted, .textStarted(id: "t"), .textDelta(id: "t", text: "Half"), last,
        ]
        let text = String(decoding: UIMessageStreamEncoder.encode(events), as: UTF8.self)
        try await StreamCheck.verify(stream: text)
        #expect(text.hasSuffix("data: [DONE]\n\n"))
    }

    @Test("leaves out keys that JavaScript clients refuse, at any depth, and nothing else")
    func prototypeKeys() throws {
        let output: JSONValue = [
            "a": [["__proto__": 1, "b": ["constructor": ["prototype": [:]], "c": 2]]], "constructor": "Smith & Co.",
        ]
        let bytes = UIMessageStreamEncoder.encode([.toolOutput(call: "c", output: output)])
        let chunk = try #require(try chunks(of: String(decoding: bytes, as: UTF8.self)).first)
        #expect(chunk["output"] == ["a": [["b": ["c": 2]]], "constructor": "Smith & Co."])
    }

    @Test("the checkers hold for the stream of an independent server")
    func referenceStream() async throws {
        let fixture = try #require(
            Bundle.module.url(forResource: "ai-sdk-reference", withExtension: "sse", subdirectory: "Fixtures"))
        try await StreamCheck.verify(stream: String(contentsOf: fixture, encoding: .utf8))
    }
}
