// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    /// Every way to write a thread's checkpoints, under a fence.
    private static func expectRefusal(
        _ fence: Fence, of thread: ContractThread, by store: any ConversationStore, _ what: Comment
    ) async throws {
        var thread = thread
        let new = thread.next(["messages": ["refused"]])
        let writes = TaskWrites(on: new.checkpoint.reference, [("a", 1)])
        await expectFailure(.conflict, what) {
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: fence)
        }
        await expectFailure(.conflict, what) { try await store.putWrites(writes, fence: fence) }
        await expectFailure(.conflict, what) {
            try await store.commit(Commit(writes: [writes], checkpoints: [new]), fence: fence)
        }
        #expect(try await store.checkpoint(new.checkpoint.reference) == nil, what)
        try await store.put(new.checkpoint, newVersions: [:], fence: nil)
        let read = try #require(try await store.checkpoint(new.checkpoint.reference))
        #expect(read.checkpoint.channelValues["messages"] == nil, what)
        #expect(read.pendingWrites == [], what)
    }

    static let fenceRules: [ConversationRule] = [
        ConversationRule("the holder of the lease writes, and the record's head follows") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            var head: CheckpointID?
            for turn in 0..<3 {
                let put = try await thread.put(
                    ["turn": .integer(Int64(turn))], to: store, fence: Fence(started.lease, head: .exactly(head)))
                head = put.id
                #expect(try await store.thread(thread.id)?.head == head)
                try await store.putWrites(
                    TaskWrites(on: put.reference, [("a", 1)]), fence: Fence(started.lease, head: .exactly(head)))
            }
        },
        ConversationRule("a thread that nobody holds refuses every fence") { store in
            try await expectRefusal(Fence(epoch: 1), of: ContractThread(), by: store, "no record")
            let thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            try await store.finish(started)
            try await expectRefusal(started.fence, of: thread, by: store, "released")
        },
        ConversationRule("a stale epoch is refused by every call that writes") { store in
            let thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            let (_, lease) = try await store.takeOver(
                started.run.id, observed: started.lease, holder: "holder-2", duration: .seconds(1), at: .at(9))
            try await expectRefusal(started.fence, of: thread, by: store, "taken over")
            try await expectRefusal(Fence(epoch: lease.epoch + 1), of: thread, by: store, "from the future")
        },
        ConversationRule("an epoch of an earlier run is refused in a later one") { store in
            let thread = ContractThread()
            let first = try await store.start(NewRun(in: thread.id))
            try await store.finish(first)
            _ = try await store.start(NewRun(in: thread.id))
            try await expectRefusal(first.fence, of: thread, by: store, "an earlier run")
        },
        ConversationRule("an epoch from before the thread was deleted is refused when it is made again") { store in
            let thread = ContractThread()
            let first = try await store.start(NewRun(in: thread.id, at: 100))
            try await store.delete(thread.id)
            _ = try await store.start(NewRun(in: thread.id, at: 101))
            try await expectRefusal(first.fence, of: thread, by: store, "before the deletion")
        },
        ConversationRule("a head that has moved is refused by every call that writes") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            let first = try await thread.put(["turn": 1], to: store, fence: started.fence)
            try await thread.put(["turn": 2], to: store, fence: started.fence)
            for expected in [nil, first.id, CheckpointID("nowhere")] {
                let fence = Fence(started.lease, head: .exactly(expected))
                var branch = ContractThread(thread.id)
                let new = branch.next(["turn": 3])
                await expectFailure(.conflict) {
                    try await store.put(new.checkpoint, newVersions: new.newVersions, fence: fence)
                }
                await expectFailure(.conflict) {
                    try await store.putWrites(TaskWrites(on: first.reference, [("a", 1)]), fence: fence)
                }
                await expectFailure(.conflict) { try await store.commit(Commit(checkpoints: [new]), fence: fence) }
            }
            #expect(try await store.ids(.init(thread: thread.id)).count == 2)
            #expect(try await store.writes(of: first.reference) == [])
        },
        ConversationRule("a head that an unguarded writer moved is noticed") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            let first = try await thread.put(["turn": 1], to: store, fence: started.fence)
            let foreign = try await thread.put(["turn": 2], to: store)
            #expect(try await store.thread(thread.id)?.head == foreign.id)
            let new = thread.next(["turn": 3])
            await expectFailure(.conflict) {
                try await store.commit(
                    Commit(checkpoints: [new]), fence: Fence(started.lease, head: .exactly(first.id)))
            }
        },
        ConversationRule("each namespace has its own head, and only the root's is the thread's") { store in
            var root = ContractThread()
            var child = ContractThread(root.id, namespace: "child:1")
            let started = try await store.start(NewRun(in: root.id))
            let put = try await root.put(["turn": 1], to: store, fence: Fence(started.lease, head: .exactly(nil)))
            try await child.put(["turn": 1], to: store, fence: Fence(started.lease, head: .exactly(nil)))
            try await root.put(["turn": 2], to: store, fence: Fence(started.lease, head: .exactly(put.id)))
            #expect(try await store.thread(root.id)?.head == root.head)
        },
        ConversationRule("a commit's head is that before it, for all its checkpoints together") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            let news = [thread.next(["turn": 1]), thread.next(["turn": 2])]
            try await store.commit(Commit(checkpoints: news), fence: Fence(started.lease, head: .exactly(nil)))
            #expect(try await store.thread(thread.id)?.head == news[1].checkpoint.id)
        },
        ConversationRule("a fenced commit repeated after a lost reply is no conflict and changes nothing") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            let first = try await thread.put(["turn": 1], to: store, fence: started.fence)
            let commit = Commit(
                writes: [TaskWrites(on: first.reference, [("messages", ["b"])])],
                checkpoints: [thread.next(["messages": ["b"]]), thread.next(["turn": 2])])
            let fence = Fence(started.lease, head: .exactly(first.id))
            try await store.commit(commit, fence: fence)
            let once = try await store.all(.init(thread: thread.id))
            try await store.commit(commit, fence: fence)
            #expect(try await store.all(.init(thread: thread.id)) == once)
        },
        ConversationRule("of 32 commits on one head at once one is stored") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            let base = try await thread.put(["turn": 0], to: store, fence: started.fence)
            let fence = Fence(started.lease, head: .exactly(base.id))
            let fork = thread
            let stored = try await concurrently(32) { index -> Bool in
                var branch = fork
                let new = branch.next(["messages": [.integer(Int64(index))]])
                do {
                    try await store.commit(Commit(checkpoints: [new]), fence: fence)
                    return true
                } catch let error as StoreError {
                    #expect(error.code == .conflict)
                    return false
                }
            }
            #expect(stored.count { $0 } == 1)
            #expect(try await store.ids(.init(thread: thread.id)).count == 2)
        },
    ]

    static let conversationRules: [ConversationRule] = [
        ConversationRule("checkpoints without a fence make no record of their thread") { store in
            var thread = ContractThread()
            try await thread.put(["turn": 1], to: store)
            #expect(try await store.thread(thread.id) == nil)
        },
        ConversationRule("a run on a thread that has checkpoints already finds its head") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            _ = try await store.create(NewRun(in: thread.id))
            #expect(try await store.thread(thread.id)?.head == put.id)
        },
        ConversationRule("an older checkpoint written late does not become the head") { store in
            var thread = ContractThread()
            _ = try await store.create(NewRun(in: thread.id))
            let news = [thread.next(["turn": 1]), thread.next(["turn": 2])]
            for new in news.reversed() {
                try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            }
            #expect(try await store.thread(thread.id)?.head == news[1].checkpoint.id)
        },
        ConversationRule("deleting a thread removes its record, runs, keys and events too") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id, key: "k"))
            try await thread.put(["turn": 1], to: store, fence: started.fence)
            try await store.append([RunEventRecord(started.run, 0)])
            try await store.delete(thread.id)
            #expect(try await store.thread(thread.id) == nil)
            #expect(try await store.run(started.run.id) == nil)
            #expect(try await store.run(in: thread.id, idempotencyKey: "k") == nil)
            #expect(try await store.events(of: started.run.id, from: 0, limit: 9).isEmpty)
            #expect(try await store.unfinishedRuns(in: thread.id).isEmpty)
            let mine = try await store.allThreads(ThreadQuery(owner: "owner", limit: 500)).filter { $0.id == thread.id }
            #expect(mine.isEmpty)
            await expectFailure(.missing) { try await store.finish(started) }
            await expectFailure(.missing) { _ = try await store.renew(started.lease) }
            // What comes late finds no run to belong to, not even the same one made again.
            try await store.append([RunEventRecord(started.run, 1)])
            #expect(try await store.create(NewRun(in: thread.id, id: started.run.id, owner: "bob", key: "k")).isNew)
            #expect(try await store.events(of: started.run.id, from: 0, limit: 9).isEmpty)
        },
        ConversationRule("deleting a thread leaves other threads' runs and events") { store in
            let kept = try await store.start(NewRun(in: .fresh(), key: "k"))
            let gone = try await store.start(NewRun(in: .fresh(), key: "k"))
            try await store.append([RunEventRecord(kept.run, 0), RunEventRecord(gone.run, 0)])
            try await store.delete(gone.run.thread)
            #expect(try await store.run(kept.run.id) == kept.run)
            #expect(try await store.events(of: kept.run.id, from: 0, limit: 9).count == 1)
            #expect(try await store.thread(kept.run.thread)?.lease == kept.lease)
        },
        ConversationRule("a call whose Swift task was cancelled is stored whole or not at all") { store in
            var thread = ContractThread()
            let started = try await store.start(NewRun(in: thread.id))
            let commits = (Int64(0)..<20).map { turn in
                let new = thread.next(["messages": [.integer(turn)]])
                return Commit(
                    writes: [TaskWrites(on: new.checkpoint.reference, [("a", .integer(turn))])], checkpoints: [new])
            }
            for commit in commits {
                let call = Task { try await store.commit(commit, fence: started.fence) }
                call.cancel()
                _ = await call.result
                let read = try await store.checkpoint(commit.checkpoints[0].checkpoint.reference)
                #expect(read == nil || read?.pendingWrites == commit.writes[0].indexed)
            }
            // And the store goes on.
            try await thread.put(["turn": 1], to: store, fence: started.fence)
            try await store.finish(started)
        },
    ]
}
