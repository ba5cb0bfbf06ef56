// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Checkpoints as the SQL stores lay them out, in hashes: a document with its small values, and a blob for each version of
/// a large one.
enum PlainLayout {
    private static let separator: UInt8 = 0

    /// Adds a commit: writes first, then checkpoints.
    static func add(
        _ commit: Commit, to arguments: inout RedisArguments, cipher: (any PayloadCipher)?
    ) throws(StoreError) {
        arguments.add(commit.writes.count)
        for task in commit.writes {
            arguments.add(task.checkpoint.namespace.rawValue)
            arguments.add(task.checkpoint.id.rawValue)
            arguments.add(task.replacesOnRepeat)
            arguments.add(task.indexed.count)
            for write in task.indexed {
                let value = try write.value.sealed(with: cipher)
                arguments.add(joined([write.taskID.rawValue, String(write.index)]))
                arguments.add(write.taskPath)
                arguments.add(joined([write.channel, value.type]) + [separator] + value.bytes)
            }
        }
        arguments.add(commit.checkpoints.count)
        for new in commit.checkpoints {
            let (checkpoint, namespace) = (new.checkpoint, new.checkpoint.namespace.rawValue)
            let row = try CheckpointRow(checkpoint, newVersions: new.newVersions, cipher: cipher)
            arguments.add(namespace)
            arguments.add(checkpoint.id.rawValue)
            arguments.add(checkpoint.parent?.rawValue ?? "")
            arguments.add(row.document)
            arguments.add(row.metadata)
            let fields = checkpoint.channelVersions.map { "\(namespace)\0\($0.key)\0\($0.value.rawValue)" }
            arguments.add(JSONValue.array(fields.map { .string($0) }).serialized())
            arguments.add(row.blobs.count)
            for blob in row.blobs {
                arguments.add(joined([namespace, blob.channel, blob.version]))
                arguments.add(joined([blob.type]) + [separator] + blob.bytes)
            }
        }
    }

    /// A checkpoint with its writes, of what a script gave; `nil` where there is none.
    static func stored(
        _ row: RESPValue, cipher: (any PayloadCipher)?, includesValues: Bool
    ) throws(StoreError) -> StoredCheckpoint? {
        guard let parts = row.array, parts.count == 8, let thread = parts[0].string, let namespace = parts[1].string,
            let parent = parts[3].string, let document = parts[4].byteArray, let metadata = parts[5].byteArray,
            let blobs = parts[6].array, let writes = parts[7].array
        else { return nil }
        var rows: [BlobRow] = []
        for index in stride(from: 0, to: blobs.count - 1, by: 2) {
            guard let names = blobs[index].byteArray.map(split), names.count == 3,
                let value = blobs[index + 1].byteArray, let end = value.firstIndex(of: separator)
            else { throw StoreError(.undecodable, "A blob of thread \(thread) is damaged.") }
            rows.append(
                BlobRow(
                    channel: names[1], version: names[2], type: text(value[..<end]), bytes: Array(value[(end + 1)...])))
        }
        var checkpoint = try CheckpointRow(document: document, metadata: metadata).checkpoint(
            thread: ThreadID(thread), namespace: Namespace(namespace), parent: CheckpointID(parent), blobs: rows,
            cipher: cipher)
        if !includesValues { checkpoint.channelValues = [:] }
        var pending: [PendingWrite] = []
        for index in stride(from: 0, to: writes.count - 1, by: 2) {
            guard let names = writes[index].byteArray.map(split), names.count == 2, let number = Int(names[1]),
                let value = writes[index + 1].byteArray
            else { throw StoreError(.undecodable, "A write of thread \(thread) is damaged.") }
            pending.append(try write(of: names[0], number, value, cipher))
        }
        return StoredCheckpoint(checkpoint: checkpoint, pendingWrites: pending.sorted(by: PendingWrite.precedes))
    }

    private static func write(
        of task: String, _ index: Int, _ value: [UInt8], _ cipher: (any PayloadCipher)?
    ) throws(StoreError) -> PendingWrite {
        let parts = value.split(separator: separator, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { throw StoreError(.undecodable, "A write of task \(task) is damaged.") }
        return PendingWrite(
            taskID: TaskID(task), taskPath: text(parts[0]), index: index, channel: text(parts[1]),
            value: try Payload(type: text(parts[2]), bytes: Array(parts[3])).opened(with: cipher))
    }

    private static func joined(_ texts: [String]) -> [UInt8] { Array(texts.joined(separator: "\0").utf8) }

    private static func split(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: separator, omittingEmptySubsequences: false).map(text)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
