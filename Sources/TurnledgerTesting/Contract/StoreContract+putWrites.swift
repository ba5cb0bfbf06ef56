// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let putWritesRules: [CheckpointRule] = [
        CheckpointRule("writes are read with their checkpoint: task, path, index, channel and value") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            try await store.putWrites(
                TaskWrites(on: put.reference, task: "t1", [("messages", ["x"]), ("branch:to:tools", nil)]), fence: nil)
            let task = TaskID("t1")
            let path = "~__pregel_pull, model"
            #expect(
                try await store.writes(of: put.reference) == [
                    PendingWrite(taskID: task, taskPath: path, index: 0, channel: "messages", value: Payload(["x"])),
                    PendingWrite(taskID: task, taskPath: path, index: 1, channel: "branch:to:tools", value: .null),
                ])
            #expect(try await store.latest(in: thread.id, namespace: .root)?.pendingWrites.count == 2)
        },
        CheckpointRule("writes of several tasks come ordered by path, task and index") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            let tasks = [
                ("b", TaskPath.push(10)), ("a", TaskPath.push(2)), ("z", TaskPath.pull("model")), ("y", ""),
                ("d", TaskPath.pull("model")), ("c", "~__pregel_pull, \u{1F9EF}"), ("e", "~__pregel_pull, \u{FF5E}"),
            ]
            for (task, path) in tasks {
                let writes = (0..<12).map { ("channel\($0)", PayloadValue.integer(Int64($0))) }
                try await store.putWrites(TaskWrites(on: put.reference, task: task, path: path, writes), fence: nil)
            }
            let read = try await store.writes(of: put.reference)
            #expect(read.count == 12 * tasks.count)
            #expect(read.map(\.index) == tasks.flatMap { _ in Array(0..<12) })
            #expect(
                read.indices.filter { $0 % 12 == 0 }.map { read[$0].taskID.rawValue }
                    == ["y", "d", "z", "e", "c", "a", "b"])
        },
        CheckpointRule("a stored write stays when it is written again") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            for value in ["first", "second"] {
                try await store.putWrites(TaskWrites(on: put.reference, [("a", .string(value))]), fence: nil)
            }
            #expect(try await store.writes(of: put.reference).map(\.value) == [Payload("first")])
        },
        CheckpointRule("special writes have fixed indices and are replaced when all are special") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            for value in ["first", "second"] {
                let writes = WriteIndex.special.keys.sorted().map { ($0, PayloadValue.string(value)) }
                try await store.putWrites(TaskWrites(on: put.reference, writes), fence: nil)
            }
            let read = try await store.writes(of: put.reference)
            #expect(read.map(\.index) == [-4, -3, -2, -1])
            #expect(read.map(\.channel) == ["__resume__", "__interrupt__", "__scheduled__", "__error__"])
            #expect(read.allSatisfy { $0.value == Payload("second") })
        },
        CheckpointRule("a replaced special write keeps the path of its first time") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            for path in ["~first", "~second"] {
                try await store.putWrites(
                    TaskWrites(on: put.reference, path: path, [("__resume__", .string(path))]), fence: nil)
            }
            let read = try await store.writes(of: put.reference)
            #expect(read.map(\.taskPath) == ["~first"])
            #expect(read.map(\.value) == [Payload("~second")])
        },
        CheckpointRule("beside an ordinary write a special one is not replaced, and positions count it") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            for value in ["first", "second"] {
                try await store.putWrites(
                    TaskWrites(
                        on: put.reference,
                        [("__resume__", .string(value)), ("log", .string(value)), ("note", .string(value))]),
                    fence: nil)
            }
            let read = try await store.writes(of: put.reference)
            #expect(read.map(\.index) == [-4, 1, 2])
            #expect(read.allSatisfy { $0.value == Payload("first") })
        },
        CheckpointRule("of two special writes to one channel in a list the last one stays") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            try await store.putWrites(
                TaskWrites(on: put.reference, [("__resume__", "first"), ("__resume__", "last")]), fence: nil)
            #expect(try await store.writes(of: put.reference).map(\.value) == [Payload("last")])
        },
        CheckpointRule("two tasks' writes with the same index are two") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            for task in ["t1", "t2"] {
                try await store.putWrites(
                    TaskWrites(on: put.reference, task: task, [("a", .string(task))]), fence: nil)
            }
            #expect(try await store.writes(of: put.reference).map(\.value) == [Payload("t1"), Payload("t2")])
        },
        CheckpointRule("writes belong to one namespace") { store in
            var root = ContractThread()
            let put = try await root.put(["turn": 1], to: store)
            var twin = put
            twin.namespace = "child:1"
            try await store.put(twin, newVersions: [:], fence: nil)
            try await store.putWrites(TaskWrites(on: put.reference, [("a", "root")]), fence: nil)
            try await store.putWrites(TaskWrites(on: twin.reference, [("a", "child")]), fence: nil)
            #expect(try await store.writes(of: put.reference).map(\.value) == [Payload("root")])
            #expect(try await store.writes(of: twin.reference).map(\.value) == [Payload("child")])
        },
        CheckpointRule("the next checkpoint begins without writes") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            try await store.putWrites(TaskWrites(on: put.reference, [("a", 1)]), fence: nil)
            try await thread.put(["turn": 2], to: store)
            #expect(try await store.latest(in: thread.id, namespace: .root)?.pendingWrites == [])
            #expect(try await store.writes(of: put.reference).count == 1)
        },
        CheckpointRule("writes may come before their checkpoint") { store in
            var thread = ContractThread()
            let new = thread.next(["turn": 1])
            try await store.putWrites(TaskWrites(on: new.checkpoint.reference, [("a", 1)]), fence: nil)
            #expect(try await store.latest(in: thread.id, namespace: .root) == nil)
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            #expect(try await store.writes(of: new.checkpoint.reference).map(\.value) == [Payload(1)])
        },
        CheckpointRule("an empty list of writes stores nothing") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            try await store.putWrites(TaskWrites(on: put.reference, []), fence: nil)
            #expect(try await store.writes(of: put.reference) == [])
        },
        CheckpointRule("a write to a channel with a backslash or NUL is refused, with all beside it") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            for name in ["a\\b", "a\0b"] {
                await expectFailure(.invalid) {
                    try await store.putWrites(TaskWrites(on: put.reference, [("good", 1), (name, 2)]), fence: nil)
                }
            }
            #expect(try await store.writes(of: put.reference) == [])
        },
    ]
}
