// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// A commit as the rows that it leaves, each key once: a statement cannot touch a row twice.
///
/// What one call after another would have left is worked out here.
struct CommitRows: Sendable {
    struct Blob {
        var namespace: String
        var row: BlobRow
    }

    struct NewCheckpoint {
        var checkpoint: Checkpoint
        var row: CheckpointRow
    }

    struct NewWrite {
        var place: CheckpointReference
        var write: PendingWrite
        var replaces: Bool
    }

    let thread: ThreadID
    private(set) var blobs: [Blob] = []
    private(set) var checkpoints: [NewCheckpoint] = []
    private(set) var writes: [NewWrite] = []

    /// - Throws: As `CheckpointRow.init`.
    init(_ commit: Commit, cipher: (any PayloadCipher)?) throws(StoreError) {
        thread = commit.checkpoints.first?.checkpoint.thread ?? commit.writes[0].checkpoint.thread
        var positions: [CheckpointReference: Int] = [:]
        for new in commit.checkpoints {
            let row = try CheckpointRow(new.checkpoint, newVersions: new.newVersions, cipher: cipher)
            blobs += row.blobs.map { Blob(namespace: new.checkpoint.namespace.rawValue, row: $0) }
            if let position = positions[new.checkpoint.reference] {
                // The later document counts, with the earlier parent.
                checkpoints[position].row = row
            } else {
                positions[new.checkpoint.reference] = checkpoints.count
                checkpoints.append(NewCheckpoint(checkpoint: new.checkpoint, row: row))
            }
        }
        var sealed: [TaskWrites] = []
        for writes in commit.writes { sealed.append(try writes.sealed(with: cipher)) }
        addWrites(sealed)
    }

    private struct WriteKey: Hashable {
        let place: CheckpointReference
        let task: TaskID
        let index: Int
    }

    private mutating func addWrites(_ tasks: [TaskWrites]) {
        // One task's indices differ already; only two tasks of one name can meet.
        let isPlain = tasks.count < 2
        var positions: [WriteKey: Int] = [:]
        for task in tasks {
            let replaces = task.replacesOnRepeat
            for write in task.indexed {
                if !isPlain {
                    let key = WriteKey(place: task.checkpoint, task: write.taskID, index: write.index)
                    if let position = positions[key] {
                        guard replaces else { continue }
                        var merged = write
                        merged.taskPath = writes[position].write.taskPath
                        writes[position] = NewWrite(place: task.checkpoint, write: merged, replaces: true)
                        continue
                    }
                    positions[key] = writes.count
                }
                writes.append(NewWrite(place: task.checkpoint, write: write, replaces: replaces))
            }
        }
    }

    func shape(_ fence: CommitShape.FenceCheck) -> CommitShape {
        CommitShape(
            fence: fence, hasBlobs: !blobs.isEmpty, hasCheckpoints: !checkpoints.isEmpty,
            hasKeptWrites: writes.contains { !$0.replaces }, hasReplacingWrites: writes.contains { $0.replaces })
    }

    /// Whether there is anything to store.
    var isEmpty: Bool { blobs.isEmpty && checkpoints.isEmpty && writes.isEmpty }

    /// The arrays of all parts that are there, in the order of `CommitShape`.
    var values: [PostgresValue] {
        var values: [PostgresValue] = []
        if !blobs.isEmpty {
            values += [
                .texts(blobs.map(\.namespace)), .texts(blobs.map(\.row.channel)), .texts(blobs.map(\.row.version)),
                .texts(blobs.map(\.row.type)), .byteStrings(blobs.map(\.row.bytes)),
            ]
        }
        if !checkpoints.isEmpty {
            values += [
                .texts(checkpoints.map(\.checkpoint.namespace.rawValue)),
                .texts(checkpoints.map(\.checkpoint.id.rawValue)),
                .texts(checkpoints.map { $0.checkpoint.parent?.rawValue ?? "" }),
                .texts(checkpoints.map { String(decoding: $0.row.document, as: UTF8.self) }),
                .texts(checkpoints.map { String(decoding: $0.row.metadata, as: UTF8.self) }),
            ]
        }
        for replaces in [false, true] {
            let rows = writes.filter { $0.replaces == replaces }
            guard !rows.isEmpty else { continue }
            values += [
                .texts(rows.map(\.place.namespace.rawValue)), .texts(rows.map(\.place.id.rawValue)),
                .texts(rows.map(\.write.taskID.rawValue)), .texts(rows.map(\.write.taskPath)),
                .texts(rows.map(\.write.channel)), .texts(rows.map(\.write.value.type)),
                .integers(rows.map { Int64($0.write.index) }), .byteStrings(rows.map(\.write.value.bytes)),
            ]
        }
        return values
    }
}
