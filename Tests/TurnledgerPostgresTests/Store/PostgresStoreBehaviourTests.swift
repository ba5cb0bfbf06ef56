// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerStore

@testable import TurnledgerPostgres

@Suite("How the PostgreSQL store behaves", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
struct PostgresStoreBehaviourTests {
    @Test("a creation that is sent again after a lost reply knows its own success")
    func lostCreation() async throws {
        try await StoreSchema.withStore { store in
            let new = NewRun("t", id: "run_1")
            let first = try await store.create(new, token: 7)
            let again = try await store.create(new, token: 7)
            #expect(first.isNew && again == first)
            #expect(try await store.create(new, token: 8) == RunCreation(run: first.run, lease: nil))
        }
    }

    @Test("a take-over that is sent again after a lost reply knows its own success")
    func lostTakeOver() async throws {
        try await StoreSchema.withStore { store in
            let creation = try await store.create(NewRun("t", id: "run_1"))
            func takeOver(_ token: Int64) async throws -> (run: RunRecord, lease: Lease) {
                try await store.takeOver(
                    RunID("run_1"), observed: creation.lease, holder: "other", duration: .seconds(1),
                    at: Timestamp(microseconds: 2), token: token)
            }
            let first = try await takeOver(7)
            let again = try await takeOver(7)
            #expect(first.run == again.run && first.lease == again.lease && again.run.attempt == 2)
            let error = await #expect(throws: StoreError.self) { try await takeOver(8) }
            #expect(error?.code == .conflict)
        }
    }

    @Test("a commit of every kind of part is one round trip: two statements, one transaction")
    func rows() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                let creation = try await store.create(NewRun("t", id: "run_1"))
                let fence = Fence(epoch: try #require(creation.lease).epoch, head: .exactly(nil))
                let checkpoint = Checkpoint("t", "1")
                let kept = TaskWrites(
                    checkpoint: checkpoint.reference, taskID: .null,
                    writes: [.init("a", Payload(1)), .init("b", .null)])
                let replaced = TaskWrites(
                    checkpoint: checkpoint.reference, taskID: TaskID("task"), writes: [.init("__error__", Payload("e"))]
                )
                try await store.commit(Commit(writes: [kept, replaced], checkpoints: [checkpoint.new]), fence: fence)
            }
            let transactions = try await schema.texts(
                """
                SELECT DISTINCT xmin::text FROM checkpoints
                UNION SELECT xmin::text FROM checkpoint_blobs UNION SELECT xmin::text FROM checkpoint_writes
                """)
            #expect(transactions.count == 1)
            #expect(try await schema.value("SELECT count(*)::text FROM checkpoint_writes") == "3")
        }
    }

    @Test("what one commit says twice is stored as two calls would have stored it")
    func twice() async throws {
        try await StoreSchema.withStore { store in
            let place = CheckpointReference(thread: "t", id: CheckpointID("1"))
            func writes(_ channel: String, _ value: PayloadValue, path: String) -> TaskWrites {
                TaskWrites(
                    checkpoint: place, taskID: TaskID("task"), taskPath: path, writes: [.init(channel, Payload(value))])
            }
            var second = Checkpoint("t", "1", parent: "other")
            second.metadata = CheckpointMetadata(source: .update, step: 5)
            let commit = Commit(
                writes: [
                    writes("a", 1, path: "p"), writes("a", 2, path: "q"), writes("__error__", 3, path: "p"),
                    writes("__error__", 4, path: "q"),
                ], checkpoints: [Checkpoint("t", "1", parent: "0").new, second.new])
            try await store.commit(commit, fence: nil)
            let once = try #require(try await store.checkpoint(place))
            #expect(once.checkpoint.parent == CheckpointID("0"))
            #expect(once.checkpoint.metadata == second.metadata)
            #expect(once.pendingWrites.map(\.value) == [Payload(4), Payload(1)])
            #expect(once.pendingWrites.map(\.taskPath) == ["p", "p"])
            try await store.commit(commit, fence: nil)
            #expect(try await store.checkpoint(place) == once)
        }
    }

    @Test("text with NUL becomes a blob as a value, and is refused in what must be JSON or a name")
    func nul() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                var checkpoint = Checkpoint("t", "1", value: "a\0b")
                try await store.put(checkpoint, newVersions: checkpoint.channelVersions, fence: nil)
                #expect(try await store.latest(in: "t", namespace: .root)?.checkpoint == checkpoint)
                #expect(try await schema.value("SELECT type FROM checkpoint_blobs") == "msgpack")
                checkpoint.metadata.json["nested"] = ["deep": "a\0b"]
                let error = await #expect(throws: StoreError.self) {
                    try await store.put(checkpoint, newVersions: [:], fence: nil)
                }
                #expect(error?.code == .invalid)
                for call in [
                    { _ = try await store.thread("a\0") }, { _ = try await store.latest(in: "a\0", namespace: .root) },
                    { try await store.delete("a\0") },
                ] as [@Sendable () async throws -> Void] {
                    let error = await #expect(throws: StoreError.self) { try await call() }
                    #expect(error?.code == .invalid)
                    #expect(error?.detail.contains("NUL") == true)
                }
            }
        }
    }

    @Test("a row that nobody can read is named, and hides no other")
    func damaged() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                try await store.commit(Commit(checkpoints: [Checkpoint("good", "1").new]), fence: nil)
                try await schema.execute(
                    "INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint) VALUES ('bad', '2', '{\"channel_versions\": 7}')"
                )
                let error = await #expect(throws: StoreError.self) {
                    try await store.latest(in: "bad", namespace: .root)
                }
                #expect(error?.code == .undecodable)
                #expect(error?.detail.contains("Checkpoint 2 of thread bad") == true)
                #expect(try await store.latest(in: "good", namespace: .root) != nil)
            }
        }
    }

    @Test("commits that were acknowledged survive kill -9 of their process, and none is torn", arguments: [3, 40])
    func killed(_ count: Int) async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { try await $0.setUp() }
            let log = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)").path()
            defer { try? FileManager.default.removeItem(atPath: log) }
            let name = schema.name
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [name = name as String, log = log as String, count = count as Int] in
                try await Committer.run(schema: name, log: log, killedAfter: count)
            }
            let acknowledged = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
            #expect(acknowledged.count >= count)
            try await schema.withStore { store in
                let stored = try await store.list(CheckpointQuery(thread: "t")).collect()
                let ids = Set(stored.map(\.checkpoint.id.rawValue))
                #expect(ids.isSuperset(of: acknowledged) && ids.count <= acknowledged.count + 1)
                for one in stored {
                    let id = one.checkpoint.id.rawValue
                    #expect(one.checkpoint.channelValues["messages"] == Payload([.string(id)]))
                    #expect(one.pendingWrites.map(\.value) == [Payload(.string(id))])
                }
                // Another server takes the run over, and the dead one's fence holds no longer.
                let unfinished = try #require(try await store.unfinishedRuns(in: "t").first)
                let (_, lease) = try await store.takeOver(
                    unfinished.run.id, observed: unfinished.lease, holder: "other", duration: .seconds(1),
                    at: Timestamp(microseconds: 2))
                let error = await #expect(throws: StoreError.self) {
                    try await store.commit(
                        Commit(checkpoints: [Checkpoint("t", "999999").new]), fence: Fence(epoch: lease.epoch - 1))
                }
                #expect(error?.code == .conflict)
            }
        }
    }

    @Test("two stores at once never fork a thread: of each pair of commits on one head one is refused")
    func race() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { first in
                try await first.setUp()
                try await StoreSchema(name: schema.name, place: .pooler).withStore { second in
                    let creation = try await first.create(NewRun("t", id: "run_1"))
                    let epoch = try #require(creation.lease).epoch
                    var head: CheckpointID?
                    for round in 0..<40 {
                        let fence = Fence(epoch: epoch, head: .exactly(head))
                        let winners = try await withThrowingTaskGroup(of: CheckpointID?.self) { group in
                            for (number, store) in [first, second].enumerated() {
                                let new = Checkpoint("t", "\(100 + round)-\(number)", parent: head?.rawValue).new
                                group.addTask {
                                    do throws(StoreError) {
                                        try await store.commit(Commit(checkpoints: [new]), fence: fence)
                                        return new.checkpoint.id
                                    } catch {
                                        guard error.code == .conflict else { throw error }
                                        return nil
                                    }
                                }
                            }
                            return try await group.reduce(into: [CheckpointID]()) { if let id = $1 { $0.append(id) } }
                        }
                        #expect(winners.count == 1)
                        head = winners.first
                    }
                }
                let parents = try await schema.texts(
                    "SELECT parent_checkpoint_id FROM checkpoints WHERE parent_checkpoint_id IS NOT NULL")
                #expect(parents.count == 39 && Set(parents).count == 39)
            }
        }
    }
}

/// What the child process of a test does.
enum Committer {
    /// Commits checkpoint after checkpoint, logs each that was acknowledged, and is killed while it goes on.
    static func run(schema: String, log: String, killedAfter count: Int) async throws {
        var configuration = try StorePlace.server.configuration
        configuration.schema = schema
        let store = try PostgresStore(configuration: configuration)
        try await store.setUp()
        let creation = try await store.create(NewRun("t", id: "run_1"))
        guard let lease = creation.lease, let file = fopen(log, "a") else { return }
        setvbuf(file, nil, _IONBF, 0)
        var parent: String?
        for number in 1...100_000 {
            let id = String(100_000 + number)
            let checkpoint = Checkpoint("t", id, parent: parent, value: [.string(id)])
            let writes = TaskWrites(
                checkpoint: checkpoint.reference, taskID: .null, writes: [.init("a", Payload(.string(id)))])
            try await store.commit(
                Commit(writes: [writes], checkpoints: [checkpoint.new]),
                fence: Fence(epoch: lease.epoch, head: .exactly(parent.map { CheckpointID($0) })))
            parent = id
            fputs(id + "\n", file)
            if number == count { Thread.detachNewThread { kill(getpid(), SIGKILL) } }
        }
    }
}
