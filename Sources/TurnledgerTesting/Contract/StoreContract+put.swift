// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let putRules: [CheckpointRule] = [
        CheckpointRule("what is put is read back whole, by its ID and as the latest") { store in
            var thread = ContractThread()
            let put = try await thread.put(
                ["messages": [["role": "user", "content": "Hi"]], "turn": 1], to: store)
            #expect(try await store.checkpoint(put.reference) == StoredCheckpoint(checkpoint: put))
            #expect(try await store.latest(in: thread.id, namespace: .root) == StoredCheckpoint(checkpoint: put))
        },
        CheckpointRule("setting up again changes nothing") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            try await store.setUp()
            #expect(try await store.checkpoint(put.reference)?.checkpoint == put)
        },
        CheckpointRule("a put repeated with the same ID stores nothing twice") { store in
            var thread = ContractThread()
            let new = thread.next(["messages": ["a"]])
            for _ in 0..<3 { try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil) }
            #expect(try await store.all(.init(thread: thread.id)) == [.init(checkpoint: new.checkpoint)])
        },
        CheckpointRule("a checkpoint that exists takes a new document and metadata, never a new parent") { store in
            var thread = ContractThread()
            try await thread.put(["turn": 1], to: store)
            let parent = thread.head
            var new = thread.next(["turn": 2])
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            new.checkpoint.parent = CheckpointID("00000000-0000-6000-8000-000000000000")
            new.checkpoint.metadata.json["note"] = "changed"
            new.checkpoint.channelValues["turn"] = Payload(3)
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            let read = try #require(try await store.checkpoint(new.checkpoint.reference)).checkpoint
            #expect(read.parent == parent)
            #expect(read.metadata.json["note"] == "changed")
            #expect(read.channelValues["turn"] == Payload(3))
        },
        CheckpointRule("a blob that exists stays as it is") { store in
            var thread = ContractThread()
            var new = thread.next(["messages": ["first"]])
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            new.checkpoint.channelValues["messages"] = Payload(["second"])
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            let read = try await store.checkpoint(new.checkpoint.reference)
            #expect(read?.checkpoint.channelValues["messages"] == Payload(["first"]))
        },
        CheckpointRule("versions seen are kept node by node, empty ones too") { store in
            var thread = ContractThread()
            var new = thread.next(["turn": 1])
            new.checkpoint.versionsSeen = [
                "__input__": [:], "model": ["branch:to:model": ChannelVersion("2"), "b": ChannelVersion("1.5")],
            ]
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            let read = try await store.checkpoint(new.checkpoint.reference)
            #expect(read?.checkpoint.versionsSeen == new.checkpoint.versionsSeen)
        },
        CheckpointRule("metadata is kept whole: source, step, parents, run and the caller's own") { store in
            var thread = ContractThread()
            let put = try await thread.put(
                ["turn": 1],
                metadata: ["run_id": "run_1", "nested": ["list": [1, 2.5, nil, true]], "text": "é \u{1F9EF}"], to: store
            )
            let read = try #require(try await store.checkpoint(put.reference)).checkpoint.metadata
            #expect(read == put.metadata)
            #expect(read.source == .input)
            #expect(read.step == -1)
            #expect(read.runID == "run_1")
        },
        CheckpointRule("members of the document that nobody knows are kept") { store in
            var thread = ContractThread()
            var new = thread.next(["turn": 1])
            new.checkpoint.extra = ["pending_sends": [], "future": ["a": 1]]
            new.checkpoint.format = 1
            new.checkpoint.updatedChannels = nil
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            #expect(try await store.checkpoint(new.checkpoint.reference)?.checkpoint == new.checkpoint)
        },
        CheckpointRule("the root namespace and a subgraph's are two") { store in
            var root = ContractThread()
            var child = ContractThread(root.id, namespace: "child:1|inner:2")
            let rootPut = try await root.put(["turn": 1], to: store)
            let childPut = try await child.put(["turn": 2], to: store)
            #expect(try await store.latest(in: root.id, namespace: .root)?.checkpoint == rootPut)
            #expect(try await store.latest(in: root.id, namespace: child.namespace)?.checkpoint == childPut)
        },
        CheckpointRule("several checkpoints of a thread stand side by side, each with its parent") { store in
            var thread = ContractThread()
            var puts: [Checkpoint] = []
            for turn in 0..<3 { puts.append(try await thread.put(["turn": .integer(Int64(turn))], to: store)) }
            for put in puts { #expect(try await store.checkpoint(put.reference)?.checkpoint == put) }
            #expect(puts.map(\.parent) == [nil, puts[0].id, puts[1].id])
        },
        CheckpointRule("threads do not see each other") { store in
            var (first, second) = (ContractThread(), ContractThread())
            let put = try await first.put(["turn": 1], to: store)
            #expect(try await store.latest(in: second.id, namespace: .root) == nil)
            try await second.put(["turn": 2], to: store)
            #expect(try await store.latest(in: first.id, namespace: .root)?.checkpoint == put)
        },
        CheckpointRule("a channel name with a backslash or NUL is refused, nothing stored") { (store) async throws in
            for name in ["a\\b", "a\0b"] {
                var thread = ContractThread()
                let new = thread.next([name: ["x"]])
                await expectFailure(.invalid) {
                    try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
                }
                #expect(try await store.latest(in: thread.id, namespace: .root) == nil)
            }
        },
    ]
}
