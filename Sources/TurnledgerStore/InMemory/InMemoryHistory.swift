// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A thread's checkpoints, blobs and writes: LangGraph's three tables for one thread.
struct InMemoryHistory: Sendable {
    typealias Place = ThreadOutline.Place
    typealias BlobKey = ThreadOutline.BlobKey

    /// Checkpoints with their inline values alone.
    var rows: [Place: Checkpoint] = [:]
    /// The IDs of each namespace, ascending.
    var order: [Namespace: [CheckpointID]] = [:]
    var blobs: [BlobKey: Payload] = [:]
    var writes: [Place: [PendingWrite]] = [:]

    var places: some Collection<Place> { rows.keys }

    func head(of namespace: Namespace) -> CheckpointID? { order[namespace]?.last }

    mutating func put(_ new: InMemoryRow) {
        let namespace = new.checkpoint.namespace
        for blob in new.blobs {
            let key = BlobKey(namespace: namespace, channel: blob.channel, version: blob.version)
            if blobs[key] == nil { blobs[key] = Payload(type: blob.type, bytes: blob.bytes) }
        }
        var row = new.checkpoint
        let place = Place(namespace: namespace, id: row.id)
        if let existing = rows[place] {
            row.parent = existing.parent
        } else {
            var ids = order[namespace] ?? []
            ids.insert(row.id, at: ids.lastIndex { $0 < row.id }.map { $0 + 1 } ?? 0)
            order[namespace] = ids
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
    func stored(_ place: Place, includesValues: Bool) throws(StoreError) -> StoredCheckpoint? {
        guard var checkpoint = rows[place] else { return nil }
        guard includesValues else {
            checkpoint.channelValues = [:]
            return StoredCheckpoint(checkpoint: checkpoint)
        }
        for (channel, version) in checkpoint.channelVersions {
            let key = BlobKey(namespace: place.namespace, channel: channel, version: version.rawValue)
            if let blob = blobs[key] { checkpoint.channelValues[channel] = blob }
        }
        if LegacySends.apply(to: checkpoint), let parent = checkpoint.parent {
            try LegacySends.move(writes[.init(namespace: place.namespace, id: parent)] ?? [], into: &checkpoint)
        }
        return StoredCheckpoint(
            checkpoint: checkpoint, pendingWrites: (writes[place] ?? []).sorted(by: PendingWrite.precedes))
    }

    func metadata(of place: Place) -> JSONObject { rows[place]?.metadata.json ?? [:] }
}

/// A checkpoint laid out as the SQL stores lay it out and read back: what it keeps inline, and its blobs.
struct InMemoryRow: Sendable {
    let checkpoint: Checkpoint
    let blobs: [BlobRow]

    init(_ new: Commit.NewCheckpoint) throws(StoreError) {
        let row = try CheckpointRow(new.checkpoint, newVersions: new.newVersions)
        checkpoint = try row.checkpoint(
            thread: new.checkpoint.thread, namespace: new.checkpoint.namespace, parent: new.checkpoint.parent,
            blobs: [])
        blobs = row.blobs
    }
}
