// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A thread's checkpoints, blobs and writes: LangGraph's three tables for one thread.
struct InMemoryHistory: Sendable {
    struct Place: Hashable, Sendable {
        var namespace: Namespace
        var id: CheckpointID
    }

    private struct BlobKey: Hashable, Sendable {
        var namespace: Namespace
        var channel: ExactText
        var version: ExactText
    }

    /// Checkpoints with their inline values alone.
    private var rows: [Place: Checkpoint] = [:]
    /// The IDs of each namespace, ascending.
    private var order: [Namespace: [CheckpointID]] = [:]
    private var blobs: [BlobKey: Payload] = [:]
    private var writes: [Place: [PendingWrite]] = [:]

    var places: some Collection<Place> { rows.keys }

    func head(of namespace: Namespace) -> CheckpointID? { order[namespace]?.last }

    mutating func put(_ checkpoint: Checkpoint, newVersions: ChannelVersions) {
        var row = checkpoint
        row.channelValues = [:]
        for (channel, value) in checkpoint.channelValues {
            if value.isPrimitive {
                row.channelValues[channel] = value
            } else if let version = newVersions[channel] {
                let key = BlobKey(
                    namespace: checkpoint.namespace, channel: ExactText(channel), version: ExactText(version.rawValue))
                if blobs[key] == nil { blobs[key] = value }
            }
        }
        let place = Place(namespace: checkpoint.namespace, id: checkpoint.id)
        if let existing = rows[place] {
            row.parent = existing.parent
        } else {
            var ids = order[checkpoint.namespace] ?? []
            ids.insert(checkpoint.id, at: ids.lastIndex { $0 < checkpoint.id }.map { $0 + 1 } ?? 0)
            order[checkpoint.namespace] = ids
        }
        rows[place] = row
    }

    mutating func put(_ task: TaskWrites) {
        guard !task.writes.isEmpty else { return }
        let place = Place(namespace: task.checkpoint.namespace, id: task.checkpoint.id)
        for write in task.indexed {
            let existing = writes[place]?.firstIndex { $0.taskID == write.taskID && $0.index == write.index }
            guard let existing else {
                writes[place, default: []].append(write)
                continue
            }
            if task.replacesOnRepeat {
                writes[place]?[existing].channel = write.channel
                writes[place]?[existing].value = write.value
            }
        }
    }

    /// Reads a checkpoint; without values its channel values and writes stay empty.
    func stored(_ place: Place, includesValues: Bool) -> StoredCheckpoint? {
        guard var checkpoint = rows[place] else { return nil }
        guard includesValues else {
            checkpoint.channelValues = [:]
            return StoredCheckpoint(checkpoint: checkpoint)
        }
        for (channel, version) in checkpoint.channelVersions {
            let key = BlobKey(
                namespace: place.namespace, channel: ExactText(channel), version: ExactText(version.rawValue))
            if let blob = blobs[key] { checkpoint.channelValues[channel] = blob }
        }
        return StoredCheckpoint(
            checkpoint: checkpoint, pendingWrites: (writes[place] ?? []).sorted(by: PendingWrite.precedes))
    }

    func metadata(of place: Place) -> JSONObject { rows[place]?.metadata.json ?? [:] }
}

extension Payload {
    /// Whether the value is null, a boolean, a number or text: what LangGraph keeps inline in the checkpoint document.
    ///
    /// Told from the first byte alone (MessagePack specification, "Overview" of formats).
    var isPrimitive: Bool {
        guard type == "msgpack" else { return type == "null" }
        guard let first = bytes.first else { return false }
        return switch first {
        case 0x00...0x7F, 0xE0...0xFF: true
        case 0xA0...0xBF, 0xD9...0xDB: true
        case 0xC0, 0xC2, 0xC3, 0xCA...0xD3: true
        default: false
        }
    }
}
