// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import Testing
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@Suite("Thread routes")
struct ThreadRouteTests {
    @Test("list threads in pages, the last active first, and find titles")
    func list() async throws {
        let fixture = try ServerFixture((1...5).map { .text("Answer \($0).") })
        try await fixture.test { client in
            for number in 1...5 {
                try await client.say("Question \(number) about a+b", id: "u\(number)", thread: "t\(number)")
            }
            var seen: [String] = []
            var uri = "/api/threads?limit=2"
            while true {
                let page = try await client.get(uri).json
                seen += page["threads"]?.array?.compactMap { $0["id"]?.string } ?? []
                guard let next = page["next"]?.string else { break }
                uri = "/api/threads?limit=2&cursor=\(next)"
            }
            #expect(seen == ["t5", "t4", "t3", "t2", "t1"])
            let found = try await client.get("/api/threads?query=QUESTION+3+about+a%2Bb").json
            #expect(found["threads"]?.array?.compactMap { $0["id"]?.string } == ["t3"])
            #expect(found["threads"]?.array?.first?["status"] == "idle")
        }
    }

    @Test("refuse a wrong limit or cursor", arguments: ["limit=0", "limit=101", "limit=x", "cursor=nonsense"])
    func wrongPaging(_ query: String) async throws {
        let fixture = try ServerFixture()
        try await fixture.test { client in
            let response = try await client.get("/api/threads?\(query)")
            #expect(response.status == .badRequest)
            #expect(response.json["error"]?["code"] == "invalid")
            #expect(response.json["error"]?["message"]?.string?.isEmpty == false)
        }
    }

    @Test("change a title and labels, and nothing else")
    func change() async throws {
        let fixture = try ServerFixture([.text("Hello.")])
        try await fixture.test { client in
            try await client.say("Hello.", id: "u1")
            let changed = try await client.send(
                .patch, "/api/threads/t", #"{"title":"Doors","labels":{"site":"north"}}"#)
            #expect(changed.status == .ok)
            let shown = try await client.get("/api/threads/t").json
            #expect(shown["title"] == "Doors")
            #expect(shown["labels"] == ["site": "north"])
            for wrong in [
                "", "[]", "{}", #"{"owner":"me"}"#, #"{"title":1}"#, #"{"title":" "}"#, #"{"labels":{"a":1}}"#,
            ] {
                #expect(try await client.send(.patch, "/api/threads/t", wrong).status == .badRequest, "\(wrong)")
            }
        }
    }

    @Test("delete a thread with all that it has")
    func delete() async throws {
        let fixture = try ServerFixture([.text("Hello."), .text("Again.")])
        try await fixture.test { client in
            try await client.say("Hello.", id: "u1")
            #expect(try await client.send(.delete, "/api/threads/t").status == .noContent)
            for path in ["", "/messages", "/checkpoints"] {
                let response = try await client.get("/api/threads/t\(path)")
                #expect(response.status == .notFound)
                #expect(response.json["error"]?["code"] == "not_found")
            }
            #expect(try await client.send(.delete, "/api/threads/t").status == .notFound)
            try await client.say("Hello.", id: "u1")
            #expect(try await client.history().count == 2)
        }
    }

    @Test("show checkpoints in pages, the newest first")
    func checkpoints() async throws {
        let fixture = try ServerFixture([.toolCalls([.add(1, 2)]), .text("Three.")])
        try await fixture.test { client in
            try await client.say("Add.", id: "u1")
            let all = try await client.get("/api/threads/t/checkpoints?limit=100").json
            let steps = all["checkpoints"]?.array?.compactMap { $0["step"]?.integer } ?? []
            #expect(steps == steps.sorted(by: >) && steps.last == -1)
            #expect(all["next"] == nil)
            let first = try await client.get("/api/threads/t/checkpoints?limit=2").json
            let next = try #require(first["next"]?.string)
            let second = try await client.get("/api/threads/t/checkpoints?limit=2&cursor=\(next)").json
            #expect(
                (first["checkpoints"]?.array ?? []) + (second["checkpoints"]?.array ?? [])
                    == all["checkpoints"]?.array?.prefix(4).map { $0 })
            let newest = try #require(all["checkpoints"]?.array?.first)
            #expect(newest["source"] == "loop")
            #expect(newest["parent"] == all["checkpoints"]?.array?[1]["id"])
            #expect(newest["channels"]?.array?.contains("messages") == true)
        }
    }

    @Test("take ids with any characters, percent-encoded")
    func oddIDs() async throws {
        let fixture = try ServerFixture([.text("Hello.")])
        try await fixture.test { client in
            try await client.say("Hello.", id: "u1", thread: "a/b c#d?门%")
            let shown = try await client.get("/api/threads/a%2Fb%20c%23d%3F%E9%97%A8%25")
            #expect(shown.json["id"] == "a/b c#d?门%")
            #expect(try await client.history("a%2Fb%20c%23d%3F%E9%97%A8%25").count == 2)
        }
    }

    struct Clauses: ClauseLookup {
        func clause(_ id: String) async throws -> JSONValue? {
            id == "Exit Code#5.5/1" ? ["id": .string(id), "text": "Doors open outwards."] : nil
        }
    }

    @Test("find the clause behind a citation")
    func clause() async throws {
        try await ServerFixture(clauses: Clauses()).test { client in
            let found = try await client.get("/api/regulations/clauses/Exit%20Code%235.5%2F1")
            #expect(found.json["text"] == "Doors open outwards.")
            let missing = try await client.get("/api/regulations/clauses/none")
            #expect(missing.status == .notFound)
            #expect(missing.json["error"]?["code"] == "not_found")
        }
    }

    @Test("a path that there is not gets 404 as JSON with a request id")
    func unknownPath() async throws {
        try await ServerFixture().test { client in
            let response = try await client.get("/api/nothing")
            #expect(response.status == .notFound)
            #expect(response.json["error"]?["code"] == "not_found")
            #expect(response.headers[.init("x-request-id")!]?.isEmpty == false)
        }
    }
}
