// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import Testing
import TurnledgerOperations
import TurnledgerStore

@testable import TurnledgerTesting

@Suite("Retention of a server")
struct RetentionKeeperTests {
    @Test(
        "a sweep leaves a note and a row of the audit table, and the next server finds nothing",
        arguments: StoreKind.all)
    func once(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            for number in 0..<5 { try await store.makeThread(ThreadID("old-\(number)")) }
            let report = try await keeper(store, "a").sweepOnce()
            #expect(report?.deleted == 5)
            #expect(try await keeper(store, "b").sweepOnce()?.deleted == 0)
            let chore = try #require(try await store.chore(RetentionKeeper.chore))
            #expect(chore.holder == nil && chore.epoch == 2)
            #expect(try JSONValue.parse(Array(chore.note.utf8))["examined"]?.integer == 0)
            let rows = try await store.auditRows(behind: 0, limit: 9)
            let ids = rows.flatMap { row in
                (try? JSONValue.parse(Array(row.details.utf8)))?["threads"]?.array?.compactMap(\.string) ?? []
            }
            #expect(Set(ids) == Set((0..<5).map { "old-\($0)" }) && ids.count == 5)
            #expect(try await store.verifyAudit().isIntact)
        }
    }

    @Test("a server that holds the chore sweeps alone; once it stands still another takes it")
    func handOver() async throws {
        let store = InMemoryStore()
        try await store.makeThread("old")
        let dead = try #require(
            try await store.takeChore(
                RetentionKeeper.chore, holder: "dead", observed: nil, duration: .milliseconds(50), at: .at(1)))
        // Alive while it is watched: it keeps the chore.
        let beating = Task {
            var lease = dead
            while !Task.isCancelled {
                guard let next = try await store.renewChore(lease, at: .at(2)) else { return }
                lease = next
                await Task.yield()
            }
        }
        #expect(try await keeper(store, "b").sweepOnce() == nil)
        beating.cancel()
        _ = try? await beating.value
        // Dead: after its whole duration it loses it.
        #expect(try await keeper(store, "b").sweepOnce()?.deleted == 1)
        #expect(try await store.renewChore(dead, at: .at(3)) == nil)
    }

    @Test(
        "a thread that somebody deletes is not deleted on legal hold, and leaves a tombstone", arguments: StoreKind.all)
    func removal(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            try await store.makeThread("thread")
            try await store.setRetention(ThreadRetention(hold: "case"), of: "thread", at: .at(1))
            await expectFailure(.conflict) {
                try await ThreadRemoval.remove("thread", from: store, actor: "alice", at: .at(2))
            }
            try await store.setRetention(ThreadRetention(isPinned: true), of: "thread", at: .at(1))
            try await ThreadRemoval.remove("thread", from: store, actor: "alice", at: .at(2))
            #expect(try await store.tombstone(of: "thread")?.reason == .deleted)
            #expect(try await store.auditRows(behind: 0, limit: 9).map(\.actor) == ["alice"])
        }
    }

    private func keeper(_ store: any RetentionKeeper.Store, _ holder: String) -> RetentionKeeper {
        RetentionKeeper(
            store,
            sweep: RetentionSweep(store, policy: RetentionPolicy(standard: .days(7)), pace: .init(batch: 2, share: 1)),
            leaseDuration: .milliseconds(50), holder: holder,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// Counts up.
final class TestCounter: Sendable {
    private let count = Mutex<Int64>(0)
    func next() -> Int64 {
        count.withLock {
            $0 += 1; return $0
        }
    }
}
