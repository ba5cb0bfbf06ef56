// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerCLI

@Suite("A store that is measured")
struct MeasuredStoreTests {
    /// A server with metrics on, on a store of its own.
    private func serve(
        _ location: StoreLocation, _ values: ConfigurationValues,
        _ body: @escaping @Sendable (any ConversationStore, any TestClientProtocol) async throws -> Void
    ) async throws {
        let measures = ServerMeasures()
        let served = try await ServedStore.open(
            location, values, observer: measures.storeObserver, logger: .silentForTests)
        let store = served.store
        let service = try AgentService(
            store: store, model: ScriptedModel([.text("Hello.")]), tools: [], logger: .silentForTests,
            metrics: measures.agent)
        let routes = TurnledgerRoutes(
            service: service, store: store,
            identity: ServerIdentity(version: "1", store: location.kind, model: "scripted"),
            metrics: measures.endpoint(store: store, database: served.database, at: location, access: .open))
        let server = try ChatServer(routes: routes, settings: ServerSettings(), logger: .silentForTests)
        try await server.application.test(.router) { try await body(store, $0) }
    }

    private func expectHeld(
        _ location: StoreLocation, _ values: ConfigurationValues = ConfigurationValues()
    ) async throws {
        try await serve(location, values) { store, client in
            let body = #"{"id":"t","message":{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi."}]}}"#
            _ = try await client.execute(uri: "/api/ai-sdk/chat", method: .post, body: ByteBuffer(string: body)) { $0 }
            let held = try #require(store as? any RetentionStore)
            var retention = ThreadRetention()
            retention.hold = "case 4711"
            try await held.setRetention(retention, of: "t", at: SystemWallClock().now())
            let answer = try await client.execute(uri: "/api/threads/t", method: .delete) { $0 }
            #expect(answer.status == .conflict)
            #expect(String(buffer: answer.body).contains("legal hold"))
            #expect(try await client.execute(uri: "/api/threads/t", method: .get) { $0.status } == .ok)
            try await held.setRetention(ThreadRetention(), of: "t", at: SystemWallClock().now())
            #expect(try await client.execute(uri: "/api/threads/t", method: .delete) { $0.status } == .noContent)
            // The deletion is audited and leaves a tombstone, as without metrics.
            let audit = try #require(store as? any AuditStore)
            #expect(try await audit.auditRows(behind: 0, limit: 10).map(\.action) == ["deleted"])
            #expect(try await (store as? any TombstoneStore)?.tombstone(of: "t") != nil)
        }
    }

    @Test("answers conflict for a held thread, in memory, with metrics on")
    func memory() async throws { try await expectHeld(.memory) }

    @Test("answers conflict for a held thread, on SQLite, with metrics on")
    func sqlite() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await expectHeld(.sqlite(path: folder.appending(path: "a.sqlite").path()))
    }

    @Test("answers conflict for a held thread, on PostgreSQL, with metrics on", .needsPostgres)
    func postgres() async throws {
        try await TestSchema.with { location, values in
            try await expectHeld(location, values)
        }
    }
}
