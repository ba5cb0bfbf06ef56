// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A checkpoint as SQL stores keep it: LangGraph's document, its metadata, and a row for each large value.
///
/// Null, text, integers, floating-point numbers and booleans lie within the document; every other value is a blob of
/// its own. Text with a NUL, NaN, infinities and numbers from 1e16 on are blobs too, because PostgreSQL's `jsonb` refuses
/// them or changes their type.
public struct CheckpointRow: Hashable, Sendable {
    /// The checkpoint as JSON: `v`, `id`, `ts`, `channel_values` (the inline ones), `channel_versions`, `versions_seen`,
    /// `updated_channels`, then what Turnledger does not know. Names within are sorted.
    public var document: [UInt8]
    /// The metadata as JSON.
    public var metadata: [UInt8]
    /// The blobs that come with the checkpoint, sorted by channel.
    public var blobs: [BlobRow]

    public init(document: [UInt8], metadata: [UInt8], blobs: [BlobRow] = []) {
        self.document = document
        self.metadata = metadata
        self.blobs = blobs
    }

    /// Lays a checkpoint out in rows.
    ///
    /// - Parameters:
    ///   - checkpoint: The checkpoint with all its values.
    ///   - newVersions: The version of each channel changed since the parent: only their values become blobs; those of
    ///     other channels have been stored with an earlier checkpoint.
    ///   - cipher: Seals the blobs; what lies within the document stays readable, as in LangGraph.
    /// - Throws: `.invalid` for what `StoreRules` refuses, and for text with a NUL or a number that is not finite in the
    ///   metadata or the document.
    public init(
        _ checkpoint: Checkpoint, newVersions: ChannelVersions, cipher: (any PayloadCipher)? = nil
    ) throws(StoreError) {
        try StoreRules.validate(checkpoint, newVersions: newVersions)
        var inline = JSONObject()
        var blobs: [BlobRow] = []
        for channel in Self.sorted(checkpoint.channelValues.keys) {
            guard let payload = checkpoint.channelValues[channel] else { continue }
            switch try InlineValue(payload) {
            case .inline(let value):
                inline.members.append(.init(key: channel, value: value))
                continue
            case .marked:
                // Checkpoints behind a snapshot have its version, but no mark.
                if newVersions[channel] != nil { inline.members.append(.init(key: channel, value: true)) }
            case .blob: break
            case .absent: continue
            }
            guard let version = newVersions[channel] else { continue }
            let kept = try payload.sealed(with: cipher)
            blobs.append(BlobRow(channel: channel, version: version.rawValue, type: kept.type, bytes: kept.bytes))
        }
        let (document, metadata) = try Self.parts(of: checkpoint, inline: inline)
        self.init(
            document: JSONValue.object(document).serialized(), metadata: JSONValue.object(metadata).serialized(),
            blobs: blobs)
    }

    /// A checkpoint's document with these values within, and its metadata.
    ///
    /// - Throws: `.invalid` for text with a NUL or a number that is not finite.
    package static func parts(
        of checkpoint: Checkpoint, inline: JSONObject
    ) throws(StoreError) -> (document: JSONObject, metadata: JSONObject) {
        let document = document(checkpoint, inline: inline)
        try requireStorable(.object(document), "checkpoint")
        let metadata = withoutNUL(checkpoint.metadata.json)
        try requireStorable(.object(metadata), "metadata")
        return (document, metadata)
    }

    /// Whether a payload lies within the document wherever it is given, and not under a version; `nil`: it is no value.
    package static func isInline(_ payload: Payload) throws(StoreError) -> Bool? {
        switch try InlineValue(payload) {
        case .inline: true
        case .marked, .blob: false
        case .absent: nil
        }
    }

    /// Builds the checkpoint again.
    ///
    /// - Parameters:
    ///   - thread: From the row's key, as is `namespace`.
    ///   - namespace: From the row's key.
    ///   - parent: The row's `parent_checkpoint_id`.
    ///   - blobs: Rows of `checkpoint_blobs`; those that are not of the checkpoint's versions are passed over, and those
    ///     of type `empty`. A blob goes before an inline value.
    ///   - cipher: Opens the blobs; without one those that are sealed stay so.
    /// - Throws: `.undecodable` where document or metadata are not what LangGraph writes.
    public func checkpoint(
        thread: ThreadID, namespace: Namespace, parent: CheckpointID?, blobs: [BlobRow],
        cipher: (any PayloadCipher)? = nil
    ) throws(StoreError) -> Checkpoint {
        guard let json = try JSONValue.parse(document).object, let id = json["id"]?.string else {
            throw StoreError(.undecodable, "The checkpoint is no object with an id.")
        }
        guard let metadata = try JSONValue.parse(metadata).object else {
            throw StoreError(.undecodable, "The metadata of checkpoint \(id) is no object.")
        }
        var checkpoint = Self.checkpoint(
            of: json, at: CheckpointReference(thread: thread, namespace: namespace, id: CheckpointID(id)),
            parent: parent.flatMap { $0.rawValue.isEmpty ? nil : $0 }, metadata: metadata)
        for member in json["channel_values"]?.object ?? [:] {
            checkpoint.channelValues[member.key] = Payload(inline: member.value)
        }
        for blob in blobs
        where blob.type != "empty" && checkpoint.channelVersions[blob.channel]?.rawValue == blob.version {
            checkpoint.channelValues[blob.channel] = try Payload(type: blob.type, bytes: blob.bytes).opened(
                with: cipher)
        }
        return checkpoint
    }

    /// What a checkpoint's document says, without its values.
    package static func checkpoint(
        of document: JSONObject, at place: CheckpointReference, parent: CheckpointID?, metadata: JSONObject
    ) -> Checkpoint {
        var versionsSeen: [String: ChannelVersions] = [:]
        for member in document["versions_seen"]?.object ?? [:] { versionsSeen[member.key] = versions(member.value) }
        return Checkpoint(
            thread: place.thread, namespace: place.namespace, id: place.id, parent: parent,
            format: document["v"]?.integer.flatMap(Int.init(exactly:)) ?? 1,
            timestamp: document["ts"]?.string ?? "", channelVersions: versions(document["channel_versions"]),
            versionsSeen: versionsSeen, updatedChannels: document["updated_channels"]?.array?.compactMap(\.string),
            metadata: CheckpointMetadata(json: metadata),
            extra: JSONObject(members: document.members.filter { !isKnown($0.key) }))
    }

    /// The row once a snapshot of a delta channel lies beside it: `true` inline, and no counter in the metadata. All
    /// else stays as its writer wrote it.
    package func marked(withSnapshotOf channel: String) throws(StoreError) -> CheckpointRow {
        guard var document = try JSONValue.parse(document).object,
            let metadata = try JSONValue.parse(metadata).object
        else { throw StoreError(.undecodable, "The checkpoint or its metadata is no object.") }
        var values = document["channel_values"]?.object ?? [:]
        values[channel] = true
        document["channel_values"] = .object(values)
        return CheckpointRow(
            document: JSONValue.object(document).serialized(),
            metadata: JSONValue.object(DeltaCounters.cleared(metadata, of: [channel])).serialized(), blobs: blobs)
    }

    private static func isKnown(_ member: String) -> Bool {
        switch member {
        case "v", "id", "ts", "channel_values", "channel_versions", "versions_seen", "updated_channels": true
        default: false
        }
    }

    private static func document(_ checkpoint: Checkpoint, inline: JSONObject) -> JSONObject {
        var seen = JSONObject()
        for node in sorted(checkpoint.versionsSeen.keys) {
            seen.members.append(.init(key: node, value: json(checkpoint.versionsSeen[node] ?? [:])))
        }
        var result: JSONObject = [
            "v": .integer(Int64(checkpoint.format)),
            "id": .string(checkpoint.id.rawValue),
            "ts": .string(checkpoint.timestamp),
            "channel_values": .object(inline),
            "channel_versions": json(checkpoint.channelVersions),
            "versions_seen": .object(seen),
            "updated_channels": checkpoint.updatedChannels.map { .array($0.map { .string($0) }) } ?? .null,
        ]
        result.members.append(contentsOf: checkpoint.extra.members.filter { !isKnown($0.key) })
        return result
    }

    private static func json(_ versions: ChannelVersions) -> JSONValue {
        var result = JSONObject()
        for channel in sorted(versions.keys) {
            guard let version = versions[channel] else { continue }
            var value = JSONValue.string(version.rawValue)
            if version.isNumber, let number = try? JSONValue.parse(version.rawValue), number.double != nil {
                value = .number(version.rawValue)
            }
            result.members.append(.init(key: channel, value: value))
        }
        return .object(result)
    }

    private static func versions(_ json: JSONValue?) -> ChannelVersions {
        guard let object = json?.object, !object.isEmpty else { return [:] }
        var result = ChannelVersions(minimumCapacity: object.count)
        for member in object.members {
            switch member.value {
            case .string(let text): result[member.key] = ChannelVersion(text)
            case .integer, .double, .number: result[member.key] = ChannelVersion(member.value.text, isNumber: true)
            default: break
            }
        }
        return result
    }

    private static func sorted(_ names: some Sequence<String>) -> [String] {
        names.sorted { $0.precedes($1) }
    }

    /// What Python's saver does to metadata: NULs leave the text of the outermost members.
    private static func withoutNUL(_ object: JSONObject) -> JSONObject {
        var result = object
        for index in result.members.indices {
            if case .string(let text) = result.members[index].value, text.contains(byte: 0) {
                result.members[index].value = .string(String(text.unicodeScalars.filter { $0.value != 0 }))
            }
        }
        return result
    }

    private static func requireStorable(_ value: JSONValue, _ what: String) throws(StoreError) {
        switch value {
        case .string(let text) where text.contains(byte: 0):
            throw StoreError(.invalid, "Text in the \(what) contains a NUL.")
        case .double(let number) where !number.isFinite:
            throw StoreError(.invalid, "A number in the \(what) is not finite.")
        case .array(let elements):
            for element in elements { try requireStorable(element, what) }
        case .object(let object):
            for member in object.members {
                if member.key.contains(byte: 0) { throw StoreError(.invalid, "Text in the \(what) contains a NUL.") }
                try requireStorable(member.value, what)
            }
        default: break
        }
    }
}

/// The value of one channel at one version (a row of `checkpoint_blobs`).
public struct BlobRow: Hashable, Sendable {
    /// Column `channel`.
    public var channel: String
    /// Column `version`: the value is the channel's for as long as the channel has this version.
    public var version: String
    /// Column `type`: the payload's tag, or `empty` for a channel that has a version and no value.
    public var type: String
    /// Column `blob`.
    public var bytes: [UInt8]

    public init(channel: String, version: String, type: String, bytes: [UInt8]) {
        self.channel = channel
        self.version = version
        self.type = type
        self.bytes = bytes
    }
}
