// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@Suite("Who may come in")
struct AccessTests {
    private static let tokens = [
        BearerToken("alice-secret", owner: "alice", labels: ["team": "north"]), BearerToken("bob-secret", owner: "bob"),
    ]

    private func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }

    @Test(
        "a request without a known token gets 401",
        arguments: [nil, "Bearer wrong", "Bearer alice-secre", "Bearer alice-secretx", "Bearer ", "Basic alice-secret"])
    func unknownToken(_ header: String?) async throws {
        let settings = ServerSettings(access: .required(tokens: Self.tokens, proxy: nil))
        try await ServerFixture(settings: settings).test { client in
            var headers = HTTPFields()
            headers[.authorization] = header
            let response = try await client.chat(ChatBody.last("Hello.", id: "u1"), headers: headers)
            #expect(response.status == .unauthorized)
            #expect(response.headers[.wwwAuthenticate] == "Bearer")
            #expect(response.text.hasSuffix("."))
            #expect(try await client.get("/api/threads", headers: headers).status == .unauthorized)
            #expect(try await client.get("/health/live").status == .ok)
        }
    }

    @Test("a thread is its owner's alone, on every route")
    func owners() async throws {
        let settings = ServerSettings(access: .required(tokens: Self.tokens, proxy: nil))
        let fixture = try ServerFixture([.text("Hello.")], settings: settings)
        let alice = bearer("alice-secret")
        let bob = bearer("bob-secret")
        try await fixture.test { client in
            #expect(try await client.chat(ChatBody.last("Hello.", id: "u1"), headers: alice).status == .ok)
            let shown = try await client.get("/api/threads/t", headers: alice).json
            #expect(shown["owner"] == "alice")
            #expect(shown["labels"] == ["team": "north"])
            #expect(try await client.get("/api/threads", headers: bob).json["threads"] == [])
            for path in ["", "/messages", "/checkpoints"] {
                #expect(try await client.get("/api/threads/t\(path)", headers: bob).status == .notFound)
            }
            for method in [HTTPRequest.Method.patch, .delete] {
                let response = try await client.execute(
                    uri: "/api/threads/t", method: method, headers: bob, body: ByteBuffer(string: #"{"title":"Mine"}"#)
                ) { $0 }
                #expect(response.status == .notFound)
            }
            #expect(try await client.chat(ChatBody.last("Me, too.", id: "u2"), headers: bob).status == .notFound)
            // Labels of the token are not the caller's to change.
            let patch = try await client.execute(
                uri: "/api/threads/t", method: .patch, headers: alice,
                body: ByteBuffer(string: #"{"labels":{"team":"south","a":"b"}}"#)
            ) { $0 }
            #expect(patch.json["labels"] == ["a": "b", "team": "north"])
        }
    }

    @Test("a trusted proxy's headers name the owner; from anywhere else they do not")
    func proxy() async throws {
        let name = HTTPField.Name("x-forwarded-user")!
        let team = HTTPField.Name("x-team")!
        func settings(_ addresses: Set<String>) -> ServerSettings {
            let proxy = TrustedProxy(
                ownerHeader: "X-Forwarded-User", labelHeaders: ["team": "X-Team"], addresses: addresses)
            return ServerSettings(port: 0, access: .required(tokens: [], proxy: proxy))
        }
        try await ServerFixture([.text("Hello.")], settings: settings(["127.0.0.1"])).test(.live) { client in
            let headers: HTTPFields = [name: "carol", team: "south"]
            #expect(try await client.chat(ChatBody.last("Hello.", id: "u1"), headers: headers).status == .ok)
            let shown = try await client.get("/api/threads/t", headers: [name: "carol"]).json
            #expect(shown["owner"] == "carol")
            #expect(shown["labels"] == ["team": "south"])
            #expect(try await client.get("/api/threads/t", headers: [name: "dave"]).status == .notFound)
            #expect(try await client.get("/api/threads/t").status == .unauthorized)
        }
        try await ServerFixture(settings: settings(["192.0.2.1"])).test(.live) { client in
            let response = try await client.get("/api/threads", headers: [name: "carol"])
            #expect(response.status == .unauthorized)
        }
    }

    @Test("a server that others can reach does not start without a rule")
    func openServer() throws {
        for host in ["0.0.0.0", "::", "192.0.2.7", "example.org"] {
            #expect(throws: ServerError.openWithoutAccessRule(host: host)) {
                try ServerFixture(settings: ServerSettings(host: host))
            }
            _ = try ServerFixture(settings: ServerSettings(host: host, access: .none))
        }
        for host in ["127.0.0.1", "localhost", "::1"] { _ = try ServerFixture(settings: ServerSettings(host: host)) }
    }

    @Test("printing a token does not show it")
    func tokensStayHidden() {
        var text = ""
        dump(Self.tokens[0], to: &text)
        #expect(!(text + "\(Self.tokens[0])" + String(reflecting: Self.tokens[0])).contains("secret"))
    }

    @Test("pages of configured origins may call, others get no CORS headers")
    func cors() async throws {
        let settings = ServerSettings(
            access: .required(tokens: Self.tokens, proxy: nil),
            cors: CORSSettings(origins: ["https://chat.example.org", "https://other.example.org"]))
        try await ServerFixture(settings: settings).test { client in
            let known: HTTPFields = [.origin: "https://chat.example.org"]
            let preflight = try await client.execute(uri: "/api/ai-sdk/chat", method: .options, headers: known) { $0 }
            #expect(preflight.status == .noContent)
            #expect(preflight.headers[.accessControlAllowOrigin] == "https://chat.example.org")
            #expect(preflight.headers[.accessControlAllowHeaders]?.contains("authorization") == true)
            #expect(preflight.headers[.accessControlAllowMethods]?.contains("DELETE") == true)
            // Also a refusal must be readable for the page.
            let refused = try await client.get("/api/threads", headers: known)
            #expect(refused.status == .unauthorized)
            #expect(refused.headers[.accessControlAllowOrigin] == "https://chat.example.org")
            let unknown = try await client.get("/api/threads", headers: [.origin: "https://evil.example.org"])
            #expect(unknown.headers[.accessControlAllowOrigin] == nil)
        }
    }
}
