// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerTransfer

@Suite("A mirror", .timeLimit(.minutes(10)))
struct MirrorStoreTests {
    @Test("keeps the store contract, and the secondary has the same", arguments: StoreContract.all)
    func contract(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        let pair = MirrorPair()
        let server = pair.server()
        try await server.setUp()
        try await server.running {
            try await rule.verify(server)
            try await pair.settle()
        }
        try await pair.expectEqual()
    }

    @Test("keeps the contract of clause stores", arguments: StoreContract.clauses)
    func clauses(_ rule: StoreContract.Rule<any ClauseStore>) async throws {
        let pair = MirrorPair()
        let server = pair.server()
        try await server.setUp()
        try await server.running {
            try await rule.verify(server)
            try await pair.settle()
        }
        let hashes = try await pair.first.documents().map { [$0.id, $0.contentHash] }
        #expect(try await pair.second.documents().map { [$0.id, $0.contentHash] } == hashes)
    }

    @Test("goes on without its secondary, and brings what it missed when it is back")
    func away() async throws {
        let pair = MirrorPair()
        let outage = MirrorOutage(pair.second)
        let server = pair.server(second: outage)
        try await server.setUp()
        try await server.running {
            try await converse(server, in: "before", turns: 2)
            try await pair.settle()
            outage.isAway = true
            try await converse(server, in: "before", turns: 2)
            try await converse(server, in: "meanwhile", turns: 1)
            try await server.delete("before")
            try await converse(server, in: "before", turns: 1)
            #expect(try await pair.first.mirrorBacklog(limit: 10).count > 0)
            #expect(try await pair.second.thread("meanwhile") == nil)
            outage.isAway = false
            try await pair.settle()
        }
        try await pair.expectEqual()
        #expect(try await pair.second.list(CheckpointQuery(thread: "before")).collect().count == 2)
    }

    @Test("brings what was there before it")
    func earlier() async throws {
        let pair = MirrorPair()
        try await converse(pair.first, in: "old", turns: 3)
        try await pair.first.put(checkpoint("stray", 1), newVersions: ["messages": ChannelVersion("1")], fence: nil)
        let server = pair.server()
        try await server.setUp()
        try await server.running {
            while try await pair.second.latest(in: "stray", namespace: .root) == nil {
                try await Task.sleep(for: .milliseconds(2))
            }
            try await pair.settle()
        }
        try await pair.expectEqual()
    }

    @Test("is served by one courier at a time; the next begins where it stands still")
    func couriers() async throws {
        let pair = MirrorPair()
        let (one, other) = (pair.server(), pair.server(takeOver: .milliseconds(100)))
        try await one.setUp()
        let first = MirrorCourier(of: one)
        var watch = StandstillWatch()
        let roles = try await one.roles(until: .now + .seconds(1))
        #expect(try await first.acquire(roles, watch: &watch))
        // It has read, and sleeps; another server takes its place meanwhile, and a turn is added.
        let hold = try #require(first.hold?.record)
        let stale = MirrorCopier(from: pair.first, to: pair.second, under: hold)
        try await other.running {
            try await converse(other, in: "t", turns: 1)
            try await pair.settle()
        }
        await #expect(throws: StoreError.self) { try await stale.bring(.thread("t")) }
        try await pair.first.mark([.thread("t")], token: 1, at: SystemWallClock().now())
        await #expect(throws: StoreError.self) { try await first.deliver() }
        try await pair.expectEqual()
    }

    @Test("counts shadow reads that differ, and not those that only lag")
    func shadows() async throws {
        let pair = MirrorPair()
        let base = pair.server()
        var settings = base.settings
        settings.readsShadows = true
        let server = MirrorStore(first: pair.first, second: pair.second, settings: settings, logger: .silent)
        try await server.setUp()
        try await server.running {
            try await converse(server, in: "t", turns: 1)
            _ = try await server.latest(in: "t", namespace: .root)
            while server.status.tally.readingShadows > 0 { try await Task.sleep(for: .milliseconds(5)) }
            let reads = server.status.tally.shadowReads
            #expect(reads > 0)
            #expect(server.status.tally.shadowDifferences == 0)
            try await pair.settle()
            try await pair.second.delete("t")
            try await pair.second.put(checkpoint("t", 7), newVersions: ["messages": ChannelVersion("1")], fence: nil)
            _ = try await server.latest(in: "t", namespace: .root)
            while server.status.tally.shadowReads == reads { try await Task.sleep(for: .milliseconds(5)) }
            #expect(server.status.tally.shadowDifferences == 1)
        }
    }
}

/// A checkpoint of a thread, the numberth.
func checkpoint(_ thread: ThreadID, _ number: Int) -> Checkpoint {
    let digits = String(number)
    let id = CheckpointID("1f0c2b3a-0000-6000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits)
    return Checkpoint(
        thread: thread, namespace: .root, id: id, parent: nil, timestamp: "2026-01-01T00:00:00.000000+00:00",
        channelValues: ["messages": Payload(["a", .integer(Int64(number))])],
        channelVersions: ["messages": ChannelVersion(digits)], versionsSeen: [:], updatedChannels: ["messages"],
        metadata: CheckpointMetadata(source: .loop, step: number, extra: [:]))
}

/// Says something so often, as a server would: a run, its events, a write, two checkpoints.
func converse(
    _ store: any ConversationStore, in thread: ThreadID, turns: Int, name: String = "", hold: Bool = false
) async throws {
    for turn in 0..<turns {
        let now = SystemWallClock().now()
        let id = RunID.new(milliseconds: now.microseconds / 1000)
        let creation = try await store.create(
            NewRun(
                id: id, thread: thread, owner: "o", title: "T", idempotencyKey: "\(name)-\(thread)-\(turn)-\(id)",
                input: [1], holder: "h", createdAt: now))
        let lease = try #require(creation.lease)
        let before = try await store.latest(in: thread, namespace: .root)?.checkpoint
        var new = checkpoint(thread, 0)
        new.id = CheckpointID.next(after: before?.id, superstep: 0, now: now.microseconds * 10)
        new.parent = before?.id
        let version = ChannelVersion.next(after: before?.channelVersions["messages"])
        var said = try before?.channelValues["messages"]?.decoded().array ?? []
        said.append(.string("\(name) \(turn) \(id)"))
        new.channelValues = ["messages": Payload(.array(said))]
        new.channelVersions = ["messages": version]
        let fence = Fence(epoch: lease.epoch, head: .exactly(before?.id))
        try await store.commit(
            Commit(checkpoints: [.init(new, newVersions: ["messages": version])]), fence: fence)
        try await store.append([RunEventRecord(run: id, attempt: 1, number: 0, payload: [2])])
        try await store.putWrites(
            TaskWrites(
                checkpoint: new.reference, taskID: TaskID("task"), taskPath: "p",
                writes: [.init("messages", Payload(["w"]))]), fence: Fence(epoch: lease.epoch))
        var last = new
        last.id = CheckpointID.next(after: new.id, superstep: 1, now: now.microseconds * 10 + 1)
        last.parent = new.id
        try await store.commit(
            Commit(checkpoints: [.init(last, newVersions: [:])]),
            fence: Fence(epoch: lease.epoch, head: .exactly(new.id)))
        try await store.append([RunEventRecord(run: id, attempt: 1, number: 1, payload: [3])])
        if !hold {
            try await store.finish(
                id, as: .succeeded, failure: nil, at: SystemWallClock().now(), fence: Fence(epoch: lease.epoch))
        }
    }
}
