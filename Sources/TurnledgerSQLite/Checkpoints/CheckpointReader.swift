// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
internal import TurnledgerStore

/// Builds checkpoints from rows: one statement for the blobs and one for the writes of however many there are.
struct CheckpointReader {
    private let database: Database
    private let cipher: (any PayloadCipher)?

    init(_ database: Database, _ cipher: (any PayloadCipher)?) {
        self.database = database
        self.cipher = cipher
    }

    func page(of query: CheckpointQuery, behind cursor: CheckpointListing.Cursor?) throws -> CheckpointListing.Page {
        let size = StoreRules.pageSize(of: query)
        guard size > 0 else { return .init(checkpoints: [], next: nil) }
        var conditions: [String] = []
        var arguments: StatementArguments = []
        func require(_ condition: String, _ values: StatementArguments) {
            conditions.append(condition)
            arguments += values
        }
        if let thread = query.thread { require(CheckpointStatements.inThread, [thread.rawValue]) }
        if let namespace = query.namespace { require(CheckpointStatements.inNamespace, [namespace.rawValue]) }
        if let id = query.id { require(CheckpointStatements.withID, [id.rawValue]) }
        if let before = query.before { require(CheckpointStatements.beforeID, [before.rawValue]) }
        if let cursor {
            require(
                CheckpointStatements.behind,
                [cursor.id.rawValue, cursor.thread.rawValue, cursor.namespace.rawValue])
        }
        if !query.metadata.isEmpty {
            require(CheckpointStatements.withMetadata, [JSONValue.object(query.metadata).text])
        }
        var sql = CheckpointStatements.select
        if !conditions.isEmpty { sql += "\nWHERE " + conditions.joined(separator: "\n  AND ") }
        sql += "\n" + CheckpointStatements.newestFirst
        arguments += [size + 1]
        let rows = try database.rows(sql, arguments)
        let page = try stored(Array(rows.prefix(size)), includesValues: query.includesValues)
        return .init(checkpoints: page, next: rows.count > size ? page.last?.checkpoint.reference : nil)
    }

    func stored(_ rows: [Row], includesValues: Bool) throws -> [StoredCheckpoint] {
        var result: [StoredCheckpoint] = []
        for row in rows { result.append(StoredCheckpoint(checkpoint: try checkpoint(row))) }
        guard includesValues else {
            for index in result.indices { result[index].checkpoint.channelValues = [:] }
            return result
        }
        let blobs = try blobs(of: result.map(\.checkpoint))
        let writes = try writes(of: result.map(\.checkpoint.reference))
        for index in result.indices {
            let checkpoint = result[index].checkpoint
            for (channel, version) in checkpoint.channelVersions {
                let key = BlobKey(checkpoint, channel, version.rawValue)
                if let blob = blobs[key] { result[index].checkpoint.channelValues[channel] = blob }
            }
            result[index].pendingWrites = (writes[checkpoint.reference] ?? []).sorted(by: PendingWrite.precedes)
        }
        try moveLegacySends(into: &result)
        return result
    }

    /// One more statement where checkpoints of old formats are among them.
    private func moveLegacySends(into stored: inout [StoredCheckpoint]) throws {
        let parents = stored.map(\.checkpoint).map { checkpoint in
            LegacySends.apply(to: checkpoint)
                ? checkpoint.parent.map {
                    CheckpointReference(thread: checkpoint.thread, namespace: checkpoint.namespace, id: $0)
                } : nil
        }
        guard parents.contains(where: { $0 != nil }) else { return }
        let sends = try writes(of: Array(Set(parents.compactMap(\.self))), channel: LegacySends.channel)
        for (index, parent) in parents.enumerated() {
            guard let parent, let writes = sends[parent] else { continue }
            try LegacySends.move(writes, into: &stored[index].checkpoint)
        }
    }

    /// A checkpoint with its inline values alone.
    func checkpoint(_ row: Row) throws -> Checkpoint {
        let parent: String? = try row.optional("parent_checkpoint_id")
        let thread: String = try row.value("thread_id")
        let namespace: String = try row.value("checkpoint_ns")
        let id: String = try row.value("checkpoint_id")
        let stored = try CheckpointRow(row)
        do throws(StoreError) {
            var checkpoint = try stored.checkpoint(
                thread: ThreadID(thread), namespace: Namespace(namespace),
                parent: parent.map { CheckpointID($0) }, blobs: [])
            checkpoint.id = CheckpointID(id)
            return checkpoint
        } catch {
            throw StoreError(error.code, "Checkpoint \(id) of thread \(thread): \(error.detail)", underlying: error)
        }
    }

    private func blobs(of checkpoints: [Checkpoint]) throws -> [BlobKey: Payload] {
        var wanted: Set<BlobKey> = []
        for checkpoint in checkpoints {
            for (channel, version) in checkpoint.channelVersions {
                wanted.insert(BlobKey(checkpoint, channel, version.rawValue))
            }
        }
        guard !wanted.isEmpty else { return [:] }
        let keys = JSONValue.array(wanted.map(\.json)).text
        var result: [BlobKey: Payload] = [:]
        for row in try database.rows(CheckpointStatements.blobs, [keys]) {
            let bytes: Data = try row.optional("blob") ?? Data()
            result[try BlobKey(row)] = try Payload(type: try row.value("type"), bytes: [UInt8](bytes))
                .opened(with: cipher)
        }
        return result
    }

    /// - `channel`: Of this channel alone; `nil`: of all.
    func writes(
        of references: [CheckpointReference], channel: String? = nil
    ) throws -> [CheckpointReference: [PendingWrite]] {
        guard !references.isEmpty else { return [:] }
        let keys = JSONValue.array(
            references.map { [.string($0.thread.rawValue), .string($0.namespace.rawValue), .string($0.id.rawValue)] })
        var result: [CheckpointReference: [PendingWrite]] = [:]
        let rows =
            try channel.map { try database.rows(CheckpointStatements.writesOfChannel, [keys.text, $0]) }
            ?? database.rows(CheckpointStatements.writes, [keys.text])
        for row in rows {
            let reference = CheckpointReference(
                thread: ThreadID(try row.value("thread_id")), namespace: Namespace(try row.value("checkpoint_ns")),
                id: CheckpointID(try row.value("checkpoint_id")))
            let type: String = try row.optional("type") ?? "null"
            result[reference, default: []].append(
                try PendingWrite(
                    taskID: TaskID(try row.value("task_id")), taskPath: try row.value("task_path"),
                    index: try row.value("idx"), channel: try row.value("channel"),
                    value: Payload(type: type, bytes: try row.bytes("blob")).opened(with: cipher)))
        }
        return result
    }
}

extension CheckpointRow {
    init(_ row: Row) throws {
        self.init(
            document: Array(try row.value("checkpoint", as: String.self).utf8),
            metadata: Array(try row.value("metadata", as: String.self).utf8))
    }
}

/// The primary key of `checkpoint_blobs`.
private struct BlobKey: Hashable {
    let thread: ThreadID
    let namespace: Namespace
    let channel: ExactText
    let version: ExactText

    init(_ checkpoint: Checkpoint, _ channel: String, _ version: String) {
        thread = checkpoint.thread
        namespace = checkpoint.namespace
        self.channel = ExactText(channel)
        self.version = ExactText(version)
    }

    init(_ row: Row) throws {
        thread = ThreadID(try row.value("thread_id"))
        namespace = Namespace(try row.value("checkpoint_ns"))
        channel = ExactText(try row.value("channel"))
        version = ExactText(try row.value("version"))
    }

    var json: JSONValue {
        [.string(thread.rawValue), .string(namespace.rawValue), .string(channel.value), .string(version.value)]
    }
}
