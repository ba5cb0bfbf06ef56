// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTransfer

@testable import TurnledgerRedis

@Suite(
    "Moving threads from a Redis cluster", .serialized, .enabled(if: LiveRedis.hasCluster, LiveRedis.howToCluster),
    .timeLimit(.minutes(5)))
struct RedisClusterTests {
    @Test("reads what each of its primaries has")
    func primaries() async throws {
        try await Cluster.withEnds { cluster in
            for number in 0..<60 { try await cluster.write(thread: "t\(number)", checkpoints: 3) }
            for primary in try await cluster.source.nodes.primaries() {
                let keys = try await primary.send(RedisCommand("KEYS", cluster.prefix + "*")).array ?? []
                #expect(keys.count > 10)
            }
            try await cluster.transfer.copy()
            let counts = try await cluster.journal.counts()
            #expect((counts.threads, counts.movedThreads) == (60, 60))
            #expect((counts.checkpoints, counts.writes, counts.problems) == (180, 60, [:]))
            #expect(try await cluster.differences().isEmpty)
        }
    }

    @Test("finds keys whose slot is on its way to another primary, and those of a slot that has moved")
    func moving() async throws {
        try await Cluster.withEnds { cluster in
            // One slot has them all.
            for number in 0..<6 { try await cluster.write(thread: "{slot}\(number)", checkpoints: 2) }
            let keys = try await cluster.keys()
            let slot = String(RedisSlot.of(keys[0]))
            // The owners are asked for once, before the slot moves.
            let transfer = cluster.transfer
            try await transfer.scan()
            let primaries = try await cluster.source.nodes.primaries()
            var owner: RedisClient?
            for primary in primaries where owner == nil {
                let answer = try await primary.send([RedisCommand("CLUSTER", "COUNTKEYSINSLOT", slot)])[0]
                if answer.integer == Int64(keys.count) { owner = primary }
            }
            let old = try #require(owner)
            let new = try #require(primaries.first { $0 !== old })
            let (oldID, newID) = (try await id(of: old), try await id(of: new))
            _ = try await new.send(RedisCommand("CLUSTER", "SETSLOT", slot, "IMPORTING", oldID))
            _ = try await old.send(RedisCommand("CLUSTER", "SETSLOT", slot, "MIGRATING", newID))
            for key in keys.prefix(5) { try await migrate(key, from: old, to: new) }
            try await transfer.copy()
            #expect(try await cluster.journal.counts().problems == [:])
            #expect(try await cluster.differences().isEmpty)
            for key in keys.dropFirst(5) { try await migrate(key, from: old, to: new) }
            for node in [new, old] { _ = try await node.send(RedisCommand("CLUSTER", "SETSLOT", slot, "NODE", newID)) }
            try await cluster.write(thread: "{slot}7", checkpoints: 2)
            try await transfer.copy()
            #expect(try await cluster.journal.counts().movedThreads == 7)
            #expect(try await cluster.differences().isEmpty)
        }
    }

    @Test("finds keys whose slot moves while they are looked for, to a primary that was looked through before")
    func movingBack() async throws {
        try await Cluster.withEnds { cluster in
            let primaries = try await cluster.source.nodes.primaries()
            let (first, last) = (primaries[0], primaries[primaries.count - 1])
            var (tag, slot) = (0, "")
            repeat {
                tag += 1
                slot = String(RedisSlot.of("{back\(tag)}"))
            } while try await last.send([RedisCommand("EXISTS", "{back\(tag)}")])[0].error != nil
            for number in 0..<6 { try await cluster.write(thread: "{back\(tag)}\(number)", checkpoints: 2) }
            let (firstID, lastID) = (try await id(of: first), try await id(of: last))
            var hasMoved = false
            var found: Set<String> = []
            try await cluster.source.scan { (findings) throws(StoreError) in
                found.formUnion(findings.records.map(\.key))
                guard !hasMoved else { return }
                hasMoved = true
                do {
                    _ = try await first.send(RedisCommand("CLUSTER", "SETSLOT", slot, "IMPORTING", lastID))
                    _ = try await last.send(RedisCommand("CLUSTER", "SETSLOT", slot, "MIGRATING", firstID))
                    for key in try await cluster.keys() { try await migrate(key, from: last, to: first) }
                    for node in [first, last] {
                        _ = try await node.send(RedisCommand("CLUSTER", "SETSLOT", slot, "NODE", firstID))
                    }
                } catch {
                    throw StoreError(.unavailable, "\(error)")
                }
            }
            #expect(found == Set(try await cluster.keys()))
            #expect(found.count == 18)
        }
    }

    private func id(of node: RedisClient) async throws -> String {
        try #require(try await node.send(RedisCommand("CLUSTER", "MYID")).string)
    }

    private func migrate(_ key: String, from old: RedisClient, to new: RedisClient) async throws {
        let address = new.configuration.address
        let answer = try await old.send(
            RedisCommand(
                "MIGRATE", address.host, String(address.port), key, "0", "5000", "AUTH",
                new.configuration.password ?? ""))
        #expect(answer.string == "OK")
    }
}

/// Documents of one test's own in the cluster, and where they go.
private struct Cluster {
    let prefix: String
    let source: PythonRedisSource
    let file: SQLiteStore
    let journal: SQLiteTransferJournal

    static func withEnds(_ body: (Cluster) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cluster-\(UniqueID.random())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let prefix = LiveRedis.uniqueName()
        var configuration = try RedisConfiguration(
            url: try #require(LiveRedis.cluster, "TURNLEDGER_TEST_REDIS_CLUSTER is not set."))
        configuration.checkpointPrefix = prefix + "_c"
        configuration.writePrefix = prefix + "_w"
        let cluster = Cluster(
            prefix: prefix, source: PythonRedisSource(configuration, prefix: prefix),
            file: try SQLiteStore(path: folder + "/file.sqlite"),
            journal: try SQLiteTransferJournal(path: folder + "/journal", source: "a", target: "b"))
        try await cluster.file.setUp()
        do {
            try await body(cluster)
        } catch {
            await cluster.source.close()
            throw error
        }
        await cluster.source.close()
        try cluster.file.close()
    }

    var transfer: Transfer { Transfer(from: source, to: file, journal: journal) }

    func differences() async throws -> [Verification.Report.Difference] {
        let report = try await Verification(of: source, against: file, journal: journal).run()
        #expect(report.threads > 0 && report.checkpoints > 0)
        return report.differences
    }

    func keys() async throws -> [String] {
        var result: [String] = []
        for primary in try await source.nodes.primaries() {
            let answer = try await primary.send(RedisCommand("KEYS", prefix + "*"))
            result += (answer.array ?? []).compactMap(\.string)
        }
        return result.sorted()
    }

    /// Some checkpoints of a thread, the last of which has a write.
    func write(thread: String, checkpoints: Int) async throws {
        func set(_ key: String, _ json: String) async throws {
            let answer = try await source.nodes.send([(key, RedisCommand("JSON.SET", key, "$", json))])[0]
            #expect(answer.string == "OK", "\(answer)")
        }
        var parent = ""
        for number in 0..<checkpoints {
            let id = "1f1e753c-f875-6210-800\(number)-30e7d5bd5afe"
            try await set(
                "\(prefix)_c:\(thread):__empty__:\(id)",
                #"{"thread_id":"\#(thread)","checkpoint_ns":"","checkpoint_id":"\#(id)","#
                    + #""parent_checkpoint_id":"\#(parent)","metadata":"{\"source\":\"loop\",\"step\":\#(number)}","#
                    + #""checkpoint":{"v":4,"id":"\#(id)","ts":"","channel_values":{"x":["\#(thread)"]},"#
                    + #""channel_versions":{"x":"\#(number + 1)"},"versions_seen":{}}}"#)
            parent = id
        }
        try await set(
            "\(prefix)_w:\(thread):__empty__:\(parent):t:0",
            #"{"thread_id":"\#(thread)","checkpoint_ns":"","checkpoint_id":"\#(parent)","task_id":"t","idx":0,"#
                + #""channel":"x","type":"json","blob":"WzFd"}"#)
    }
}
