// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerServer

@Suite("The stop route")
struct StopRouteTests {
    private func stop(_ client: any TestClientProtocol, _ id: String, _ body: String = "") async throws -> TestResponse
    {
        try await client.send(.post, "/api/ai-sdk/chat/\(id)/stop", body)
    }

    @Test("ends the run: the client's stream and others' get an abort, what was said stays, nothing is to be resumed")
    func stops() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([
            .text("One two three.").waiting(at: gate, beforeStep: 2), .text("Four."),
        ])
        try await fixture.test { client in
            async let streaming = client.chat(ChatBody.last("Count.", id: "u1"))
            try await gate.reached()
            async let other = client.get("/api/ai-sdk/chat/t/stream")
            let response = try await stop(client, "t")
            #expect(response.status == .ok)
            #expect(response.json["success"] == true)
            #expect(response.json["stopped"]?.array?.count == 1)
            for response in [try await streaming, try await other] where response.status == .ok {
                try await StreamCheck.verify(stream: response.text)
                let all = try chunks(of: response.text)
                #expect(all.deltas == "One two ")
                #expect(all.types.suffix(3) == ["message-metadata", "finish-step", "abort"])
                #expect(response.text.hasSuffix("data: [DONE]\n\n"))
            }
            #expect(try await client.get("/api/ai-sdk/chat/t/stream").status == .noContent)
            let history = try await client.history()
            #expect(history.last?["parts"]?.array?.last?["text"] == "One two ")
            #expect(history.last?["metadata"]?["stopped"] == true)
            try await client.say("Go on.", id: "u2")
        }
    }

    @Test("is no error where nothing goes on, and leaves a run alone that the client does not mean")
    func stale() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("One.").waiting(at: gate)])
        try await fixture.test { client in
            #expect(try await stop(client, "unknown").json == ["success": true, "stopped": []])
            async let streaming = client.chat(ChatBody.last("Count.", id: "u1"))
            try await gate.reached()
            let stale = try await stop(client, "t", #"{"activeStreamId":"run_of_yesterday"}"#)
            #expect(stale.json == ["success": true, "stopped": []])
            gate.open()
            #expect(try chunks(of: await streaming.text).deltas == "One.")
        }
    }

    @Test("a client that reconnects on its own gets a finish behind the abort")
    func workflow() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("One two.").waiting(at: gate, beforeStep: 1)])
        try await fixture.test { client in
            async let streaming = client.chat(ChatBody.last("Count.", id: "u1"))
            try await gate.reached()
            _ = try await stop(client, "t")
            let run = try #require(try await streaming.headers[HTTPField.Name("x-workflow-run-id")!])
            let rest = try await client.get("/api/ai-sdk/chat/\(run)/stream?startIndex=0")
            #expect(try chunks(of: rest.text).types.suffix(2) == ["abort", "finish"])
        }
    }
}

@Suite("A client that goes away")
struct DisconnectTests {
    /// Takes what comes until something was said, then is gone.
    private struct Leaving: ResponseBodyWriter {
        struct Gone: Error {}

        func write(_ buffer: ByteBuffer) async throws {
            if String(buffer: buffer).contains("text-delta") { throw Gone() }
        }

        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test(
        "stops its run where the configuration says so, and does not where it does not",
        arguments: DisconnectPolicy.allCases)
    func disconnect(_ policy: DisconnectPolicy) async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("One two.").waiting(at: gate, beforeStep: 1)])
        let route = ChatRoute(
            service: fixture.service, settings: ChatSettings(onDisconnect: policy),
            clock: StreamClock(keepAlive: .seconds(60), stopDeadline: .seconds(1)))
        let head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/")
        let body = RequestBody(buffer: ByteBuffer(string: ChatBody.last("Count.", id: "u1")))
        let response = try await route.respond(to: Request(head: head, body: body), caller: .everybody)
        let run = RunID(try #require(response.headers[HTTPField.Name("x-workflow-run-id")!]))
        await #expect(throws: Leaving.Gone.self) { try await response.body.write(Leaving()) }
        try await gate.reached()
        if policy == .goOn { gate.open() }
        for try await _ in try await fixture.service.follow(run) {}
        #expect(try await fixture.store.run(run)?.status == (policy == .cancel ? .cancelled : .succeeded))
        let texts = try await fixture.service.messages(of: "t").map(\.text)
        #expect(texts == ["Count.", policy == .cancel ? "One " : "One two."])
    }
}

@Suite("Answering anew and editing, as clients ask for it")
struct BranchRouteTests {
    private func body(_ trigger: String, _ messages: [JSONValue], id: String? = nil) -> String {
        var body: JSONObject = ["id": "t", "messages": .array(messages), "trigger": .string(trigger)]
        if let id { body["messageId"] = .string(id) }
        return JSONValue.object(body).text
    }

    @Test("regenerate with and without a message id replaces the last answer")
    func regenerate() async throws {
        let fixture = try ServerFixture([.text("One."), .text("Two."), .text("Three.")])
        try await fixture.test { client in
            try await client.say("Count.", id: "u1")
            let user = ChatBody.user("Count.", id: "u1")
            let answer = try await client.history()[1]["id"]?.string
            for (id, text) in [(answer, "Two."), (nil, "Three.")] {
                let response = try await client.chat(body("regenerate-message", [user], id: id))
                try await StreamCheck.verify(stream: response.text)
                let all = try chunks(of: response.text)
                #expect(all.deltas == text)
                let history = try await client.history()
                #expect(history.count == 2)
                #expect(history[1]["id"] == all.first?["messageId"])
                #expect(history[1]["id"]?.string != answer)
            }
        }
    }

    @Test("a message id of the user's own message is an edit: what came behind it is gone from the history")
    func edit() async throws {
        let fixture = try ServerFixture([.text("One."), .text("Two."), .text("Three.")])
        try await fixture.test { client in
            try await client.say("Count.", id: "u1")
            try await client.say("On.", id: "u2")
            let response = try await client.chat(
                body("submit-message", [ChatBody.user("Count down.", id: "u1")], id: "u1"))
            #expect(try chunks(of: response.text).deltas == "Three.")
            let history = try await client.history()
            #expect(history.compactMap { $0["parts"]?.array?.last?["text"]?.string } == ["Count down.", "Three."])
        }
    }

    @Test("the same Idempotency-Key is the same turn, whatever the message's id")
    func requestKey() async throws {
        let fixture = try ServerFixture([.text("One.")])
        try await fixture.test { client in
            let key = HTTPField.Name("idempotency-key")!
            let first = try await client.chat(ChatBody.last("Count.", id: "u1"), headers: [key: "k"])
            let second = try await client.chat(ChatBody.last("Count.", id: "u2"), headers: [key: "k"])
            #expect(first.text == second.text)
            #expect(try await client.history().count == 2)
            let long = String(repeating: "k", count: 256)
            #expect(try await client.chat(ChatBody.last("A", id: "u3"), headers: [key: long]).status == .badRequest)
        }
    }

    @Test("a word that is no policy for busy threads is refused in one sentence")
    func policy() async throws {
        try await ServerFixture().test { client in
            let response = try await client.chat(
                #"{"id":"t","whileBusy":"explode","message":{"role":"user","parts":[{"type":"text","text":"a"}]}}"#)
            #expect(response.status == .badRequest)
            #expect(response.text == "'whileBusy' must be one of reject, enqueue, interrupt, rollback.")
        }
    }
}
