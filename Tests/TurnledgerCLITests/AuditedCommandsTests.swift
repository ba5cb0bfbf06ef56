// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Testing
import TurnledgerSQLite
import TurnledgerStore

@testable import TurnledgerCLI

@Suite("Commands that somebody may ask about later")
struct AuditedCommandsTests {
    private func run(_ arguments: [String]) async throws {
        var command = try TurnledgerCommand.parseAsRoot(arguments)
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    }

    private func withFolder(_ body: (_ path: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path())
    }

    /// - Parameter day: The day of the thread's only activity, since 1970.
    private func make(_ thread: ThreadID, owner: String = "alice", day: Int64, in store: SQLiteStore) async throws {
        let time = Timestamp(microseconds: day * 86_400_000_000)
        try await store.merge(
            ThreadMerge(thread: ThreadRecord(id: thread, owner: owner, createdAt: time, updatedAt: time)))
    }

    @Test("leave a row each: what was done, to what, and by whom")
    func rows() async throws {
        try await withFolder { folder in
            let path = folder + "/a.sqlite"
            let (place, archive) = (["--store", "sqlite:" + path], ["--folder", folder + "/archive"])
            let today = Int64(Date().timeIntervalSince1970) / 86_400
            let store = try SQLiteStore(path: path)
            try await store.setUp()
            for thread: ThreadID in ["pinned", "held", "kept", "gone"] {
                try await make(thread, owner: "bob", day: today, in: store)
            }
            try await make("old", day: 1, in: store)
            for command in ["pin", "unpin"] { try await run(["retention", command, "pinned"] + place) }
            try await run(["retention", "hold", "held", "--reason", "a case"] + place)
            try await run(["retention", "release", "held"] + place)
            try await run(["retention", "keep", "kept", "--days", "30"] + place)
            try await run(["threads", "delete", "gone"] + place)
            try await run(["archive", "write", "kept"] + place + archive)
            try await run(["archive", "run", "--ttl-days", "7"] + place + archive)
            try await run(["restore", "old"] + place + archive)
            try await run(["backup", "run", "--folder", folder + "/backups"] + place)
            try await run(["erase", "--owner", "alice", "--receipt", folder + "/receipt"] + place)

            let rows = try await store.auditRows(behind: 0, limit: 100)
            #expect(
                rows.map(\.action) == [
                    "pinned", "unpinned", "held", "released", "kept", "deleted", "archived", "archived", "restored",
                    "backed_up", "erased",
                ])
            #expect(rows[0..<7].map(\.subject) == ["pinned", "pinned", "held", "held", "kept", "gone", "kept"])
            #expect(rows[7].details.contains("\"old\"") && rows[8].subject == "old")
            #expect(rows.filter { $0.actor != "retention" && !$0.actor.contains("@") } == [])
            #expect(try await store.verifyAudit().isIntact)
        }
    }

    @Test(
        "say that a store cannot do it", arguments: [["archive", "write", "t"], ["restore", "t"], ["backup", "run"]])
    func memory(_ arguments: [String]) async throws {
        let error = await #expect(throws: CommandFailure.self) { try await run(arguments + ["--store", "memory:"]) }
        #expect(error?.description.contains("cannot") == true)
    }

    @Test(
        "and a server does not start with chores that its store cannot do",
        arguments: [
            (["retention.ttl_days": "7", "retention.action": "archive"], "archive"),
            (["retention.rules": "tier=cold 7 archive"], "archive"), (["backup.interval": "60"], "dumped"),
        ])
    func chores(_ flags: [String: String], _ says: String) throws {
        let values = ConfigurationValues(flags: flags.merging(["store": "memory:"]) { $1 })
        let error = #expect(throws: CommandFailure.self) {
            try KeeperServices.make(InMemoryStore(), values, logger: .silentForTests)
        }
        #expect(error?.description.contains(says) == true)
        let deleting = ConfigurationValues(flags: ["store": "memory:", "retention.ttl_days": "7"])
        #expect(try KeeperServices.make(InMemoryStore(), deleting, logger: .silentForTests).count == 1)
    }
}
