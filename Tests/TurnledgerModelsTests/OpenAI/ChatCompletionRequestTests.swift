// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerStore

@testable import TurnledgerModels

@Suite("Chat completion requests")
struct ChatCompletionRequestTests {
    private func body(
        _ request: ModelRequest, temperature: Double? = nil, limit: Int? = nil,
        dialect: ChatCompletionRequest.Dialect = .init(includesUsage: true)
    ) -> JSONObject {
        ChatCompletionRequest.body(
            for: request,
            configuration: .init(
                baseURL: "http://h", model: "m", temperature: temperature, maximumOutputTokens: limit),
            dialect: dialect)
    }

    @Test("a conversation with tools becomes OpenAI's messages; unknown roles are left out")
    func conversation() {
        let call = ToolCall(id: "c1", name: "search", arguments: ["query": "door"])
        var two = Message.ai("Looking.", toolCalls: [call])
        two.invalidToolCalls = [InvalidToolCall(id: "c2", name: "get", arguments: "{oops", error: "bad")]
        let request = ModelRequest(
            messages: [
                .system("Be brief."), Message(role: .other("remove"), content: .text("gone")), .human("Hi"), two,
                .tool("found", answering: call),
                .tool("failed", answering: ToolCall(id: "c2", name: "get", arguments: [:])),
                .ai(""), .ai("Done."),
            ],
            tools: [ToolDescription(name: "search", description: "Finds.", parameters: ["type": "object"])])
        #expect(
            JSONValue.object(body(request)) == [
                "model": "m",
                "messages": [
                    ["role": "system", "content": "Be brief."], ["role": "user", "content": "Hi"],
                    [
                        "role": "assistant", "content": "Looking.",
                        "tool_calls": [
                            [
                                "id": "c1", "type": "function",
                                "function": ["name": "search", "arguments": #"{"query":"door"}"#],
                            ],
                            [
                                "id": "c2", "type": "function",
                                "function": ["name": "get", "arguments": #"{"invalid_json":"{oops"}"#],
                            ],
                        ],
                    ],
                    ["role": "tool", "tool_call_id": "c1", "content": "found"],
                    ["role": "tool", "tool_call_id": "c2", "content": "failed"],
                    ["role": "assistant", "content": "Done."],
                ],
                "tools": [
                    [
                        "type": "function",
                        "function": ["name": "search", "description": "Finds.", "parameters": ["type": "object"]],
                    ]
                ],
                "stream": true, "stream_options": ["include_usage": true],
            ])
    }

    @Test("an assistant message of calls alone has null content")
    func callsAlone() {
        let message = ChatCompletionRequest.message(.ai("", toolCalls: [ToolCall(id: "a", name: "f", arguments: [:])]))
        #expect(message?["content"] == .null)
    }

    @Test("blocks of text alone become a string; images and files become parts")
    func blocks() {
        func content(_ blocks: [JSONValue]) -> JSONValue? {
            ChatCompletionRequest.message(Message(role: .human, content: .blocks(blocks)))?["content"]
        }
        #expect(content([["type": "text", "text": "a"], "b", ["type": "mystery"]]) == "ab")
        #expect(
            content([
                ["type": "text", "text": "a"], ["type": "image_url", "image_url": ["url": "https://x/i.png"]],
                ["type": "image_url", "image_url": "https://x/j.png"],
                ["type": "image", "base64": "AAAA", "mime_type": "image/jpeg"],
                ["type": "file", "url": "data:application/pdf;base64,AAAA", "filename": "p.pdf"],
                ["type": "file", "url": "https://x/k.png", "mediaType": "image/png"],
                ["type": "file", "url": "https://x/unreachable.pdf"], ["type": "file", "file": ["file_id": "f1"]],
            ]) == [
                ["type": "text", "text": "a"], ["type": "image_url", "image_url": ["url": "https://x/i.png"]],
                ["type": "image_url", "image_url": ["url": "https://x/j.png"]],
                ["type": "image_url", "image_url": ["url": "data:image/jpeg;base64,AAAA"]],
                ["type": "file", "file": ["filename": "p.pdf", "file_data": "data:application/pdf;base64,AAAA"]],
                ["type": "image_url", "image_url": ["url": "https://x/k.png"]],
                ["type": "file", "file": ["file_id": "f1"]],
            ])
    }

    @Test("options are sent where they are set, in the server's dialect")
    func options() {
        let request = ModelRequest(messages: [.human("Hi")])
        let plain = body(request, dialect: .init(includesUsage: false))
        #expect(plain.keys == ["model", "messages", "stream"])
        let full = body(request, temperature: 0.5, limit: 9)
        #expect(full["temperature"] == 0.5)
        #expect(full["max_tokens"] == 9)
        let modern = body(request, limit: 9, dialect: .init(includesUsage: true, limitsCompletionTokens: true))
        #expect(modern["max_tokens"] == nil)
        #expect(modern["max_completion_tokens"] == 9)
    }

    @Test("a dialect adapts to refusals that name an option, and to no others")
    func dialects() {
        let dialect = ChatCompletionRequest.Dialect(includesUsage: true)
        func adapted(_ status: Int, _ body: String) -> ChatCompletionRequest.Dialect? {
            dialect.adapted(toRefusal: status, body: Array(body.utf8))
        }
        #expect(adapted(400, "Unrecognized argument: stream_options") == .init(includesUsage: false))
        #expect(adapted(500, "stream_options") == nil)
        #expect(adapted(400, "other") == nil)
        #expect(
            adapted(400, "Use 'max_completion_tokens' instead.")
                == .init(includesUsage: true, limitsCompletionTokens: true))
        #expect(
            ChatCompletionRequest.Dialect(includesUsage: false)
                .adapted(toRefusal: 400, body: Array("stream_options".utf8)) == nil)
    }
}
