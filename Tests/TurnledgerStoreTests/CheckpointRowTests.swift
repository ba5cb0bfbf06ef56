// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("Checkpoint rows")
struct CheckpointRowTests {
    static let version = ChannelVersion("00000000000000000000000000000002.0.5")

    static func checkpoint(
        _ values: [String: Payload], versions: ChannelVersions? = nil, metadata: JSONObject = [:],
        extra: JSONObject = [:]
    ) -> Checkpoint {
        Checkpoint(
            thread: "t", id: CheckpointID("1f1e7537-8f24-68fb-bfff-59df48b25b76"),
            timestamp: "2026-11-23T15:35:12.264207+00:00", channelValues: values,
            channelVersions: versions ?? values.mapValues { _ in version }, versionsSeen: ["__input__": [:]],
            updatedChannels: values.keys.sorted(),
            metadata: CheckpointMetadata(source: .loop, step: 1, extra: metadata), extra: extra)
    }

    static func readBack(_ checkpoint: Checkpoint) throws -> Checkpoint {
        let row = try CheckpointRow(checkpoint, newVersions: checkpoint.channelVersions)
        return try row.checkpoint(
            thread: checkpoint.thread, namespace: checkpoint.namespace, parent: checkpoint.parent, blobs: row.blobs)
    }

    @Test("of LangGraph's runs are written as LangGraph wrote them")
    func runtimeDump() throws {
        let dump = RuntimeDump.shared
        #expect(dump.checkpoints.count > 40)
        for entry in dump.checkpoints {
            let checkpoint = try dump.checkpoint(entry)
            let newVersions = dump.newVersions[entry.id] ?? [:]
            let row = try CheckpointRow(checkpoint, newVersions: newVersions)
            #expect(
                try JSONValue.parse(row.document).withSortedKeys == entry.document.withSortedKeys, "\(entry.id)")
            #expect(try JSONValue.parse(row.metadata).withSortedKeys == entry.metadata.withSortedKeys)
            let expected = dump.blobs.filter {
                $0.namespace == entry.namespace && newVersions[$0.row.channel]?.rawValue == $0.row.version
            }
            #expect(Set(row.blobs) == Set(expected.map(\.row)), "\(entry.id)")
        }
    }

    @Test("hold the members in LangGraph's order")
    func order() throws {
        let row = try CheckpointRow(Self.checkpoint(["b": .null, "a": Payload(1)]), newVersions: [:])
        #expect(
            String(decoding: row.document, as: UTF8.self) == #"{"v":4,"id":"1f1e7537-8f24-68fb-bfff-59df48b25b76","#
                + #""ts":"2026-11-23T15:35:12.264207+00:00","channel_values":{"a":1,"b":null},"#
                + #""channel_versions":{"a":"00000000000000000000000000000002.0.5","#
                + #""b":"00000000000000000000000000000002.0.5"},"versions_seen":{"__input__":{}},"#
                + #""updated_channels":["a","b"]}"#)
        #expect(String(decoding: row.metadata, as: UTF8.self) == #"{"source":"loop","step":1,"parents":{}}"#)
    }

    static let inlineValues: [(Payload, JSONValue)] = [
        (Payload.null, JSONValue.null), (Payload(true), true), (Payload(7), 7), (Payload(1.0), 1.0),
        (Payload("é\n"), "é\n"),
        (Payload(.unsigned(.max)), .number("18446744073709551615")), (Payload(1e15), 1e15), (Payload(""), ""),
        (Payload(type: "json", bytes: Array("1180591620717411303424".utf8)), .number("1180591620717411303424")),
    ]

    @Test("hold primitive values inline", arguments: inlineValues)
    func inline(payload: Payload, json: JSONValue) throws {
        let checkpoint = Self.checkpoint(["x": payload])
        let row = try CheckpointRow(checkpoint, newVersions: checkpoint.channelVersions)
        #expect(row.blobs.isEmpty)
        #expect(try JSONValue.parse(row.document)["channel_values"] == ["x": json])
        #expect(try Self.readBack(checkpoint) == checkpoint)
    }

    static let blobValues: [Payload] = [
        Payload([1]), Payload([:]), Payload(.binary([1])), Payload(type: "bytearray", bytes: [1]), Payload("a\0b"),
        Payload(.double(.infinity)), Payload(1e16), Payload(-1e16), Payload(.double(-0.0)),
        Payload(.ext(LangGraphExt.send(node: "n", arg: nil))),
        Payload(type: "msgpack+aes", bytes: [1]), Payload(type: "json", bytes: Array("{}".utf8)),
    ]

    @Test("keep all else in blobs", arguments: blobValues)
    func blobs(payload: Payload) throws {
        let checkpoint = Self.checkpoint(["x": payload])
        let row = try CheckpointRow(checkpoint, newVersions: checkpoint.channelVersions)
        #expect(
            row.blobs
                == [BlobRow(channel: "x", version: Self.version.rawValue, type: payload.type, bytes: payload.bytes)])
        #expect(try JSONValue.parse(row.document)["channel_values"] == [:])
        #expect(try Self.readBack(checkpoint) == checkpoint)
        #expect(try CheckpointRow(checkpoint, newVersions: [:]).blobs.isEmpty)
    }

    @Test("keep NaN in a blob")
    func notANumber() throws {
        let row = try CheckpointRow(Self.checkpoint(["x": Payload(.double(.nan))]), newVersions: ["x": Self.version])
        #expect(row.blobs.map(\.bytes) == [Hex.bytes("cb7ff8000000000000")])
    }

    @Test("mark a delta channel's snapshot inline")
    func snapshot() throws {
        let checkpoint = Self.checkpoint(["x": Payload(.ext(LangGraphExt.deltaSnapshot(["a"])))])
        let row = try CheckpointRow(checkpoint, newVersions: checkpoint.channelVersions)
        #expect(try JSONValue.parse(row.document)["channel_values"] == ["x": true])
        #expect(row.blobs.count == 1)
        #expect(try Self.readBack(checkpoint) == checkpoint)
    }

    @Test("give a blob before an inline value, and pass over foreign versions and empty blobs")
    func overlay() throws {
        let row = try CheckpointRow(Self.checkpoint(["x": Payload(1)]), newVersions: [:])
        let read = { (version: String, type: String) in
            try row.checkpoint(
                thread: "t", namespace: .root, parent: CheckpointID(""),
                blobs: [BlobRow(channel: "x", version: version, type: type, bytes: [0x90])])
        }
        #expect(try read(Self.version.rawValue, "msgpack").channelValues["x"] == Payload([]))
        #expect(try read("00000000000000000000000000000001.0.5", "msgpack").channelValues["x"] == Payload(1))
        #expect(try read(Self.version.rawValue, "empty").channelValues["x"] == Payload(1))
        #expect(try read(Self.version.rawValue, "msgpack").parent == nil)
    }

    @Test("keep unknown members, old formats and versions that are numbers")
    func foreign() throws {
        let document =
            #"{"v":1,"id":"a","ts":"2024-01-01T00:00:00+00:00","pending_sends":[],"channel_versions":"#
            + #"{"c":3,"d":"x"},"versions_seen":{"n":{"c":2}},"later":{"k":1.50}}"#
        let row = CheckpointRow(document: Array(document.utf8), metadata: Array(#"{"step":1,"own":[null]}"#.utf8))
        let checkpoint = try row.checkpoint(
            thread: "t", namespace: .root, parent: nil,
            blobs: [BlobRow(channel: "c", version: "3", type: "msgpack", bytes: [0x90])])
        #expect(checkpoint.format == 1)
        #expect(checkpoint.channelVersions["c"] == ChannelVersion("3", isNumber: true))
        #expect(checkpoint.channelValues == ["c": Payload([])])
        #expect(checkpoint.updatedChannels == nil)
        #expect(checkpoint.extra == ["pending_sends": [], "later": ["k": 1.5]])
        let again = try JSONValue.parse(CheckpointRow(checkpoint, newVersions: checkpoint.channelVersions).document)
        #expect(again["channel_versions"] == ["c": 3, "d": "x"])
        #expect(again["versions_seen"] == ["n": ["c": 2]])
        #expect(again["pending_sends"] == [])
        #expect(again["v"] == 1)
        #expect(again["updated_channels"] == .null)
    }

    @Test("refuse channel names that Python cannot read back", arguments: ["a\\b", "a\0"])
    func names(name: String) {
        for checkpoint in [Self.checkpoint([name: .null]), Self.checkpoint([:], versions: [name: Self.version])] {
            let error = #expect(throws: StoreError.self) { try CheckpointRow(checkpoint, newVersions: [:]) }
            #expect(error?.code == .invalid)
        }
        let error = #expect(throws: StoreError.self) {
            try CheckpointRow(Self.checkpoint([:]), newVersions: [name: Self.version])
        }
        #expect(error?.code == .invalid)
    }

    @Test("drop NUL from metadata's text as Python does, and refuse it deeper down")
    func metadata() throws {
        let row = try CheckpointRow(Self.checkpoint([:], metadata: ["note": "a\0b"]), newVersions: [:])
        #expect(try JSONValue.parse(row.metadata)["note"] == "ab")
        for checkpoint in [
            Self.checkpoint([:], metadata: ["note": ["a\0b"]]), Self.checkpoint([:], metadata: ["n": .double(.nan)]),
            Self.checkpoint([:], extra: ["k": ["\0": 1]]),
        ] {
            let error = #expect(throws: StoreError.self) { try CheckpointRow(checkpoint, newVersions: [:]) }
            #expect(error?.code == .invalid)
        }
    }

    @Test("that are damaged are undecodable", arguments: ["", "[]", "{}", #"{"id":7}"#, #"{"id":"a""#])
    func damaged(document: String) {
        let row = CheckpointRow(document: Array(document.utf8), metadata: Array("{}".utf8))
        let error = #expect(throws: StoreError.self) {
            try row.checkpoint(thread: "t", namespace: .root, parent: nil, blobs: [])
        }
        #expect(error?.code == .undecodable)
    }
}
