// Turnledger. SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
import TurnledgerStore

/// The threads of a server, by its routes: those of the caller whose token is sent.
///
/// Threads are JSON as `ThreadJSON` writes them, messages are those of AI SDK clients.
struct RemoteThreads {
    let server: RemoteServer

    /// Calls `body` with each thread, the last active first, at most `limit` of them.
    func list(query: String?, limit: Int, _ body: (JSONValue) -> Void) async throws {
        var left = limit
        var cursor: String?
        while left > 0 {
            var path = "/api/threads?limit=\(min(left, 100))"
            if let query { path += "&query=" + query.urlEncoded }
            if let cursor { path += "&cursor=" + cursor.urlEncoded }
            let page = try await server.json(.GET, path)
            let threads = page["threads"]?.array ?? []
            threads.forEach(body)
            left -= threads.count
            cursor = page["next"]?.string
            if cursor == nil { return }
        }
    }

    func thread(_ id: ThreadID) async throws -> JSONValue { try await server.json(.GET, path(id)) }

    /// Oldest first.
    func messages(of id: ThreadID) async throws -> [JSONValue] {
        try await server.json(.GET, path(id) + "/messages")["messages"]?.array ?? []
    }

    func delete(_ id: ThreadID) async throws { _ = try await server.json(.DELETE, path(id)) }

    private func path(_ id: ThreadID) -> String { "/api/threads/" + id.rawValue.urlEncoded }
}
