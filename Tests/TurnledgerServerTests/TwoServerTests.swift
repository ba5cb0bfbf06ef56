// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerPostgres
import TurnledgerSQLite
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

/// Two servers on one store, behind a proxy that gives each request to the other one.
private struct TwoServers: Sendable {
    let servers: [ServerFixture]
    let model: ScriptedModel

    init(_ answers: [ScriptedModel.Answer], approval: [ApprovalRule], stores: [any ConversationStore]) throws {
        let model = ScriptedModel(answers)
        self.model = model
        servers = try stores.map { try ServerFixture(model: model, store: $0, approval: approval) }
    }

    /// Runs both, and hands their clients to the test.
    func test(_ body: @escaping @Sendable ([any TestClientProtocol]) async throws -> Void) async throws {
        let serving = servers.map { fixture in Task { try await fixture.service.run() } }
        defer { for task in serving { task.cancel() } }
        try await servers[0].test { one in
            try await servers[1].test { two in try await body([one, two]) }
        }
    }
}

@Suite("Two servers on one store, each request at the other one")
struct TwoServerTests {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case memory, sqlite, postgres

        var testDescription: String { rawValue }

        /// PostgreSQL where there is one; with TURNLEDGER_REQUIRE_SERVICES=1 it must be there.
        static var allThere: [Kind] { hasPostgres ? allCases : [.memory, .sqlite] }

        private static var hasPostgres: Bool {
            let environment = ProcessInfo.processInfo.environment
            return environment["TURNLEDGER_TEST_POSTGRES"] != nil || environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
        }
    }

    /// Gives two servers on a store of the test's own to `body`, each with a connection of its own to it.
    private func with(
        _ kind: Kind, _ answers: ScriptedModel.Answer..., approval: [ApprovalRule] = [],
        _ body: @escaping @Sendable (TwoServers, [any TestClientProtocol]) async throws -> Void
    ) async throws {
        let stores: [any ConversationStore]
        var cleanUp: () async throws -> Void = {}
        switch kind {
        case .memory: stores = Array(repeating: InMemoryStore(), count: 2)
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "store.sqlite").path()
            stores = [try SQLiteStore(path: path), try SQLiteStore(path: path)]
            cleanUp = { try FileManager.default.removeItem(at: folder) }
        case .postgres:
            let url = try #require(
                ProcessInfo.processInfo.environment["TURNLEDGER_TEST_POSTGRES"],
                "Run eval \"$(scripts/postgres.sh start FOLDER)\" first.")
            var configuration = PostgresConfiguration(
                parameters: try PostgresConfiguration.parameters(of: url), maximumConnections: 4)
            let schema = "two_servers_" + UUID().uuidString.lowercased().replacing("-", with: "")
            configuration.schema = schema
            let opened = [
                try PostgresStore(configuration: configuration), try PostgresStore(configuration: configuration),
            ]
            stores = opened
            let address = PostgresConfiguration(
                parameters: try PostgresConfiguration.parameters(of: url), maximumConnections: 1)
            cleanUp = {
                for store in opened { await store.close() }
                let client = PostgresClient(configuration: address)
                let drop = PostgresStatement("", "DROP SCHEMA IF EXISTS \(schema) CASCADE")
                _ = try await client.execute(PostgresQuery(drop))
                await client.close()
            }
        }
        try await stores[0].setUp()
        let servers = try TwoServers(answers, approval: approval, stores: stores)
        do {
            try await servers.test { clients in try await body(servers, clients) }
        } catch {
            try? await cleanUp()
            throw error
        }
        try await cleanUp()
    }

    @Test("three turns with both forms of the body, and the history after each", arguments: Kind.allThere)
    func turns(_ kind: Kind) async throws {
        try await with(kind, .text("One."), .toolCalls([.add(1, 2)]), .text("Two."), .text("Three.")) { _, clients in
            try await clients[0].say("1?", id: "u1")
            try await clients[1].say("2?", id: "u2")
            let history = try await clients[0].history()
            let body = ChatBody.history(history + [ChatBody.user("3?", id: "u3")])
            try await StreamCheck.verify(stream: try await clients[0].chat(body).text)
            for client in clients {
                let texts = try await client.history().compactMap { $0["parts"]?.array?.last?["text"]?.string }
                #expect(texts == ["1?", "One.", "2?", "Two.", "3?", "Three."])
            }
        }
    }

    @Test("resume and stop at the server that does not execute the run", arguments: Kind.allThere)
    func resumeAndStop(_ kind: Kind) async throws {
        let gate = Gate()
        try await with(kind, .text("One two three.").waiting(at: gate, beforeStep: 2)) { servers, clients in
            async let streaming = clients[0].chat(ChatBody.last("Count.", id: "u1"))
            try await gate.reached()
            #expect(try await clients[1].history().count == 1)
            async let following = clients[1].get("/api/ai-sdk/chat/t/stream")
            async let again = clients[1].chat(ChatBody.last("Count.", id: "u1"))
            let stopped = try await clients[1].send(.post, "/api/ai-sdk/chat/t/stop")
            #expect(stopped.json["stopped"]?.array?.count == 1)
            let own = try await streaming
            for response in [own, try await again, try await following] where response.status == .ok {
                try await StreamCheck.verify(stream: response.text)
                let all = try chunks(of: response.text)
                #expect(all.deltas == "One two ")
                #expect(all.types.last == "abort")
            }
            #expect(try await clients[1].history().last?["metadata"]?["stopped"] == true)
        }
    }

    @Test("approval at the other server, twice at once on both", arguments: Kind.allThere)
    func approval(_ kind: Kind) async throws {
        try await with(kind, .toolCalls([.add(1, 2)]), .text("Three."), approval: [ApprovalRule(tool: "add")]) {
            servers, clients in
            let headers: HTTPFields = [HTTPField.Name("x-turnledger-profile")!: "v6"]
            let asked = try await clients[0].chat(ChatBody.last("1+2?", id: "u1"), headers: headers)
            let id = try #require(try chunks(of: asked.text).first("tool-approval-request")?["approvalId"])
            let message = try #require(try chunks(of: asked.text).first?["messageId"])
            let part: JSONValue = [
                "type": "tool-add", "toolCallId": "call_1", "state": "approval-responded", "input": [:],
                "approval": ["id": id, "approved": true],
            ]
            let body: JSONValue = [
                "id": "t", "messages": [["id": message, "role": "assistant", "parts": [part]]],
                "trigger": "submit-message", "messageId": message,
            ]
            async let one = clients[1].chat(body.text, headers: headers)
            async let two = clients[0].chat(body.text, headers: headers)
            for response in [try await one, try await two] {
                try await StreamCheck.verify(stream: response.text, for: .v6, known: ["call_1"])
                #expect(try chunks(of: response.text).deltas == "Three.")
            }
            #expect(servers.model.requestCount == 2)
            #expect(try await clients[1].history().count == 2)
        }
    }

    @Test("regenerate, edit, and a message that comes twice at once", arguments: Kind.allThere)
    func branches(_ kind: Kind) async throws {
        try await with(kind, .text("One."), .text("Two."), .text("Three."), .text("Four.")) { servers, clients in
            try await clients[0].say("1?", id: "u1")
            let again: JSONValue = [
                "id": "t", "messages": .array([ChatBody.user("1?", id: "u1")]), "trigger": "regenerate-message",
            ]
            #expect(try chunks(of: await clients[1].chat(again.text).text).deltas == "Two.")
            let edit: JSONValue = [
                "id": "t", "messages": .array([ChatBody.user("2?", id: "u1")]), "trigger": "submit-message",
                "messageId": "u1",
            ]
            #expect(try chunks(of: await clients[0].chat(edit.text).text).deltas == "Three.")
            async let one = clients[0].say("3?", id: "u2")
            async let two = clients[1].say("3?", id: "u2")
            #expect(try chunks(of: await one).deltas == "Four.")
            #expect(try chunks(of: await two).deltas == "Four.")
            #expect(servers.model.requestCount == 4)
            #expect(try await clients[1].history().count == 4)
        }
    }

    @Test("a second message at the other server waits, or interrupts", arguments: Kind.allThere)
    func busy(_ kind: Kind) async throws {
        let gate = Gate()
        try await with(kind, .text("One and more.").waiting(at: gate, beforeStep: 1), .text("Two."), .text("Three.")) {
            servers, clients in
            async let first = clients[0].chat(ChatBody.last("1?", id: "u1"))
            try await gate.reached()
            let body = ChatBody.last("2?", id: "u2").replacing(
                "{", with: #"{"whileBusy":"interrupt","#, maxReplacements: 1)
            let second = try await clients[1].chat(body)
            try await StreamCheck.verify(stream: second.text)
            #expect(try chunks(of: second.text).deltas == "Two.")
            #expect(try chunks(of: await first.text).types.last == "abort")
            try await clients[0].say("3?", id: "u3")
            let texts = try await clients[1].history().compactMap { $0["parts"]?.array?.last?["text"]?.string }
            #expect(texts == ["1?", "One ", "2?", "Two.", "3?", "Three."])
        }
    }

    @Test("a follower at the other server sees the very stream, cut at every chunk", arguments: Kind.allThere)
    func everyCut(_ kind: Kind) async throws {
        try await with(kind, .toolCalls([.add(2, 3)], text: "Let me see. "), .text("It is 五 🧯.")) { servers, clients in
            let response = try await clients[0].chat(ChatBody.last("Add.", id: "u1"))
            let run = try #require(response.headers[HTTPField.Name("x-workflow-run-id")!])
            let all = try chunks(of: response.text)
            for cut in 0...all.count {
                let rest = try await clients[1].get("/api/ai-sdk/chat/\(run)/stream?startIndex=\(cut)")
                #expect(Array(all.prefix(cut)) + (try chunks(of: rest.text)) == all)
            }
        }
    }
}
