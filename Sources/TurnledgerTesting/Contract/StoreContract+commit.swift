// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let commitRules: [CheckpointRule] = [
        CheckpointRule("a commit stores writes and checkpoints as the single calls would") { store in
            var thread = ContractThread()
            let first = thread.next(["messages": ["a"]])
            let second = thread.next(["messages": ["a", "b"]])
            let writes = TaskWrites(on: first.checkpoint.reference, [("messages", ["b"])])
            try await store.commit(Commit(writes: [writes], checkpoints: [first, second]), fence: nil)
            #expect(
                try await store.all(.init(thread: thread.id)) == [
                    .init(checkpoint: second.checkpoint),
                    .init(checkpoint: first.checkpoint, pendingWrites: writes.indexed),
                ])
        },
        CheckpointRule("a commit may hold writes alone, checkpoints alone, or nothing") { store in
            var thread = ContractThread()
            let new = thread.next(["turn": 1])
            try await store.commit(Commit(checkpoints: [new]), fence: nil)
            let writes = TaskWrites(on: new.checkpoint.reference, [("a", 1)])
            try await store.commit(Commit(writes: [writes]), fence: nil)
            try await store.commit(Commit(), fence: nil)
            #expect(try await store.writes(of: new.checkpoint.reference) == writes.indexed)
        },
        CheckpointRule("a commit may hold parts of several namespaces") { store in
            var root = ContractThread()
            var child = ContractThread(root.id, namespace: "child:1")
            let news = [root.next(["turn": 1]), child.next(["turn": 2])]
            try await store.commit(Commit(checkpoints: news), fence: nil)
            for new in news {
                #expect(try await store.checkpoint(new.checkpoint.reference)?.checkpoint == new.checkpoint)
            }
        },
        CheckpointRule("a commit of two threads is refused, and nothing of it stored") { (store) async throws in
            var (first, second) = (ContractThread(), ContractThread())
            let news = [first.next(["turn": 1]), second.next(["turn": 1])]
            await expectFailure(.invalid) { try await store.commit(Commit(checkpoints: news), fence: nil) }
            let writes = TaskWrites(on: news[1].checkpoint.reference, [("a", 1)])
            await expectFailure(.invalid) {
                try await store.commit(Commit(writes: [writes], checkpoints: [news[0]]), fence: nil)
            }
            for new in news { #expect(try await store.checkpoint(new.checkpoint.reference) == nil) }
        },
        CheckpointRule("a commit with one part refused stores none of it") { store in
            var thread = ContractThread()
            let new = thread.next(["turn": 1])
            let good = TaskWrites(on: new.checkpoint.reference, task: "good", [("a", 1)])
            let bad = TaskWrites(on: new.checkpoint.reference, task: "bad", [("a\\b", 1)])
            await expectFailure(.invalid) {
                try await store.commit(Commit(writes: [good, bad], checkpoints: [new]), fence: nil)
            }
            #expect(try await store.checkpoint(new.checkpoint.reference) == nil)
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            #expect(try await store.writes(of: new.checkpoint.reference) == [])
        },
        CheckpointRule("a commit repeated changes nothing") { store in
            var thread = ContractThread()
            let first = try await thread.put(["messages": ["a"]], to: store)
            let commit = Commit(
                writes: [TaskWrites(on: first.reference, [("messages", ["b"])])],
                checkpoints: [thread.next(["messages": ["a", "b"]])])
            try await store.commit(commit, fence: nil)
            let once = try await store.all(.init(thread: thread.id))
            for _ in 0..<3 { try await store.commit(commit, fence: nil) }
            #expect(try await store.all(.init(thread: thread.id)) == once)
        },
    ]

    static let loadRules: [CheckpointRule] = [
        CheckpointRule("values of 10 MB come back as they were, in channels and in writes") { store in
            var thread = ContractThread()
            let bytes = Array<UInt8>.pattern(10_000_000)
            let text = String(repeating: "\u{5927}\u{1F9EF}a\"\\", count: 1_000_000)
            let put = try await thread.put(["bytes": .binary(bytes), "text": [.string(text)]], to: store)
            try await store.putWrites(TaskWrites(on: put.reference, [("bytes", .binary(bytes))]), fence: nil)
            let read = try #require(try await store.latest(in: thread.id, namespace: .root))
            // Compared outside the expectation, which would print them.
            let isEqual = read.checkpoint == put && read.pendingWrites.map(\.value.bytes) == [bytes]
            #expect(isEqual)
        },
        CheckpointRule("a large text within the document comes back as it was") { store in
            var thread = ContractThread()
            let put = try await thread.put(
                ["text": .string(String(repeating: "\u{5927}\u{1F9EF}\"\\\n", count: 200_000))], to: store)
            let isEqual = try await store.checkpoint(put.reference)?.checkpoint == put
            #expect(isEqual)
        },
        CheckpointRule("32 threads written at once are all there") { store in
            let puts = try await concurrently(32) { index in
                var thread = ContractThread()
                var last: Checkpoint?
                for turn in 0..<4 {
                    let put = try await thread.put(["messages": [.integer(Int64(index * 10 + turn))]], to: store)
                    try await store.putWrites(TaskWrites(on: put.reference, [("a", 1)]), fence: nil)
                    last = put
                }
                return (try #require(last))
            }
            for put in puts {
                #expect(try await store.latest(in: put.thread, namespace: .root)?.checkpoint == put)
                #expect(try await store.ids(.init(thread: put.thread)).count == 4)
            }
        },
        CheckpointRule("32 writers of one thread lose nothing") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 0], to: store)
            let news = (0..<32).map { thread.next(["messages": [.integer($0)]]) }
            _ = try await concurrently(32) { index in
                try await store.put(news[index].checkpoint, newVersions: news[index].newVersions, fence: nil)
                try await store.putWrites(
                    TaskWrites(on: put.reference, task: "task\(index)", [("a", .integer(Int64(index)))]), fence: nil)
            }
            let listed = try await store.all(.init(thread: thread.id))
            #expect(listed.map(\.checkpoint).dropLast() == news.map(\.checkpoint).reversed()[...])
            #expect(try await store.writes(of: put.reference).count == 32)
        },
        CheckpointRule("the same commit made 32 times at once is one") { store in
            var thread = ContractThread()
            let new = thread.next(["messages": ["a"]])
            let commit = Commit(
                writes: [TaskWrites(on: new.checkpoint.reference, [("a", 1), ("b", 2)])], checkpoints: [new])
            _ = try await concurrently(32) { _ in try await store.commit(commit, fence: nil) }
            #expect(
                try await store.all(.init(thread: thread.id)) == [
                    .init(checkpoint: new.checkpoint, pendingWrites: commit.writes[0].indexed)
                ])
        },
        CheckpointRule("a reader beside a writer sees whole commits") { store in
            var thread = ContractThread()
            let id = thread.id
            let commits = (Int64(0)..<40).map { turn in
                let new = thread.next(["messages": [.integer(turn)], "turn": .integer(turn)])
                return Commit(
                    writes: [TaskWrites(on: new.checkpoint.reference, [("a", .integer(turn))])], checkpoints: [new])
            }
            _ = try await concurrently(5) { worker in
                guard worker > 0 else {
                    for commit in commits { try await store.commit(commit, fence: nil) }
                    return
                }
                for _ in 0..<40 {
                    guard let read = try await store.latest(in: id, namespace: .root) else { continue }
                    let turn = try #require(try read.checkpoint.channelValues["turn"]?.decoded().integer)
                    #expect(read.checkpoint.channelValues["messages"] == Payload([.integer(turn)]))
                    #expect(read.pendingWrites.map(\.value) == [Payload(.integer(turn))])
                }
            }
        },
    ]
}
