// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Puts a thread together again from the rows of an archive, whichever store wrote them.
///
/// PostgreSQL's rows have objects for documents and `\x…` for bytes; SQLite's have JSON within text and `{"hex": "…"}`.
struct ArchivedThread {
    private let rows: [String: [JSONObject]]
    private let id: ThreadID
    private let cipher: (any PayloadCipher)?

    init(_ found: ThreadRows, cipher: (any PayloadCipher)?) throws(StoreError) {
        id = found.thread
        self.cipher = cipher
        var rows: [String: [JSONObject]] = [:]
        for row in found.rows {
            guard let object = try JSONValue.parse(Array(row.json.utf8)).object else {
                throw StoreError(.undecodable, "The archive has a row of '\(row.table)' that is no object.")
            }
            rows[row.table, default: []].append(object)
        }
        self.rows = rows
    }

    /// All that a target takes; what cannot be decoded is told.
    func thread() throws(StoreError) -> TransferThread {
        var result = TransferThread(checkpoints: [])
        var blobs: [String: [BlobRow]] = [:]
        for row in rows["checkpoint_blobs"] ?? [] {
            blobs[try text(row, "checkpoint_ns"), default: []].append(
                BlobRow(
                    channel: try text(row, "channel"), version: try text(row, "version"), type: try text(row, "type"),
                    bytes: bytes(row["blob"]) ?? []))
        }
        var writes: [CheckpointReference: [PendingWrite]] = [:]
        for row in rows["checkpoint_writes"] ?? [] {
            let value = try Payload(type: row["type"]?.string ?? "", bytes: bytes(row["blob"]) ?? []).opened(
                with: cipher)
            writes[try reference(row), default: []].append(
                PendingWrite(
                    taskID: TaskID(try text(row, "task_id")), taskPath: row["task_path"]?.string ?? "",
                    index: Int(try integer(row, "idx")), channel: try text(row, "channel"), value: value))
        }
        for row in rows["checkpoints"] ?? [] {
            let place = try reference(row)
            do throws(StoreError) {
                let checkpoint = try CheckpointRow(document: json(row["checkpoint"]), metadata: json(row["metadata"]))
                    .checkpoint(
                        thread: id, namespace: place.namespace,
                        parent: row["parent_checkpoint_id"]?.string.map { CheckpointID($0) },
                        blobs: blobs[place.namespace.rawValue] ?? [], cipher: cipher)
                result.checkpoints.append(
                    StoredCheckpoint(
                        checkpoint: checkpoint,
                        pendingWrites: (writes[place] ?? []).sorted(by: PendingWrite.precedes)))
            } catch {
                result.problems.append(
                    TransferProblem(.unreadable, key: "\(id.rawValue)/\(place.id.rawValue)", error.detail))
            }
        }
        result.checkpoints.sort {
            ($0.checkpoint.namespace.rawValue, $0.checkpoint.id.rawValue)
                < ($1.checkpoint.namespace.rawValue, $1.checkpoint.id.rawValue)
        }
        if let row = rows["turnledger_threads"]?.first { result.record = try record(row) }
        for row in rows["turnledger_runs"] ?? [] { result.runs.append(try run(row)) }
        result.runs.sort { ($0.createdAt, $0.id.rawValue) < ($1.createdAt, $1.id.rawValue) }
        if let row = rows["turnledger_retention"]?.first { result.retention = retention(row) }
        return result
    }

    private func record(_ row: JSONObject) throws(StoreError) -> ThreadRecord {
        var labels: [String: String] = [:]
        for member in try JSONValue.parse(json(row["labels"])).object ?? [:] {
            labels[member.key] = member.value.string
        }
        guard let status = ThreadRecord.Status(rawValue: try text(row, "status")) else { throw wrong("status") }
        return ThreadRecord(
            id: id, title: row["title"]?.string, owner: try text(row, "owner"), labels: labels, status: status,
            createdAt: try time(row, "created_at"), updatedAt: try time(row, "updated_at"))
    }

    private func run(_ row: JSONObject) throws(StoreError) -> RunRecord {
        guard let status = RunRecord.Status(rawValue: try text(row, "status")) else { throw wrong("status") }
        return RunRecord(
            id: RunID(try text(row, "run_id")), thread: id, status: status, attempt: Int(try integer(row, "attempt")),
            input: bytes(row["input"]) ?? [], idempotencyKey: row["idempotency_key"]?.string,
            failure: row["failure"]?.string,
            stopRequestedAt: row["stop_requested_at"]?.integer.map { Timestamp(microseconds: $0) },
            createdAt: try time(row, "created_at"), updatedAt: try time(row, "updated_at"))
    }

    private func retention(_ row: JSONObject) -> ThreadRetention {
        let action = row["action"]?.string.flatMap {
            RetentionTerm.Action(word: $0, kept: row["kept"]?.integer.map { Int($0) })
        }
        return ThreadRetention(
            isPinned: row["pinned"] == true || row["pinned"]?.integer == 1, hold: row["hold"]?.string,
            term: action.map { RetentionTerm(idle: row["idle"]?.integer.map { .microseconds($0) }, action: $0) })
    }

    // MARK: Columns

    private func reference(_ row: JSONObject) throws(StoreError) -> CheckpointReference {
        CheckpointReference(
            thread: id, namespace: Namespace(try text(row, "checkpoint_ns")),
            id: CheckpointID(try text(row, "checkpoint_id")))
    }

    private func wrong(_ column: String) -> StoreError {
        StoreError(.undecodable, "Thread \(id): the archive has a row without '\(column)', or with a wrong one.")
    }

    private func text(_ row: JSONObject, _ column: String) throws(StoreError) -> String {
        guard let text = row[column]?.string else { throw wrong(column) }
        return text
    }

    private func integer(_ row: JSONObject, _ column: String) throws(StoreError) -> Int64 {
        guard let number = row[column]?.integer else { throw wrong(column) }
        return number
    }

    private func time(_ row: JSONObject, _ column: String) throws(StoreError) -> Timestamp {
        Timestamp(microseconds: try integer(row, column))
    }

    private func bytes(_ value: JSONValue?) -> [UInt8]? {
        if let hex = value?["hex"]?.string { return Hexadecimal.bytes(hex) }
        guard let text = value?.string, text.hasPrefix("\\x") else { return nil }
        return Hexadecimal.bytes(String(text.dropFirst(2)))
    }

    /// A document, which is JSON within text where the store has no type for it.
    private func json(_ value: JSONValue?) -> [UInt8] {
        guard let value else { return [] }
        if let text = value.string { return Array(text.utf8) }
        return value.serialized()
    }
}
