// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

/// A thread as one JSON document: its title, its labels, and all its checkpoints with their writes.
///
/// `{"format": "turnledger.thread", "version": 1, "thread": {"id", "title"?, "labels"}, "checkpoints": [{"namespace", "id",
/// "parent"?, "v", "ts", "values": {channel: {"type", "data"}}, "channels": [name], "versions": {channel: text}, "seen":
/// {node: {channel: text}}, "updated"?: [name], "metadata", "extra", "writes": [{"task", "path", "channel", "type",
/// "data"}]}]}`, checkpoints oldest first, data in base64. `values` holds what differs from the parent; `channels` names all
/// that have a value.
struct ThreadArchive: Hashable, Sendable {
    var id: ThreadID
    var title: String?
    var labels: [String: String]
    /// Oldest first, with all their values.
    var checkpoints: [StoredCheckpoint]

    static let format = "turnledger.thread"

    // MARK: Writing

    var json: JSONValue {
        var thread: JSONObject = ["id": .string(id.rawValue)]
        if let title { thread["title"] = .string(title) }
        thread["labels"] = .object(
            JSONObject(members: labels.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) }))
        var known: [CheckpointReference: Checkpoint] = [:]
        let list = checkpoints.map { stored -> JSONValue in
            let checkpoint = stored.checkpoint
            defer { known[checkpoint.reference] = checkpoint }
            let parent = checkpoint.parent.flatMap {
                known[CheckpointReference(thread: checkpoint.thread, namespace: checkpoint.namespace, id: $0)]
            }
            return Self.json(stored, parent: parent)
        }
        return [
            "format": .string(Self.format), "version": 1, "thread": .object(thread), "checkpoints": .array(list),
        ]
    }

    private static func json(_ stored: StoredCheckpoint, parent: Checkpoint?) -> JSONValue {
        let checkpoint = stored.checkpoint
        let values = checkpoint.channelValues.sorted { $0.key < $1.key }
        let changed = values.filter { parent?.channelValues[$0.key] != $0.value }
        var json: JSONObject = [
            "namespace": .string(checkpoint.namespace.rawValue), "id": .string(checkpoint.id.rawValue),
        ]
        if let parent = checkpoint.parent { json["parent"] = .string(parent.rawValue) }
        json["v"] = .integer(Int64(checkpoint.format))
        json["ts"] = .string(checkpoint.timestamp)
        json["values"] = .object(
            JSONObject(members: changed.map { .init(key: $0.key, value: .object(payload($0.value))) }))
        json["channels"] = .array(values.map { .string($0.key) })
        json["versions"] = versions(checkpoint.channelVersions)
        json["seen"] = .object(
            JSONObject(
                members: checkpoint.versionsSeen.sorted { $0.key < $1.key }.map {
                    .init(key: $0.key, value: versions($0.value))
                }))
        if let updated = checkpoint.updatedChannels { json["updated"] = .array(updated.map(JSONValue.string)) }
        json["metadata"] = .object(checkpoint.metadata.json)
        json["extra"] = .object(checkpoint.extra)
        json["writes"] = .array(
            stored.pendingWrites.map { write in
                var one: JSONObject = [
                    "task": .string(write.taskID.rawValue), "path": .string(write.taskPath),
                    "channel": .string(write.channel),
                ]
                for member in payload(write.value) { one[member.key] = member.value }
                return .object(one)
            })
        return .object(json)
    }

    private static func payload(_ payload: Payload) -> JSONObject {
        ["type": .string(payload.type), "data": .string(Data(payload.bytes).base64EncodedString())]
    }

    private static func versions(_ versions: ChannelVersions) -> JSONValue {
        .object(
            JSONObject(
                members: versions.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: version($0.value)) }))
    }

    /// Text, or a number in an object: the two are different versions.
    private static func version(_ version: ChannelVersion) -> JSONValue {
        version.isNumber ? ["number": .string(version.rawValue)] : .string(version.rawValue)
    }
}

// MARK: Reading

extension ThreadArchive {
    /// - Throws: `RequestError` with 400 for what is no archive of this version.
    init(_ json: JSONObject) throws(RequestError) {
        guard json["format"]?.string == Self.format, json["version"]?.integer == 1 else {
            throw .invalid("The body is no thread of Turnledger's, or one of a later version.")
        }
        guard let thread = json["thread"]?.object, let list = json["checkpoints"]?.array else { throw Self.broken }
        do {
            id = try ThreadID(validating: thread["id"]?.string ?? "")
        } catch {
            throw .invalid(error.detail)
        }
        title = thread["title"]?.string
        labels = Dictionary(
            (thread["labels"]?.object?.members ?? []).compactMap { member in
                member.value.string.map { (member.key, $0) }
            }, uniquingKeysWith: { $1 })
        checkpoints = []
        var known: [CheckpointReference: Checkpoint] = [:]
        for item in list {
            guard let item = item.object else { throw Self.broken }
            let stored = try Self.checkpoint(item, thread: id, known: known)
            known[stored.checkpoint.reference] = stored.checkpoint
            checkpoints.append(stored)
        }
    }

    private static let broken = RequestError.invalid("The archive is broken: a part that it must have is missing.")

    private static func checkpoint(
        _ json: JSONObject, thread: ThreadID, known: [CheckpointReference: Checkpoint]
    ) throws(RequestError) -> StoredCheckpoint {
        guard let id = json["id"]?.string, !id.isEmpty, let timestamp = json["ts"]?.string,
            let format = json["v"]?.integer, let metadata = json["metadata"]?.object,
            let namespace = json["namespace"]?.string
        else { throw broken }
        let parent = json["parent"]?.string.map { CheckpointID($0) }
        let earlier = parent.flatMap {
            known[CheckpointReference(thread: thread, namespace: Namespace(namespace), id: $0)]
        }
        var values: [String: Payload] = [:]
        for name in json["channels"]?.array ?? [] {
            guard let name = name.string else { throw broken }
            if let given = json["values"]?[name]?.object {
                values[name] = try payload(given)
            } else if let value = earlier?.channelValues[name] {
                values[name] = value
            } else {
                throw broken
            }
        }
        var seen: [String: ChannelVersions] = [:]
        for member in json["seen"]?.object?.members ?? [] { seen[member.key] = versions(member.value) }
        let checkpoint = Checkpoint(
            thread: thread, namespace: Namespace(namespace), id: CheckpointID(id), parent: parent, format: Int(format),
            timestamp: timestamp, channelValues: values, channelVersions: versions(json["versions"] ?? [:]),
            versionsSeen: seen, updatedChannels: json["updated"]?.array?.compactMap(\.string),
            metadata: CheckpointMetadata(json: metadata), extra: json["extra"]?.object ?? [:])
        var writes: [PendingWrite] = []
        for item in json["writes"]?.array ?? [] {
            guard let item = item.object, let task = item["task"]?.string, let path = item["path"]?.string,
                let channel = item["channel"]?.string
            else { throw broken }
            writes.append(
                PendingWrite(
                    taskID: TaskID(task), taskPath: path, index: 0, channel: channel, value: try payload(item)))
        }
        return StoredCheckpoint(checkpoint: checkpoint, pendingWrites: writes)
    }

    private static func payload(_ json: JSONObject) throws(RequestError) -> Payload {
        guard let type = json["type"]?.string, let data = json["data"]?.string.flatMap({ Data(base64Encoded: $0) })
        else {
            throw broken
        }
        return Payload(type: type, bytes: Array(data))
    }

    private static func versions(_ json: JSONValue) -> ChannelVersions {
        Dictionary(
            (json.object?.members ?? []).compactMap { member in
                let number = member.value["number"]?.string
                return (number ?? member.value.string).map {
                    (member.key, ChannelVersion($0, isNumber: number != nil))
                }
            }, uniquingKeysWith: { $1 })
    }
}
