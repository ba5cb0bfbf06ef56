// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@Suite("Forks and archives of threads")
struct ThreadCopyTests {
    private func texts(_ client: any TestClientProtocol, _ thread: String) async throws -> [String] {
        try await client.history(thread).compactMap { $0["parts"]?.array?.last?["text"]?.string }
    }

    @Test("an archive comes back as an equal thread: messages, checkpoints, title, labels; and it goes on")
    func roundTrip() async throws {
        let fixture = try ServerFixture([
            .toolCalls([.add(1, 2)], text: "Let me see."), .text("Three."), .text("Bye."), .text("Again."),
        ])
        try await fixture.test { client in
            try await client.say("1+2?", id: "u1")
            try await client.say("Bye 🧯", id: "u2")
            _ = try await client.send(.patch, "/api/threads/t", #"{"title":"Sums","labels":{"a":"b"}}"#)
            let archive = try await client.get("/api/threads/t/export")
            #expect(archive.status == .ok)
            #expect(archive.json["format"] == "turnledger.thread")

            let taken = try await client.send(.post, "/api/threads/import", archive.text)
            #expect(taken.status == .conflict)
            let made = try await client.send(.post, "/api/threads/import?id=copy", archive.text)
            #expect(made.status == .created)
            #expect(made.json["title"] == "Sums")
            #expect(made.json["labels"] == ["a": "b"])
            #expect(try await client.history("copy") == (try await client.history("t")))
            let list = try await client.get("/api/threads/t/checkpoints?limit=100").json
            #expect(try await client.get("/api/threads/copy/checkpoints?limit=100").json == list)
            let again = try await client.get("/api/threads/copy/export").json
            #expect(again["checkpoints"] == archive.json["checkpoints"])
            let audit = try #require(fixture.store as? any AuditStore)
            let rows = try await audit.auditRows(behind: 0, limit: 9)
            #expect(rows.map(\.action) == ["exported", "exported"] && rows.map(\.subject) == ["t", "copy"])
            #expect(rows.allSatisfy { $0.actor == "local" })

            try await client.say("Once more.", id: "u3", thread: "copy")
            #expect(fixture.model.requests[3].messages.map(\.text).prefix(3) == ["1+2?", "Let me see.", #"{"sum":3}"#])
            #expect(try await texts(client, "t") == ["1+2?", "Three.", "Bye 🧯", "Bye."])
        }
    }

    @Test("a thread that waits for a person waits in its copy too")
    func waiting() async throws {
        let fixture = try ServerFixture(
            [.toolCalls([.add(1, 2)]), .text("Three.")], approval: [ApprovalRule(tool: "add")])
        try await fixture.test { client in
            try await client.say("1+2?", id: "u1")
            let archive = try await client.get("/api/threads/t/export").text
            _ = try await client.send(.post, "/api/threads/import?id=copy", archive)
            let answer = CallAnswer(call: "call_1", content: .decision(approved: true, reason: nil, id: nil))
            let turn = Turn(thread: "copy", owner: "local", action: .answer([answer]))
            var events: [RunEvent] = []
            for try await batch in try await fixture.service.begin(turn) { events += batch }
            #expect(events.contains(.toolOutput(call: "call_1", output: ["sum": 3])))
            #expect(events.last == .finished(.stop))
        }
    }

    @Test("a fork begins where its checkpoint stood, and the two go their own ways")
    func fork() async throws {
        let fixture = try ServerFixture([.text("One."), .text("Two."), .text("Other."), .text("Three.")])
        try await fixture.test { client in
            try await client.say("1?", id: "u1")
            let checkpoint = try #require(
                try await client.get("/api/threads/t/checkpoints").json["checkpoints"]?.array?.first?["id"]?.string)
            try await client.say("2?", id: "u2")
            let made = try await client.send(.post, "/api/threads/t/fork", #"{"id":"f","checkpoint":"\#(checkpoint)"}"#)
            #expect(made.status == .created)
            #expect(made.json["head"]?.string == checkpoint)
            #expect(try await texts(client, "f") == ["1?", "One."])
            try await client.say("Other?", id: "u3", thread: "f")
            #expect(try await texts(client, "f") == ["1?", "One.", "Other?", "Other."])
            #expect(try await texts(client, "t") == ["1?", "One.", "2?", "Two."])

            let whole = try await client.send(.post, "/api/threads/t/fork")
            let id = try #require(whole.json["id"]?.string)
            #expect(try await texts(client, id) == ["1?", "One.", "2?", "Two."])
        }
    }

    @Test("what cannot be forked or imported is refused, and leaves nothing behind")
    func refused() async throws {
        let fixture = try ServerFixture([.text("One.")])
        try await fixture.test { client in
            try await client.say("1?", id: "u1")
            let cases: [(String, String, Int)] = [
                ("/api/threads/unknown/fork", "", 404), ("/api/threads/t/fork", #"{"checkpoint":"x"}"#, 404),
                ("/api/threads/t/fork", #"{"id":"t"}"#, 409), ("/api/threads/t/fork", #"{"id":7}"#, 400),
                ("/api/threads/t/fork", #"{"id":""}"#, 400), ("/api/threads/import", "{}", 400),
                ("/api/threads/import", #"{"format":"turnledger.thread","version":2}"#, 400),
                (
                    "/api/threads/import",
                    #"{"format":"turnledger.thread","version":1,"thread":{"id":"n"},"checkpoints":[{"id":"1"}]}"#, 400
                ),
            ]
            for (uri, body, status) in cases {
                let response = try await client.send(.post, uri, body)
                #expect(response.status.code == status, "\(uri) \(body) \(response.text)")
            }
            #expect(try await client.get("/api/threads/n").status == .notFound)
            #expect(try await client.get("/api/threads/unknown/export").status == .notFound)
        }
    }

    @Test("threads are listed by their labels")
    func labels() async throws {
        let fixture = try ServerFixture([.text("One."), .text("Two.")])
        try await fixture.test { client in
            for (thread, place) in [("a", "north"), ("b", "south")] {
                try await client.say("Hi", id: "u", thread: thread)
                _ = try await client.send(.patch, "/api/threads/\(thread)", #"{"labels":{"team":"\#(place)"}}"#)
            }
            let found = try await client.get("/api/threads?label=team:south").json
            #expect(found["threads"]?.array?.compactMap { $0["id"]?.string } == ["b"])
            #expect(try await client.get("/api/threads?label=team").status == .badRequest)
        }
    }
}

@Suite("A path with the wrong method")
struct MethodTests {
    @Test(
        "is 405 with the methods that it takes; an unknown path is 404",
        arguments: [
            ("DELETE", "/api/ai-sdk/chat", "GET, POST"), ("GET", "/api/ai-sdk/chat/t/stop", "POST"),
            ("POST", "/api/ai-sdk/v6/chat/t/stream", "GET"), ("PUT", "/api/threads/t", "DELETE, GET, PATCH"),
            ("POST", "/api/threads", "GET"), ("POST", "/health", "GET"), ("PATCH", "/api/threads/t/fork", "POST"),
        ])
    func wrongMethod(_ method: String, _ path: String, _ allowed: String) async throws {
        try await ServerFixture().test { client in
            let response = try await client.send(try #require(HTTPRequest.Method(method)), path)
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == allowed)
            #expect(response.json["error"]?["code"] == "method_not_allowed")
            #expect(try await client.send(.get, "/api/nowhere").status == .notFound)
        }
    }
}
