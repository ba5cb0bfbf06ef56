// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Builds checkpoints from the rows of one statement of `CheckpointStatements`.
///
/// Columns: 0 kind, 1 number in the page, 2 thread, 3 namespace (task path), 4 checkpoint (version, task), 5 parent,
/// 6 channel, 7 type, 8 index, 9 document, 10 metadata, 11 blob. Kinds: 0 a checkpoint, 1 a blob, 2 a write, 3 a send
/// that an old writer left with the parent.
struct CheckpointReader {
    private struct Place: Hashable {
        let thread: ThreadID
        let namespace: Namespace
    }

    private let rows: PostgresRows
    private let cipher: (any PayloadCipher)?
    private var blobs: [Place: [BlobRow]] = [:]
    private var writes: [Int64: [PendingWrite]] = [:]
    private var sends: [Int64: [PendingWrite]] = [:]

    /// Reads checkpoints with their values, newest first.
    static func stored(
        _ rows: PostgresRows, cipher: (any PayloadCipher)?
    ) throws(StoreError) -> [StoredCheckpoint] {
        do {
            var reader = CheckpointReader(rows: rows, cipher: cipher)
            return try reader.stored(includesValues: true)
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// Reads a page, of which the row beyond its size was fetched too.
    static func page(
        _ rows: PostgresRows, size: Int, includesValues: Bool, cipher: (any PayloadCipher)?
    ) throws(StoreError) -> CheckpointListing.Page {
        do {
            var reader = CheckpointReader(rows: rows, cipher: cipher)
            var stored = try reader.stored(includesValues: includesValues, limit: size)
            let isFull = stored.count > size
            if isFull { stored.removeLast() }
            return .init(checkpoints: stored, next: isFull ? stored.last?.checkpoint.reference : nil)
        } catch {
            throw StoreError(reading: error)
        }
    }

    private init(rows: PostgresRows, cipher: (any PayloadCipher)?) {
        self.rows = rows
        self.cipher = cipher
    }

    private mutating func stored(includesValues: Bool, limit: Int = .max) throws -> [StoredCheckpoint] {
        var heads: [(number: Int64, row: PostgresRow)] = []
        for row in rows.all {
            switch try row.integer(0) {
            case 0: heads.append((try row.integer(1), row))
            case 1: try addBlob(row)
            case 2: writes[try row.integer(1), default: []].append(try write(row))
            default: sends[try row.integer(1), default: []].append(try write(row))
            }
        }
        heads.sort { $0.number < $1.number }
        return try heads.map { number, row in
            try checkpoint(row, number: number, includesValues: includesValues && number <= limit)
        }
    }

    private func checkpoint(_ row: PostgresRow, number: Int64, includesValues: Bool) throws -> StoredCheckpoint {
        let place = Place(thread: ThreadID(try row.text(2)), namespace: Namespace(try row.text(3)))
        let id = CheckpointID(try row.text(4))
        let stored = CheckpointRow(document: try row.jsonb(9), metadata: try row.jsonb(10))
        do throws(StoreError) {
            var checkpoint = try stored.checkpoint(
                thread: place.thread, namespace: place.namespace, parent: row.optionalText(5).map { CheckpointID($0) },
                blobs: blobs[place] ?? [], cipher: cipher)
            checkpoint.id = id
            guard includesValues else {
                checkpoint.channelValues = [:]
                return StoredCheckpoint(checkpoint: checkpoint)
            }
            if let sends = sends[number] { try LegacySends.move(sends, into: &checkpoint) }
            return StoredCheckpoint(
                checkpoint: checkpoint, pendingWrites: (writes[number] ?? []).sorted(by: PendingWrite.precedes))
        } catch {
            throw StoreError(
                error.code, "Checkpoint \(id) of thread \(place.thread): \(error.detail)", underlying: error)
        }
    }

    private mutating func addBlob(_ row: PostgresRow) throws {
        let place = Place(thread: ThreadID(try row.text(2)), namespace: Namespace(try row.text(3)))
        blobs[place, default: []].append(
            BlobRow(
                channel: try row.text(6), version: try row.text(4), type: try row.text(7),
                bytes: row.optionalBytes(11) ?? []))
    }

    private func write(_ row: PostgresRow) throws -> PendingWrite {
        PendingWrite(
            taskID: TaskID(try row.text(4)), taskPath: try row.text(3), index: Int(try row.integer(8)),
            channel: try row.text(6),
            value: try Payload(type: row.optionalText(7) ?? "null", bytes: try row.bytes(11)).opened(with: cipher))
    }
}

extension StoreError {
    /// A row that is not what the statement promises: other programs write these tables too.
    init(reading error: any Error) {
        if let error = error as? PostgresError, error.kind == .misuse {
            self.init(.undecodable, error.message, underlying: error)
        } else {
            self.init(postgres: error)
        }
    }
}
