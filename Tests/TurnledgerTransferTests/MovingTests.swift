// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerTransfer

@Suite("Moving threads from store to store", .timeLimit(.minutes(5)))
struct MovingTests {
    @Test("takes owner, labels, times, pins, holds and runs along, and verifies equal")
    func records() async throws {
        let (source, target) = (InMemoryStore(), InMemoryStore())
        try await Self.talk(in: "a", on: source, title: "First", key: "message-1")
        try await Self.talk(in: "b", on: source, title: "Second", key: "message-2")
        let retention = ThreadRetention(isPinned: true, hold: "court", term: .days(3))
        try await source.setRetention(retention, of: "a", at: .at(30))
        let journal = try Journal()
        try await Transfer(from: StoreSource(source), to: target, journal: journal.opened).copy()
        #expect(try await target.thread("a") == source.thread("a"))
        #expect(try await target.runs(of: "a") == source.runs(of: "a"))
        #expect(try await target.retention(of: "a") == retention)
        let run = try await target.create(
            NewRun(
                id: RunID("run_again"), thread: "b", owner: "ada", idempotencyKey: "message-2", input: [], holder: "me",
                createdAt: .at(99)))
        #expect(!run.isNew && run.run.status == .succeeded)
        let report = try await Verification(of: StoreSource(source), against: target, journal: journal.opened).run()
        #expect(report.threads == 2 && report.equal == report.checkpoints && report.differingThreads == 0)
    }

    @Test("takes up a new title, a new run and a new pin with the next pass")
    func changes() async throws {
        let (source, target) = (InMemoryStore(), InMemoryStore())
        try await Self.talk(in: "a", on: source, title: "First", key: "1")
        let journal = try Journal()
        let transfer = Transfer(from: StoreSource(source), to: target, journal: journal.opened)
        try await transfer.copy()
        try await source.update("a", ThreadChanges(title: "Renamed", labels: ["x": "y"]), at: .at(50))
        try await source.setRetention(ThreadRetention(isPinned: true), of: "a", at: .at(51))
        try await transfer.copy()
        #expect(try await target.thread("a")?.title == "Renamed")
        #expect(try await target.thread("a")?.labels == ["x": "y"])
        #expect(try await target.retention(of: "a").isPinned)
        try await source.setRetention(ThreadRetention(), of: "a", at: .at(52))
        try await transfer.copy()
        #expect(try await !target.retention(of: "a").isPinned)
        try await Self.talk(in: "a", on: source, key: "2")
        try await transfer.copy()
        #expect(try await target.runs(of: "a").count == 2)
        let report = try await Verification(of: StoreSource(source), against: target, journal: journal.opened).run()
        #expect(report.differingThreads == 0, "\(report.differences)")
    }

    @Test("tells a thread that the target refuses, and moves the others")
    func refused() async throws {
        let (source, target) = (InMemoryStore(), InMemoryStore())
        for name: ThreadID in ["a", "b", "c", "d"] { try await Self.talk(in: name, on: source, key: "1") }
        try await Self.talk(in: "b", on: target, owner: "eve", key: "1")
        try await target.bury("c", as: .deleted, at: .at(5))
        let journal = try Journal()
        let transfer = Transfer(from: StoreSource(source), to: target, journal: journal.opened)
        try await transfer.copy()
        #expect(try await target.thread("a") != nil)
        #expect(try await target.thread("d") != nil)
        #expect(try await target.thread("c") == nil)
        #expect(try await target.thread("b")?.owner == "eve")
        #expect(try await journal.opened.counts().problems[.refused] == 2)
        #expect(try await journal.opened.problems(limit: 9).map(\.key) == ["b", "c"])
        // They are tried again with the next pass, which looks anew.
        try await target.removeTombstone(of: "c")
        try await transfer.copy()
        #expect(try await target.thread("c")?.owner == "ada")
        #expect(try await journal.opened.counts().problems[.refused] == 1)
        let report = try await Verification(of: StoreSource(source), against: target, journal: journal.opened).run()
        #expect(report.differences.map(\.thread) == ["b"])
    }

    @Test("gives a thread the rest of its time in the source as its term: it goes then, and not earlier")
    func term() async throws {
        let store = InMemoryStore()
        try await Self.talk(in: "a", on: store, key: "1")
        let expiry = Timestamp(microseconds: 1_767_225_600_000_000 + 10_000_000_000)
        let target = InMemoryStore()
        let journal = try Journal()
        let source = ExpiringSource(base: StoreSource(store), expiresAt: expiry)
        try await Transfer(from: source, to: target, journal: journal.opened).copy()
        let policy = RetentionPolicy(standard: .forever)
        for (seconds, remains) in [(-1, true), (1, false)] as [(Int64, Bool)] {
            let sweep = RetentionSweep(target, policy: policy)
            _ = try await sweep.run(at: Timestamp(microseconds: expiry.microseconds + seconds * 1_000_000))
            #expect(try await (target.thread("a") != nil) == remains)
        }
    }

    @Test("follows what is announced, and what is not with the look behind it, and ends when nothing is left")
    func follow() async throws {
        let (store, target) = (InMemoryStore(), InMemoryStore())
        try await Self.talk(in: "a", on: store, key: "1")
        let source = AnnouncedSource(base: StoreSource(store))
        let journal = try Journal()
        let transfer = Transfer(from: source, to: target, journal: journal.opened)
        let caughtUp = Mutex(0)
        let following = Task {
            try await transfer.follow(every: .milliseconds(20)) { progress in
                if case .caughtUp = progress { caughtUp.withLock { $0 += 1 } }
            }
        }
        try await until { caughtUp.withLock { $0 } > 0 }
        try await Self.talk(in: "b", on: store, key: "2")
        source.announce([TransferRecord(try #require(await store.thread("b")))])
        try await until { try await target.thread("b") != nil }
        // Not announced.
        try await Self.talk(in: "c", on: store, key: "3")
        source.lose()
        try await until { try await target.thread("c") != nil }
        following.cancel()
        await #expect(throws: StoreError.self) { try await following.value }
        try await Self.talk(in: "d", on: store, key: "4")
        try await transfer.follow(every: .milliseconds(5), endsWhenQuiet: true)
        #expect(try await target.thread("d") != nil)
        let report = try await Verification(of: source, against: target, journal: journal.opened).run()
        #expect(report.threads == 4 && report.differingThreads == 0, "\(report.differences)")
    }

    @Test("tries again what an outage of the target stopped, and tells it")
    func outage() async throws {
        let (source, target) = (InMemoryStore(), InMemoryStore())
        for name: ThreadID in ["a", "b"] { try await Self.talk(in: name, on: source, key: "1") }
        let failing = OneOutageStore(base: target)
        let journal = try Journal()
        try await Transfer(from: StoreSource(source), to: failing, journal: journal.opened).copy()
        #expect(try await target.latest(in: "b", namespace: .root) != nil)
        let counts = try await journal.opened.counts()
        #expect(counts.movedThreads == 2 && counts.problems[.interrupted] == 1)
    }

    @Test("reads no faster than it may")
    func readLimit() async throws {
        let limit = ReadLimit(readsPerSecond: 200)
        let begun = ContinuousClock.now
        for _ in 0..<3 { try await limit.wait(for: 20) }
        #expect(begun.duration(to: .now) >= .milliseconds(200))
    }

    @Test("finds the sends of old formats equal, which lie with the parent's writes")
    func legacySends() async throws {
        let (store, target) = (InMemoryStore(), InMemoryStore())
        let send = Payload(.ext(LangGraphExt.send(node: "n", arg: 1)))
        var parent: CheckpointID?
        for step in 0..<2 {
            var checkpoint = Checkpoint(
                thread: "old", id: .next(after: parent, superstep: step, now: 17_672_256_000_000_000), parent: parent,
                timestamp: "2026-01-01T00:00:00+00:00", channelValues: [:], channelVersions: [:], versionsSeen: [:],
                metadata: CheckpointMetadata(source: .loop, step: step))
            checkpoint.format = 3
            try await store.put(checkpoint, newVersions: [:], fence: nil)
            try await store.putWrites(
                TaskWrites(
                    checkpoint: checkpoint.reference, taskID: TaskID("t"), writes: [.init("__pregel_tasks", send)]),
                fence: nil)
            parent = checkpoint.id
        }
        let source = DocumentSource(base: StoreSource(store))
        let journal = try Journal()
        try await Transfer(from: source, to: target, journal: journal.opened).copy()
        let head = try #require(try await target.latest(in: "old", namespace: .root)?.checkpoint)
        #expect(head.channelValues["__pregel_tasks"] == Payload(.array([try send.decoded()])))
        let report = try await Verification(of: source, against: target, journal: journal.opened).run()
        #expect((report.checkpoints, report.equal) == (2, 2))
    }

    @Test("counts what there is, and what of it expires or has an owner")
    func survey() async throws {
        let store = InMemoryStore()
        for name: ThreadID in ["a", "b", "c"] { try await Self.talk(in: name, on: store, key: "1") }
        let source = ExpiringSource(base: StoreSource(store), expiresAt: .at(9_999_999_999))
        let journal = try Journal()
        try await Transfer(from: source, to: InMemoryStore(), journal: journal.opened).scan()
        let report = try await Survey(of: source, journal: journal.opened).run()
        #expect((report.threads, report.owned, report.expiring, report.checkpoints) == (3, 3, 3, 6))
        #expect(report.bytes > 0)
        #expect(try await Survey(of: source, journal: journal.opened).run(threads: 2).threads == 2)
    }

    @Test("counts every problem, tells the first ones, and none of them twice after a copy")
    func problems() async throws {
        let store = InMemoryStore()
        for name: ThreadID in ["a", "b", "c"] { try await Self.talk(in: name, on: store, key: "1") }
        let source = DamagedSource(base: StoreSource(store), found: 110, read: 120)
        let journal = try Journal()
        let target = InMemoryStore()
        let transfer = Transfer(from: source, to: target, journal: journal.opened)
        try await transfer.scan()
        for isMoved in [false, true] {
            if isMoved { try await transfer.copy() }
            let report = try await Survey(of: source, journal: journal.opened).run()
            #expect(report.counts == [.orphan: 360])
            #expect(report.problems.count == Survey.problemLimit)
            let counts = try await journal.opened.counts()
            #expect(counts.problems == (isMoved ? [.orphan: 360, .unreadable: 110] : [.unreadable: 110]))
            #expect(counts.problemsBesideReading.filter { $0.value > 0 } == [.unreadable: 110])
            let told = try await journal.opened.problemsBesideReading(limit: Survey.problemLimit)
            #expect(told.count == Survey.problemLimit && told.allSatisfy { $0.kind == .unreadable })
        }
        let compared = try await Verification(of: source, against: target, journal: journal.opened).run()
        #expect((compared.checkpoints, compared.equal, compared.unreadable) == (6, 6, 110))
    }

    /// A turn of two checkpoints, the first of which is from 2026-01-01.
    private static func talk(
        in thread: ThreadID, on store: InMemoryStore, owner: String = "ada", title: String? = nil, key: String
    ) async throws {
        let creation = try await store.create(
            NewRun(
                id: RunID("run_\(thread.rawValue)_\(key)_\(owner)"), thread: thread, owner: owner,
                labels: ["kind": "test"], title: title,
                idempotencyKey: key, input: Array("hello".utf8), holder: "me", createdAt: .at(10)))
        let lease = try #require(creation.lease)
        for step in 0..<2 {
            let head = try await store.latest(in: thread, namespace: .root)?.checkpoint
            let version = ChannelVersion.next(after: head?.channelVersions["messages"])
            let checkpoint = Checkpoint(
                thread: thread, id: .next(after: head?.id, superstep: step, now: 17_672_256_000_000_000),
                parent: head?.id, timestamp: "2026-01-01T00:00:00+00:00",
                channelValues: ["messages": Payload([.string(key), .integer(Int64(step))])],
                channelVersions: ["messages": version], versionsSeen: [:], updatedChannels: ["messages"],
                metadata: CheckpointMetadata(source: .loop, step: step))
            try await store.put(checkpoint, newVersions: ["messages": version], fence: Fence(epoch: lease.epoch))
        }
        try await store.finish(
            creation.run.id, as: .succeeded, failure: nil, at: .at(20), fence: Fence(epoch: lease.epoch))
    }

    private func until(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// A journal in a file of its own.
private final class Journal {
    let opened: SQLiteTransferJournal
    private let path = FileManager.default.temporaryDirectory.appending(path: "journal-\(UniqueID.random())").path

    init() throws { opened = try SQLiteTransferJournal(path: path, source: "a", target: "b") }

    deinit {
        opened.close()
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
    }
}

/// A source whose threads all expire at one time.
private struct ExpiringSource: TransferSource {
    let base: StoreSource
    let expiresAt: Timestamp

    func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        try await base.scan(found)
    }

    func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        var result = try await base.read(thread, records)
        result.expiresAt = expiresAt
        return result
    }
}

/// A source with documents that are nothing: some of which that is seen when it is looked through, others in each thread.
private struct DamagedSource: TransferSource {
    let base: StoreSource
    let found: Int
    let read: Int

    func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        try await base.scan(found)
        try await found(
            TransferFindings(problems: (0..<self.found).map { TransferProblem(.unreadable, key: "\($0)", "") }))
    }

    func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        var result = try await base.read(thread, records)
        result.problems = (0..<read).map { TransferProblem(.orphan, key: "\(thread.rawValue)/\($0)", "") }
        return result
    }
}

/// A source that gives documents as they are: without the sends that a store takes from the parent's writes.
private struct DocumentSource: TransferSource {
    let base: StoreSource

    func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        try await base.scan(found)
    }

    func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        var result = try await base.read(thread, records)
        for index in result.checkpoints.indices {
            result.checkpoints[index].checkpoint.channelValues["__pregel_tasks"] = nil
            result.checkpoints[index].checkpoint.channelVersions["__pregel_tasks"] = nil
        }
        return result
    }
}

/// A source that tells what a test has it tell.
private final class AnnouncedSource: AnnouncingSource, TransferAnnouncements {
    private enum News { case records([TransferRecord]), lost }

    private let base: StoreSource
    private let news = Mutex<[News]>([])

    init(base: StoreSource) { self.base = base }

    func announce(_ records: [TransferRecord]) { news.withLock { $0.append(.records(records)) } }
    func lose() { news.withLock { $0.append(.lost) } }

    func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        try await base.scan(found)
    }

    func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        try await base.read(thread, records)
    }

    func announcements() async throws(StoreError) -> (any TransferAnnouncements)? { self }

    func next(within deadline: Duration) async throws(StoreError) -> TransferFindings {
        let next = news.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        switch next {
        case .records(let records): return TransferFindings(records: records)
        case .lost: throw StoreError(.unavailable, "lost")
        case nil:
            do { try await Task.sleep(for: deadline) } catch { throw StoreError(.unavailable, "cancelled") }
            return TransferFindings()
        }
    }

    func close() async {}
}

/// A store that is not there once.
private final class OneOutageStore: CheckpointStore {
    private let base: InMemoryStore
    private let hasFailed = Mutex(false)

    init(base: InMemoryStore) { self.base = base }

    func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        try await base.latest(in: thread, namespace: namespace)
    }

    func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await base.checkpoint(reference)
    }

    func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing { try await base.list(query) }

    func put(_ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?) async throws(StoreError) {
        try await base.put(checkpoint, newVersions: newVersions, fence: fence)
    }

    func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await base.putWrites(writes, fence: fence)
    }

    func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        let fails = hasFailed.withLock { hasFailed in
            defer { hasFailed = true }
            return !hasFailed
        }
        if fails { throw StoreError(.unavailable, "The connection broke.") }
        try await base.commit(commit, fence: fence)
    }

    func delete(_ thread: ThreadID) async throws(StoreError) { try await base.delete(thread) }
    func setUp() async throws(StoreError) {}
}

extension Timestamp {
    fileprivate static func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
}
