// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
public import TurnledgerStore

extension SQLiteStore: CheckpointStore {
    /// Three statements in one snapshot.
    public func latest(
        in thread: ThreadID, namespace: Namespace
    ) async throws(StoreError) -> StoredCheckpoint? {
        try await read { [cipher] database in
            let row = try database.row(CheckpointStatements.latest, [thread.rawValue, namespace.rawValue])
            return try CheckpointReader(database, cipher).stored(row.map { [$0] } ?? [], includesValues: true).first
        }
    }

    /// Three statements in one snapshot.
    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await read { [cipher] database in
            let row = try database.row(
                CheckpointStatements.one,
                [reference.thread.rawValue, reference.namespace.rawValue, reference.id.rawValue])
            return try CheckpointReader(database, cipher).stored(row.map { [$0] } ?? [], includesValues: true).first
        }
    }

    /// Three statements a page; one where values are not asked for.
    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        try StoreRules.validate(query)
        return CheckpointListing(limit: query.limit) { [self] (cursor) async throws(StoreError) in
            try await read { [cipher] database in try CheckpointReader(database, cipher).page(of: query, behind: cursor)
            }
        }
    }

    public func put(
        _ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?
    ) async throws(StoreError) {
        try await commit(Commit(checkpoints: [.init(checkpoint, newVersions: newVersions)]), fence: fence)
    }

    public func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await commit(Commit(writes: [writes]), fence: fence)
    }

    public func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        guard !commit.isEmpty else { return }
        try StoreRules.validate(commit)
        var rows: [CheckpointRow] = []
        for new in commit.checkpoints {
            rows.append(try CheckpointRow(new.checkpoint, newVersions: new.newVersions, cipher: cipher))
        }
        var sealed = commit
        for index in commit.writes.indices { sealed.writes[index] = try commit.writes[index].sealed(with: cipher) }
        let writer = CheckpointWriter(commit: sealed, rows: rows)
        try await write { database in
            if let fence { try writer.check(fence, in: database) } else { try database.refuseDeleted(writer.thread) }
            try writer.write(to: database)
        }
    }

    public func delete(_ thread: ThreadID) async throws(StoreError) {
        try await write { database in
            for statement in CheckpointStatements.delete { try database.run(statement, [thread.rawValue]) }
        }
    }
}

/// Stores one commit within a transaction that the caller has begun.
struct CheckpointWriter: Sendable {
    let commit: Commit
    /// The commit's checkpoints, laid out.
    let rows: [CheckpointRow]

    var thread: ThreadID { commit.checkpoints.first?.checkpoint.thread ?? commit.writes[0].checkpoint.thread }

    func check(_ fence: Fence, in database: Database) throws {
        let namespace = StoreRules.fencedNamespace(of: commit)
        let written = commit.checkpoints.last { $0.checkpoint.namespace == namespace }?.checkpoint.id
        try Self.check(fence, on: thread, namespace: namespace, writing: written, in: database)
    }

    func write(to database: Database) throws {
        for writes in commit.writes { try write(writes, to: database) }
        for (new, row) in zip(commit.checkpoints, rows) { try write(new.checkpoint, row, to: database) }
        let roots = commit.checkpoints.map(\.checkpoint).filter { $0.namespace == .root }
        if let head = roots.max(by: { $0.id < $1.id }) {
            try database.run(CheckpointStatements.raiseHead, [head.thread.rawValue, head.id.rawValue])
        }
    }

    /// - Throws: `.conflict` where the epoch does not hold the thread's lease, or the head is another.
    static func check(
        _ fence: Fence, on thread: ThreadID, namespace: Namespace, writing: CheckpointID? = nil, in database: Database
    ) throws {
        let held = try database.row(RunStatements.heldEpoch, [thread.rawValue])
        guard try held?.value("epoch", as: Int64.self) == fence.epoch else {
            throw StoreError(.conflict, "Thread \(thread): epoch \(fence.epoch) does not hold the lease.")
        }
        guard case .exactly = fence.head else { return }
        let head = try database.row(CheckpointStatements.head, [thread.rawValue, namespace.rawValue])
        let id = try head?.value("checkpoint_id", as: String.self)
        guard StoreRules.accepts(id.map { CheckpointID($0) }, expected: fence.head, writing: writing) else {
            throw StoreError(.conflict, "Thread \(thread): the head has moved.")
        }
    }

    private func write(_ task: TaskWrites, to database: Database) throws {
        let statement =
            task.replacesOnRepeat ? CheckpointStatements.replacingStored : CheckpointStatements.keepingStored
        let place = task.checkpoint
        for write in task.indexed {
            try database.run(
                statement,
                [
                    place.thread.rawValue, place.namespace.rawValue, place.id.rawValue, write.taskID.rawValue,
                    write.taskPath, write.index, write.channel, write.value.type, Data(write.value.bytes),
                ])
        }
    }

    private func write(_ checkpoint: Checkpoint, _ row: CheckpointRow, to database: Database) throws {
        let (thread, namespace) = (checkpoint.thread.rawValue, checkpoint.namespace.rawValue)
        for blob in row.blobs {
            try database.run(
                CheckpointStatements.insertBlob,
                [thread, namespace, blob.channel, blob.version, blob.type, Data(blob.bytes)])
        }
        try database.run(
            CheckpointStatements.upsert,
            [
                thread, namespace, checkpoint.id.rawValue, checkpoint.parent?.rawValue,
                String(decoding: row.document, as: UTF8.self), String(decoding: row.metadata, as: UTF8.self),
            ])
    }
}
