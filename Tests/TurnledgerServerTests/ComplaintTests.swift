// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

/// What users of the protocol have complained about elsewhere, each by the name of its thread.
@Suite("What must not happen here")
struct ComplaintTests {
    private func texts(_ history: [JSONValue]) -> [String] {
        history.map { message in
            (message["parts"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "|")
        }
    }

    @Test("vercel/ai 577, 10719, 9707: stop does not stop the server")
    func stopStops() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("One two three.").waiting(at: gate, beforeStep: 1)])
        try await fixture.test { client in
            async let streaming = client.chat(ChatBody.last("Count.", id: "u1"))
            try await gate.reached()
            _ = try await client.send(.post, "/api/ai-sdk/chat/t/stop")
            _ = try await streaming
            #expect(fixture.model.cancelledCount == 1)
        }
    }

    @Test("vercel/ai 6502, 8390: with resume enabled stop no longer works, and runs are orphaned")
    func stopAndResume() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("One two.").waiting(at: gate, beforeStep: 1), .text("Three.")])
        try await fixture.test { client in
            let follower = try await fixture.service.begin(
                Turn(thread: "t", owner: "local", message: .human("Count.", id: "u1")))
            try await gate.reached()
            async let resumed = client.get("/api/ai-sdk/chat/t/stream")
            _ = try await client.send(.post, "/api/ai-sdk/chat/t/stop")
            let response = try await resumed
            if response.status == .ok { #expect(try chunks(of: response.text).types.last == "abort") }
            #expect(try await fixture.store.run(follower.run)?.status == .cancelled)
            #expect(try await client.get("/api/ai-sdk/chat/t/stream").status == .noContent)
            try await client.say("On.", id: "u2")
        }
    }

    @Test("vercel/chatbot 1060, vercel/ai 3527: the partial answer is lost on stop")
    func partialAnswer() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("One two three.").waiting(at: gate, beforeStep: 2)])
        try await fixture.test { client in
            async let streaming = client.chat(ChatBody.last("Count.", id: "u1"))
            try await gate.reached()
            _ = try await client.send(.post, "/api/ai-sdk/chat/t/stop")
            _ = try await streaming
            #expect(texts(try await client.history()) == ["Count.", "One two "])
        }
    }

    @Test("vercel/ai 8131, 7261, cloudflare/agents 790: a second assistant message after a tool's approval")
    func oneAssistantMessage() async throws {
        let fixture = try ServerFixture(
            [.toolCalls([.add(1, 2)], text: "May I?"), .text("Three.")], approval: [ApprovalRule()])
        try await fixture.test { client in
            let asked = try chunks(of: await client.say("1+2?", id: "u1"))
            let id = try #require(asked.first?["messageId"])
            let part: JSONValue = [
                "type": "tool-add", "toolCallId": "call_1", "state": "output-available", "output": true,
            ]
            let body: JSONValue = ["id": "t", "message": ["id": id, "role": "assistant", "parts": [part]]]
            let stream = try chunks(of: await client.chat(body.text).text)
            #expect(stream.first?["messageId"] == id)
            let history = try await client.history()
            #expect(history.compactMap { $0["id"] } == ["u1", id])
        }
    }

    @Test("mastra 12945, pydantic-ai 4263: the streamed message id is not the one stored; user ids are replaced")
    func ids() async throws {
        let fixture = try ServerFixture([.toolCalls([.add(1, 2)]), .text("Three.")])
        try await fixture.test { client in
            let stream = try chunks(of: await client.say("1+2?", id: "client-made-0001"))
            let history = try await client.history()
            #expect(history[0]["id"] == "client-made-0001")
            #expect(history[1]["id"] == stream.first?["messageId"])
        }
    }

    @Test("mastra 4350, CopilotKit 3047: the whole history is stored again with every turn")
    func noDuplicates() async throws {
        let fixture = try ServerFixture([.text("One."), .text("Two."), .text("Three.")])
        try await fixture.test { client in
            var messages: [JSONValue] = []
            for number in 1...3 {
                messages.append(ChatBody.user("\(number)?", id: "u\(number)"))
                let stream = try chunks(of: await client.chat(ChatBody.history(messages)).text)
                messages.append([
                    "id": stream.first?["messageId"] ?? "", "role": "assistant",
                    "parts": [["type": "text", "text": .string(stream.deltas)]],
                ])
            }
            #expect(texts(try await client.history()) == ["1?", "One.", "2?", "Two.", "3?", "Three."])
            #expect(fixture.model.requests[2].messages.count == 5)
        }
    }

    @Test("midday-ai 108: the history vanishes after a refresh and a new message")
    func historyStays() async throws {
        let fixture = try ServerFixture([.text("One."), .text("Two.")])
        try await fixture.test { client in
            try await client.say("1?", id: "u1")
            // After the refresh the client has nothing but its new message.
            _ = try await client.chat(ChatBody.history([ChatBody.user("2?", id: "u2")]))
            #expect(texts(try await client.history()) == ["1?", "One.", "2?", "Two."])
        }
    }

    @Test("vercel/ai 7097, 18451: one tool call without a result bricks the whole chat")
    func incompleteCalls() async throws {
        let fixture = try ServerFixture(
            [.toolCalls([.add(1, 2)]), .text("Fine.")], approval: [ApprovalRule(tool: "add")])
        try await fixture.test { client in
            try await client.say("1+2?", id: "u1")
            #expect(try chunks(of: await client.say("Never mind.", id: "u2")).deltas == "Fine.")
            let asked = fixture.model.requests[1].messages
            for message in asked where message.role == .ai {
                for call in message.toolCalls { #expect(asked.contains { $0.toolCallID == call.id }) }
            }
        }
    }

    @Test("vercel/ai 12973: a new message while an approval is pending is no denial")
    func denial() async throws {
        let fixture = try ServerFixture(
            [.toolCalls([.add(1, 2)]), .text("Fine.")], approval: [ApprovalRule(tool: "add")])
        try await fixture.test { client in
            try await client.say("1+2?", id: "u1")
            try await client.say("Never mind.", id: "u2")
            #expect(fixture.model.requests[1].messages[2].isDenial)
        }
    }

    @Test("vercel/ai 11269, mastra 7459: a field that old clients do not know kills their stream")
    func oldClients() async throws {
        let fixture = try ServerFixture([.toolCalls([.add(1, 2)]), .text("Three.")], approval: [])
        try await fixture.test { client in
            let response = try await client.chat(ChatBody.last("1+2?", id: "u1"))
            try await StreamCheck.verify(stream: response.text, for: .conservative)
        }
    }

    @Test("vercel/ai 358, assistant-ui 3020: a rate limit of the provider is not told to the user")
    func rateLimit() async throws {
        let fixture = try ServerFixture([.failure(ModelError(.rateLimited, "429 from provider"))])
        try await fixture.test { client in
            let stream = try await client.say("1+2?", id: "u1")
            #expect(try chunks(of: stream).last?["errorText"]?.string?.contains("too many requests") == true)
            #expect(!stream.contains("429 from provider"))
        }
    }

    @Test("vercel/ai 4464: proxies hold the stream back until it has ended")
    func buffering() async throws {
        let fixture = try ServerFixture([.text("One.")])
        try await fixture.test { client in
            let response = try await client.chat(ChatBody.last("1?", id: "u1"))
            #expect(response.headers[HTTPField.Name("x-accel-buffering")!] == "no")
            #expect(response.headers[.cacheControl] == "no-cache, no-transform")
            #expect(response.headers[.contentEncoding] == nil)
        }
    }

    @Test("vercel/ai 6823: a stop while others resume the stream breaks it off with an error")
    func stopWhileResumed() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("One two.").waiting(at: gate, beforeStep: 1)])
        try await fixture.test { client in
            let run = try await fixture.service.begin(
                Turn(thread: "t", owner: "local", message: .human("Count.", id: "u1"))
            ).run
            try await gate.reached()
            async let one = client.get("/api/ai-sdk/chat/\(run)/stream")
            async let two = client.get("/api/ai-sdk/chat/\(run)/stream")
            _ = try await client.send(.post, "/api/ai-sdk/chat/t/stop")
            for response in [try await one, try await two] {
                try await StreamCheck.verify(stream: response.text)
                let types = try chunks(of: response.text).types
                #expect(types.last == "abort" && !types.contains("error"))
                #expect(response.text.hasSuffix("data: [DONE]\n\n"))
            }
            #expect(try await client.get("/api/ai-sdk/chat/t/stream").status == .noContent)
        }
    }

    @Test("vercel/chatbot 663: the client's ids are not those of the database")
    func clientIDs() async throws {
        let fixture = try ServerFixture([.text("One."), .text("Two.")])
        try await fixture.test { client in
            // As the AI SDK makes them, and one that somebody made up.
            for (thread, message) in [("kD3xQ9mBz0aLpW7T", "Yq2LrV8sNf5cHj1G"), ("my chat/7 ü", "m:1")] {
                let response = try await client.chat(ChatBody.last("1?", id: message, thread: thread))
                let path = thread.addingPercent
                let history = try await client.get("/api/threads/\(path)/messages").json["messages"]?.array ?? []
                #expect(history.first?["id"]?.string == message)
                #expect(history.last?["id"] == (try chunks(of: response.text).first?["messageId"]))
                #expect(try await client.get("/api/threads/\(path)").json["id"]?.string == thread)
            }
        }
    }

    @Test("ai-sdk-persistence-db 7: ids that clients make are taken for unique, and go out of step")
    func sameIDs() async throws {
        let fixture = try ServerFixture([.text("One."), .text("Two.")])
        try await fixture.test { client in
            // The same id in two threads names two messages; sent again in its thread it is the same one.
            for _ in 1...2 {
                let one = try await client.say("1?", id: "u1", thread: "a")
                let two = try await client.say("2?", id: "u1", thread: "b")
                #expect(try chunks(of: one).deltas == "One." && chunks(of: two).deltas == "Two.")
            }
            let (a, b) = (try await client.history("a"), try await client.history("b"))
            #expect(texts(a) == ["1?", "One."] && texts(b) == ["2?", "Two."])
            #expect(fixture.model.requestCount == 2)
        }
    }

    @Test("vercel/ai 9968: no tool invocation is found for a part that an approval has answered")
    func answeredApproval() async throws {
        let gate = Gate()
        let fixture = try ServerFixture(
            [.toolCalls([.add(1, 2)]), .text("Three.").waiting(at: gate)], approval: [ApprovalRule()])
        let headers: HTTPFields = [HTTPField.Name("x-turnledger-profile")!: "v6"]
        try await fixture.test { client in
            let asked = try chunks(of: await client.chat(ChatBody.last("1+2?", id: "u1"), headers: headers).text)
            let message = try #require(asked.first?["messageId"])
            let id = try #require(asked.first("tool-approval-request")?["approvalId"])
            let part: JSONValue = [
                "type": "tool-add", "toolCallId": "call_1", "state": "approval-responded", "input": [:],
                "approval": ["id": id, "approved": true],
            ]
            let body: JSONValue = [
                "id": "t", "messages": [["id": message, "role": "assistant", "parts": [part]]],
                "trigger": "submit-message", "messageId": message,
            ]
            async let answered = client.chat(body.text, headers: headers)
            try await gate.reached()
            // Who reloads now has no part of the message: the stream brings the invocation before its result.
            async let resumed = client.get("/api/ai-sdk/chat/t/stream", headers: headers)
            let follower = try #require(try await fixture.service.resume("t", owner: "local"))
            gate.open()
            for try await _ in follower {}
            try await StreamCheck.verify(stream: try await answered.text, for: .v6, known: ["call_1"])
            let response = try await resumed
            if response.status == .ok {
                try await StreamCheck.verify(stream: response.text, for: .v6)
                #expect(try chunks(of: response.text).first("tool-input-available")?["toolCallId"] == "call_1")
            }
        }
    }

    @Test(
        "vercel/ai 7685, 12102: a resume with nothing to resume leaves the client waiting, or flashes an empty answer")
    func nothingToResume() async throws {
        let fixture = try ServerFixture([.text("One.")])
        try await fixture.test { client in
            let unknown = try await client.get("/api/ai-sdk/chat/t/stream")
            try await client.say("1?", id: "u1")
            for response in [unknown, try await client.get("/api/ai-sdk/chat/t/stream")] {
                #expect(response.status == .noContent)
                #expect(response.body.readableBytes == 0)
                #expect(response.headers[HTTPField.Name("x-vercel-ai-ui-message-stream")!] == nil)
            }
        }
    }
}

extension String {
    /// As a part of a path.
    fileprivate var addingPercent: String {
        utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = byte < 128 && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
