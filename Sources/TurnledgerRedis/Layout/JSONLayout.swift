// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Checkpoints and writes as documents of langgraph-checkpoint-redis 0.5.2.
///
/// A checkpoint's document has beside Python's members, where there is something to say, `turnledger`: `values`, by
/// channel, are payloads that JSON cannot hold exactly (`type` and `blob`, base64), and `members` those of the checkpoint
/// that Python's saver writes itself. A write's document has `turnledger: true`: its blob is to be taken as it is.
enum JSONLayout {
    /// Adds a commit: writes first, then checkpoints.
    static func add(_ commit: Commit, to arguments: inout RedisArguments) throws(StoreError) {
        let tasks = commit.writes.filter { !$0.writes.isEmpty }
        arguments.add(tasks.count)
        for task in tasks { add(task, to: &arguments) }
        arguments.add(commit.checkpoints.count)
        for new in commit.checkpoints { try add(new, to: &arguments) }
    }

    private static func add(_ task: TaskWrites, to arguments: inout RedisArguments) {
        let place = task.checkpoint
        arguments.add(place.namespace.rawValue)
        arguments.add(place.id.rawValue)
        arguments.add(task.taskID.rawValue)
        arguments.add(task.replacesOnRepeat)
        arguments.add(task.indexed.count)
        for write in task.indexed {
            let blob = JSONValue.string(PythonRedisEncoding.base64(write.value.bytes))
            let document: JSONObject = [
                "thread_id": .string(place.thread.rawValue), "checkpoint_ns": .string(safe(place.namespace)),
                "checkpoint_id": .string(place.id.rawValue), "task_id": .string(write.taskID.rawValue),
                "task_path": .string(write.taskPath), "idx": .integer(Int64(write.index)),
                "channel": .string(write.channel), "type": .string(write.value.type), "blob": blob,
                "turnledger": true,
            ]
            arguments.add(write.index)
            arguments.add(JSONValue.object(document).serialized())
            arguments.add(JSONValue.string(write.channel).serialized())
            arguments.add(JSONValue.string(write.value.type).serialized())
            arguments.add(blob.serialized())
        }
    }

    private static func add(_ new: Commit.NewCheckpoint, to arguments: inout RedisArguments) throws(StoreError) {
        let checkpoint = new.checkpoint
        arguments.add(checkpoint.namespace.rawValue)
        arguments.add(checkpoint.id.rawValue)
        arguments.add(checkpoint.parent?.rawValue ?? "")
        let (head, body, own) = try texts(of: checkpoint)
        arguments.add(head)
        arguments.add(body)
        arguments.add(own)
        let channels = Set((Array(checkpoint.channelVersions.keys) + checkpoint.channelValues.keys).map(ExactText.init))
        arguments.add(channels.count)
        for channel in channels.sorted().map(\.value) {
            let version = new.newVersions[channel] ?? checkpoint.channelVersions[channel]
            var kind = "kept"
            var encoded: PythonRedisEncoding?
            if let payload = checkpoint.channelValues[channel], let isInline = try CheckpointRow.isInline(payload),
                isInline || new.newVersions[channel] != nil
            {
                encoded = try PythonRedisEncoding(payload)
                kind = isInline ? "inline" : "new"
            } else if new.newVersions[channel] != nil {
                kind = "none"
            }
            arguments.add(kind)
            arguments.add(channel)
            arguments.add(JSONValue.string(channel).serialized())
            arguments.add(version.map { json(of: $0).serialized() } ?? [])
            arguments.add(encoded?.json.serialized() ?? [])
            if let encoded, !encoded.isExact, let payload = checkpoint.channelValues[channel] {
                let exact: JSONValue = [
                    "type": .string(payload.type), "blob": .string(PythonRedisEncoding.base64(payload.bytes)),
                ]
                arguments.add(exact.serialized())
            } else {
                arguments.add([UInt8]())
            }
        }
    }

    /// The document before its parent, behind it and before its values, and what is Turnledger's own in it.
    private static func texts(
        of checkpoint: Checkpoint
    ) throws(StoreError) -> (head: [UInt8], body: [UInt8], own: [UInt8]) {
        let (whole, metadata) = try CheckpointRow.parts(of: checkpoint, inline: [:])
        var document = whole
        document["channel_values"] = nil
        var own = JSONObject()
        for name in ["type", "pending_sends"] {
            guard let value = document[name] else { continue }
            own[name] = value
            document[name] = nil
        }
        let outer: JSONObject = [
            "thread_id": .string(checkpoint.thread.rawValue),
            "run_id": .string(checkpoint.metadata.runID ?? ""),
            "checkpoint_ns": .string(safe(checkpoint.namespace)), "checkpoint_id": .string(checkpoint.id.rawValue),
        ]
        var body: JSONObject = ["metadata": .string(JSONValue.object(metadata).text)]
        for name in ["source", "step"] {
            if let value = metadata[name] { body[name] = value }
        }
        let inner = JSONObject(members: [.init(key: "type", value: "json")] + document.members)
        body["checkpoint"] = .object(JSONObject(members: inner.members + [.init(key: "pending_sends", value: [])]))
        // Cut open at its end, where the values follow.
        var open = JSONValue.object(body).serialized().dropFirst().dropLast(2)
        open.append(UInt8(ascii: ","))
        let members = own.isEmpty ? [] : JSONValue.object(["members": .object(own)]).serialized().dropFirst().dropLast()
        return (
            JSONValue.object(outer).serialized().dropLast() + Array(#","parent_checkpoint_id":"#.utf8), Array(open),
            Array(members)
        )
    }

    /// A checkpoint with its writes, of the documents that a script gave; `nil` where there is none, or not of this
    /// thread and namespace: keys cannot be cut into their parts.
    static func stored(
        _ row: RESPValue, in thread: ThreadID, _ namespace: Namespace
    ) throws(StoreError) -> StoredCheckpoint? {
        guard let parts = row.array, let bytes = parts.first?.byteArray,
            case .checkpoint(let checkpoint) = try PythonRedisDocument(bytes), checkpoint.thread == thread,
            checkpoint.namespace == namespace
        else { return nil }
        var writes: [PendingWrite] = []
        for part in parts.dropFirst() {
            guard let bytes = part.byteArray, case .write(let place, let write) = try PythonRedisDocument(bytes),
                place == checkpoint.reference
            else { continue }
            writes.append(write)
        }
        return StoredCheckpoint(checkpoint: checkpoint, pendingWrites: writes.sorted(by: PendingWrite.precedes))
    }

    static func safe(_ namespace: Namespace) -> String {
        namespace.rawValue.isEmpty ? PythonRedisDocument.emptyNamespace : namespace.rawValue
    }

    private static func json(of version: ChannelVersion) -> JSONValue {
        version.isNumber ? .number(version.rawValue) : .string(version.rawValue)
    }
}
