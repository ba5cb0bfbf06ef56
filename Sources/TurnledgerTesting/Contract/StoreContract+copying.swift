// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    private static let time = Timestamp(microseconds: 1_767_225_600_000_000)

    /// What a copy of these is in another thread.
    private static func moved(_ stored: [StoredCheckpoint], to thread: ThreadID) -> [StoredCheckpoint] {
        stored.map { stored in
            var result = stored
            result.checkpoint.thread = thread
            return result
        }
    }

    static let copyingRules: [MaintenanceRule] = [
        MaintenanceRule("a copy has every checkpoint, value, write and namespace, in order") { store in
            var root = ContractThread()
            var child = ContractThread(root.id, namespace: "child:1")
            for turn in Int64(0)..<3 {
                let put = try await root.put(
                    ["messages": [.integer(turn)], "turn": .integer(turn)], metadata: ["k": "v"], to: store)
                try await store.putWrites(TaskWrites(on: put.reference, [("messages", ["x"]), ("b", nil)]), fence: nil)
                try await child.put(["notes": [.integer(turn)]], to: store)
            }
            let source = try await store.all(.init(thread: root.id))
            let target = ThreadID.fresh("copy")
            try await store.copy(root.id, to: target, at: time)
            #expect(try await store.all(.init(thread: target)) == moved(source, to: target))
            #expect(try await store.all(.init(thread: root.id)) == source)
        },
        MaintenanceRule("a copy and its source go their own ways") { store in
            var thread = ContractThread()
            try await thread.put(["messages": ["a"]], to: store)
            let target = ThreadID.fresh("copy")
            try await store.copy(thread.id, to: target, at: time)
            try await thread.put(["messages": ["b"]], to: store)
            #expect(try await store.ids(.init(thread: target)).count == 1)
            try await store.delete(thread.id)
            let left = try #require(try await store.latest(in: target, namespace: .root)).checkpoint
            #expect(left.channelValues["messages"] == Payload(["a"]))
        },
        MaintenanceRule("a copy repeated changes nothing") { store in
            var thread = ContractThread()
            let put = try await thread.put(["messages": ["a"]], to: store)
            try await store.putWrites(TaskWrites(on: put.reference, [("a", 1)]), fence: nil)
            let target = ThreadID.fresh("copy")
            for _ in 0..<3 { try await store.copy(thread.id, to: target, at: time) }
            #expect(
                try await store.all(.init(thread: target))
                    == moved(try await store.all(.init(thread: thread.id)), to: target))
        },
        MaintenanceRule("a copy of an unknown thread is nothing") { store in
            let target = ThreadID.fresh("copy")
            try await store.copy(.fresh(), to: target, at: time)
            #expect(try await store.ids(.init(thread: target)) == [])
        },
        MaintenanceRule("a copy onto a thread with checkpoints of its own, or onto itself, is refused") { store in
            var (source, target) = (ContractThread(), ContractThread())
            let put = try await source.put(["messages": ["a"]], to: store)
            _ = target.next()
            let own = try await target.put(["turn": 1], to: store)
            let (from, onto) = (source.id, target.id)
            await expectFailure(.conflict) { try await store.copy(from, to: onto, at: time) }
            await expectFailure(.invalid) { try await store.copy(from, to: from, at: time) }
            await expectFailure(.invalid) { try await store.copy(from, to: "a\nb", at: time) }
            #expect(try await store.all(.init(thread: onto)) == [.init(checkpoint: own)])
            #expect(try await store.all(.init(thread: from)) == [.init(checkpoint: put)])
        },
    ]

    static let maintainedConversationRules: [MaintainedConversationRule] = [
        MaintainedConversationRule("deleting by pruning takes a thread's record and runs along") { store in
            let run = try await store.start(NewRun(in: .fresh(), labels: ["a": "b"], title: "Title"))
            var thread = ContractThread(run.run.thread)
            try await thread.put(["turn": 1], to: store, fence: run.fence)
            try await store.finish(run)
            let removed = try await store.prune([run.run.thread], strategy: .delete)
            #expect(removed.threads == 1)
            #expect(try await store.thread(run.run.thread) == nil)
            #expect(try await store.run(run.run.id) == nil)
        },
        MaintainedConversationRule("a run goes on while its thread is pruned") { store in
            let run = try await store.start(NewRun(in: .fresh(), labels: ["a": "b"], title: "Title"))
            var thread = ContractThread(run.run.thread)
            for turn in Int64(0)..<3 { try await thread.put(["turn": .integer(turn)], to: store, fence: run.fence) }
            let head = try #require(thread.head)
            try await store.prune([run.run.thread], strategy: .keepLatest)
            #expect(try await store.thread(run.run.thread)?.head == head)
            let fence = Fence(epoch: run.fence.epoch, head: .exactly(head))
            let next = try await thread.put(["turn": 3], to: store, fence: fence)
            #expect(try await store.ids(.init(thread: run.run.thread)) == [next.id, head])
        },
        MaintainedConversationRule("the head goes back when a run's checkpoints are removed") { store in
            let first = try await store.start(NewRun(in: .fresh()))
            var thread = ContractThread(first.run.thread)
            let kept = try await thread.put(
                ["turn": 0], metadata: ["run_id": .string(first.run.id.rawValue)], to: store, fence: first.fence)
            try await store.finish(first)
            let second = try await store.start(NewRun(in: first.run.thread))
            try await thread.put(
                ["turn": 1], metadata: ["run_id": .string(second.run.id.rawValue)], to: store, fence: second.fence)
            let runs = [second.run.id]
            await expectFailure(.conflict) { try await store.deleteCheckpoints(ofRuns: runs) }
            #expect(try await store.ids(.init(thread: first.run.thread)).count == 2)
            try await store.finish(second, as: .cancelled)
            try await store.deleteCheckpoints(ofRuns: runs)
            #expect(try await store.thread(first.run.thread)?.head == kept.id)
            #expect(try await store.run(second.run.id) != nil)
        },
        MaintainedConversationRule("a copy has a record: owner, labels and title of its source, and no run") { store in
            let run = try await store.start(NewRun(in: .fresh(), labels: ["a": "b"], title: "Title"))
            var thread = ContractThread(run.run.thread)
            let put = try await thread.put(["turn": 1], to: store, fence: run.fence)
            let source = try #require(try await store.thread(run.run.thread))
            let target = ThreadID.fresh("copy")
            for _ in 0..<2 { try await store.copy(run.run.thread, to: target, at: time) }
            let copy = try #require(try await store.thread(target))
            #expect(
                copy
                    == ThreadRecord(
                        id: target, title: source.title, owner: source.owner, labels: source.labels, status: .idle,
                        createdAt: time, updatedAt: time, head: put.id))
            #expect(try await store.unfinishedRuns(in: target).isEmpty)
            #expect(try await store.thread(run.run.thread) == source)
            let other = try await store.start(NewRun(in: target))
            let from = run.run.thread
            await expectFailure(.conflict) { try await store.copy(from, to: target, at: time) }
            #expect(other.fence.epoch > 0)
        },
        MaintainedConversationRule("a copy onto another owner's thread is refused") { store in
            let run = try await store.start(NewRun(in: .fresh(), labels: ["a": "b"], title: "Title"))
            var thread = ContractThread(run.run.thread)
            try await thread.put(["turn": 1], to: store, fence: run.fence)
            let other = try await store.start(NewRun(in: .fresh(), owner: "somebody else"))
            try await store.finish(other)
            let (from, onto) = (run.run.thread, other.run.thread)
            await expectFailure(.missing) { try await store.copy(from, to: onto, at: time) }
            #expect(try await store.ids(.init(thread: onto)) == [])
        },
    ]
}
