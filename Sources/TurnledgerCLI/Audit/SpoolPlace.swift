// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerOperations
import TurnledgerSQLite
import TurnledgerStore

/// The spools beside a server's configuration, as a place that an erasure goes through.
///
/// A server may be using them: it finds the threads gone and forgets them.
struct SpoolPlace: ErasablePlace {
    let name = "spool"
    /// Those that are there.
    let paths: [String]

    /// - Parameter path: The first spool; others are `PATH-2`, `PATH-3`, …
    init(_ path: String) {
        let all = [path] + (2...1000).lazy.map { "\(path)-\($0)" }
        paths = Array(all.prefix { FileManager.default.fileExists(atPath: $0) })
    }

    func erase(owner: String, sparing: Set<ThreadID>) async throws -> [String: Int] {
        var gone = 0
        for path in paths {
            try await withStore(path) { store in
                for thread in try await threads(of: owner, in: store) where !sparing.contains(thread) {
                    try await store.delete(thread)
                    try await store.forgetSpooled(thread)
                    gone += 1
                }
                try await store.reclaimSpace()
            }
        }
        return ["threads": gone]
    }

    func count(owner: String) async throws -> Int {
        var count = 0
        for path in paths {
            try await withStore(path) { store in count += try await threads(of: owner, in: store).count }
        }
        return count
    }

    private func withStore(_ path: String, _ body: (SQLiteStore) async throws -> Void) async throws {
        let store = try SQLiteStore(path: path)
        try await store.setUp()
        try await body(store)
        try store.close()
    }

    private func threads(of owner: String, in store: SQLiteStore) async throws -> [ThreadID] {
        var ids: [ThreadID] = []
        var query = ThreadQuery(owner: owner, limit: 100)
        repeat {
            let page = try await store.threads(query)
            ids += page.threads.map(\.id)
            query.cursor = page.next
        } while query.cursor != nil
        return ids
    }
}
