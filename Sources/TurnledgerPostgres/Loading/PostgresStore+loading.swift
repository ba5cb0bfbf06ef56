// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: BulkLoadingStore {
    /// Two round trips, and one with `COPY` for each table that gets rows.
    public func load(_ commits: [Commit]) async throws(StoreError) -> Set<ThreadID> {
        var rows: [ThreadID: CommitRows] = [:]
        for commit in commits where !commit.isEmpty {
            // What is wrong with a thread is told when it is stored alone.
            guard (try? StoreRules.validateAllButCheckpoints(commit)) != nil,
                let laid = try? CommitRows(commit, cipher: cipher)
            else { continue }
            rows[laid.thread] = laid
        }
        guard !rows.isEmpty else { return [] }
        do {
            return try await client.withSession { [rows] session in try await load(rows, in: session) }
        } catch let error as PostgresError where Self.isOfRows(error) {
            return []
        } catch {
            throw StoreError(postgres: error)
        }
    }

    private func load(_ rows: [ThreadID: CommitRows], in session: PostgresSession) async throws -> Set<ThreadID> {
        let names = rows.keys.map(\.rawValue).sorted()
        var queries = [PostgresQuery(SchemaStatements.begin)]
        if isStrict { queries.append(PostgresQuery(statements.commits.unguarded)) }
        queries.append(PostgresQuery(statements.loading.absent, [.texts(names)]))
        let absent = try await session.execute(queries)[queries.count - 1].all.map { ThreadID(try $0.text(0)) }
        var (blobs, checkpoints, writes) = (CopyBuffer(), CopyBuffer(), CopyBuffer())
        // The rows' keys come on top.
        blobs.reserve(absent.reduce(0) { $0 + (rows[$1]?.blobs.reduce(0) { $0 + $1.row.bytes.count + 160 } ?? 0) })
        checkpoints.reserve(
            absent.reduce(0) {
                $0 + (rows[$1]?.checkpoints.reduce(0) { $0 + $1.row.document.count + $1.row.metadata.count + 200 } ?? 0)
            })
        for thread in absent { rows[thread]?.append(to: &blobs, &checkpoints, &writes) }
        if blobs.count > 0 { _ = try await session.copy(statements.loading.blobs, blobs.finish()) }
        if checkpoints.count > 0 { _ = try await session.copy(statements.loading.checkpoints, checkpoints.finish()) }
        if writes.count > 0 { _ = try await session.copy(statements.loading.writes, writes.finish()) }
        _ = try await session.execute(PostgresQuery(SchemaStatements.commit))
        return Set(absent)
    }

    /// Whether an error is about the rows: one that came meanwhile (class 23), or that the tables cannot hold (class 22).
    private static func isOfRows(_ error: PostgresError) -> Bool {
        guard let state = error.sqlState else { return false }
        return state.hasPrefix("22") || state.hasPrefix("23")
    }
}

extension CommitRows {
    private struct BlobKey: Hashable {
        var namespace: String
        var channel: String
        var version: String
    }

    /// Adds the rows, each key once.
    fileprivate func append(to blobs: inout CopyBuffer, _ checkpoints: inout CopyBuffer, _ writes: inout CopyBuffer) {
        let id = thread.rawValue
        var seen: Set<BlobKey> = []
        for blob in self.blobs {
            let key = BlobKey(namespace: blob.namespace, channel: blob.row.channel, version: blob.row.version)
            guard seen.insert(key).inserted else { continue }
            blobs.beginRow(columns: 6)
            for text in [id, blob.namespace, blob.row.channel, blob.row.version, blob.row.type] { blobs.add(text) }
            blobs.add(blob.row.bytes)
        }
        for new in self.checkpoints {
            checkpoints.beginRow(columns: 6)
            for text in [id, new.checkpoint.namespace.rawValue, new.checkpoint.id.rawValue] { checkpoints.add(text) }
            checkpoints.add(optional: new.checkpoint.parent.flatMap { $0.rawValue.isEmpty ? nil : $0.rawValue })
            checkpoints.add(json: new.row.document)
            checkpoints.add(json: new.row.metadata)
        }
        for new in self.writes {
            let write = new.write
            writes.beginRow(columns: 9)
            for text in [
                id, new.place.namespace.rawValue, new.place.id.rawValue, write.taskID.rawValue, write.taskPath,
                write.channel, write.value.type,
            ] { writes.add(text) }
            writes.add(Int32(truncatingIfNeeded: write.index))
            writes.add(write.value.bytes)
        }
    }
}
