// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("Values and their versions")
struct DistinctVersionsTests {
    private static let set = Payload(.ext(LangGraphExt.constructor(module: "builtins", name: "set", argument: [1])))
    private static func strings(_ elements: PayloadValue...) -> Payload {
        let set = LangGraphExt.constructor(module: "builtins", name: "set", argument: .array(elements))
        return Payload(["x": [.ext(set)]])
    }
    private static let version = "00000000000000000000000000000001.0.519"

    /// The version that a value gets which comes under another.
    private func given(
        _ value: Payload?, _ version: ChannelVersion, in namespace: Namespace = .root,
        by versions: inout DistinctVersions
    ) -> String {
        var checkpoint = Checkpoint(
            thread: "t", namespace: namespace, id: CheckpointID("1f1e753c-f315-6c0c-bfff-6e597721a5de"), parent: nil,
            timestamp: "", channelValues: value.map { ["v": $0] } ?? [:], channelVersions: ["v": version],
            versionsSeen: [:], metadata: CheckpointMetadata(source: .loop, step: 0))
        _ = versions.settle(&checkpoint)
        return checkpoint.channelVersions["v"]?.rawValue ?? ""
    }

    @Test(
        "a value that comes under the version of another gets one just before it",
        arguments: [
            ([set, .null, .null, set], [0, 1, 1, 2]),
            ([.null, set, Payload([2])], [0, 1, 2]),
            ([Payload("a"), Payload("b")], [0, 0]),
            ([set, nil, set], [0, 0, 0]),
            ([strings("a", "b"), strings("b", "a"), strings("a", "b", "c")], [0, 0, 1]),
            ([set] + (1...6).map { Payload([.integer($0)]) }, [0, 1, 2, 3, 4, 0, 0]),
        ] as [([Payload?], [Int])])
    func distinct(_ values: [Payload?], _ dropped: [Int]) throws {
        var versions = DistinctVersions()
        let found = values.map { given($0, ChannelVersion(Self.version), by: &versions) }
        #expect(found == dropped.map { String(Self.version.dropLast($0)) })
        for version in found {
            #expect(ChannelVersion(version) <= ChannelVersion(Self.version))
            #expect(ChannelVersion(version).counter == 1)
        }
    }

    @Test("numbers have no version before them, and namespaces versions of their own")
    func others() {
        var versions = DistinctVersions()
        for value in [Self.set, .null] {
            #expect(given(value, ChannelVersion("3", isNumber: true), by: &versions) == "3")
        }
        for (namespace, value) in [("", Self.set), ("sub:1", .null)] as [(Namespace, Payload)] {
            #expect(given(value, ChannelVersion(Self.version), in: namespace, by: &versions) == Self.version)
        }
    }
}
