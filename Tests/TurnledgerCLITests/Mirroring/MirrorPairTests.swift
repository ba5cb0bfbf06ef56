// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Synchronization
import Testing
import TurnledgerStore
import TurnledgerTesting
import TurnledgerTransfer

@testable import TurnledgerCLI

@Suite("A mirror of Redis in PostgreSQL", .serialized, .enabled(if: MirroredPair.isThere, MirroredPair.howTo))
struct MirrorPairTests {
    @Test("keeps the store contract while its stores change places", .timeLimit(.minutes(10)))
    func contract() async throws {
        try await MirroredPair.with { server, _ in
            try await server.setUp()
            let running = Task { await server.run() }
            let count = Mutex(0)
            let switching = Task {
                while !Task.isCancelled {
                    do throws(StoreError) {
                        _ = try await server.switchRoles(actor: "test")
                        count.withLock { $0 += 1 }
                    } catch {
                        // On a machine that has much to do: it was given up, and nothing has changed.
                        guard error.code == .conflict || error.code == .unavailable else { throw error }
                    }
                    try? await Task.sleep(for: .milliseconds(300))
                }
            }
            defer {
                switching.cancel()
                running.cancel()
            }
            // Each round leaves runs with leases, which every switch takes along. On a machine that has much to do one waits
            // until less is written.
            for round in 0..<30 {
                let switches = count.withLock { $0 }
                if switches >= 2 || (switches == 1 && round >= 5) { break }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Rules that look at the store as a whole are for each store alone.
                    for rule in StoreContract.runs {
                        group.addTask {
                            try await telling(rule.testDescription) { try await rule.verify(server) }
                        }
                    }
                    for rule in StoreContract.conversations {
                        group.addTask {
                            try await telling(rule.testDescription) { try await rule.verify(server) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            switching.cancel()
            try await switching.value
            #expect(count.withLock { $0 } > 0)
            while server.status.roles == nil { try await Task.sleep(for: .milliseconds(10)) }
            try await telling("the last switch") { _ = try await server.switchRoles(actor: "test") }
            running.cancel()
            await running.value
            // What the new primary says both say.
            var query = ThreadQuery(limit: 100)
            repeat {
                let page = try await server.first.threads(query)
                for record in page.threads {
                    let (left, right) = (
                        try await server.first.image(of: record.id), try await server.second.image(of: record.id)
                    )
                    #expect(left == right)
                    let heads = [
                        try await server.first.latest(in: record.id, namespace: .root)?.checkpoint.id,
                        try await server.second.latest(in: record.id, namespace: .root)?.checkpoint.id,
                    ]
                    #expect(heads[0] == heads[1])
                }
                query.cursor = page.next
            } while query.cursor != nil
        }
    }
}

/// Says what failed where, with the error's detail.
private func telling(_ name: String, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as StoreError {
        Issue.record("\(name): \(error.code), \(error.detail)")
        throw error
    }
}

/// A Redis and a schema of PostgreSQL, each with nothing in it, as the parts of a mirror.
enum MirroredPair {
    private static let environment = ProcessInfo.processInfo.environment

    static var isThere: Bool {
        environment["TURNLEDGER_TEST_REDIS"] != nil && TestSchema.url != nil
            || environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
    }

    static let howTo: Comment = "TURNLEDGER_TEST_REDIS or TURNLEDGER_TEST_POSTGRES is not set. Run scripts/test.sh."

    /// Runs `body` with a mirror that is not set up, and the configuration that names it.
    static func with(_ body: (MirrorStore, ConfigurationValues) async throws -> Void) async throws {
        let redis = try #require(environment["TURNLEDGER_TEST_REDIS"])
        try await TestSchema.with { _, values in
            let name = "t" + UniqueID.random().replacing("-", with: "")
            let pair = ConfigurationValues(flags: [
                "store.mirror.primary": redis, "store.mirror.secondary": TestSchema.url,
                "postgresql.schema": try values.text("postgresql.schema"), "redis.prefix": name,
                "redis.checkpoint_prefix": name + "_c", "redis.checkpoint_write_prefix": name + "_w",
            ])
            let location = try MirrorLocation(pair)
            let store = try location.makeStore(observer: nil, logger: .silentForTests)
            try await body(try #require(store as? MirrorStore), pair)
        }
    }
}
