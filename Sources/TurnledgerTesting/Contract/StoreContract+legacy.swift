// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let legacyRules: [CheckpointRule] = [
        CheckpointRule("an old checkpoint's sends are read from its parent's writes") { store in
            var thread = ContractThread()
            let parent = try await thread.put(["turn": 1], to: store)
            let sends = (0..<3).map { PayloadValue.ext(LangGraphExt.send(node: "tools", arg: .integer($0))) }
            for (task, path, send) in [("b", "~2", sends[2]), ("a", "~2", sends[1]), ("c", "~1", sends[0])] {
                let writes = TaskWrites(
                    on: parent.reference, task: task, path: path, [("messages", ["x"]), ("__pregel_tasks", send)])
                try await store.putWrites(writes, fence: nil)
            }
            for format in 1...3 {
                var new = thread.next(["turn": 2])
                new.checkpoint.format = format
                new.checkpoint.parent = parent.id
                try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
                var expected = new.checkpoint
                expected.channelValues["__pregel_tasks"] = Payload(.array(sends))
                expected.channelVersions["__pregel_tasks"] = new.checkpoint.channelVersions.values.max()
                #expect(try await store.checkpoint(new.checkpoint.reference)?.checkpoint == expected)
                #expect(try await store.latest(in: thread.id, namespace: .root)?.checkpoint == expected)
                #expect(try await store.all(.init(thread: thread.id, limit: 1)).map(\.checkpoint) == [expected])
            }
        },
        CheckpointRule("an old checkpoint whose parent has no sends is read as it is") { store in
            var thread = ContractThread()
            let parent = try await thread.put(["turn": 1], to: store)
            try await store.putWrites(TaskWrites(on: parent.reference, [("messages", ["x"])]), fence: nil)
            var new = thread.next(["turn": 2])
            new.checkpoint.format = 2
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            #expect(try await store.checkpoint(new.checkpoint.reference)?.checkpoint == new.checkpoint)
        },
        CheckpointRule("a checkpoint of today has no sends but its own") { store in
            var thread = ContractThread()
            let parent = try await thread.put(["turn": 1], to: store)
            let send = PayloadValue.ext(LangGraphExt.send(node: "tools", arg: 1))
            try await store.putWrites(TaskWrites(on: parent.reference, [("__pregel_tasks", send)]), fence: nil)
            let put = try await thread.put(["turn": 2], to: store)
            #expect(try await store.checkpoint(put.reference)?.checkpoint == put)
        },
    ]
}
