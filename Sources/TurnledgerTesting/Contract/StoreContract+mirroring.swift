// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
public import TurnledgerStore

extension StoreContract {
    typealias MirrorRule = Rule<any MirrorableStore>

    /// Promises of every `MirrorableStore`. Each needs a store of its own: the record is the store's.
    public static let mirroring: [Rule<any MirrorableStore>] = mirrorRecordRules + mirrorMarkRules + mirrorImageRules

    private static let mirrorRecordRules: [MirrorRule] = [
        MirrorRule("a record is changed only from what the caller saw") { store in
            let none = try await store.mirrorRecord()
            #expect(none == nil)
            let first = MirrorRecord(role: .secondary, epoch: 0)
            #expect(try await store.replaceMirrorRecord(nil, with: first))
            #expect(try await !store.replaceMirrorRecord(nil, with: MirrorRecord(role: .primary, epoch: 1)))
            #expect(try await store.mirrorRecord() == first)
            var held = MirrorRecord(role: .secondary, epoch: 3, holder: "a holder", beat: 1)
            #expect(try await store.replaceMirrorRecord(first, with: held))
            let before = held
            held.beat = 2
            #expect(try await store.replaceMirrorRecord(before, with: held))
            #expect(try await !store.replaceMirrorRecord(before, with: first))
            #expect(try await store.mirrorRecord() == held)
            #expect(try await store.replaceMirrorRecord(held, with: nil))
            #expect(try await store.mirrorRecord() == nil)
        },
        MirrorRule("of many who change a record at once one is right") { store in
            let results = try await concurrently(8) { number in
                try await store.replaceMirrorRecord(
                    nil, with: MirrorRecord(role: .primary, epoch: Int64(number)))
            }
            #expect(results.filter { $0 }.count == 1)
        },
        MirrorRule("a guarded write is refused where the record is another one, and nothing of it is kept") { store in
            let record = MirrorRecord(role: .primary, epoch: 2)
            #expect(try await store.replaceMirrorRecord(nil, with: MirrorRecord(role: .sealed, epoch: 2)))
            let thread = ThreadID.fresh()
            for wrong in [record, MirrorRecord(role: .sealed, epoch: 1), MirrorRecord(role: .secondary, epoch: 2)] {
                await expectRefusal(wrong, thread, of: store)
            }
            #expect(try await store.thread(thread) == nil)
            #expect(try await store.latest(in: thread, namespace: .root) == nil)
            #expect(try await store.mirrorBacklog(limit: 10).count == 0)
            #expect(try await store.replaceMirrorRecord(MirrorRecord(role: .sealed, epoch: 2), with: record))
            let created = try await guarded(record, [.thread(thread)]) { () async throws(StoreError) in
                try await store.create(NewRun(in: thread))
            }
            #expect(created.isNew)
            // A beat is no other standing.
            var beaten = record
            beaten.beat = 7
            #expect(try await store.replaceMirrorRecord(record, with: beaten))
            let lease = try #require(created.lease)
            _ = try await guarded(record, []) { () async throws(StoreError) in try await store.renew(lease) }
        },
        MirrorRule("every call that writes to a run says that it was refused for its standing, and changes nothing") {
            store in
            let record = MirrorRecord(role: .primary, epoch: 2)
            var thread = ContractThread()
            let id = thread.id
            let started = try await store.start(NewRun(in: id))
            let (run, lease, fence) = (started.run.id, started.lease, started.fence)
            let before = try await store.image(of: id)
            let new = thread.next(["messages": ["a"]])
            #expect(try await store.replaceMirrorRecord(nil, with: MirrorRecord(role: .sealed, epoch: 2)))
            await expectRefused(record, id) { () async throws(StoreError) in _ = try await store.renew(lease) }
            await expectRefused(record, id) { () async throws(StoreError) in _ = try await store.renew([lease, lease]) }
            await expectRefused(record, id) { () async throws(StoreError) in
                try await store.append([RunEventRecord(started.run, 0)])
            }
            await expectRefused(record, id) { () async throws(StoreError) in
                try await store.put(new.checkpoint, newVersions: new.newVersions, fence: fence)
            }
            await expectRefused(record, id) { () async throws(StoreError) in
                _ = try await store.requestStop(of: run, at: .at(2_000_000))
            }
            await expectRefused(record, id) { () async throws(StoreError) in
                _ = try await store.takeOver(
                    run, observed: lease, holder: "other", duration: .seconds(9), at: .at(2_000_000))
            }
            await expectRefused(record, id) { () async throws(StoreError) in
                _ = try await store.update(id, ThreadChanges(title: "New"), at: .at(2_000_000))
            }
            await expectRefused(record, id) { () async throws(StoreError) in
                try await store.finish(run, as: .succeeded, failure: nil, at: .at(2_000_000), fence: fence)
            }
            #expect(try await store.image(of: id) == before)
            #expect(try await store.events(of: run, from: 0, limit: 9).isEmpty)
            #expect(try await store.latest(in: id, namespace: .root) == nil)
        },
        MirrorRule("after a change of the standing no write of before takes effect") { store in
            let record = MirrorRecord(role: .primary, epoch: 1)
            #expect(try await store.replaceMirrorRecord(nil, with: record))
            let thread = ThreadID.fresh()
            let writes = Task {
                var written = 0
                do {
                    for number in 0..<1000 {
                        let id = ThreadID("\(thread)-\(number)")
                        _ = try await guarded(record, [.thread(id)]) { () async throws(StoreError) in
                            try await store.create(NewRun(in: id))
                        }
                        written += 1
                    }
                } catch {
                    #expect((error as? StoreError)?.underlying is MirrorRoleChanged)
                }
                return written
            }
            while try await store.mirrorBacklog(limit: 1).count == 0 { await Task.yield() }
            #expect(try await store.replaceMirrorRecord(record, with: MirrorRecord(role: .sealed, epoch: 1)))
            let count = try await store.mirrorBacklog(limit: 1).count
            let written = await writes.value
            #expect(try await store.mirrorBacklog(limit: 1).count == count)
            // One that was refused may have left a mark, where a call has several steps; but nothing else.
            #expect(count == written || count == written + 1)
            #expect(try await store.thread(ThreadID("\(thread)-\(written)")) == nil)
        },
    ]

    private static let mirrorMarkRules: [MirrorRule] = [
        MirrorRule("a mark lies with its write, and goes only when it is the last one's") { store in
            let record = MirrorRecord(role: .primary, epoch: 1)
            #expect(try await store.replaceMirrorRecord(nil, with: record))
            var thread = ContractThread()
            let id = thread.id
            let new = thread.next(["messages": ["a"]])
            try await guarded(record, [.thread(id)], at: 100) { () async throws(StoreError) in
                try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            }
            let first = try await store.mirrorBacklog(limit: 10)
            #expect(first.count == 1)
            #expect(first.marks.map(\.subject) == [.thread(id)])
            #expect(first.marks.map(\.since) == [.at(100)])
            let run = RunID("run_x")
            try await guarded(record, [.thread(id), .clauses, .events(run)], at: 200) {
                () async throws(StoreError) in
                try await store.delete(id)
            }
            let second = try await store.mirrorBacklog(limit: 2)
            #expect(second.count == 3)
            #expect(second.marks.map(\.subject) == [.thread(id), .clauses])
            #expect(second.marks.map(\.since) == [.at(100), .at(200)])
            // Of the thread the first write's mark: it has been written again since.
            try await store.settle(first.marks + [second.marks[1]], at: .at(300))
            let third = try await store.mirrorBacklog(limit: 10)
            #expect(third.marks.map(\.subject) == [.events(RunID("run_x")), .thread(id)])
            #expect(third.marks.map(\.since) == [.at(200), .at(300)])
            try await store.settle(third.marks, at: .at(400))
            try await store.settle(third.marks, at: .at(400))
            #expect(try await store.mirrorBacklog(limit: 10) == MirrorBacklog(marks: [], count: 0))
            try await store.mark([.thread(id)], token: -5, at: .at(500))
            #expect(
                try await store.mirrorBacklog(limit: 10).marks
                    == [MirrorMark(.thread(id), token: -5, since: .at(500))])
        }
    ]

    private static let mirrorImageRules: [MirrorRule] = [
        MirrorRule("places are those of a listing, of one thread and of all, page by page") { store in
            let threads = [ThreadID.fresh(), .fresh()]
            for thread in threads {
                for start in stride(from: 0, to: 130, by: 10) {
                    let checkpoints = (start..<start + 10).map { number in
                        Checkpoint(
                            thread: thread, namespace: number % 13 == 0 ? "sub:1" : .root,
                            id: CheckpointID("1f1e753c-f875-6210-8\(String(1000 + number).dropFirst())-30e7d5bd5afe"),
                            timestamp: "2026-11-24T10:00:00+00:00",
                            metadata: CheckpointMetadata(source: .loop, step: number))
                    }
                    try await store.commit(
                        Commit(checkpoints: checkpoints.map { .init($0, newVersions: [:]) }), fence: nil)
                }
            }
            for thread in [threads[0], nil] {
                var (places, cursor) = ([CheckpointReference](), CheckpointListing.Cursor?.none)
                repeat {
                    let page = try await store.places(of: thread, behind: cursor)
                    places += page.places
                    cursor = page.next
                } while cursor != nil
                let listed = try await store.list(CheckpointQuery(thread: thread, includesValues: false)).collect()
                #expect(places == listed.map(\.checkpoint.reference))
                #expect(places.count == (thread == nil ? 260 : 130))
            }
            let none = try await store.places(of: .fresh(), behind: nil)
            #expect(none.places.isEmpty && none.next == nil)
        },
        MirrorRule("a thread that is applied is what it was, whatever was there, and goes on as any other") { store in
            let id = ThreadID.fresh()
            #expect(try await store.image(of: id) == nil)
            let first = try await store.start(
                NewRun(in: id, labels: ["a": "b"], title: "Title", key: "key-1", at: 100))
            try await store.append([RunEventRecord(first.run, 0), RunEventRecord(first.run, 1)])
            let busy = try #require(try await store.image(of: id))
            let there = try await store.thread(id)
            #expect(busy.thread == there)
            #expect(busy.runs == [first.run])
            #expect(busy.epoch == first.lease.epoch)
            try await store.finish(first, as: .failed, at: 101)
            let second = try await store.start(NewRun(in: id, key: "key-2", at: 102))
            let later = try #require(try await store.image(of: id))
            #expect(later.runs.count == 2)
            // Back to what it was: the second run is gone, the first holds the thread again.
            #expect(try await store.apply(busy, onlyIfAbsent: false))
            #expect(try await store.image(of: id) == busy)
            #expect(try await store.run(second.run.id) == nil)
            #expect(try await store.run(in: id, idempotencyKey: "key-2") == nil)
            #expect(try await store.unfinishedRuns(in: id).map(\.lease) == [first.lease])
            #expect(try await store.events(of: first.run.id, from: 0, limit: 9).count == 2)
            _ = try await store.renew(first.lease)
            // And forward, as often as wanted.
            for _ in 0..<2 { #expect(try await store.apply(later, onlyIfAbsent: false)) }
            #expect(try await store.image(of: id) == later)
            #expect(try await store.create(NewRun(in: id, key: "key-1")).run.status == .failed)
            try await store.finish(second, at: 103)
            let next = try await store.start(NewRun(in: id, at: 104))
            #expect(next.lease.epoch > second.lease.epoch)
        },
        MirrorRule("a thread that is applied where there is none appears in lists; where there is one it stays") {
            store in
            let id = ThreadID.fresh()
            let started = try await store.start(NewRun(in: id, owner: "o-\(id)", title: "One", at: 100))
            let image = try #require(try await store.image(of: id))
            try await store.delete(id)
            #expect(try await store.apply(image, onlyIfAbsent: true))
            #expect(try await store.threads(ThreadQuery(owner: "o-\(id)")).threads == [image.thread])
            #expect(try await store.unfinishedRuns(in: nil).map(\.run.id).contains(started.run.id))
            try await store.update(id, ThreadChanges(title: "Two"), at: .at(101))
            #expect(try await !store.apply(image, onlyIfAbsent: true))
            #expect(try await store.thread(id)?.title == "Two")
            var other = image
            other.thread.owner = "p-\(id)"
            other.thread.updatedAt = .at(50)
            #expect(try await store.apply(other, onlyIfAbsent: false))
            #expect(try await store.threads(ThreadQuery(owner: "o-\(id)")).threads.isEmpty)
            #expect(try await store.threads(ThreadQuery(owner: "p-\(id)")).threads == [other.thread])
        },
        MirrorRule("a thread keeps its checkpoints when it is applied, and its head is theirs") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            let image = try #require(try await store.image(of: thread.id))
            #expect(image.thread.head == nil)
            let head = try await thread.put(["messages": ["a"]], to: store, fence: started.fence)
            #expect(try await store.apply(image, onlyIfAbsent: false))
            #expect(try await store.thread(thread.id)?.head == head.id)
            let next = try await thread.put(
                ["messages": ["a", "b"]], to: store, fence: Fence(started.lease, head: .exactly(head.id)))
            #expect(try await store.thread(thread.id)?.head == next.id)
        },
    ]

    private static func guarded<Value>(
        _ record: MirrorRecord, _ marks: [MirrorMark.Subject], at seconds: Int64 = 1,
        _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await MirrorGuard(record, marks: marks, at: .at(seconds)).guarding(body)
    }

    private static func expectRefusal(
        _ record: MirrorRecord, _ thread: ThreadID, of store: any MirrorableStore
    ) async {
        var made = ContractThread(thread)
        let new = made.next(["messages": ["a"]])
        await expectRefused(record, thread) { () async throws(StoreError) in
            _ = try await store.create(NewRun(in: thread))
        }
        await expectRefused(record, thread) { () async throws(StoreError) in
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
        }
        await expectRefused(record, thread) { () async throws(StoreError) in try await store.delete(thread) }
    }

    private static func expectRefused(
        _ record: MirrorRecord, _ thread: ThreadID, _ body: () async throws(StoreError) -> Void
    ) async {
        do throws(StoreError) {
            try await guarded(record, [.thread(thread)], body)
            Issue.record("A write under another record should have been refused.")
        } catch {
            #expect(error.code == .conflict)
            #expect(error.underlying is MirrorRoleChanged)
        }
    }
}
