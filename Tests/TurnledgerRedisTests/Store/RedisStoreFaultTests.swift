// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTransfer

@testable import TurnledgerRedis

@Suite("A Redis that is not as it should be", .serialized, .enabled(if: LiveRedis.isThere, LiveRedis.howTo))
struct RedisStoreFaultTests {
    private static func checkpoint(_ number: Int, in thread: ThreadID, bytes: Int = 10) -> Commit.NewCheckpoint {
        let version = ChannelVersion("\(number)")
        return .init(
            Checkpoint(
                thread: thread, id: CheckpointID("1f00000\(number)-0000-6000-8000-000000000000"),
                timestamp: "2026-01-01T00:00:00+00:00",
                channelValues: ["value": Payload(.binary(Array(repeating: UInt8(number), count: bytes)))],
                channelVersions: ["value": version], metadata: CheckpointMetadata(source: .input, step: number)),
            newVersions: ["value": version])
    }

    private static func run(in thread: ThreadID) -> NewRun {
        NewRun(
            id: RunID("run_" + UniqueID.random()), thread: thread, owner: "o", input: [1], holder: "h",
            createdAt: Timestamp(microseconds: 5))
    }

    private func failure(_ body: () async throws -> Void) async -> StoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    @Test("without RedisJSON says that the layout plain needs none")
    func modules() async throws {
        let store = try RedisStore(LiveRedis.plain.configuration())
        let error = await failure { try await store.setUp() }
        #expect(error?.code == .unsupported)
        #expect(error?.detail.contains("RedisJSON") == true && error?.detail.contains("layout: plain") == true)
        await store.close()
    }

    @Test("whose keys are in the other layout refuses to be opened")
    func layouts() async throws {
        try await LiveRedis.json.withStore { first in
            var settings = first.settings
            settings.layout = .plain
            let second = try RedisStore(LiveRedis.json.configuration(), settings: settings)
            let error = await failure { try await second.setUp() }
            #expect(error?.code == .unsupported && error?.detail.contains("layout: json") == true)
            await second.close()
        }
    }

    @Test("refuses a wrong password by a message that does not repeat it")
    func password() async throws {
        for version in [2, 3] {
            var configuration = try LiveRedis.plain.configuration()
            configuration.password = "hunter2"
            configuration.protocolVersion = version
            let store = try RedisStore(configuration, settings: RedisStoreSettings(layout: .plain))
            let error = await failure { try await store.setUp() }
            #expect(error?.code == .unavailable)
            #expect(error?.detail.contains("password") == true && error?.detail.contains("hunter2") == false)
            await store.close()
        }
    }

    @Test("that nobody answers for is unavailable, and the message says where")
    func away() async throws {
        var configuration = RedisConfiguration(address: RedisAddress(host: "127.0.0.1", port: 1))
        configuration.connectDeadline = .seconds(2)
        let store = try RedisStore(configuration)
        let error = await failure { try await store.setUp() }
        #expect(error?.code == .unavailable && error?.detail.contains("127.0.0.1:1") == true)
        await store.close()
    }

    @Test("that is full keeps nothing of a commit, and goes on when something was deleted")
    func full() async throws {
        // What a server has read of a connection counts as memory too, and it keeps the room for seconds: with 4 MB on each of
        // four connections there is none left for anything else.
        var configuration = try LiveRedis.small.configuration()
        configuration.connections = 1
        let settings = RedisStoreSettings(layout: .plain, prefix: LiveRedis.uniqueName())
        let store = try RedisStore(configuration, settings: settings)
        try await store.setUp()
        let (thread, other) = (ThreadID("full"), ThreadID("other"))
        try await store.put(Self.checkpoint(1, in: other).checkpoint, newVersions: [:], fence: nil)
        var last = 0
        var error: StoreError?
        for number in 1...9 where error == nil {
            let new = Self.checkpoint(number, in: thread, bytes: 2_000_000)
            error = await failure {
                try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            }
            if error == nil { last = number }
        }
        #expect(error?.code == .full && error?.detail.contains("maxmemory") == true)
        #expect(last >= 1)
        #expect(try await store.latest(in: thread, namespace: .root)?.checkpoint.metadata.step == last)
        #expect(try await store.list(CheckpointQuery(thread: thread)).collect().count == last)
        try await store.delete(thread)
        #expect(try await store.latest(in: thread, namespace: .root) == nil)
        let again = Self.checkpoint(9, in: thread, bytes: 2_000_000)
        // The server frees what was deleted in a thread of its own.
        for _ in 0..<200 {
            error = await failure {
                try await store.put(again.checkpoint, newVersions: again.newVersions, fence: nil)
            }
            if error == nil { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(error == nil)
        #expect(try await store.latest(in: other, namespace: .root) != nil)
        await store.close()
    }

    @Test("that is full refuses a thread that is moved to it, says so, and takes those that it has room for")
    func fullTarget() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "full-\(UniqueID.random())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = InMemoryStore()
        for thread: ThreadID in ["a", "large", "z"] {
            for number in 1...9 {
                let new = Self.checkpoint(number, in: thread, bytes: thread == "large" ? 2_500_000 : 10)
                try await source.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            }
        }
        var configuration = try LiveRedis.small.configuration()
        configuration.connections = 1
        let target = try RedisStore(
            configuration, settings: RedisStoreSettings(layout: .plain, prefix: LiveRedis.uniqueName()))
        try await target.setUp()
        let journal = try SQLiteTransferJournal(path: folder + "/journal", source: "a", target: "b")
        let transfer = Transfer(from: StoreSource(source), to: target, journal: journal)
        // The server takes back the room of what it has refused after a while.
        for round in 0..<200 {
            try await transfer.copy()
            let counts = try await journal.counts()
            #expect(counts.movedThreads + (counts.problems[.refused] ?? 0) == 3, "\(round)")
            if counts.movedThreads == 2 { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await journal.counts().movedThreads == 2)
        let problem = try #require(try await journal.problems(limit: 9).first)
        #expect(problem.kind == .refused && problem.key == "large" && problem.detail.contains("maxmemory"))
        for thread: ThreadID in ["a", "z"] {
            #expect(try await target.list(CheckpointQuery(thread: thread)).collect().count == 9)
        }
        for thread: ThreadID in ["a", "large", "z"] { try await target.delete(thread) }
        await target.close()
    }

    @Test("that cuts all connections and forgets its scripts is used again by the next call")
    func cut() async throws {
        try await LiveRedis.small.withStore { store in
            let new = Self.checkpoint(1, in: "cut")
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            let other = RedisClient(try LiveRedis.small.configuration())
            for round in 0..<5 {
                _ = try await other.send([
                    RedisCommand("SCRIPT", "FLUSH"), RedisCommand("CLIENT", "KILL", "TYPE", "normal"),
                ])
                var read: StoredCheckpoint?
                for _ in 0..<9 where read == nil {
                    let error = await failure { read = try await store.latest(in: "cut", namespace: .root) }
                    #expect(error == nil || error?.code == .unavailable)
                }
                #expect(read?.checkpoint == new.checkpoint, "round \(round)")
            }
            await other.close()
        }
    }

    @Test("whose keys cannot be told apart refuses a commit and keeps what lay there")
    func ambiguity() async throws {
        try await LiveRedis.json.withStore { store in
            var first = Self.checkpoint(1, in: "a:b")
            first.checkpoint.namespace = "c"
            try await store.put(first.checkpoint, newVersions: first.newVersions, fence: nil)
            var second = Self.checkpoint(1, in: "a")
            second.checkpoint.namespace = "b:c"
            let error = await failure {
                try await store.put(second.checkpoint, newVersions: second.newVersions, fence: nil)
            }
            #expect(error?.code == .invalid)
            #expect(try await store.checkpoint(second.checkpoint.reference) == nil)
            #expect(try await store.checkpoint(first.checkpoint.reference)?.checkpoint == first.checkpoint)
        }
    }

    @Test("gives every key of a thread a term, and begins it anew on reading", arguments: [LiveRedis.json, .plain])
    func terms(_ place: LiveRedis) async throws {
        try await place.withStore({ $0.term = .seconds(1000) }) { store in
            let new = Self.checkpoint(1, in: "term")
            let run = Self.run(in: "term")
            let lease = try #require(try await store.create(run).lease)
            let writes = TaskWrites(
                checkpoint: new.checkpoint.reference, taskID: TaskID("task"), writes: [.init("value", Payload("x"))])
            try await store.commit(Commit(writes: [writes], checkpoints: [new]), fence: Fence(epoch: lease.epoch))
            try await store.append([RunEventRecord(run: run.id, attempt: 1, number: 0, payload: [1])])
            let names = try await keys(of: store)
            let threadKeys = names.filter { $0.contains(":term") || $0.hasSuffix(run.id.rawValue) }
            #expect(threadKeys.count >= (place == .json ? 10 : 11), "\(names)")
            for name in threadKeys {
                let left = try await store.send(RedisCommand("TTL", name)).integer ?? 0
                #expect(left > 900 && left <= 1000, "\(name)")
                _ = try await store.send(RedisCommand("EXPIRE", name, "500"))
            }
            _ = try await store.latest(in: "term", namespace: .root)
            for name in threadKeys where name.contains(":term") {
                #expect(try await store.send(RedisCommand("TTL", name)).integer ?? 0 > 900, "\(name)")
            }
        }
    }

    @Test("has lost an older checkpoint, and the next one is the head", arguments: [LiveRedis.json])
    func expired(_ place: LiveRedis) async throws {
        try await place.withStore { store in
            let news = (1...3).map { Self.checkpoint($0, in: "lost") }
            for new in news { try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil) }
            for number in [3, 2] {
                let name =
                    "\(store.client.configuration.checkpointPrefix):lost:__empty__:\(news[number - 1].checkpoint.id)"
                #expect(try await store.send(RedisCommand("DEL", name)).integer == 1)
            }
            #expect(try await store.latest(in: "lost", namespace: .root)?.checkpoint == news[0].checkpoint)
            #expect(try await store.list(CheckpointQuery()).collect().count == 1)
        }
    }

    @Test("tells what one server announces to another, by either version of the protocol", arguments: [2, 3])
    func announcements(_ version: Int) async throws {
        try await LiveRedis.plain.withStore { speaker in
            var configuration = speaker.client.configuration
            configuration.protocolVersion = version
            let listener = try RedisStore(configuration, settings: speaker.settings)
            var heard: [RunNews] = []
            for await news in try #require(listener.announcements) {
                heard.append(news)
                if news == .hearing { try await speaker.announce([RunID("run_1"), RunID("run_2")]) }
                if heard.count == 2 { break }
            }
            #expect(heard == [.hearing, .changed([RunID("run_1"), RunID("run_2")])])
            await listener.close()
        }
    }

    private func keys(of store: RedisStore) async throws -> [String] {
        let (prefix, own) = (store.settings.prefix, store.client.configuration)
        let answer = try await store.send(RedisCommand("KEYS", "*"))
        return (answer.array ?? []).compactMap(\.string).filter { name in
            [prefix + ":", own.checkpointPrefix, own.writePrefix].contains { name.hasPrefix($0) }
                || name.hasPrefix("write_keys_zset:term")
        }
    }
}
