// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@Suite("Clients of AI SDK 4, and text streams")
struct OldStreamTests {
    private func body(_ text: String) -> String {
        let body: JSONValue = [
            "id": "t",
            "messages": [
                ["role": "user", "content": .string(text), "parts": [["type": "text", "text": .string(text)]]]
            ],
        ]
        return body.text
    }

    private func lines(_ text: String) throws -> [(code: String, value: JSONValue)] {
        try text.split(separator: "\n").map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), try JSONValue.parse(String(parts[1])))
        }
    }

    @Test("a body of version 4 gets the data stream: text, reasoning, calls, results and usage")
    func dataStream() async throws {
        let fixture = try ServerFixture([
            .events([
                .reasoningDelta("Hm."), .textDelta("Let me see. "), .toolCall(.add(1, 2)), .toolCall(.find("x")),
                .toolCall(.add(-1, 2, id: "call_3")), .finished(.toolCalls),
            ]), .text("Three. 🧯 مرحبا", usage: TokenUsage(input: 5, output: 7)),
        ])
        try await fixture.test { client in
            let response = try await client.chat(body("1+2?"))
            #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
            #expect(response.headers[HTTPField.Name("x-vercel-ai-data-stream")!] == "v1")
            try await StreamCheck.verify(data: response.text)
            let lines = try lines(response.text)
            #expect(
                lines.filter { $0.code == "0" }.compactMap { $0.value.string }.joined() == "Let me see. Three. 🧯 مرحبا")
            #expect(lines.filter { $0.code == "g" }.count == 1)
            #expect(lines.contains { $0.code == "a" && $0.value["result"] == ["sum": 3] })
            #expect(lines.contains { $0.code == "a" && $0.value["result"]?.string?.contains("negative") == true })
            #expect(lines.filter { $0.code == "f" }.count == 2)
            #expect(lines.last?.code == "d")
            #expect(lines.last?.value["usage"] == ["promptTokens": 5, "completionTokens": 7])
        }
    }

    @Test("a failure is a line that the client throws")
    func failure() async throws {
        let failure = ModelError(.unavailable, "refused")
        let fixture = try ServerFixture([.failure(failure, after: [.textDelta("It is ")])])
        try await fixture.test { client in
            let response = try await client.chat(body("1+2?"))
            let last = try #require(try lines(response.text).last)
            #expect(last.code == "3")
            #expect(last.value.string?.contains("cannot be reached") == true)
        }
    }

    @Test("resumes by the query of version 4")
    func resume() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("Done.").waiting(at: gate)])
        try await fixture.test { client in
            #expect(try await client.get("/api/ai-sdk/chat?chatId=t").status == .noContent)
            #expect(try await client.get("/api/ai-sdk/chat").status == .badRequest)
            async let first = client.chat(body("Hi"))
            try await gate.reached()
            async let second = client.get("/api/ai-sdk/chat?chatId=t")
            gate.open()
            let (one, two) = (try await first, try await second)
            if two.status == .ok { #expect(one.text == two.text) }
            try await StreamCheck.verify(data: one.text)
        }
    }

    @Test("a client that accepts plain text gets the text alone")
    func text() async throws {
        let fixture = try ServerFixture([.toolCalls([.add(1, 2)], text: "Let me see. "), .text("Three. 🧯")])
        try await fixture.test { client in
            let response = try await client.chat(ChatBody.last("1+2?", id: "u1"), headers: [.accept: "text/plain"])
            #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
            #expect(response.text == "Let me see. Three. 🧯")
            try await StreamCheck.verify(text: response.text)
        }
    }

    @Test("a stop ends the data stream in order")
    func stop() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("One two.").waiting(at: gate, beforeStep: 1)])
        try await fixture.test { client in
            async let first = client.chat(body("Hi"))
            try await gate.reached()
            _ = try await client.send(.post, "/api/ai-sdk/chat/t/stop")
            let text = try await first.text
            try await StreamCheck.verify(data: text)
            #expect(try lines(text).last?.value["finishReason"] == "other")
        }
    }

    @Test(
        "the checker of both finds what is wrong",
        arguments: [
            ("data", "0:\"a\"\nd:{\"finishReason\":\"stop\",\"usage\":{\"promptTokens\":1,\"completionTokens\":1}}\n"),
            ("data", "f:{\"messageId\":\"m\"}\n0:\"a\"\n"),
            ("data", "f:{\"messageId\":\"m\"}\na:{\"toolCallId\":\"c\",\"result\":1}\n3:\"x\"\n"),
            ("data", "f:{\"messageId\":\"m\"}\nc:{\"toolCallId\":\"c\",\"argsTextDelta\":\"1\"}\n3:\"x\"\n"),
            ("data", "f:{\"messageId\":null}\n3:\"x\"\n"), ("data", "z:1\n3:\"x\"\n"), ("data", "3:\"x\"\n0:\"a\"\n"),
            ("data", "3:{no json}\n"), ("data", "3:\"x\""), ("data", ": keep-alive\n3:\"x\"\n"),
            (
                "data",
                "f:{\"messageId\":\"m\"}\nd:{\"finishReason\":\"stop\",\"usage\":{\"promptTokens\":1,\"completionTokens\":1}}\n"
            ),
            ("data", "d:{\"finishReason\":\"done\",\"usage\":{\"promptTokens\":1,\"completionTokens\":1}}\n"),
            ("data", "d:{\"finishReason\":\"stop\",\"usage\":{}}\n"),
            ("text", ""), ("text", "data: {\"type\":\"start\"}\n\n"), ("text", "0:\"a\"\n"),
        ])
    func checker(_ kind: String, _ text: String) async throws {
        guard let wrong = try await StreamCheck.wrong(kind, text) else { return }
        #expect(!wrong.isEmpty, "\(text)")
    }
}

@Suite("Profiles of clients")
struct ProfileTests {
    @Test(
        "every scenario passes for the profile's oldest client, by header and by route",
        arguments: ClientProfile.allCases)
    func streams(_ profile: ClientProfile) async throws {
        let wrong = ToolCall(id: "call_w", name: "add", arguments: ["a": "one"])
        let fixture = try ServerFixture([
            .events([
                .reasoningDelta("Hm."), .textDelta("Let me see. 👨‍👩‍👧 e\u{301} שלום"),
                .toolCallStarted(id: "call_1", name: "add"),
                .toolCallDelta(id: "call_1", text: "{\"a\":1,\"b\":2}"), .toolCall(.add(1, 2)), .toolCall(wrong),
                .toolCall(.find("x")), .toolCall(.add(-1, 2, id: "call_3")), .finished(.toolCalls),
            ]), .text("Three.", usage: TokenUsage(input: 1, output: 2)),
            .failure(ModelError(.rateLimited, ""), after: [.textDelta("It is ")]),
        ])
        try await fixture.test { client in
            let header: HTTPFields = [HTTPField.Name("x-turnledger-profile")!: profile.rawValue]
            let first = try await client.chat(ChatBody.last("1+2?", id: "u1"), headers: header)
            try await StreamCheck.verify(stream: first.text, for: profile)
            #expect(try chunks(of: first.text).deltas.hasSuffix("Three."))
            let uri = "/api/ai-sdk/\(profile.rawValue)/chat"
            let second = try await client.execute(
                uri: uri, method: .post, body: ByteBuffer(string: ChatBody.last("Again?", id: "u2"))
            ) { $0 }
            try await StreamCheck.verify(stream: second.text, for: profile)
            #expect(try chunks(of: second.text).last?["errorText"]?.string?.contains("too many requests") == true)
        }
    }

    @Test("a profile that there is not is refused in one sentence")
    func unknown() async throws {
        try await ServerFixture().test { client in
            let header: HTTPFields = [HTTPField.Name("x-turnledger-profile")!: "v9"]
            let response = try await client.chat(ChatBody.last("1+2?", id: "u1"), headers: header)
            #expect(response.status == .badRequest)
            #expect(response.text.contains("conservative, v5, v6, v7"))
        }
    }
}
