// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerAgent
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerTransfer

@Suite("A spool that outlives its process", .timeLimit(.minutes(5)))
struct MergeCrashTests {
    @Test("is merged by the next process, whatever the last step of the merge before was")
    func crash() async throws {
        // The steps: into the database, events, out of the spool, the note away. A crash after each leaves this behind.
        for step in 0..<4 {
            let path = FileManager.default.temporaryDirectory.appending(path: "spool-\(UniqueID.random())").path
            defer {
                for end in ["", "-wal", "-shm", "-holders"] { try? FileManager.default.removeItem(atPath: path + end) }
            }
            let base = InMemoryStore()
            do {
                let spool = try SQLiteStore(path: path)
                let server = try SpoolingServer(base, spool: spool, ["one", "two", "three"].map { .text($0) })
                try await server.store.setUp()
                try await server.say("a", id: "u1")
                server.database.mode = .refusing
                try await server.say("b", id: "u2")
                try await server.say("c", id: "u3")
                server.database.mode = .there
                let note = try #require(server.store.spooled("t"))
                if step > 0 {
                    // As `merge` does it, up to this step.
                    let copy = InMemoryStore()
                    let twin = try SpoolingServer(base, spool: copy, [])
                    try await copyThread("t", from: spool, to: copy)
                    try await copy.note(note)
                    try await twin.store.setUp()
                    try await twin.running { try await twin.until(.connected) }
                }
                if step > 1 { try await spool.delete("t") }
                if step > 2 { try await spool.forgetSpooled("t") }
                try spool.close()
            }
            let spool = try SQLiteStore(path: path)
            let next = try SpoolingServer(base, spool: spool, [.text("four")])
            try await next.store.setUp()
            try await next.running {
                try await next.until(.connected)
                try await next.say("d", id: "u4")
            }
            #expect(
                try await reader(of: base).texts() == ["a", "one", "b", "two", "c", "three", "d", "four"],
                "step \(step)")
            #expect(try await base.runs(of: "t").count == 4, "step \(step)")
            #expect(next.store.condition.counters.branches == 0, "step \(step)")
            #expect(try await spool.spooledThreads().isEmpty, "step \(step)")
            try spool.close()
        }
    }

    @Test("has runs that a process left behind finished by the next one, the database still away")
    func leftBehind() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "spool-\(UniqueID.random())").path
        defer {
            for end in ["", "-wal", "-shm", "-holders"] { try? FileManager.default.removeItem(atPath: path + end) }
        }
        let base = InMemoryStore()
        let spool = try SQLiteStore(path: path)
        let server = try SpoolingServer(base, spool: spool, [])
        server.database.mode = .refusing
        try await server.store.setUp()
        // A run is begun, and its process dies.
        let input = try await recordedInput()
        _ = try await server.store.create(
            NewRun(
                id: RunID("run_left"), thread: "t", owner: "o", idempotencyKey: "u1", input: input,
                holder: server.store.holder, createdAt: Timestamp(microseconds: 1_767_225_600_000_000)))
        try spool.close()
        let again = try SQLiteStore(path: path)
        let next = try SpoolingServer(base, spool: again, [.text("finished")])
        next.database.mode = .refusing
        try await next.store.setUp()
        let running = Task { try await next.service.run() }
        while try await !next.store.unfinishedRuns(in: "t").isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        running.cancel()
        #expect(try await next.service.texts() == ["a", "finished"])
        next.database.mode = .there
        try await next.running { try await next.until(.connected) }
        #expect(try await reader(of: base).texts() == ["a", "finished"])
        try again.close()
    }

    /// The input of a run that says "a".
    private func recordedInput() async throws -> [UInt8] {
        let store = InMemoryStore()
        let server = try SpoolingServer(store, [.text("x")])
        try await server.say("a", id: "u1")
        return try #require(try await store.runs(of: "t").first).input
    }

    private func copyThread(_ thread: ThreadID, from: SQLiteStore, to: InMemoryStore) async throws {
        let checkpoints = try await from.list(CheckpointQuery(thread: thread)).collect()
        var commit = Commit()
        for stored in checkpoints.reversed() {
            commit.checkpoints.append(.init(stored.checkpoint, newVersions: stored.checkpoint.channelVersions))
            commit.writes += TaskWrites.grouped(stored.pendingWrites, at: stored.checkpoint.reference)
        }
        let record = try #require(try await from.thread(thread))
        try await to.merge(ThreadMerge(thread: record, runs: try await from.runs(of: thread), commit: commit))
    }
}
