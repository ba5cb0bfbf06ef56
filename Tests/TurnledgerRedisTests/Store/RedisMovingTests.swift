// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTesting
import TurnledgerTransfer

@testable import TurnledgerRedis

@Suite(
    "Moving threads from and to Redis", .enabled(if: LiveRedis.isThere, LiveRedis.howTo), .timeLimit(.minutes(5)))
struct RedisMovingTests {
    @Test("takes owner, labels, runs and the rest of the time along, and changes nothing in the source")
    func out() async throws {
        try await Move.withEnds(.json, { $0.term = .seconds(3600) }) { move in
            try await move.talk(in: "äb:1", on: move.redis, key: "message-1")
            let keys = try await move.keys()
            try await move.transfer(from: move.source).copy()
            #expect(try await move.keys() == keys)
            let record = try #require(try await move.file.thread("äb:1"))
            #expect(record.owner == "ada" && record.labels == ["kind": "test"] && record.title == "Title")
            let again = try await move.file.create(move.run(in: "äb:1", id: RunID("run_again"), key: "message-1"))
            #expect(!again.isNew && again.run.id == RunID("run_äb:1_message-1"))
            // What was said an hour before its end, by the clock of the server.
            let facts = try #require(try await move.file.threadFacts(behind: nil, limit: 9, measuring: false).first)
            let idle = try #require(facts.retention.term?.idle)
            let end = try #require(facts.lastActivity) + idle
            let expected = SystemWallClock().now() + .seconds(3600)
            #expect(abs(end.microseconds - expected.microseconds) < 60_000_000)
            #expect(try await move.differences(from: move.source, to: move.file).isEmpty)
        }
    }

    @Test("moves to Redis and back without a difference", arguments: [LiveRedis.json, .plain])
    func back(_ place: LiveRedis) async throws {
        try await Move.withEnds(place) { move in
            for name: ThreadID in ["a", "b", "c"] { try await move.talk(in: name, on: move.file, key: "m") }
            try await move.talk(in: "b", on: move.file, key: "n")
            let source = StoreSource(move.file)
            try await move.transfer(from: source, to: move.redis, "out").copy()
            #expect(try await move.differences(from: source, to: move.redis, "out").isEmpty)
            let again = try await move.redis.create(move.run(in: "b", id: RunID("run_again"), key: "n"))
            #expect(!again.isNew)
            let other = try SQLiteStore(path: move.folder + "/other.sqlite")
            try await other.setUp()
            let way: any TransferSource = place == .json ? move.source : StoreSource(move.redis)
            try await move.transfer(from: way, to: other, "back").copy()
            #expect(try await move.differences(from: source, to: other, "out").isEmpty)
            #expect(try await other.runs(of: "b") == move.file.runs(of: "b"))
            try other.close()
        }
    }

    @Test("hears what is written while it follows, and ends when nothing is left")
    func follow() async throws {
        try await Move.withEnds(.json) { move in
            _ = try await move.client.send(RedisCommand("CONFIG", "SET", "notify-keyspace-events", "KEA"))
            try await move.talk(in: "first", on: move.redis, key: "1")
            let transfer = try move.transfer(from: move.source)
            let following = Task { try await transfer.follow(every: .seconds(600)) }
            try await until { try await move.file.thread("first") != nil }
            // Within the time of one look: only what is heard can bring it.
            try await move.talk(in: "second", on: move.redis, key: "2")
            try await until {
                try await move.file.latest(in: "second", namespace: .root)?.checkpoint.metadata.step == 1
            }
            try await move.talk(in: "first", on: move.redis, key: "3")
            try await until { try await move.file.runs(of: "first").count == 2 }
            following.cancel()
            await #expect(throws: StoreError.self) { try await following.value }
            try await move.talk(in: "third", on: move.redis, key: "4")
            try await transfer.follow(every: .milliseconds(100), endsWhenQuiet: true)
            #expect(try await move.differences(from: move.source, to: move.file).isEmpty)
            #expect(try await move.file.thread("third") != nil)
        }
    }

    @Test("brings the new end of what a reader gave more time, or gave for good, though nothing else has changed")
    func refreshed() async throws {
        try await Move.withEnds(.json, { $0.term = .seconds(3600) }) { move in
            for name: ThreadID in ["a", "b"] { try await move.talk(in: name, on: move.redis, key: "1") }
            let hour = SystemWallClock().now() + .seconds(3600)
            let transfer = try move.transfer(from: move.source)
            func end(of thread: ThreadID) async throws -> Timestamp? {
                let facts = try await move.file.threadFacts(behind: nil, limit: 9, measuring: false)
                let own = try #require(facts.first { $0.thread == thread })
                guard let idle = own.retention.term?.idle, let active = own.lastActivity else { return nil }
                return active + idle
            }
            func expectEnd(of thread: ThreadID, _ expected: Timestamp) async throws {
                let end = try #require(try await end(of: thread))
                #expect(abs(end.microseconds - expected.microseconds) < 120_000_000)
            }
            func give(_ thread: String, _ command: String, _ more: String...) async throws {
                for key in try await move.keys() where key.contains("_c:\(thread):") {
                    _ = try await move.client.send([RedisCommand([command, key] + more)])
                }
            }
            try await transfer.copy()
            try await expectEnd(of: "a", hour)
            try await move.file.setRetention(
                ThreadRetention(isPinned: false, hold: "court", term: move.file.retention(of: "a").term), of: "a",
                at: SystemWallClock().now())
            try await give("a", "PEXPIRE", "7200000")
            let given = SystemWallClock().now() + .seconds(7200)
            try await transfer.copy()
            try await expectEnd(of: "a", given)
            try await expectEnd(of: "b", hour)
            #expect(try await move.file.retention(of: "a").hold == "court")
            try await give("a", "PERSIST")
            try await transfer.copy()
            #expect(try await end(of: "a") == nil)
            #expect(try await end(of: "b") != nil)
        }
    }

    @Test("says which pins, holds and terms Redis has no place for")
    func unkept() async throws {
        try await Move.withEnds(.json) { move in
            for name: ThreadID in ["a", "b"] { try await move.talk(in: name, on: move.file, key: "1") }
            try await move.file.setRetention(
                ThreadRetention(isPinned: true, hold: "court"), of: "b", at: SystemWallClock().now())
            let source = StoreSource(move.file)
            let transfer = try move.transfer(from: source, to: move.redis)
            try await transfer.scan()
            #expect(try await Survey(of: source, journal: move.journal()).run().kept == 1)
            try await transfer.copy()
            let problems = try await move.journal().problems(limit: 9)
            #expect(problems.map(\.key) == ["b"] && problems.first?.kind == .refused)
            #expect(problems.first?.detail == "The target cannot keep its pin and hold.")
            #expect(try await move.redis.latest(in: "b", namespace: .root) != nil)
        }
    }

    @Test("tells by key what cannot be read, and moves the rest")
    func unreadable() async throws {
        try await Move.withEnds(.json) { move in
            for name: ThreadID in ["a", "b"] { try await move.talk(in: name, on: move.redis, key: "1") }
            let prefix = move.client.configuration
            func set(_ key: String, _ json: String) async throws {
                _ = try await move.client.send(RedisCommand("JSON.SET", key, "$", json))
            }
            let id = "1f1e753c-f875-6210-8017-30e7d5bd5afe"
            func checkpoint(_ values: String) -> String {
                #"{"thread_id":"odd","checkpoint_ns":"","checkpoint_id":"\#(id)","parent_checkpoint_id":"","metadata":"{}","#
                    + #""checkpoint":{"v":4,"id":"\#(id)","ts":"","channel_values":\#(values),"#
                    + #""channel_versions":{"x":"1"},"versions_seen":{}}}"#
            }
            func write(_ type: String, _ blob: String) -> String {
                #"{"thread_id":"odd","checkpoint_ns":"","checkpoint_id":"\#(id)","task_id":"t","idx":0,"channel":"x","#
                    + #""type":"\#(type)","blob":"\#(blob)"}"#
            }
            _ = try await move.client.send(RedisCommand("SET", prefix.checkpointPrefix + ":text", "no document"))
            try await set(prefix.checkpointPrefix + ":list", "[1]")
            try await set(prefix.writePrefix + ":nameless", #"{"task_id":"t","has_writes":true}"#)
            try await set(prefix.checkpointPrefix + ":early", #"{"has_writes":true}"#)
            try await set(prefix.checkpointPrefix + ":odd:bytes", checkpoint(#"{"x":{"__bytes__":"no base64!"}}"#))
            try await set(prefix.writePrefix + ":odd:type", write("odd", "AA=="))
            try await set(prefix.writePrefix + ":odd:base64", write("msgpack", "no base64!"))
            try await set(
                prefix.checkpointPrefix + ":huge",
                checkpoint(
                    #"{"x":["\#(String(repeating: "x", count: 50 << 20))"]}"#
                ).replacing("odd", with: "huge"))
            try await move.transfer(from: move.source).copy()
            let told = Dictionary(
                grouping: try await move.journal().problems(limit: 99), by: \.key)
            for key in [":text", ":list", ":odd:bytes"] {
                #expect(told[prefix.checkpointPrefix + key]?.first?.kind == .unreadable)
            }
            for key in [":nameless", ":odd:type", ":odd:base64"] {
                #expect(told[prefix.writePrefix + key]?.first?.kind == .unreadable)
            }
            #expect(told[prefix.checkpointPrefix + ":early"] == nil)
            #expect(try await move.file.thread("a") != nil)
            #expect(try await move.file.thread("b") != nil)
            let huge = try #require(try await move.file.latest(in: "huge", namespace: .root))
            #expect(huge.checkpoint.channelValues["x"].map { $0.bytes.count > 50 << 20 } == true)
        }
    }

    @Test("keeps both values that stand under one version, and tells which")
    func ambiguous() async throws {
        try await Move.withEnds(.json) { move in
            let (prefix, version) = (
                move.client.configuration.checkpointPrefix, "00000000000000000000000000000001.0.5190"
            )
            let set = #"{"lc":2,"type":"constructor","id":["builtins","set"],"args":[[1,2]]}"#
            let ids = (0..<4).map { "1f1e753c-f875-6210-800\($0)-30e7d5bd5afe" }
            for (index, value) in [set, set, "null", "null"].enumerated() {
                let parent = index == 0 ? "" : ids[index - 1]
                let json =
                    #"{"thread_id":"odd","checkpoint_ns":"","checkpoint_id":"\#(ids[index])","#
                    + #""parent_checkpoint_id":"\#(parent)","#
                    + #""metadata":"{}","checkpoint":{"v":4,"id":"\#(ids[index])","ts":"","channel_values":{"x":\#(value)},"#
                    + #""channel_versions":{"x":"\#(version)"},"versions_seen":{}}}"#
                _ = try await move.client.send(
                    RedisCommand("JSON.SET", "\(prefix):odd:__empty__:\(ids[index])", "$", json))
            }
            _ = try await move.client.send(
                RedisCommand("SET", "\(prefix)_latest:odd:__empty__", "\(prefix):odd:__empty__:\(ids[3])"))
            try await move.transfer(from: move.source).copy()
            let moved = try await move.file.list(CheckpointQuery(thread: "odd")).collect().reversed().map(\.checkpoint)
            let whole = Payload(.ext(LangGraphExt.constructor(module: "builtins", name: "set", argument: [1, 2])))
            #expect(moved.map { $0.channelValues["x"] } == [whole, whole, .null, .null])
            let versions = moved.compactMap { $0.channelVersions["x"]?.rawValue }
            #expect(versions == [version, version, String(version.dropLast()), String(version.dropLast())])
            #expect(try await move.differences(from: move.source, to: move.file).isEmpty)
            let told = try await move.journal().problems(limit: 9)
            #expect(told.map(\.kind) == [.ambiguous] && told.first?.key == "\(prefix):odd:__empty__:\(ids[2])")
            let touched = TouchStore(new: InMemoryStore(), old: move.redis)
            let head = try await touched.latest(in: "odd", namespace: .root)?.checkpoint
            #expect(head?.channelValues["x"] == .null)
        }
    }

    @Test("tells what has gone between the look and the reading, and moves the rest")
    func vanished() async throws {
        try await Move.withEnds(.json) { move in
            for name: ThreadID in ["a", "b"] { try await move.talk(in: name, on: move.redis, key: "1") }
            let transfer = try move.transfer(from: move.source)
            try await transfer.scan()
            let key = try #require(
                try await move.journal().threads(after: nil, limit: 9)[0].records.first { $0.kind == .checkpoint }?.key)
            _ = try await move.client.send(RedisCommand("DEL", key))
            try await transfer.copy()
            #expect(try await move.journal().problems(limit: 9).contains { $0.kind == .vanished && $0.key == key })
            #expect(try await move.file.latest(in: "b", namespace: .root) != nil)
            // The next look does not find it any more, and has nothing to tell.
            try await transfer.copy()
            #expect(try await move.differences(from: move.source, to: move.file).isEmpty)
        }
    }

    @Test("goes on when its connections are cut")
    func cut() async throws {
        try await Move.withEnds(.json) { move in
            for number in 0..<20 { try await move.talk(in: ThreadID("t\(number)"), on: move.redis, key: "1") }
            let name = LiveRedis.uniqueName()
            var configuration = move.client.configuration
            configuration.connections = 1
            let source = PythonRedisSource(configuration, prefix: move.redis.settings.prefix)
            let id = try await source.nodes.primaries()[0].send(RedisCommand("CLIENT", "ID"))
            #expect(id.integer != nil, "\(name)")
            let transfer = try move.transfer(from: source)
            try await transfer.scan()
            _ = try await move.client.send(RedisCommand("CLIENT", "KILL", "ID", id.string ?? ""))
            try await transfer.copy()
            #expect(try await move.journal().counts().movedThreads == 20)
            await source.close()
        }
    }

    private func until(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// A Redis, a file and journals of one test's own.
private struct Move {
    let redis: RedisStore
    let source: PythonRedisSource
    let file: SQLiteStore
    let folder: String

    static func withEnds(
        _ place: LiveRedis, _ change: (inout RedisStoreSettings) -> Void = { _ in },
        _ body: (Move) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "moving-\(UniqueID.random())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await place.withStore(change) { redis in
            let source = PythonRedisSource(redis.client.configuration, prefix: redis.settings.prefix)
            let file = try SQLiteStore(path: folder + "/file.sqlite")
            try await file.setUp()
            do {
                try await body(Move(redis: redis, source: source, file: file, folder: folder))
            } catch {
                await source.close()
                throw error
            }
            await source.close()
            try file.close()
        }
    }

    var client: RedisClient { redis.client }

    func journal(_ name: String = "journal") throws -> SQLiteTransferJournal {
        try SQLiteTransferJournal(path: "\(folder)/\(name)", source: "a", target: "b")
    }

    func transfer(
        from source: any TransferSource, to target: (any CheckpointStore)? = nil, _ name: String = "journal"
    ) throws -> Transfer {
        Transfer(from: source, to: target ?? file, journal: try journal(name))
    }

    func differences(
        from source: any TransferSource, to target: any CheckpointStore, _ name: String = "journal"
    ) async throws -> [Verification.Report.Difference] {
        try await transfer(from: source, to: target, name).scan()
        let report = try await Verification(of: source, against: target, journal: try journal(name)).run()
        #expect(report.threads > 0 && report.checkpoints > 0)
        return report.differences
    }

    /// All keys that the test's store has.
    func keys() async throws -> [String] {
        let configuration = client.configuration
        var result: [String] = []
        for prefix in [configuration.checkpointPrefix, configuration.writePrefix, redis.settings.prefix] {
            let answer = try await client.send(RedisCommand("KEYS", prefix + "*"))
            result += (answer.array ?? []).compactMap(\.string)
        }
        return result.sorted()
    }

    func run(in thread: ThreadID, id: RunID, key: String) -> NewRun {
        NewRun(
            id: id, thread: thread, owner: "ada", labels: ["kind": "test"], title: "Title", idempotencyKey: key,
            input: Array("hello".utf8), holder: "me", createdAt: SystemWallClock().now())
    }

    /// A turn of two checkpoints, with a write.
    func talk(in thread: ThreadID, on store: any ConversationStore, key: String) async throws {
        let new = run(in: thread, id: RunID("run_\(thread.rawValue)_\(key)"), key: key)
        let lease = try #require(try await store.create(new).lease)
        for step in 0..<2 {
            let head = try await store.latest(in: thread, namespace: .root)?.checkpoint
            let version = ChannelVersion.next(after: head?.channelVersions["messages"])
            let checkpoint = Checkpoint(
                thread: thread,
                id: .next(after: head?.id, superstep: step, now: SystemWallClock().now().microseconds * 10),
                parent: head?.id, timestamp: SystemWallClock().now().description,
                channelValues: ["messages": Payload([.string(key), .integer(Int64(step))])],
                channelVersions: ["messages": version], versionsSeen: [:], updatedChannels: ["messages"],
                metadata: CheckpointMetadata(source: .loop, step: step))
            let writes = TaskWrites(
                checkpoint: checkpoint.reference, taskID: TaskID("task-\(step)"), taskPath: "~path",
                writes: [.init("note", Payload(["x"]))])
            try await store.commit(
                Commit(writes: [writes], checkpoints: [.init(checkpoint, newVersions: ["messages": version])]),
                fence: Fence(epoch: lease.epoch))
        }
        try await store.finish(
            new.id, as: .succeeded, failure: nil, at: SystemWallClock().now(), fence: Fence(epoch: lease.epoch))
    }
}
