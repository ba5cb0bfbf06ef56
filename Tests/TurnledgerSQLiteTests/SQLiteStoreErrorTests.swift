// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Testing
import TurnledgerSQLite
import TurnledgerStore

@Suite("What a SQLite store says when the file is not as it should be")
struct SQLiteStoreErrorTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func expect(
        _ code: StoreError.Code, naming text: String, at location: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        let error = await #expect(throws: StoreError.self, sourceLocation: location) { try await body() }
        #expect(error?.code == code, sourceLocation: location)
        #expect(error?.detail.contains(text) == true, "\(error?.detail ?? "")", sourceLocation: location)
        #expect(error?.detail.contains("SELECT") == false, sourceLocation: location)
        #expect(error?.description == code.description, sourceLocation: location)
    }

    @Test("a file of something else is named, and left alone")
    func notADatabase() async throws {
        let rubbish = Data(repeating: 0x41, count: 10_000)
        try rubbish.write(to: URL(fileURLWithPath: folder.path()))
        await expect(.undecodable, naming: folder.path()) { _ = try await folder.store() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path())) == rubbish)
    }

    @Test("a damaged file is named")
    func corrupt() async throws {
        let store = try await folder.store()
        for number in 100..<400 {
            try await store.commit(
                Commit(checkpoints: [
                    Checkpoint("t", "\(number)", value: .array([.string(String(repeating: "x", count: 3000))])).new
                ]),
                fence: nil)
        }
        try store.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.path()))
        let end = try file.seekToEnd()
        for page in stride(from: UInt64(4096), to: end, by: 4096) {
            try file.seek(toOffset: page)
            try file.write(contentsOf: Data(repeating: 0x7F, count: 64))
        }
        try file.close()
        await expect(.undecodable, naming: folder.path()) {
            let damaged = try await folder.store()
            _ = try await damaged.list(CheckpointQuery()).collect()
        }
    }

    @Test("a row that cannot be read is named, and others still can be")
    func undecodableRow() async throws {
        let store = try await folder.store()
        for (thread, id) in [("good", "1"), ("bad", "2")] {
            try await store.commit(Commit(checkpoints: [Checkpoint(ThreadID(thread), id).new]), fence: nil)
        }
        let foreign = try DatabaseQueue(path: folder.path())
        try await foreign.write {
            try $0.execute(sql: "UPDATE checkpoints SET checkpoint = '{' WHERE thread_id = 'bad'")
        }
        await expect(.undecodable, naming: "Checkpoint 2 of thread bad") {
            _ = try await store.latest(in: "bad", namespace: .root)
        }
        #expect(try await store.latest(in: "good", namespace: .root) != nil)
    }

    @Test("a file that another connection holds is unavailable after the time given, and usable again later")
    func locked() async throws {
        let store = try await folder.store("store.sqlite", .init(busyTimeout: .milliseconds(50)))
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let foreign = try DatabaseQueue(path: folder.path(), configuration: configuration)
        try await foreign.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
        await expect(.unavailable, naming: "Another process holds") {
            try await store.commit(Commit(checkpoints: [Checkpoint("t", "1").new]), fence: nil)
        }
        #expect(try await store.latest(in: "t", namespace: .root) == nil)
        try await foreign.writeWithoutTransaction { try $0.commit() }
        try await store.commit(Commit(checkpoints: [Checkpoint("t", "1").new]), fence: nil)
        #expect(try await store.latest(in: "t", namespace: .root) != nil)
    }

    @Test("a store without room keeps nothing of the call, and goes on when there is some")
    func full() async throws {
        let store = try await folder.store("store.sqlite", .init(maximumPages: 200))
        let large = Checkpoint("t", "1", value: .binary(Array(repeating: 1, count: 4_000_000)))
        let writes = TaskWrites(checkpoint: large.reference, taskID: .null, writes: [.init("a", Payload(1))])
        await expect(.full, naming: folder.path()) {
            try await store.commit(Commit(writes: [writes], checkpoints: [large.new]), fence: nil)
        }
        #expect(try await store.latest(in: "t", namespace: .root) == nil)
        let small = Checkpoint("t", "1")
        try await store.commit(Commit(checkpoints: [small.new]), fence: nil)
        #expect(try await store.latest(in: "t", namespace: .root) == StoredCheckpoint(checkpoint: small))
    }

    @Test("a folder that is missing is made; one that cannot be made is named")
    func folders() async throws {
        let store = try SQLiteStore(path: folder.path("a/b/c.sqlite"))
        try await store.setUp()
        #expect(FileManager.default.fileExists(atPath: folder.path("a/b/c.sqlite")))
        try Data("a file".utf8).write(to: URL(fileURLWithPath: folder.path("file")))
        await expect(.unavailable, naming: folder.path("file")) {
            _ = try SQLiteStore(path: folder.path("file/store.sqlite"))
        }
    }

    @Test("a path that is a folder cannot be opened")
    func folderAsFile() async throws {
        await expect(.unavailable, naming: folder.url.path) { _ = try SQLiteStore(path: folder.url.path) }
    }

    @Test("a file that may not be written is unavailable", .enabled(if: getuid() != 0, "root may write everything"))
    func readOnly() async throws {
        try (try await folder.store()).close()
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o444]
        try FileManager.default.setAttributes(attributes, ofItemAtPath: folder.path())
        await expect(.unavailable, naming: folder.path()) {
            let store = try await folder.store()
            try await store.commit(Commit(checkpoints: [Checkpoint("t", "1").new]), fence: nil)
        }
    }

    @Test("SQLite's own word for read-only is translated")
    func readOnlyCode() {
        let error = StoreError(sqlite: DatabaseError(resultCode: .SQLITE_READONLY), file: "chat.sqlite")
        #expect(error.code == .unavailable)
        #expect(error.detail.contains("chat.sqlite cannot be written"))
    }

    @Test("a closed store says so to every call")
    func closed() async throws {
        let store = try await folder.store()
        try store.close()
        await expect(.closed, naming: folder.path()) { _ = try await store.latest(in: "t", namespace: .root) }
        await expect(.closed, naming: folder.path()) { try await store.delete("t") }
        #expect(try await store.isHolderAlive(store.holder) == nil)
    }

    @Test("a store that was not set up says so")
    func notSetUp() async throws {
        let store = try SQLiteStore(path: folder.path())
        await expect(.unavailable, naming: "Set the store up") { _ = try await store.latest(in: "t", namespace: .root) }
    }

    @Test("a body that throws leaves no transaction open and nothing written")
    func rollback() async throws {
        struct Failure: Error {}
        let store = try await folder.store()
        await #expect(throws: StoreError.self) {
            try await store.write { database in
                try database.execute(sql: "INSERT INTO checkpoint_blobs VALUES ('t', '', 'c', 'v', 'null', NULL)")
                throw Failure()
            }
        }
        let rows = try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM checkpoint_blobs") }
        #expect(rows == 0)
        try await store.commit(Commit(checkpoints: [Checkpoint("t", "1").new]), fence: nil)
    }
}
