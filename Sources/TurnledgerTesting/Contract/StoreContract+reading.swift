// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let readingRules: [CheckpointRule] = [
        CheckpointRule("a thread never written has no latest checkpoint, and none by any ID") { (store) async throws in
            let thread = ThreadID.fresh()
            #expect(try await store.latest(in: thread, namespace: .root) == nil)
            let reference = CheckpointReference(
                thread: thread, id: CheckpointID("1f000000-0000-6000-8000-000000000000"))
            #expect(try await store.checkpoint(reference) == nil)
        },
        CheckpointRule("an ID that was never written gives nothing, though the thread exists") { store in
            var thread = ContractThread()
            try await thread.put(["turn": 1], to: store)
            let reference = CheckpointReference(thread: thread.id, id: CheckpointID("nowhere"))
            #expect(try await store.checkpoint(reference) == nil)
        },
        CheckpointRule("the latest checkpoint is the one with the greatest ID, whatever the order of writing") {
            store in
            var thread = ContractThread()
            let news = (0..<5).map { thread.next(["turn": .integer($0)]) }
            for index in [2, 4, 0, 3, 1] {
                try await store.put(news[index].checkpoint, newVersions: news[index].newVersions, fence: nil)
            }
            let latest = try await store.latest(in: thread.id, namespace: .root)
            #expect(latest?.checkpoint == news[4].checkpoint)
        },
        CheckpointRule("an ID's checkpoint is that of the named thread and namespace") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            var elsewhere = put.reference
            elsewhere.namespace = "child:1"
            #expect(try await store.checkpoint(elsewhere) == nil)
            elsewhere = put.reference
            elsewhere.thread = .fresh()
            #expect(try await store.checkpoint(elsewhere) == nil)
        },
        CheckpointRule("the parent is read as it was written, and is nothing for the first") { store in
            var thread = ContractThread()
            let first = try await thread.put(["turn": 1], to: store)
            let second = try await thread.put(["turn": 2], to: store)
            #expect(try await store.checkpoint(first.reference)?.checkpoint.parent == nil)
            #expect(try await store.checkpoint(second.reference)?.checkpoint.parent == first.id)
        },
    ]

    static let deletingRules: [CheckpointRule] = [
        CheckpointRule("deleting a thread removes its checkpoints, blobs and writes in all namespaces") { store in
            let id = ThreadID.fresh()
            var news: [Commit.NewCheckpoint] = []
            for namespace in [Namespace.root, "child:1", "child:1|inner:2"] {
                var thread = ContractThread(id, namespace: namespace)
                news += [thread.next(["messages": ["a"]]), thread.next(["turn": 2])]
            }
            for new in news {
                try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
                try await store.putWrites(TaskWrites(on: new.checkpoint.reference, [("a", 1)]), fence: nil)
            }
            try await store.delete(id)
            #expect(try await store.all(.init(thread: id)).isEmpty)
            for new in news {
                #expect(try await store.checkpoint(new.checkpoint.reference) == nil)
                // Written again without its blobs it has none: nothing had stayed behind.
                try await store.put(new.checkpoint, newVersions: [:], fence: nil)
                let read = try #require(try await store.checkpoint(new.checkpoint.reference))
                #expect(read.checkpoint.channelValues["messages"] == nil)
                #expect(read.pendingWrites == [])
            }
        },
        CheckpointRule("deleting a thread leaves the others alone") { store in
            let id = ThreadID.fresh()
            var (thread, other, longer) = (ContractThread(id), ContractThread(), ContractThread(ThreadID("\(id)%")))
            try await thread.put(["messages": ["a"]], to: store)
            let kept = [
                try await other.put(["messages": ["b"]], to: store),
                try await longer.put(["messages": ["c"]], to: store),
            ]
            for put in kept { try await store.putWrites(TaskWrites(on: put.reference, [("a", 1)]), fence: nil) }
            try await store.delete(id)
            for put in kept {
                let read = try #require(try await store.checkpoint(put.reference))
                #expect(read.checkpoint == put)
                #expect(read.pendingWrites.count == 1)
            }
        },
        CheckpointRule("deleting a thread that does not exist is no error") { store in
            try await store.delete(.fresh())
        },
        CheckpointRule("writes of a checkpoint that never came are deleted with their thread") { store in
            var thread = ContractThread()
            let new = thread.next(["turn": 1])
            try await store.putWrites(TaskWrites(on: new.checkpoint.reference, [("a", 1)]), fence: nil)
            try await store.delete(thread.id)
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            #expect(try await store.writes(of: new.checkpoint.reference) == [])
        },
        CheckpointRule("a deleted thread can be written anew") { store in
            var thread = ContractThread()
            try await thread.put(["messages": ["old"]], to: store)
            try await store.delete(thread.id)
            var again = ContractThread(thread.id)
            let put = try await again.put(["messages": ["new"]], to: store)
            #expect(try await store.all(.init(thread: thread.id)) == [.init(checkpoint: put)])
        },
    ]
}
