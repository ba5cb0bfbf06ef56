// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    /// Stores a thread of this many checkpoints, and more in a subgraph, all with a mark in their metadata that nothing
    /// else has.
    private static func filled(
        _ store: any CheckpointStore, _ count: Int, inSubgraph: Int = 0
    ) async throws -> (thread: ThreadID, mark: JSONObject, checkpoints: [Checkpoint]) {
        var thread = ContractThread()
        var child = ContractThread(thread.id, namespace: "child:1")
        let mark: JSONObject = ["mark": .string(thread.id.rawValue)]
        var checkpoints: [Checkpoint] = []
        for turn in 0..<count {
            checkpoints.append(
                try await thread.put(["messages": [.integer(Int64(turn))]], metadata: mark, to: store))
        }
        for turn in 0..<inSubgraph {
            checkpoints.append(
                try await child.put(["messages": [.integer(Int64(turn))]], metadata: mark, to: store))
        }
        return (thread.id, mark, checkpoints)
    }

    static let listingRules: [CheckpointRule] = [
        CheckpointRule("a listing of everything holds every thread and namespace") { store in
            let (_, mark, checkpoints) = try await filled(store, 2, inSubgraph: 1)
            let listed = try await store.all(.init(metadata: mark))
            #expect(Set(listed.map(\.checkpoint.reference)) == Set(checkpoints.map(\.reference)))
        },
        CheckpointRule("a listing of a thread holds its checkpoints alone, in all namespaces") { store in
            let (thread, _, checkpoints) = try await filled(store, 2, inSubgraph: 2)
            _ = try await filled(store, 1)
            #expect(Set(try await store.ids(.init(thread: thread))) == Set(checkpoints.map(\.id)))
        },
        CheckpointRule("a listing of a namespace holds that one alone; the root is one too") { store in
            let (thread, _, checkpoints) = try await filled(store, 2, inSubgraph: 1)
            #expect(
                try await store.ids(.init(thread: thread, namespace: .root)) == [checkpoints[1].id, checkpoints[0].id])
            #expect(try await store.ids(.init(thread: thread, namespace: "child:1")) == [checkpoints[2].id])
            #expect(try await store.ids(.init(thread: thread, namespace: "child")) == [])
        },
        CheckpointRule("a listing is newest first over everything matched, across namespaces") { store in
            let (thread, _, checkpoints) = try await filled(store, 4, inSubgraph: 4)
            #expect(try await store.ids(.init(thread: thread)) == checkpoints.map(\.id).sorted(by: >))
        },
        CheckpointRule("a listing by ID holds that checkpoint of each namespace that has it") { store in
            let (thread, _, checkpoints) = try await filled(store, 3)
            var twin = checkpoints[1]
            twin.namespace = "child:1"
            try await store.put(twin, newVersions: [:], fence: nil)
            let listed = try await store.all(.init(thread: thread, id: twin.id))
            #expect(Set(listed.map(\.checkpoint.namespace)) == [.root, "child:1"])
            #expect(try await store.ids(.init(thread: thread, namespace: .root, id: twin.id)) == [twin.id])
        },
        CheckpointRule("a listing before an ID holds only smaller ones") { store in
            let (thread, _, checkpoints) = try await filled(store, 4)
            let ids = checkpoints.map(\.id)
            #expect(try await store.ids(.init(thread: thread, before: ids[2])) == [ids[1], ids[0]])
            #expect(try await store.ids(.init(thread: thread, before: ids[0])) == [])
        },
        CheckpointRule("a limit bounds a listing to the newest; 0 gives none") { store in
            let (thread, _, checkpoints) = try await filled(store, 3)
            let ids = Array(checkpoints.map(\.id).reversed())
            #expect(try await store.ids(.init(thread: thread, limit: 1)) == [ids[0]])
            #expect(try await store.ids(.init(thread: thread, limit: 9)) == ids)
            #expect(try await store.ids(.init(thread: thread, limit: 0)) == [])
            #expect(try await store.ids(.init(thread: thread, before: ids[0], limit: 1)) == [ids[1]])
        },
        CheckpointRule("a negative limit is refused") { store in
            await expectFailure(.invalid) { _ = try await store.list(.init(limit: -1)) }
        },
        CheckpointRule("a listing that matches nothing is empty") { (store) async throws in
            #expect(try await store.ids(.init(thread: .fresh())) == [])
        },
        CheckpointRule("a listing holds values and pending writes") { store in
            let (thread, _, checkpoints) = try await filled(store, 2)
            try await store.putWrites(TaskWrites(on: checkpoints[0].reference, [("a", 1)]), fence: nil)
            let listed = try await store.all(.init(thread: thread))
            #expect(listed.map(\.checkpoint) == [checkpoints[1], checkpoints[0]])
            #expect(listed.map(\.pendingWrites.count) == [0, 1])
        },
        CheckpointRule("a listing without values holds neither values nor writes, and all else") { store in
            let (thread, _, checkpoints) = try await filled(store, 1)
            try await store.putWrites(TaskWrites(on: checkpoints[0].reference, [("a", 1)]), fence: nil)
            var bare = checkpoints[0]
            bare.channelValues = [:]
            let listed = try await store.all(.init(thread: thread, includesValues: false))
            #expect(listed == [StoredCheckpoint(checkpoint: bare)])
        },
        CheckpointRule("a listing of many pages holds each checkpoint once, with and without values and limit") {
            store in
            let (thread, _, checkpoints) = try await filled(store, 150, inSubgraph: 100)
            let ids = checkpoints.map(\.id).sorted(by: >)
            #expect(try await store.ids(.init(thread: thread)) == ids)
            #expect(try await store.ids(.init(thread: thread, includesValues: false)) == ids)
            for limit in [19, 20, 21, 99, 100, 101, 249, 250, 251] {
                let query = CheckpointQuery(thread: thread, limit: limit, includesValues: false)
                #expect(try await store.ids(query) == Array(ids.prefix(limit)))
            }
        },
        CheckpointRule("checkpoints with one ID in many threads are all listed, page after page") { store in
            var thread = ContractThread()
            let mark: JSONObject = ["mark": .string(thread.id.rawValue)]
            let new = thread.next(metadata: mark)
            for index in 0..<120 {
                var twin = new.checkpoint
                twin.thread = ThreadID("\(thread.id)-\(index)")
                try await store.put(twin, newVersions: [:], fence: nil)
            }
            let listed = try await store.all(.init(metadata: mark, includesValues: false))
            #expect(listed.count == 120)
            #expect(Set(listed.map(\.checkpoint.thread)).count == 120)
        },
        CheckpointRule("a listing can be iterated twice, and left early") { store in
            let (thread, _, checkpoints) = try await filled(store, 3)
            let listing = try await store.list(.init(thread: thread, limit: 2))
            for try await stored in listing {
                #expect(stored.checkpoint.id == checkpoints[2].id)
                break
            }
            #expect(try await listing.collect().count == 2)
            #expect(try await listing.collect().count == 2)
        },
        CheckpointRule("checkpoints added while a listing is read do not disturb it") { store in
            var thread = ContractThread()
            var ids: [CheckpointID] = []
            for _ in 0..<150 { ids.append(try await thread.put(to: store).id) }
            var seen: [CheckpointID] = []
            for try await stored in try await store.list(.init(thread: thread.id)) {
                seen.append(stored.checkpoint.id)
                if seen.count % 10 == 0 { try await thread.put(to: store) }
            }
            #expect(seen == ids.reversed())
        },
    ]

    static let metadataRules: [CheckpointRule] = [
        CheckpointRule("a listing by metadata holds what contains every given member") { store in
            var thread = ContractThread()
            let both = try await thread.put(metadata: ["a": 1, "b": "x"], to: store).id
            let one = try await thread.put(metadata: ["a": 1], to: store).id
            try await thread.put(metadata: ["a": 2, "b": "x"], to: store)
            #expect(try await store.ids(.init(thread: thread.id, metadata: ["a": 1])) == [one, both])
            #expect(try await store.ids(.init(thread: thread.id, metadata: ["a": 1, "b": "x"])) == [both])
            #expect(try await store.ids(.init(thread: thread.id, metadata: ["a": 3])) == [])
            #expect(try await store.ids(.init(thread: thread.id, metadata: ["c": 1])) == [])
            #expect(try await store.ids(.init(thread: thread.id, metadata: [:])).count == 3)
        },
        CheckpointRule("a listing by metadata finds source and step, and keeps to its thread") { store in
            let (thread, mark, checkpoints) = try await filled(store, 3)
            _ = try await filled(store, 3)
            #expect(try await store.ids(.init(thread: thread, metadata: ["source": "input"])) == [checkpoints[0].id])
            #expect(try await store.ids(.init(thread: thread, metadata: ["step": 1])) == [checkpoints[2].id])
            var step = mark
            step["step"] = 0
            #expect(try await store.ids(.init(metadata: step)) == [checkpoints[1].id])
        },
        CheckpointRule("metadata is compared by type, nested parts and arrays by containment") { store in
            var thread = ContractThread()
            let id = try await thread.put(
                metadata: [
                    "text": "1", "number": 1, "null": nil, "list": [1, 2, ["a": "b", "c": "d"]],
                    "nested": ["x": ["y": true, "z": false]],
                ], to: store
            ).id
            let matching: [JSONObject] = [
                ["text": "1"], ["number": 1], ["number": 1.0], ["null": nil], ["list": [2]], ["list": [2, 1, 1]],
                ["list": [["a": "b"]]], ["list": []], ["nested": ["x": ["y": true]]], ["nested": [:]],
            ]
            for wanted in matching {
                #expect(try await store.ids(.init(thread: thread.id, metadata: wanted)) == [id], "\(wanted)")
            }
            let other: [JSONObject] = [
                ["text": 1], ["number": "1"], ["absent": nil], ["list": 2], ["list": [3]], ["nested": ["y": true]],
                ["nested": ["x": ["y": false]]], ["number": true], ["null": false], ["list": [["a": "d"]]],
            ]
            for wanted in other {
                #expect(try await store.ids(.init(thread: thread.id, metadata: wanted)) == [], "\(wanted)")
            }
        },
        CheckpointRule("metadata, limit and before hold together") { store in
            let (thread, mark, checkpoints) = try await filled(store, 5)
            let ids = checkpoints.map(\.id)
            let query = CheckpointQuery(thread: thread, metadata: mark, before: ids[4], limit: 2)
            #expect(try await store.ids(query) == [ids[3], ids[2]])
        },
        CheckpointRule("a rare match behind many checkpoints is found") { store in
            var thread = ContractThread()
            let rare = try await thread.put(metadata: ["rare": true], to: store).id
            for _ in 0..<130 { try await thread.put(to: store) }
            #expect(try await store.ids(.init(thread: thread.id, metadata: ["rare": true], limit: 1)) == [rare])
        },
    ]
}
