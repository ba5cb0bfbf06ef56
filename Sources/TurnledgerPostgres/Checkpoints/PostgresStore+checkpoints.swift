// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: CheckpointStore {
    /// One statement: checkpoint, blobs and writes come together.
    public func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        let rows = try await read(latest(in: thread, namespace: namespace))
        return try CheckpointReader.stored(rows, cipher: cipher).first
    }

    func latest(in thread: ThreadID, namespace: Namespace) -> PostgresQuery {
        PostgresQuery(statements.checkpoints.latest, [.text(thread.rawValue), .text(namespace.rawValue)])
    }

    /// One statement: checkpoint, blobs and writes come together.
    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        let rows = try await read(
            PostgresQuery(
                statements.checkpoints.one,
                [
                    .text(reference.thread.rawValue), .text(reference.namespace.rawValue),
                    .text(reference.id.rawValue),
                ]))
        return try CheckpointReader.stored(rows, cipher: cipher).first
    }

    /// One statement a page; a value that several of its checkpoints share is fetched once.
    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        try StoreRules.validate(query)
        let size = StoreRules.pageSize(of: query)
        return CheckpointListing(limit: query.limit) { [self] (cursor) async throws(StoreError) in
            guard size > 0 else { return .init(checkpoints: [], next: nil) }
            let rows = try await read(
                statements.checkpoints.page(of: query, behind: cursor, size: size), isCancellable: true)
            return try CheckpointReader.page(
                rows, size: size, includesValues: query.includesValues, cipher: cipher)
        }
    }

    /// One round trip, as `commit`.
    public func put(
        _ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?
    ) async throws(StoreError) {
        try await commit(Commit(checkpoints: [.init(checkpoint, newVersions: newVersions)]), fence: fence)
    }

    /// One round trip, as `commit`.
    public func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await commit(Commit(writes: [writes]), fence: fence)
    }

    /// One round trip and one transaction: under a fence a statement that waits for the thread and one that checks and
    /// writes, without one the latter alone. A refusal is an answer, not an error, so that saves can share a commit.
    public func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        guard !commit.isEmpty else { return }
        try StoreRules.validate(commit)
        let rows = try CommitRows(commit, cipher: cipher)
        if rows.isEmpty && fence == nil { return }
        try await retryingStrictly { () async throws(StoreError) in
            try await self.commit(rows, of: commit, fence: fence)
        }
    }

    private func commit(_ rows: CommitRows, of commit: Commit, fence: Fence?) async throws(StoreError) {
        let answers = try await write(queries(storing: rows, of: commit, fence: fence), isShareable: true)
        let verdict = try FenceVerdict(answers.last)
        guard let fence else {
            guard verdict.holdsLease else { throw StoreRules.deleted(rows.thread) }
            return
        }
        try verdict.require(fence, on: rows.thread)
    }

    /// What a commit sends.
    func queries(storing rows: CommitRows, of commit: Commit, fence: Fence?) -> [PostgresQuery] {
        let thread = PostgresValue.text(rows.thread.rawValue)
        var queries: [PostgresQuery] = []
        var check = CommitShape.FenceCheck.none
        var values = [thread]
        if let fence {
            queries.append(lock(rows.thread, epoch: fence.epoch))
            check = .epoch
            values.append(.integer(fence.epoch))
            if case .exactly(let head) = fence.head {
                let namespace = StoreRules.fencedNamespace(of: commit)
                let written = commit.checkpoints.last { $0.checkpoint.namespace == namespace }?.checkpoint.id
                check = .epochAndHead
                values += [.text(namespace.rawValue), Self.heads(head, writing: written)]
            }
        } else if isStrict {
            queries.append(PostgresQuery(statements.commits.unguarded))
        }
        queries.append(PostgresQuery(statements.commits.store(rows.shape(check)), values + rows.values))
        return queries
    }

    /// The heads that a fence accepts, see `StoreRules.accepts`: the one expected (`''`: none at all), and the commit's
    /// own, which a repeat finds.
    static func heads(_ expected: CheckpointID?, writing: CheckpointID?) -> PostgresValue {
        .texts([expected?.rawValue ?? ""] + (writing.map { [$0.rawValue] } ?? []))
    }

    /// Eight statements in one transaction.
    public func delete(_ thread: ThreadID) async throws(StoreError) {
        _ = try await write(
            statements.checkpoints.delete.map { PostgresQuery($0, [.text(thread.rawValue)]) })
    }
}

/// What a statement answered that checked a fence: columns 0 and 1.
struct FenceVerdict {
    let holdsLease: Bool
    let isHead: Bool

    init(_ rows: PostgresRows?, column: Int = 0) throws(StoreError) {
        do throws(PostgresError) {
            holdsLease = try rows?.first?.boolean(column) ?? false
            isHead = try rows?.first?.boolean(column + 1) ?? false
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// - Throws: `.conflict` where the fence did not hold; then nothing was written.
    func require(_ fence: Fence, on thread: ThreadID) throws(StoreError) {
        guard holdsLease else {
            throw StoreError(.conflict, "Thread \(thread): epoch \(fence.epoch) does not hold the lease.")
        }
        guard isHead else { throw StoreError(.conflict, "Thread \(thread): the head has moved.") }
    }
}
