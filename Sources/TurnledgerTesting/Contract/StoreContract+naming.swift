// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    /// Names that two careless comparisons would take for one: by case, normalisation, pattern, quoting or trimming.
    static let awkwardNames = [
        "a", "A", "\u{E9}", "e\u{301}", "\u{C5}", "A\u{30A}", "\u{212B}", "a%", "a_", "ab", "%", "_", "'", "\"", "a'b",
        "a''b", "a\"b", "a; DROP TABLE checkpoints;--", "*", "?", "$1", ":a", "{}", "[]", "a/b", "a:b", "a|b", " a",
        "a ",
        "\u{5927}\u{5B66}", "\u{1F9EF}", "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
        "\u{1F468}\u{1F469}\u{1F467}", "\u{5E9}\u{5DC}\u{5D5}\u{5DD}", "\u{202E}abc", "\u{FB01}", "fi", "\u{130}",
        "i\u{307}", "\u{DF}", "ss", "\u{AC00}", "\u{1100}\u{1161}", "null", "0", "00",
    ]

    static let namingRules: [CheckpointRule] = [
        CheckpointRule("thread IDs that look alike are different threads") { store in
            let mark = ThreadID.fresh().rawValue
            let ids = awkwardNames.map { ThreadID("\($0)~\(mark)~\($0)") }
            for (number, id) in ids.enumerated() {
                var thread = ContractThread(id)
                try await thread.put(["number": [.integer(Int64(number))]], to: store)
            }
            for (number, id) in ids.enumerated() {
                let listed = try await store.all(.init(thread: id))
                #expect(listed.count == 1, "\(id)")
                #expect(listed.first?.checkpoint.channelValues["number"] == Payload([.integer(Int64(number))]), "\(id)")
                #expect(listed.first.map { ExactText($0.checkpoint.thread.rawValue) } == ExactText(id.rawValue))
            }
            try await store.delete(ids[0])
            for id in ids.dropFirst() { #expect(try await store.latest(in: id, namespace: .root) != nil, "\(id)") }
        },
        CheckpointRule("namespaces that look alike are different") { store in
            let id = ThreadID.fresh()
            for (number, name) in awkwardNames.enumerated() {
                var thread = ContractThread(id, namespace: Namespace(name))
                try await thread.put(["number": [.integer(Int64(number))]], to: store)
            }
            for (number, name) in awkwardNames.enumerated() {
                let read = try await store.latest(in: id, namespace: Namespace(name))
                #expect(read?.checkpoint.channelValues["number"] == Payload([.integer(Int64(number))]), "\(name)")
                #expect(try await store.ids(.init(thread: id, namespace: Namespace(name))).count == 1, "\(name)")
            }
        },
        CheckpointRule("channels, tasks and paths take any text but backslash and NUL") { store in
            for name in awkwardNames {
                var thread = ContractThread()
                let put = try await thread.put([name: [.string(name)]], to: store)
                let writes = TaskWrites(
                    on: put.reference, task: name, path: "~\(name)", [(name, .string(name)), ("other", nil)])
                try await store.putWrites(writes, fence: nil)
                let read = try #require(try await store.checkpoint(put.reference))
                #expect(read.checkpoint == put, "\(name)")
                #expect(read.pendingWrites == writes.indexed, "\(name)")
            }
        },
        CheckpointRule("tasks that look alike are different tasks") { store in
            var thread = ContractThread()
            let put = try await thread.put(["turn": 1], to: store)
            for name in awkwardNames {
                try await store.putWrites(TaskWrites(on: put.reference, task: name, [("a", .string(name))]), fence: nil)
            }
            let read = try await store.writes(of: put.reference)
            #expect(Set(read.map { ExactText($0.taskID.rawValue) }) == Set(awkwardNames.map { ExactText($0) }))
        },
        CheckpointRule("one checkpoint ID in two threads and two namespaces is four checkpoints") { store in
            var first = ContractThread()
            let new = first.next(["messages": ["0"]])
            var places: [CheckpointReference] = []
            for thread in [first.id, .fresh()] {
                for namespace in [Namespace.root, "child:1"] {
                    var twin = new.checkpoint
                    (twin.thread, twin.namespace) = (thread, namespace)
                    twin.channelValues["messages"] = Payload([.string("\(thread)/\(namespace)")])
                    try await store.put(twin, newVersions: new.newVersions, fence: nil)
                    try await store.putWrites(
                        TaskWrites(on: twin.reference, [("a", .string("\(thread)/\(namespace)"))]), fence: nil)
                    places.append(twin.reference)
                }
            }
            for place in places {
                let read = try #require(try await store.checkpoint(place))
                let text = "\(place.thread)/\(place.namespace)"
                #expect(read.checkpoint.channelValues["messages"] == Payload([.string(text)]))
                #expect(read.pendingWrites.map(\.value) == [Payload(.string(text))])
            }
        },
        CheckpointRule("a thread ID of the greatest length is taken") { store in
            let mark = ThreadID.fresh().rawValue
            let id = ThreadID(
                mark + String(repeating: "\u{5927}", count: (ThreadID.maximumLength - mark.utf8.count) / 3))
            var thread = ContractThread(id)
            let put = try await thread.put(["turn": 1], to: store)
            #expect(try await store.latest(in: id, namespace: .root)?.checkpoint == put)
        },
        CheckpointRule("text of every script in values and metadata comes back code point by code point") { store in
            var thread = ContractThread()
            let put = try await thread.put(
                [
                    "inline": .string(awkwardNames.joined(separator: "\u{2028}")),
                    "list": .array(awkwardNames.map { .string($0) }),
                ],
                metadata: ["names": .array(awkwardNames.map { .string($0) })], to: store)
            let read = try #require(try await store.checkpoint(put.reference)).checkpoint
            #expect(read.channelValues == put.channelValues)
            #expect(
                read.metadata.json["names"]?.array?.compactMap(\.string).map { ExactText($0) }
                    == awkwardNames.map { ExactText($0) })
        },
    ]
}
