// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

/// A thread with a delta channel `items`, which collects what is written: a snapshot where one is asked for.
struct DeltaThread {
    var thread = ContractThread()
    /// The checkpoints so far.
    private(set) var checkpoints: [Checkpoint] = []
    private var updates = 0
    /// The channel's value in the newest checkpoint.
    private(set) var value: [PayloadValue] = []

    static let channel = "items"

    /// What the writes so far make of an earlier value.
    static let reducer: DeltaReducer = { (value, writes) throws(StoreError) in
        .array((value?.array ?? []) + writes.flatMap { $0.array ?? [$0] })
    }

    /// Stores a checkpoint that took in what was written on the one before, then writes `items` on it.
    mutating func step(
        writing items: PayloadValue?, snapshot: Bool = false, metadata extra: JSONObject = [:],
        to store: any CheckpointStore
    ) async throws {
        let commit = next(writing: items, snapshot: snapshot, metadata: extra)
        try await store.commit(commit, fence: nil)
    }

    /// What `step` stores.
    mutating func next(
        writing items: PayloadValue?, snapshot: Bool = false, metadata extra: JSONObject = [:]
    ) -> Commit {
        var metadata = extra
        updates += 1
        if !snapshot { metadata["counters_since_delta_snapshot"] = [Self.channel: [.integer(Int64(updates)), 1]] }
        var new = thread.next(["turn": .integer(Int64(checkpoints.count))], metadata: metadata)
        let version = new.newVersions["turn"]
        new.checkpoint.channelVersions[Self.channel] = version
        if snapshot {
            updates = 0
            new.checkpoint.channelValues[Self.channel] = Payload(.ext(LangGraphExt.deltaSnapshot(.array(value))))
            new.newVersions[Self.channel] = version
        }
        checkpoints.append(new.checkpoint)
        guard let items else { return Commit(checkpoints: [new]) }
        value += items.array ?? [items]
        let writes = TaskWrites(on: new.checkpoint.reference, [("turn", 0), (Self.channel, items)])
        return Commit(writes: [writes], checkpoints: [new])
    }

    /// The channel's value in a checkpoint, as a reader makes it.
    static func value(of reference: CheckpointReference, in store: any CheckpointMaintenance) async throws
        -> PayloadValue
    {
        let stored = try #require(try await store.checkpoint(reference)).checkpoint
        if let payload = stored.channelValues[channel] {
            return try DeltaHistory(seed: payload).value(reducer)
        }
        let histories = try await store.deltaHistory(of: [channel], upTo: reference)
        return try (histories[channel] ?? DeltaHistory()).value(reducer)
    }
}

extension StoreContract {
    static let deltaRules: [MaintenanceRule] = [
        MaintenanceRule("a delta channel's history is its writes, oldest first, without the checkpoint's own") {
            store in
            var delta = DeltaThread()
            for turn in Int64(0)..<5 { try await delta.step(writing: [.integer(turn), "x"], to: store) }
            let head = delta.checkpoints[4].reference
            let history = try #require(try await store.deltaHistory(of: ["items"], upTo: head)["items"])
            #expect(history.seed == nil)
            #expect(history.writes.map(\.value) == (Int64(0)..<4).map { Payload([.integer($0), "x"]) })
            #expect(history.writes.allSatisfy { $0.channel == "items" && $0.index == 1 })
        },
        MaintenanceRule("writes of one checkpoint come by path, task and index") { store in
            var delta = DeltaThread()
            try await delta.step(writing: nil, to: store)
            for (task, path) in [("b", "~2"), ("a", "~2"), ("c", "~1")] {
                let writes = TaskWrites(
                    on: delta.checkpoints[0].reference, task: task, path: path,
                    (0..<11).map { ("items", .string("\(task)\($0)")) })
                try await store.putWrites(writes, fence: nil)
            }
            try await delta.step(writing: nil, to: store)
            let expected = ["c", "a", "b"].flatMap { task in (0..<11).map { Payload(.string("\(task)\($0)")) } }
            let histories = try await store.deltaHistory(of: ["items"], upTo: delta.checkpoints[1].reference)
            #expect(histories["items"]?.writes.map(\.value) == expected)
        },
        MaintenanceRule("a delta channel's history begins at the last snapshot before the checkpoint") { store in
            var delta = DeltaThread()
            try await delta.step(writing: ["a"], to: store)
            try await delta.step(writing: ["b"], snapshot: true, to: store)
            try await delta.step(writing: ["c"], to: store)
            try await delta.step(writing: ["d"], snapshot: true, to: store)
            let snapshot = Payload(.ext(LangGraphExt.deltaSnapshot(["a"])))
            for (index, seed, count) in [(1, nil, 1), (2, snapshot, 1), (3, snapshot, 2)] {
                let reference = delta.checkpoints[index].reference
                let history = try #require(try await store.deltaHistory(of: ["items"], upTo: reference)["items"])
                #expect(history.seed == seed, "\(index)")
                #expect(history.writes.count == count, "\(index)")
            }
            let values: [PayloadValue] = [[], ["a"], ["a", "b"], ["a", "b", "c"]]
            for (checkpoint, value) in zip(delta.checkpoints, values) {
                #expect(try await DeltaThread.value(of: checkpoint.reference, in: store) == value)
            }
        },
        MaintenanceRule("a plain value within the document or in a blob is where a history begins too") { store in
            for value in [PayloadValue.string("inline"), ["blob"]] {
                var thread = ContractThread()
                let first = try await thread.put(["items": value], to: store)
                try await store.putWrites(TaskWrites(on: first.reference, [("items", ["a"])]), fence: nil)
                let second = try await thread.put(["turn": 1], to: store)
                let history = try await store.deltaHistory(of: ["items"], upTo: second.reference)["items"]
                #expect(history?.seed == Payload(value))
                #expect(history?.writes.map(\.value) == [Payload(["a"])])
            }
        },
        MaintenanceRule("a history follows the parents of its branch, in its thread and namespace") { store in
            var delta = DeltaThread()
            try await delta.step(writing: ["a"], to: store)
            let fork = delta
            try await delta.step(writing: ["b"], to: store)
            var branch = fork.thread
            _ = branch.next()
            let parent = try #require(delta.checkpoints.first)
            var new = branch.next(["turn": 9])
            new.checkpoint.parent = parent.id
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            let history = try await store.deltaHistory(of: ["items"], upTo: new.checkpoint.reference)["items"]
            #expect(history?.writes.map(\.value) == [Payload(["a"])])
            var elsewhere = new.checkpoint.reference
            elsewhere.namespace = "other"
            #expect(try await store.deltaHistory(of: ["items"], upTo: elsewhere) == ["items": DeltaHistory()])
        },
        MaintenanceRule("histories of several channels come at once, empty ones too") { store in
            var delta = DeltaThread()
            try await delta.step(writing: ["a"], to: store)
            try await delta.step(writing: ["b"], to: store)
            let reference = delta.checkpoints[1].reference
            let histories = try await store.deltaHistory(of: ["items", "turn", "never"], upTo: reference)
            #expect(Set(histories.keys) == ["items", "turn", "never"])
            #expect(histories["never"] == DeltaHistory())
            #expect(histories["turn"]?.seed == Payload(0))
            #expect(try await store.deltaHistory(of: [], upTo: reference).isEmpty)
        },
        MaintenanceRule("a history goes back over more checkpoints than a page holds") { store in
            var delta = DeltaThread()
            for _ in 0..<11 {
                var commit = Commit()
                for _ in 0..<100 {
                    let next = delta.next(writing: .integer(Int64(delta.checkpoints.count)))
                    commit.writes += next.writes
                    commit.checkpoints += next.checkpoints
                }
                try await store.commit(commit, fence: nil)
            }
            let head = try #require(delta.checkpoints.last).reference
            let value = try await DeltaThread.value(of: head, in: store)
            #expect(value == .array((Int64(0)..<1_099).map { .integer($0) }))
        },
    ]

    static let deltaPruningRules: [MaintenanceRule] = [
        MaintenanceRule("pruning with a reducer makes a snapshot of a delta channel first") { store in
            var delta = DeltaThread()
            for turn in Int64(0)..<6 {
                try await delta.step(writing: [.integer(turn)], snapshot: turn == 2, to: store)
            }
            let head = try #require(delta.checkpoints.last).reference
            let value = try await DeltaThread.value(of: head, in: store)
            try await store.prune(
                [delta.thread.id], strategy: .keepLatest, reducers: [DeltaThread.channel: DeltaThread.reducer])
            #expect(try await store.ids(.init(thread: delta.thread.id)) == [head.id])
            let stored = try #require(try await store.latest(in: delta.thread.id, namespace: .root))
            #expect(stored.checkpoint.channelValues["items"] == Payload(.ext(LangGraphExt.deltaSnapshot(value))))
            #expect(stored.checkpoint.metadata.json["counters_since_delta_snapshot"] == nil)
            #expect(stored.checkpoint.channelValues["turn"] == Payload(5))
            #expect(stored.pendingWrites.count == 2)
            try await delta.step(writing: nil, to: store)
            let next = delta.checkpoints[6].reference
            #expect(
                try await DeltaThread.value(of: next, in: store)
                    == .array((Int64(0)..<6).map { .integer($0) }))
        },
        MaintenanceRule("of several kept checkpoints the oldest gets the snapshot, and all keep their values") {
            store in
            var delta = DeltaThread()
            for turn in Int64(0)..<6 { try await delta.step(writing: [.integer(turn)], to: store) }
            try await store.prune(
                [delta.thread.id], strategy: .keepLatest(3), reducers: [DeltaThread.channel: DeltaThread.reducer])
            #expect(
                try await store.ids(.init(thread: delta.thread.id)) == delta.checkpoints[3...].map(\.id).reversed())
            for index in 3..<6 {
                #expect(
                    try await DeltaThread.value(of: delta.checkpoints[index].reference, in: store)
                        == .array((Int64(0)..<Int64(index)).map { .integer($0) }))
            }
            let newest = try #require(try await store.latest(in: delta.thread.id, namespace: .root)).checkpoint
            #expect(newest.channelValues["items"] == nil)
        },
        MaintenanceRule("pruning without a reducer keeps a delta channel's checkpoints back to its snapshot") { store in
            var delta = DeltaThread()
            for turn in Int64(0)..<6 {
                try await delta.step(writing: [.integer(turn)], snapshot: turn == 2, to: store)
            }
            let head = try #require(delta.checkpoints.last).reference
            let value = try await DeltaThread.value(of: head, in: store)
            let removed = try await store.prune([delta.thread.id], strategy: .keepLatest)
            #expect(removed.checkpoints == 2)
            #expect(
                try await store.ids(.init(thread: delta.thread.id)) == delta.checkpoints[2...].map(\.id).reversed())
            #expect(try await DeltaThread.value(of: head, in: store) == value)
        },
        MaintenanceRule("a head at a snapshot is pruned like any other") { store in
            var delta = DeltaThread()
            for turn in Int64(0)..<4 {
                try await delta.step(writing: [.integer(turn)], snapshot: turn == 3, to: store)
            }
            let head = try #require(delta.checkpoints.last).reference
            let value = try await DeltaThread.value(of: head, in: store)
            try await store.prune([delta.thread.id], strategy: .keepLatest)
            #expect(try await store.ids(.init(thread: delta.thread.id)) == [head.id])
            #expect(try await DeltaThread.value(of: head, in: store) == value)
        },
        MaintenanceRule("removing a run keeps the delta values of what came after it") { store in
            var delta = DeltaThread()
            let run = RunID("run_" + UniqueID.random())
            try await delta.step(writing: ["a"], to: store)
            try await delta.step(writing: ["b"], metadata: ["run_id": .string(run.rawValue)], to: store)
            try await delta.step(writing: ["c"], to: store)
            let last = delta.checkpoints[2].reference
            let reducers = [DeltaThread.channel: DeltaThread.reducer]
            try await store.deleteCheckpoints(ofRuns: [run], reducers: reducers)
            #expect(try await store.checkpoint(delta.checkpoints[1].reference) == nil)
            #expect(try await DeltaThread.value(of: last, in: store) == ["a", "b"])
        },
        MaintenanceRule("a reducer that fails leaves the thread as it was") { store in
            var delta = DeltaThread()
            for turn in Int64(0)..<3 { try await delta.step(writing: [.integer(turn)], to: store) }
            let before = try await store.all(.init(thread: delta.thread.id))
            let failing: DeltaReducer = { (_, _) throws(StoreError) in throw StoreError(.invalid, "No.") }
            let thread = delta.thread.id
            await expectFailure(.invalid) {
                try await store.prune([thread], strategy: .keepLatest, reducers: [DeltaThread.channel: failing])
            }
            #expect(try await store.all(.init(thread: delta.thread.id)) == before)
        },
        MaintenanceRule("delta channels of LangGraph.js are refused, and deleted when asked") { store in
            var thread = ContractThread()
            try await thread.put(["turn": 1], metadata: ["delta_writes_versioned": true], to: store)
            try await thread.put(["turn": 2], to: store)
            let id = thread.id
            await expectFailure(.unsupported) { try await store.prune([id], strategy: .keepLatest) }
            #expect(try await store.ids(.init(thread: id)).count == 2)
            try await store.prune([id], strategy: .delete)
            #expect(try await store.ids(.init(thread: id)) == [])
        },
    ]
}
