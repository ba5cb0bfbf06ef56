// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing
import TurnledgerOperations
import TurnledgerStore

@testable import TurnledgerTesting

@Suite("Backups")
struct BackupTests {
    @Test("a dump is restored elsewhere and compared with the store as it was", arguments: StoreKind.all)
    func roundTrip(_ kind: StoreKind) async throws {
        try await kind.with { store, folder in
            for number in 0..<4 { try await store.makeThread(ThreadID("thread-\(number)")) }
            let backups = BackupFolder(path: folder + "/backups")
            let backup = try await backups.take(of: store, keeping: 2)
            #expect(backup.digest == (try await store.digest()))
            #expect(backup.digest.threads.count == 4 && backup.digest.rows["checkpoints"] == 24)
            // The live store goes on; the dump is compared with its own moment.
            try await store.makeThread("later")
            try await store.bury("thread-1", as: .deleted, at: .at(1))
            let verdict = try await backups.verifyNewest(with: store, scratch: kind.scratch)
            #expect(verdict.faults == [] && verdict.decoded == 24)

            let path = try #require(try files(backups.path, ".dump").first)
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            for offset in [0, size / 3, size / 2, size - 1] {
                try flip(path, at: offset)
                #expect(try await !backups.verifyNewest(with: store, scratch: kind.scratch).isSound, "byte \(offset)")
                try flip(path, at: offset)
            }
            let manifest = try #require(try files(backups.path, ".manifest.json").first)
            try flip(manifest, at: 100)
            await #expect(throws: OperationError.self) {
                try await backups.verifyNewest(with: store, scratch: kind.scratch)
            }
            try flip(manifest, at: 100)
        }
    }

    @Test("a dump that lacks a thread, or has another, is not sound")
    func difference() async throws {
        try await StoreKind.sqlite.with { store, folder in
            try await store.makeThread("thread")
            try await store.makeThread("other")
            let backups = BackupFolder(path: folder + "/backups")
            _ = try await backups.take(of: store, keeping: 1)
            // A dump of a store that lost a thread, under the manifest of the one that had it.
            let path = try #require(try files(backups.path, ".dump").first)
            try await store.bury("other", as: .deleted, at: .at(1))
            let wrong = try await BackupFolder(path: folder + "/wrong").take(of: store, keeping: 1)
            let manifest = try #require(try files(backups.path, ".manifest.json").first)
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(
                atPath: folder + "/wrong/" + wrong.file, toPath: path)
            #expect(FileManager.default.fileExists(atPath: manifest))
            #expect(try await !backups.verifyNewest(with: store).isSound)
        }
    }

    @Test("no more dumps are kept than asked for, and the newest always is")
    func rotation() async throws {
        try await StoreKind.sqlite.with { store, folder in
            let backups = BackupFolder(path: folder + "/backups", clock: SteppingClock())
            var last: [String] = []
            for _ in 0..<4 { last.append(try await backups.take(of: store, keeping: 2).file) }
            #expect(try backups.backups().map(\.file) == Array(last.suffix(2)))
            #expect(try files(backups.path, ".dump").count == 2)
        }
    }

    @Test("a keeper takes a backup when its time has come, and notes the verdict", arguments: StoreKind.all)
    func keeper(_ kind: StoreKind) async throws {
        try await kind.with { store, folder in
            try await store.makeThread("thread")
            let keeper = BackupKeeper(
                store, folder: BackupFolder(path: folder + "/backups"), keep: 2, interval: .seconds(3600),
                scratch: kind.scratch, holder: "a", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(try await keeper.takeOnce()?.isSound == true)
            let note = try #require(try await store.chore(BackupKeeper.chore)?.note)
            #expect(try JSONValue.parse(Array(note.utf8))["sound"]?.bool == true)
        }
    }
}

/// A clock that is a second later each time.
private final class SteppingClock: WallClock {
    private let time = TestCounter()
    func now() -> Timestamp { .at(1_900_000_000 + time.next()) }
}
