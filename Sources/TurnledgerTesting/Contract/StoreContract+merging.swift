// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
public import TurnledgerStore

extension StoreContract {
    /// A store that takes in what another one kept.
    public typealias MergingConversationStore = MergingStore & RetentionStore & TombstoneStore
    typealias MergeRule = Rule<any MergingConversationStore>

    /// Promises of every `MergingStore`.
    public static let merging: [Rule<any MergingConversationStore>] = [
        MergeRule("a merge makes a thread with its record, runs, checkpoints and writes, and a repeat changes nothing")
        {
            store in
            let spooled = SpooledTurns()
            for _ in 0..<2 { try await store.merge(spooled.merge(head: .any)) }
            let record = try #require(try await store.thread(spooled.id))
            #expect(record.owner == "owner" && record.title == "Title" && record.labels == ["a": "b"])
            #expect(record.status == .idle && record.lease == nil)
            #expect(record.head == spooled.checkpoints.last?.checkpoint.id)
            #expect((record.createdAt, record.updatedAt) == (.at(100), .at(200)))
            #expect(try await store.runs(of: spooled.id) == spooled.runs)
            #expect(try await store.run(in: spooled.id, idempotencyKey: "key-0")?.id == spooled.runs[0].id)
            let head = try #require(try await store.latest(in: spooled.id, namespace: .root))
            #expect(head.checkpoint.channelValues["messages"] == Payload(["a", "b"]))
            #expect(head.pendingWrites.map(\.channel) == ["note"])
            #expect(try await store.all(CheckpointQuery(thread: spooled.id)).count == 2)
            // The thread goes on as any other.
            try await store.finish(try await store.start(NewRun(in: spooled.id, at: 300)))
        },
        MergeRule(
            "a merge onto a head that has moved, or a thread that somebody holds, is a conflict and changes nothing"
        ) {
            store in
            let spooled = SpooledTurns()
            var thread = ContractThread(spooled.id)
            let base = try await thread.put(["messages": ["x"]], to: store)
            await expectFailure(.conflict) { try await store.merge(spooled.merge(head: .exactly(nil))) }
            #expect(try await store.thread(spooled.id) == nil)
            let other = try await store.start(NewRun(in: spooled.id, at: 50))
            await expectFailure(.conflict) { try await store.merge(spooled.merge(head: .exactly(base.id))) }
            #expect(try await store.runs(of: spooled.id).map(\.id) == [other.run.id])
            try await store.finish(other, at: 51)
            try await store.merge(spooled.merge(head: .exactly(base.id)))
            #expect(try await store.runs(of: spooled.id).map(\.id) == [other.run.id] + spooled.runs.map(\.id))
        },
        MergeRule("a run that the caller holds ends with the merge; a lease that has passed on is a conflict") {
            store in
            var spooled = SpooledTurns(runs: 1)
            let new = NewRun(
                in: spooled.id, id: spooled.runs[0].id, title: "Title", key: "key-0", holder: "me", at: 100)
            let started = try await store.start(new)
            spooled.runs[0].attempt = 1
            var foreign = started.lease
            foreign.holder = "somebody"
            for lease in [nil, foreign] {
                await expectFailure(.conflict) {
                    try await store.merge(spooled.merge(head: .exactly(nil), releasing: lease))
                }
            }
            try await store.merge(spooled.merge(head: .exactly(nil), releasing: started.lease))
            let run = try #require(try await store.run(started.run.id))
            #expect(run.status == .succeeded && run.updatedAt == spooled.runs[0].updatedAt)
            #expect(try await store.thread(spooled.id)?.lease == nil)
            await expectFailure(.conflict) { _ = try await store.renew(started.lease) }
            // What was planned while the lease was there may not know what has come since.
            await expectFailure(.conflict) {
                try await store.merge(spooled.merge(head: .any, releasing: started.lease))
            }
            // One that has ended stays as it ended.
            spooled.runs[0].status = .failed
            try await store.merge(spooled.merge(head: .any))
            #expect(try await store.run(started.run.id)?.status == .succeeded)
        },
        MergeRule("runs that wait for their turn in the thread go on waiting") { store in
            let spooled = SpooledTurns(runs: 1)
            let new = NewRun(in: spooled.id, id: spooled.runs[0].id, key: "key-0", holder: "me", at: 100)
            let started = try await store.start(new)
            var waiting = NewRun(in: spooled.id, key: "waiting", holder: "somebody", at: 101)
            waiting.waits = true
            let waits = try await store.create(waiting).run
            try await store.merge(spooled.merge(head: .exactly(nil), releasing: started.lease))
            #expect(try await store.unfinishedRuns(in: spooled.id).map(\.run.id) == [waits.id])
            let taken = try await store.takeOver(
                waits.id, observed: nil, holder: "somebody", duration: .seconds(9), at: .at(300))
            #expect(taken.run.status == .running)
        },
        MergeRule("another owner's thread is not merged into") { store in
            let spooled = SpooledTurns()
            try await store.finish(try await store.start(NewRun(in: spooled.id, owner: "else", at: 5)))
            await expectFailure(.missing) { try await store.merge(spooled.merge(head: .any)) }
            #expect(try await store.latest(in: spooled.id, namespace: .root) == nil)
        },
        MergeRule("a run is left out whose key another run of the thread has") { store in
            let spooled = SpooledTurns()
            let other = try await store.start(NewRun(in: spooled.id, key: "key-0", at: 5))
            try await store.finish(other, at: 6)
            try await store.merge(spooled.merge(head: .any))
            #expect(try await store.run(in: spooled.id, idempotencyKey: "key-0")?.id == other.run.id)
            #expect(try await store.runs(of: spooled.id).map(\.id) == [other.run.id, spooled.runs[1].id])
        },
        MergeRule("a merge begins a deleted thread anew") { store in
            let spooled = SpooledTurns()
            try await store.bury(spooled.id, as: .deleted, at: .at(50))
            try await store.merge(spooled.merge(head: .exactly(nil)))
            #expect(try await store.tombstone(of: spooled.id) == nil)
            #expect(try await store.thread(spooled.id)?.head == spooled.checkpoints.last?.checkpoint.id)
        },
        MergeRule("a new thread can be made with a lease, under which its holder goes on") { store in
            var spooled = SpooledTurns(runs: 1)
            spooled.runs[0].status = .running
            var merge = spooled.merge(head: .exactly(nil))
            let lease = Lease(
                thread: spooled.id, run: spooled.runs[0].id, holder: "me", epoch: 77, beat: 3, duration: .seconds(9))
            merge.thread.lease = lease
            merge.thread.status = .busy
            try await store.merge(merge)
            #expect(try await store.renew(lease).duration == .seconds(9))
            var thread = ContractThread(spooled.id)
            _ = thread.next()
            try await store.finish(
                lease.run, as: .succeeded, failure: nil, at: .at(300),
                fence: Fence(epoch: 77, head: .exactly(spooled.checkpoints.last?.checkpoint.id)))
            #expect(try await store.start(NewRun(in: spooled.id, at: 301)).lease.epoch == 78)
        },
    ]

    /// Promises of every `SpoolJournal`. Each needs a store of its own.
    public static let spoolJournals: [Rule<any SpoolJournal>] = [
        Rule<any SpoolJournal>("what was noted of spooled threads comes back, the first spooled first") { journal in
            var first = SpooledThread(thread: "first", spooledAt: .at(1), base: CheckpointID("1"), title: "T")
            let second = SpooledThread(
                thread: "second", spooledAt: .at(2), isHistoryKnown: false, labels: ["a": "b", "c": "d"],
                holders: ["x", "y"])
            try await journal.note(second)
            try await journal.note(first)
            #expect(try await journal.spooledThreads() == [first, second])
            first.holders = ["z"]
            try await journal.note(first)
            #expect(try await journal.spooledThreads() == [first, second])
            try await journal.forgetSpooled("first")
            try await journal.forgetSpooled("unknown")
            #expect(try await journal.spooledThreads() == [second])
        }
    ]
}

/// A thread as a spool has it: two turns, each with a checkpoint.
private struct SpooledTurns {
    let id = ThreadID.fresh("spooled")
    var runs: [RunRecord] = []
    let checkpoints: [Commit.NewCheckpoint]

    init(runs count: Int = 2) {
        var thread = ContractThread(id)
        checkpoints = [thread.next(["messages": ["a"]]), thread.next(["messages": ["a", "b"], "other": 7])]
        for number in 0..<count {
            runs.append(
                RunRecord(
                    id: .fresh(), thread: id, status: .succeeded, attempt: 2, input: Array("input".utf8),
                    idempotencyKey: "key-\(number)", createdAt: .at(101 + Int64(number)),
                    updatedAt: .at(102 + Int64(number))))
        }
    }

    func merge(head: Fence.Head, releasing: Lease? = nil) -> ThreadMerge {
        let record = ThreadRecord(
            id: id, title: "Title", owner: "owner", labels: ["a": "b"], createdAt: .at(100), updatedAt: .at(200))
        let writes = checkpoints.last.map { TaskWrites(on: $0.checkpoint.reference, [("note", "n")]) }
        return ThreadMerge(
            thread: record, runs: runs,
            commit: Commit(writes: writes.map { [$0] } ?? [], checkpoints: checkpoints), head: head,
            releasing: releasing)
    }
}
