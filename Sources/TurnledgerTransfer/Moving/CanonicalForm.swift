// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// A checkpoint with its writes as one value whose parts have one order and one form, whatever store it came from.
///
/// Values are decoded and encoded again, so that two ways of writing the same value are equal; the members of JSON are
/// sorted; what only a store's layout adds is left out.
struct CanonicalForm: Hashable {
    /// By name, so that a difference can say where it lies.
    let parts: [String: [UInt8]]

    /// - Throws: What a value throws that cannot be decoded.
    init(_ stored: StoredCheckpoint) throws(StoreError) {
        let checkpoint = stored.checkpoint
        var parts: [String: [UInt8]] = [:]
        func add(_ name: String, _ value: PayloadValue) { parts[name] = MessagePack.encode(value) }
        add("parent", checkpoint.parent.map { .string($0.rawValue) } ?? .null)
        add("format", .integer(Int64(checkpoint.format)))
        add("timestamp", .string(checkpoint.timestamp))
        add("updated_channels", checkpoint.updatedChannels.map { .array($0.sorted().map { .string($0) }) } ?? .null)
        for (channel, version) in checkpoint.channelVersions {
            add("version of \(channel)", .string(version.rawValue))
        }
        for (node, versions) in checkpoint.versionsSeen {
            for (channel, version) in versions { add("\(node) has seen \(channel)", .string(version.rawValue)) }
            if versions.isEmpty { add("\(node) has seen", .null) }
        }
        for member in checkpoint.metadata.json { add("metadata \(member.key)", Self.sorted(member.value)) }
        for member in checkpoint.extra { add("member \(member.key)", Self.sorted(member.value)) }
        for (channel, payload) in checkpoint.channelValues { add("value of \(channel)", try payload.decoded()) }
        for write in stored.pendingWrites {
            add(
                "write \(write.taskID.rawValue) \(write.index) to \(write.channel)",
                ["path": .string(write.taskPath), "value": try write.value.decoded()])
        }
        self.parts = parts
    }

    /// What differs, in words: where each part is missing or another.
    func differences(to other: CanonicalForm) -> [String] {
        var result: [String] = []
        for name in Set(parts.keys).union(other.parts.keys).sorted() where parts[name] != other.parts[name] {
            let words =
                parts[name] == nil
                ? "is only in the target" : other.parts[name] == nil ? "is missing in the target" : "differs"
            result.append("\(name) \(words)")
        }
        return result
    }

    private static func sorted(_ json: JSONValue) -> PayloadValue {
        switch json {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let object):
            .map(
                PayloadMap(
                    entries: object.members.sorted { $0.key < $1.key }.map {
                        .init(key: .string($0.key), value: sorted($0.value))
                    }))
        default: json.payloadValue
        }
    }
}
