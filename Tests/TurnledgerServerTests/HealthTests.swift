// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing
import TurnledgerSQLite
import TurnledgerServer
import TurnledgerStore

@Suite("Health routes")
struct HealthTests {
    @Test("say what the server is and that it is ready", arguments: ["/health", "/health/ready"])
    func ready(_ uri: String) async throws {
        try await ServerFixture().test { client in
            let response = try await client.get(uri)
            #expect(response.status == .ok)
            #expect(response.json["status"] == "ok")
            #expect(response.json["version"] == "1.2.3")
            #expect(response.json["model"] == "scripted")
            #expect(response.json["store"] == ["name": "memory:", "status": "ok"])
            #expect(response.json["uptimeSeconds"]?.integer != nil)
        }
    }

    @Test("are 503 while the store does not answer, and the chat says so in a sentence; the process still lives")
    func unavailable() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString).sqlite")
        defer { removeStore(at: path) }
        let store = try SQLiteStore(path: path.path())
        try await store.setUp()
        let fixture = try ServerFixture(store: store)
        try store.close()
        try await fixture.test { client in
            let ready = try await client.get("/health/ready")
            #expect(ready.status == .serviceUnavailable)
            #expect(ready.json["store"]?["status"] == "unavailable")
            #expect(try await client.get("/health/live").status == .ok)
            let chat = try await client.chat(ChatBody.last("Hello.", id: "u1"))
            #expect(chat.status == .serviceUnavailable)
            #expect(chat.headers[.retryAfter] == "5")
            #expect(chat.text == "The store cannot be reached. Try again later.")
            let list = try await client.get("/api/threads")
            #expect(list.status == .serviceUnavailable)
            #expect(list.json["error"]?["code"] == "unavailable")
        }
    }

    private func removeStore(at path: URL) {
        for suffix in ["", "-wal", "-shm", "-holders"] {
            try? FileManager.default.removeItem(atPath: path.path() + suffix)
        }
    }
}
