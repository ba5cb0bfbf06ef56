// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
internal import TurnledgerStore

/// Does what a plan says, within a transaction that the caller has begun.
struct ThreadPruner {
    private let database: Database
    private let thread: ThreadID
    private let cipher: (any PayloadCipher)?

    init(_ database: Database, _ thread: ThreadID, _ cipher: (any PayloadCipher)?) {
        self.database = database
        self.thread = thread
        self.cipher = cipher
    }

    func outline() throws -> ThreadOutline {
        let reader = CheckpointReader(database, cipher)
        let rows = try database.rows(MaintenanceStatements.checkpoints, [thread.rawValue]).map { row in
            ThreadOutline.Row(try reader.checkpoint(row))
        }
        var blobs: Set<ThreadOutline.BlobKey> = []
        for row in try database.rows(MaintenanceStatements.blobKeys, [thread.rawValue]) {
            blobs.insert(
                .init(
                    namespace: Namespace(try row.value("checkpoint_ns")), channel: try row.value("channel"),
                    version: try row.value("version")))
        }
        var outline = ThreadOutline(rows: rows, blobs: blobs)
        guard outline.hasLegacyRows else { return outline }
        for row in try database.rows(MaintenanceStatements.placesWithSends, [thread.rawValue]) {
            outline.placesWithSends.insert(
                .init(
                    namespace: Namespace(try row.value("checkpoint_ns")),
                    id: CheckpointID(try row.value("checkpoint_id"))))
        }
        return outline
    }

    func deleteThread() throws -> RemovedRows {
        guard try database.row(MaintenanceStatements.isKnown, [thread.rawValue])?.value("known") ?? false else {
            return RemovedRows()
        }
        for statement in [
            MaintenanceStatements.deleteRunsEvents, MaintenanceStatements.deleteRuns,
            MaintenanceStatements.deleteJournal, MaintenanceStatements.deleteRetention,
            MaintenanceStatements.deleteRecord,
        ] { try database.run(statement, [thread.rawValue]) }
        return RemovedRows(
            threads: 1, checkpoints: try count(MaintenanceStatements.deleteCheckpoints, [thread.rawValue]),
            blobs: try count(MaintenanceStatements.deleteBlobs, [thread.rawValue]),
            writes: try count(MaintenanceStatements.deleteWrites, [thread.rawValue]))
    }

    func carryOut(_ plan: PrunePlan, reducers: DeltaReducers) throws -> RemovedRows {
        for snapshot in plan.snapshots {
            if let reducer = reducers[snapshot.channel] { try store(snapshot, reducer) }
        }
        var removed = RemovedRows()
        for namespace in plan.namespaces {
            let arguments: StatementArguments = [thread.rawValue, namespace.rawValue]
            removed.writes += try count(MaintenanceStatements.deleteWritesOfNamespace, arguments)
            removed.blobs += try count(MaintenanceStatements.deleteBlobsOfNamespace, arguments)
            removed.checkpoints += try count(MaintenanceStatements.deleteNamespace, arguments)
        }
        for place in plan.checkpoints {
            removed.writes += try count(MaintenanceStatements.deleteWritesOfCheckpoint, arguments(place))
            removed.checkpoints += try count(MaintenanceStatements.deleteCheckpoint, arguments(place))
        }
        for key in plan.blobs {
            removed.blobs += try count(
                MaintenanceStatements.deleteBlob,
                [thread.rawValue, key.namespace.rawValue, key.channel.value, key.version.value])
        }
        for place in plan.firsts { try database.run(MaintenanceStatements.forgetParent, arguments(place)) }
        try database.run(MaintenanceStatements.resetHead, [thread.rawValue])
        let isKnown = try database.row(MaintenanceStatements.isKnown, [thread.rawValue])?.value("known") ?? true
        if removed.checkpoints > 0, !isKnown { removed.threads = 1 }
        return removed
    }

    /// Makes a delta channel's value and puts it beside its checkpoint.
    private func store(_ snapshot: PrunePlan.Snapshot, _ reducer: DeltaReducer) throws {
        let reader = DeltaReader(database, thread, cipher)
        let value = try reader.history(of: snapshot.channel, along: snapshot.path).value(reducer)
        let payload = try Payload(.ext(LangGraphExt.deltaSnapshot(value))).sealed(with: cipher)
        try database.run(
            MaintenanceStatements.putSnapshot,
            [
                thread.rawValue, snapshot.place.namespace.rawValue, snapshot.channel, snapshot.version, payload.type,
                Data(payload.bytes),
            ])
        guard let row = try database.row(CheckpointStatements.one, arguments(snapshot.place)) else { return }
        let marked = try CheckpointRow(row).marked(withSnapshotOf: snapshot.channel)
        try database.run(
            MaintenanceStatements.replaceDocument,
            [String(decoding: marked.document, as: UTF8.self), String(decoding: marked.metadata, as: UTF8.self)]
                + arguments(snapshot.place))
    }

    private func arguments(_ place: ThreadOutline.Place) -> StatementArguments {
        [thread.rawValue, place.namespace.rawValue, place.id.rawValue]
    }

    private func count(_ statement: String, _ arguments: StatementArguments) throws -> Int {
        try database.run(statement, arguments)
        return database.changesCount
    }
}

/// Reads what a delta channel's value is made of.
struct DeltaReader {
    private let database: Database
    private let thread: ThreadID
    private let cipher: (any PayloadCipher)?

    init(_ database: Database, _ thread: ThreadID, _ cipher: (any PayloadCipher)?) {
        self.database = database
        self.thread = thread
        self.cipher = cipher
    }

    /// Reads only the ancestors that count, however long the thread is.
    func path(of channel: String, from checkpoint: CheckpointReference) throws -> ThreadOutline.DeltaPath {
        var ancestors: [CheckpointID: (parent: CheckpointID?, isStored: Bool)] = [:]
        let rows = try database.rows(
            MaintenanceStatements.ancestors,
            [thread.rawValue, checkpoint.namespace.rawValue, checkpoint.id.rawValue, channel])
        for row in rows {
            let id = CheckpointID(try row.value("checkpoint_id"))
            let parent: String? = try row.optional("parent_checkpoint_id")
            ancestors[id] = (parent.map { CheckpointID($0) }, try row.value("is_stored"))
        }
        var path = ThreadOutline.DeltaPath()
        var next = ancestors.removeValue(forKey: checkpoint.id)?.parent
        while let id = next, let ancestor = ancestors.removeValue(forKey: id) {
            path.places.append(.init(namespace: checkpoint.namespace, id: id))
            path.hasSeed = ancestor.isStored
            next = ancestor.isStored ? nil : ancestor.parent
        }
        path.places.reverse()
        return path
    }

    func history(of channel: String, along path: ThreadOutline.DeltaPath) throws -> DeltaHistory {
        var history = DeltaHistory()
        if path.hasSeed, let first = path.places.first { history.seed = try value(of: channel, at: first) }
        let references = path.places.map { CheckpointReference(thread: thread, namespace: $0.namespace, id: $0.id) }
        let writes = try CheckpointReader(database, cipher).writes(of: references, channel: channel)
        for reference in references {
            history.writes += (writes[reference] ?? []).sorted(by: PendingWrite.precedes)
        }
        return history
    }

    private func value(of channel: String, at place: ThreadOutline.Place) throws -> Payload? {
        let arguments: StatementArguments = [thread.rawValue, place.namespace.rawValue, place.id.rawValue]
        guard let row = try database.row(CheckpointStatements.one, arguments) else { return nil }
        let checkpoint = try CheckpointReader(database, cipher).checkpoint(row)
        if let version = checkpoint.channelVersions[channel]?.rawValue,
            let blob = try database.row(
                MaintenanceStatements.blob, [thread.rawValue, place.namespace.rawValue, channel, version])
        {
            let bytes: Data = try blob.optional("blob") ?? Data()
            return try Payload(type: try blob.value("type"), bytes: [UInt8](bytes)).opened(with: cipher)
        }
        return checkpoint.channelValues[channel]
    }
}
