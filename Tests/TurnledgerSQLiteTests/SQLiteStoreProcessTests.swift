// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Synchronization
import Testing
import TurnledgerSQLite
import TurnledgerStore

@Suite("A SQLite file between processes")
struct SQLiteStoreProcessTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("commits that were acknowledged survive kill -9 at any moment, and none is torn", arguments: [1, 7, 40])
    func killed(_ count: Int) async throws {
        let path = folder.path()
        let log = folder.path("acknowledged")
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, log = log as String, count = count as Int] in
            try await ChildProcess.write(path: path, log: log, killedAfter: count)
        }
        let acknowledged = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(acknowledged.count >= count)
        let store = try await folder.store()
        let stored = try await store.list(CheckpointQuery(thread: "t")).collect()
        let ids = Set(stored.map(\.checkpoint.id.rawValue))
        for id in acknowledged { #expect(ids.contains(id)) }
        #expect(ids.count <= acknowledged.count + 1)
        for checkpoint in stored {
            let id = checkpoint.checkpoint.id.rawValue
            #expect(checkpoint.checkpoint.channelValues["messages"] == Payload([.string(id)]))
            #expect(checkpoint.pendingWrites.map(\.value) == [Payload(.string(id))])
        }
        let record = try #require(try await store.thread("t"))
        #expect(record.head == stored.first?.checkpoint.id)
        // The holder died with its process: another takes the run over at once.
        let unfinished = try #require(try await store.unfinishedRuns(in: "t").first)
        let lease = try #require(unfinished.lease)
        #expect(try await store.isHolderAlive(lease.holder) == false)
        _ = try await store.takeOver(
            unfinished.run.id, observed: lease, holder: store.holder, duration: .seconds(1),
            at: Timestamp(microseconds: 2))
    }

    @Test("a holder is alive as long as its process, and known dead the moment it is killed")
    func holders() async throws {
        let store = try await folder.store()
        let other = try await folder.store()
        #expect(store.holder != other.holder)
        for holder in [store.holder, other.holder] {
            #expect(try await store.isHolderAlive(holder) == true)
            #expect(try await other.isHolderAlive(holder) == true)
        }
        for name in ["postgres:1", "sqlite:", "sqlite:-1", "sqlite:zz", ""] {
            #expect(try await store.isHolderAlive(name) == nil)
        }
        let (path, name, go) = (folder.path(), folder.path("holder"), folder.path("go"))
        async let exit = #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, name = name as String, go = go as String] in
            try await ChildProcess.hold(path: path, name: name, go: go)
        }
        let holder = try await ChildProcess.content(of: name)
        #expect(try await store.isHolderAlive(holder) == true)
        try Data("go".utf8).write(to: URL(fileURLWithPath: go))
        _ = await exit
        #expect(try await store.isHolderAlive(holder) == false)
        try other.close()
        #expect(try await store.isHolderAlive(other.holder) == false)
    }

    @Test("what one store commits the other reads at once, and their fences hold for both")
    func twoStores() async throws {
        let (first, second) = (try await folder.store(), try await folder.store())
        let creation = try await first.create(NewRun("t", id: "run_1", holder: first.holder))
        let lease = try #require(creation.lease)
        let checkpoint = Checkpoint("t", "1")
        try await first.commit(
            Commit(checkpoints: [checkpoint.new]), fence: Fence(epoch: lease.epoch, head: .exactly(nil)))
        #expect(try await second.latest(in: "t", namespace: .root) == StoredCheckpoint(checkpoint: checkpoint))
        let (_, taken) = try await second.takeOver(
            RunID("run_1"), observed: lease, holder: second.holder, duration: .seconds(1),
            at: Timestamp(microseconds: 2))
        let error = await #expect(throws: StoreError.self) {
            try await first.commit(Commit(checkpoints: [Checkpoint("t", "2").new]), fence: Fence(epoch: lease.epoch))
        }
        #expect(error?.code == .conflict)
        try await second.commit(Commit(checkpoints: [Checkpoint("t", "2").new]), fence: Fence(epoch: taken.epoch))
        #expect(try await first.thread("t")?.head == CheckpointID("2"))
    }

    @Test("another program reads LangGraph's columns while the store is open and writing")
    func foreignReader() async throws {
        let store = try await folder.store()
        try await store.commit(Commit(checkpoints: [Checkpoint("t", "1").new]), fence: nil)
        let foreign = try DatabaseQueue(path: folder.path())
        let row = try foreign.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT c.thread_id, c.checkpoint_ns, c.checkpoint_id, c.parent_checkpoint_id, c.type,
                           json_extract(c.checkpoint, '$.v') AS v, json_extract(c.metadata, '$.source') AS source,
                           b.type AS blob_type, b.blob
                    FROM checkpoints AS c JOIN checkpoint_blobs AS b ON b.thread_id = c.thread_id
                    """)
        }
        #expect(row?["checkpoint_id"] == "1")
        #expect(row?["v"] == 4)
        #expect(row?["source"] == "loop")
        #expect(row?["blob_type"] == "msgpack")
        #expect(row?["blob"] == Data([0x91, 0xA1, 0x61]))
        #expect(row?["type"] as String? == nil)
    }

    @Test("a commit has reached the disk when it returns: WAL, synchronous FULL")
    func durable() async throws {
        let store = try await folder.store()
        let (mode, level) = try await store.write { database in
            (
                try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(database, sql: "PRAGMA synchronous")
            )
        }
        #expect(mode == "wal")
        #expect(level == 2)
    }

    @Test("deleting a thread leaves no row of it in any table")
    func delete() async throws {
        let store = try await folder.store()
        for name in ["gone", "kept"] {
            let thread = ThreadID(name)
            let creation = try await store.create(NewRun(thread, id: "run_\(name)"))
            let checkpoint = Checkpoint(thread, "1")
            let writes = TaskWrites(checkpoint: checkpoint.reference, taskID: .null, writes: [.init("a", Payload(1))])
            try await store.commit(Commit(writes: [writes], checkpoints: [checkpoint.new]), fence: nil)
            try await store.append([RunEventRecord(run: creation.run.id, attempt: 1, number: 0, payload: [1])])
        }
        try await store.delete("gone")
        let counts = try await store.read { database in
            try [
                "checkpoints", "checkpoint_blobs", "checkpoint_writes", "turnledger_threads", "turnledger_runs",
                "turnledger_run_events",
            ].map { try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)") }
        }
        #expect(counts == [1, 1, 1, 1, 1, 1])
    }
}

/// What the child processes of these tests do.
enum ChildProcess {
    /// Commits checkpoint after checkpoint, logs each that was acknowledged, and is killed while it goes on.
    static func write(path: String, log: String, killedAfter count: Int) async throws {
        let store = try SQLiteStore(path: path)
        try await store.setUp()
        let creation = try await store.create(NewRun("t", id: "run_1", holder: store.holder))
        guard let lease = creation.lease, let file = fopen(log, "a") else { return }
        setvbuf(file, nil, _IONBF, 0)
        var parent: String?
        for number in 1...100_000 {
            let id = String(100_000 + number)
            let checkpoint = Checkpoint("t", id, parent: parent, value: [.string(id)])
            let writes = TaskWrites(
                checkpoint: checkpoint.reference, taskID: .null, writes: [.init("a", Payload(.string(id)))])
            let head = parent.map { CheckpointID($0) }
            try await store.commit(
                Commit(writes: [writes], checkpoints: [checkpoint.new]),
                fence: Fence(epoch: lease.epoch, head: .exactly(head)))
            parent = id
            fputs(id + "\n", file)
            if number == count { Thread.detachNewThread { kill(getpid(), SIGKILL) } }
        }
    }

    /// Opens the store, tells its holder's name, and kills itself when told to.
    static func hold(path: String, name: String, go: String) async throws {
        let store = try SQLiteStore(path: path)
        try Data(store.holder.utf8).write(to: URL(fileURLWithPath: name), options: .atomic)
        _ = try await content(of: go)
        kill(getpid(), SIGKILL)
    }

    /// Waits until a file is there, and returns its text.
    static func content(of path: String) async throws -> String {
        while !FileManager.default.fileExists(atPath: path) { try await Task.sleep(for: .milliseconds(5)) }
        return try String(contentsOfFile: path, encoding: .utf8)
    }
}
