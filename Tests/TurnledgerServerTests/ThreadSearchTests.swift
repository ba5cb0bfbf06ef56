// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerServer

@Suite("Searching conversations")
struct ThreadSearchTests {
    /// Seven threads: the text is in the title of t2 and t5, in the answers of t1, t2 and t4, in a later question of t6.
    private func fixture() throws -> ServerFixture {
        try ServerFixture(
            model: ScriptedModel { request, _ in
                let asked = request.messages.last { $0.role == .human }?.text ?? ""
                return .text(
                    asked.hasSuffix("1") || asked.hasSuffix("2") || asked.hasSuffix("4") ? "A FIRE door." : "Yes.")
            })
    }

    private func fill(_ client: any TestClientProtocol) async throws {
        for number in 0..<7 {
            let topic = number == 2 || number == 5 ? "Fire" : "Question"
            try await client.say("\(topic) \(number)", id: "u\(number)", thread: "t\(number)")
        }
        try await client.say("What of fire?", id: "u9", thread: "t6")
    }

    private func ids(_ page: JSONValue) -> [String] {
        page["threads"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    @Test("finds titles first, then questions and answers, each thread once, page by page")
    func pages() async throws {
        let fixture = try fixture()
        try await fixture.test { client in
            try await fill(client)
            #expect(ids(try await client.get("/api/threads?query=fire").json) == ["t5", "t2", "t6", "t4", "t1"])
            for limit in 1...6 {
                var seen: [String] = []
                var uri = "/api/threads?query=fire&limit=\(limit)"
                while true {
                    let page = try await client.get(uri).json
                    #expect(ids(page).count <= limit)
                    seen += ids(page)
                    guard let next = page["next"]?.string else { break }
                    uri = "/api/threads?query=fire&limit=\(limit)&cursor=\(next)"
                }
                #expect(seen == ["t5", "t2", "t6", "t4", "t1"], "limit \(limit)")
            }
            #expect(ids(try await client.get("/api/threads?query=water").json) == [])
            #expect(try await client.get("/api/threads?query=x&cursor=messages:nonsense").status == .badRequest)
        }
    }

    @Test("reads so many threads for a page and no more, and finds all of them in the end")
    func bounded() async throws {
        let fixture = try fixture()
        try await fixture.test { client in
            try await fill(client)
            let search = ThreadSearch(service: fixture.service, store: fixture.store, readingLimit: 2)
            var query = ThreadQuery(owner: "local", text: "fire", limit: 20)
            var pages: [[String]] = []
            repeat {
                let page = try await search.page(query)
                pages.append(page.threads.map(\.id.rawValue))
                query.cursor = page.next
            } while query.cursor != nil
            // Read are t6 and t4, t3 and t1, t0; those with a title that fits are not.
            #expect(pages == [["t5", "t2", "t6", "t4"], ["t1"], []])
        }
    }

    @Test("does not look into the conversations of others, nor into what tools have said")
    func owners() async throws {
        let fixture = try ServerFixture([.toolCalls([.find("fire")]), .text("Done.")])
        try await fixture.test { client in
            try await client.say("Hello.", id: "u1")
            let follower = try await fixture.service.begin(
                Turn(thread: "other", owner: "somebody", message: .human("fire", id: "u1")))
            for try await _ in follower {}
            #expect(ids(try await client.get("/api/threads?query=fire").json) == [])
        }
    }
}
