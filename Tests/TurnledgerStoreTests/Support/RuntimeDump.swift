// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// The rows that Python LangGraph wrote, and the calls that made it write them: `Fixtures/runtime-dumps.txt`.
struct RuntimeDump: Sendable {
    struct CheckpointEntry: Sendable {
        let namespace: String
        let id: String
        let parent: String?
        let document: JSONValue
        let metadata: JSONValue
    }

    struct WriteEntry: Sendable {
        let namespace: String
        let checkpoint: String
        let taskID: String
        let taskPath: String
        let index: Int
        let channel: String
        let payload: Payload
    }

    var checkpoints: [CheckpointEntry] = []
    var blobs: [(namespace: String, row: BlobRow)] = []
    var writes: [WriteEntry] = []
    /// The channels that changed with each checkpoint, from the calls of `put`.
    var newVersions: [String: ChannelVersions] = [:]

    static let shared = RuntimeDump()

    init() {
        for line in Fixture.lines("runtime-dumps.txt") {
            guard let start = line.firstIndex(of: "{"), let row = try? JSONValue.parse(String(line[start...])) else {
                continue
            }
            let text = { (key: String) in row[key]?.string ?? "" }
            let payload = Payload(type: text("type"), bytes: Hex.bytes(text("blob_hex")))
            if line.hasPrefix("[checkpoints]") {
                checkpoints.append(
                    CheckpointEntry(
                        namespace: text("checkpoint_ns"), id: text("checkpoint_id"),
                        parent: row["parent_checkpoint_id"]?.string, document: row["checkpoint"] ?? .null,
                        metadata: row["metadata"] ?? .null))
            } else if line.hasPrefix("[checkpoint_blobs]") {
                let blob = BlobRow(
                    channel: text("channel"), version: text("version"), type: payload.type, bytes: payload.bytes)
                blobs.append((text("checkpoint_ns"), blob))
            } else if line.hasPrefix("[checkpoint_writes]") {
                writes.append(
                    WriteEntry(
                        namespace: text("checkpoint_ns"), checkpoint: text("checkpoint_id"), taskID: text("task_id"),
                        taskPath: text("task_path"), index: Int(row["idx"]?.integer ?? 0), channel: text("channel"),
                        payload: payload))
            } else if line.hasPrefix("  CALL put {") {
                newVersions[text("id")] = (row["new_versions"]?.object ?? [:]).members.reduce(into: [:]) {
                    $0[$1.key] = $1.value.string.map { ChannelVersion($0) }
                }
            }
        }
    }

    func checkpoint(_ entry: CheckpointEntry) throws -> Checkpoint {
        let row = CheckpointRow(document: entry.document.serialized(), metadata: entry.metadata.serialized())
        return try row.checkpoint(
            thread: "thread", namespace: Namespace(entry.namespace), parent: entry.parent.map { CheckpointID($0) },
            blobs: blobs.filter { $0.namespace == entry.namespace }.map(\.row))
    }
}

extension JSONValue {
    /// The same with all keys sorted, as PostgreSQL sorts them anyway.
    var withSortedKeys: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.withSortedKeys))
        case .object(let object):
            .object(
                JSONObject(
                    members: object.members.sorted { $0.key < $1.key }
                        .map { .init(key: $0.key, value: $0.value.withSortedKeys) }))
        default: self
        }
    }
}
