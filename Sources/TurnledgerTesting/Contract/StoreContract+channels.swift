// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let channelRules: [CheckpointRule] = [
        CheckpointRule("channel values of every kind come back as they were") { store in
            var thread = ContractThread()
            let put = try await thread.put(
                [
                    "null": nil, "true": true, "small": -1, "large": .integer(.max), "unsigned": .unsigned(.max),
                    "double": 0.1, "empty": "", "text": "a\"b\\c\n\u{0}d", "list": [1, [2, nil]],
                    "map": ["a": ["b": 1.5]],
                    "bytes": .binary([0, 255, 10]), "ext": .ext(PayloadExt(code: 5, bytes: [0x91, 0xA1, 0x61])),
                    "nan": .double(.nan), "huge": 1e300, "nothing": [], "no bytes": .binary([]),
                ], to: store)
            let read = try #require(try await store.checkpoint(put.reference)).checkpoint
            for (channel, value) in put.channelValues { #expect(read.channelValues[channel] == value, "\(channel)") }
            #expect(read.channelValues.count == put.channelValues.count)
        },
        CheckpointRule("channel versions are kept, with those of channels without a value") { store in
            var thread = ContractThread()
            var new = thread.next(["messages": ["a"]])
            new.checkpoint.channelVersions["__start__"] = ChannelVersion("00000000000000000000000000000002.0.5")
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
            let read = try #require(try await store.checkpoint(new.checkpoint.reference)).checkpoint
            #expect(read.channelVersions == new.checkpoint.channelVersions)
            #expect(read.channelValues["__start__"] == nil)
        },
        CheckpointRule("whole-number versions of other writers find their blobs") { store in
            var thread = ContractThread()
            var new = thread.next(["messages": ["a"]])
            let version = ChannelVersion("1", isNumber: true)
            new.checkpoint.channelVersions = ["messages": version]
            new.checkpoint.versionsSeen = [:]
            try await store.put(new.checkpoint, newVersions: ["messages": version], fence: nil)
            #expect(try await store.checkpoint(new.checkpoint.reference)?.checkpoint == new.checkpoint)
        },
        CheckpointRule("a channel that did not change is found by its version") { store in
            var thread = ContractThread()
            try await thread.put(["messages": ["a"], "notes": ["kept"]], to: store)
            let second = try await thread.put(["messages": ["a", "b"]], to: store)
            let third = try await thread.put(["turn": 3], to: store)
            for put in [second, third] { #expect(try await store.checkpoint(put.reference)?.checkpoint == put) }
        },
        CheckpointRule("an older checkpoint keeps its own values") { store in
            var thread = ContractThread()
            let first = try await thread.put(["messages": ["a"]], to: store)
            try await thread.put(["messages": ["a", "b"]], to: store)
            #expect(try await store.checkpoint(first.reference)?.checkpoint == first)
        },
        CheckpointRule("a channel may appear later") { store in
            var thread = ContractThread()
            try await thread.put(["messages": ["a"]], to: store)
            let put = try await thread.put(["added": ["new"]], to: store)
            let read = try #require(try await store.checkpoint(put.reference)).checkpoint
            #expect(read.channelValues == ["messages": Payload(["a"]), "added": Payload(["new"])])
        },
        CheckpointRule("a channel that was consumed has a version and no value") { store in
            var thread = ContractThread()
            try await thread.put(["__start__": ["x"], "messages": ["a"]], to: store)
            var new = thread.next()
            let version = ChannelVersion.next(after: new.checkpoint.channelVersions["__start__"])
            new.checkpoint.channelValues["__start__"] = nil
            new.checkpoint.channelVersions["__start__"] = version
            try await store.put(new.checkpoint, newVersions: ["__start__": version], fence: nil)
            let read = try #require(try await store.checkpoint(new.checkpoint.reference)).checkpoint
            #expect(read.channelValues == ["messages": Payload(["a"])])
            #expect(read.channelVersions["__start__"] == version)
        },
        CheckpointRule("a large value whose channel is not among the new versions is not stored") { store in
            var thread = ContractThread()
            let new = thread.next(["messages": ["a"], "turn": 1])
            try await store.put(new.checkpoint, newVersions: [:], fence: nil)
            let read = try #require(try await store.checkpoint(new.checkpoint.reference)).checkpoint
            #expect(read.channelValues == ["turn": Payload(1)])
        },
        CheckpointRule("a primitive value is stored without a new version") { store in
            var thread = ContractThread()
            let new = thread.next(["text": "x", "none": nil, "flag": false, "number": 7, "real": 0.5])
            try await store.put(new.checkpoint, newVersions: [:], fence: nil)
            let read = try #require(try await store.checkpoint(new.checkpoint.reference)).checkpoint
            #expect(read.channelValues == new.checkpoint.channelValues)
        },
        CheckpointRule("one channel's blobs in two namespaces are two") { store in
            var root = ContractThread()
            var child = ContractThread(root.id, namespace: "child:1")
            let version: ChannelVersions = ["messages": ChannelVersion("1")]
            for (thread, value) in [(root.next(), "root"), (child.next(), "child")] {
                var new = thread
                new.checkpoint.channelVersions = version
                new.checkpoint.channelValues = ["messages": Payload([.string(value)])]
                try await store.put(new.checkpoint, newVersions: version, fence: nil)
            }
            for (namespace, value) in [(Namespace.root, "root"), (child.namespace, "child")] {
                let read = try await store.latest(in: root.id, namespace: namespace)
                #expect(read?.checkpoint.channelValues["messages"] == Payload([.string(value)]))
            }
        },
    ]
}
