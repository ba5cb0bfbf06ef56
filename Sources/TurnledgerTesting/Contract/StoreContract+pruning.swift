// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let pruningRules: [MaintenanceRule] = [
        MaintenanceRule("keep_latest keeps the newest checkpoint of each namespace, with values and writes") { store in
            var root = ContractThread()
            var child = ContractThread(root.id, namespace: "child")
            var heads: [StoredCheckpoint] = []
            for turn in Int64(0)..<4 {
                heads = []
                for isRoot in [true, false] {
                    let changes: [String: PayloadValue] = ["messages": [.integer(turn)], "turn": 1]
                    let put = try await isRoot ? root.put(changes, to: store) : child.put(changes, to: store)
                    let writes = TaskWrites(on: put.reference, [("messages", ["w"])])
                    try await store.putWrites(writes, fence: nil)
                    heads.append(.init(checkpoint: put, pendingWrites: writes.indexed))
                }
            }
            let removed = try await store.prune([root.id], strategy: .keepLatest)
            for index in heads.indices { heads[index].checkpoint.parent = nil }
            #expect(removed == RemovedRows(checkpoints: 6, blobs: 6, writes: 6))
            #expect(Set(try await store.all(.init(thread: root.id))) == Set(heads))
        },
        MaintenanceRule("keep_latest of three keeps three, with the parents among them") { store in
            var thread = ContractThread()
            var puts: [Checkpoint] = []
            for turn in Int64(0)..<5 { puts.append(try await thread.put(["messages": [.integer(turn)]], to: store)) }
            try await store.prune([thread.id], strategy: .keepLatest(3))
            var expected = puts.suffix(3).reversed() as [Checkpoint]
            expected[2].parent = nil
            #expect(try await store.all(.init(thread: thread.id)).map(\.checkpoint) == expected)
        },
        MaintenanceRule("a value that a kept checkpoint shares with a pruned one stays, others go") { store in
            var thread = ContractThread()
            let first = try await thread.put(["messages": ["a"], "notes": ["kept"]], to: store)
            let second = try await thread.put(["messages": ["b"]], to: store)
            try await store.prune([thread.id], strategy: .keepLatest)
            #expect(try await store.checkpoint(second.reference)?.checkpoint.channelValues == second.channelValues)
            try await store.put(first, newVersions: [:], fence: nil)
            let read = try #require(try await store.checkpoint(first.reference)).checkpoint
            #expect(read.channelValues == ["notes": Payload(["kept"])])
        },
        MaintenanceRule("writes of pruned checkpoints go, those of checkpoints not stored yet stay") { store in
            var thread = ContractThread()
            let first = try await thread.put(["turn": 1], to: store)
            try await thread.put(["turn": 2], to: store)
            let coming = thread.next(["turn": 3])
            for place in [first.reference, coming.checkpoint.reference] {
                try await store.putWrites(TaskWrites(on: place, [("a", 1)]), fence: nil)
            }
            try await store.prune([thread.id], strategy: .keepLatest)
            for checkpoint in [first, coming.checkpoint] {
                try await store.put(checkpoint, newVersions: [:], fence: nil)
            }
            #expect(try await store.writes(of: first.reference) == [])
            #expect(try await store.writes(of: coming.checkpoint.reference).count == 1)
        },
        MaintenanceRule("a subgraph call goes with the root checkpoint that it started from") { store in
            var root = ContractThread()
            let old = try await root.put(["turn": 1], to: store)
            let head = try await root.put(["turn": 2], to: store)
            let absent = root.next().checkpoint
            var stays: [Namespace] = []
            for (namespace, parent) in [
                ("done:1", old), ("done:1|inner:2", old), ("open:2", head), ("early:3", absent), ("stateful", old),
            ] {
                var child = ContractThread(root.id, namespace: Namespace(namespace))
                for _ in 0..<2 {
                    var new = child.next(["messages": ["a"]])
                    new.checkpoint.metadata.json["parents"] = ["": .string(parent.id.rawValue)]
                    try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
                    try await store.putWrites(TaskWrites(on: new.checkpoint.reference, [("a", 1)]), fence: nil)
                }
                if !namespace.hasPrefix("done") { stays.append(Namespace(namespace)) }
            }
            try await store.prune([root.id], strategy: .keepLatest)
            let left = try await store.all(.init(thread: root.id)).map(\.checkpoint.namespace)
            #expect(left.sorted { $0.rawValue < $1.rawValue } == ([.root] + stays).sorted { $0.rawValue < $1.rawValue })
        },
        MaintenanceRule("the parent that holds an old checkpoint's sends stays with it") { store in
            var thread = ContractThread()
            try await thread.put(["turn": 1], to: store)
            let parent = try await thread.put(["turn": 2], to: store)
            let send = PayloadValue.ext(LangGraphExt.send(node: "tools", arg: 1))
            try await store.putWrites(TaskWrites(on: parent.reference, [("__pregel_tasks", send)]), fence: nil)
            var new = thread.next(["turn": 3])
            new.checkpoint.format = 3
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            try await store.prune([thread.id], strategy: .keepLatest)
            #expect(try await store.ids(.init(thread: thread.id)) == [new.checkpoint.id, parent.id])
            let head = try #require(try await store.latest(in: thread.id, namespace: .root)).checkpoint
            #expect(head.parent == parent.id)
            #expect(head.channelValues["__pregel_tasks"] == Payload(.array([send])))
        },
        MaintenanceRule("a pruned thread goes on") { store in
            var thread = ContractThread()
            for turn in Int64(0)..<3 { try await thread.put(["messages": [.integer(turn)]], to: store) }
            try await store.prune([thread.id], strategy: .keepLatest)
            let next = try await thread.put(["turn": 4], to: store)
            #expect(try await store.latest(in: thread.id, namespace: .root)?.checkpoint == next)
            #expect(try await store.ids(.init(thread: thread.id)).count == 2)
        },
        MaintenanceRule("pruning again removes nothing, and pruning keeps to its threads") { store in
            var (thread, other) = (ContractThread(), ContractThread())
            for turn in Int64(0)..<3 {
                try await thread.put(["messages": [.integer(turn)]], to: store)
                try await other.put(["messages": [.integer(turn)]], to: store)
            }
            try await store.prune([thread.id], strategy: .keepLatest)
            let once = try await store.all(.init(thread: thread.id))
            #expect(try await store.prune([thread.id], strategy: .keepLatest) == RemovedRows())
            #expect(try await store.prune([.fresh()], strategy: .keepLatest) == RemovedRows())
            #expect(try await store.prune([.fresh()], strategy: .delete) == RemovedRows())
            #expect(try await store.prune([], strategy: .delete) == RemovedRows())
            #expect(try await store.all(.init(thread: thread.id)) == once)
            #expect(try await store.ids(.init(thread: other.id)).count == 3)
        },
        MaintenanceRule("delete removes the threads, and says what it removed") { store in
            var (first, second, other) = (ContractThread(), ContractThread(), ContractThread())
            for _ in 0..<2 {
                let put = try await first.put(["messages": ["a"]], to: store)
                try await store.putWrites(TaskWrites(on: put.reference, [("a", 1), ("b", 2)]), fence: nil)
            }
            try await second.put(["turn": 1], to: store)
            let kept = try await other.put(["turn": 1], to: store)
            let removed = try await store.prune([first.id, second.id, .fresh()], strategy: .delete)
            #expect(removed == RemovedRows(threads: 2, checkpoints: 3, blobs: 2, writes: 4))
            for thread in [first.id, second.id] { #expect(try await store.ids(.init(thread: thread)) == []) }
            #expect(try await store.latest(in: other.id, namespace: .root)?.checkpoint == kept)
        },
    ]

    static let runDeletionRules: [MaintenanceRule] = [
        MaintenanceRule("checkpoints of runs go with their writes, in every thread and namespace") { store in
            let runs = (0..<3).map { _ in RunID("run_" + UniqueID.random()) }
            var kept: Set<CheckpointReference> = []
            var gone: [Checkpoint] = []
            for _ in 0..<2 {
                let id = ThreadID.fresh()
                for namespace in [Namespace.root, "child:1"] {
                    var thread = ContractThread(id, namespace: namespace)
                    for (number, run) in runs.enumerated() {
                        let put = try await thread.put(
                            ["messages": [.integer(Int64(number))]], metadata: ["run_id": .string(run.rawValue)],
                            to: store)
                        try await store.putWrites(TaskWrites(on: put.reference, [("a", 1)]), fence: nil)
                        if number == 0 { kept.insert(put.reference) } else { gone.append(put) }
                    }
                }
            }
            let removed = try await store.deleteCheckpoints(ofRuns: Array(runs[1...]))
            #expect(removed == RemovedRows(checkpoints: 8, blobs: 8, writes: 8))
            for checkpoint in gone {
                #expect(try await store.checkpoint(checkpoint.reference) == nil)
                try await store.put(checkpoint, newVersions: [:], fence: nil)
                #expect(try await store.writes(of: checkpoint.reference) == [])
            }
            for reference in kept { #expect(try await store.writes(of: reference).count == 1) }
        },
        MaintenanceRule("without its latest run a thread is what it was before") { store in
            var thread = ContractThread()
            let run = RunID("run_" + UniqueID.random())
            let before = try await thread.put(["messages": ["a"], "turn": 1], to: store)
            try await thread.put(["messages": ["b"]], metadata: ["run_id": .string(run.rawValue)], to: store)
            try await thread.put(["turn": 3], metadata: ["run_id": .string(run.rawValue)], to: store)
            try await store.deleteCheckpoints(ofRuns: [run])
            #expect(try await store.all(.init(thread: thread.id)) == [.init(checkpoint: before)])
        },
        MaintenanceRule("what came after a run that is removed stays whole, as a first checkpoint") { store in
            var thread = ContractThread()
            let run = RunID("run_" + UniqueID.random())
            try await thread.put(["messages": ["a"]], metadata: ["run_id": .string(run.rawValue)], to: store)
            var after = try await thread.put(["turn": 2], to: store)
            try await store.deleteCheckpoints(ofRuns: [run])
            after.parent = nil
            #expect(try await store.all(.init(thread: thread.id)) == [.init(checkpoint: after)])
        },
        MaintenanceRule("no run and an unknown run remove nothing") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], metadata: ["run_id": "run_other"], to: store)
            #expect(try await store.deleteCheckpoints(ofRuns: []) == RemovedRows())
            #expect(try await store.deleteCheckpoints(ofRuns: [RunID(UniqueID.random())]) == RemovedRows())
            #expect(try await store.checkpoint(put.reference)?.checkpoint == put)
        },
    ]
}
