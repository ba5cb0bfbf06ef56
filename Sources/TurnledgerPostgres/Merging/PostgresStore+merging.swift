// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: MergingStore {
    /// One transaction of two round trips behind the thread's lock; three where the thread is new.
    public func merge(_ merge: ThreadMerge) async throws(StoreError) {
        try merge.validate()
        let rows = merge.commit.isEmpty ? nil : try CommitRows(merge.commit, cipher: cipher)
        try await retryingStrictly { () async throws(StoreError) in
            do {
                try await client.withSession { session in try await self.merge(merge, rows, in: session) }
            } catch {
                throw StoreError(postgres: error)
            }
        }
    }

    public func runs(of thread: ThreadID) async throws(StoreError) -> [RunRecord] {
        let rows = try await read(PostgresQuery(statements.merging.runs, [.text(thread.rawValue)]))
        do { return try rows.all.map { try RunRecord($0) } } catch { throw StoreError(reading: error) }
    }

    private func merge(_ merge: ThreadMerge, _ rows: CommitRows?, in session: PostgresSession) async throws {
        let thread = merge.thread.id
        let id = PostgresValue.text(thread.rawValue)
        let answers = try await session.execute(
            [
                PostgresQuery(SchemaStatements.begin), lock(thread, epoch: merge.releasing?.epoch),
                PostgresQuery(statements.threads.thread, [id]),
                PostgresQuery(statements.merging.head, [id]),
            ] + (isStrict && merge.releasing == nil ? [PostgresQuery(statements.commits.unguarded)] : []))
        let existing = try answers[2].first.map { try ThreadRecord($0) }
        let newest = answers[3].first?.optionalText(0).map { CheckpointID($0) }
        try merge.check(record: existing, newest: newest)
        if existing == nil { try await make(merge, in: session) }
        _ = try await session.execute(changes(merge, over: existing, rows))
    }

    /// Makes the thread's record. Who makes it at the same time is waited for, and has made it then.
    private func make(_ merge: ThreadMerge, in session: PostgresSession) async throws {
        let thread = merge.thread
        let answers = try await session.execute([
            PostgresQuery(statements.retention.removeTombstone, [.text(thread.id.rawValue)]),
            PostgresQuery(
                statements.threads.adopt,
                [
                    .text(thread.id.rawValue), .text(thread.owner), .utf8(Labels.json(thread.labels)), .null, .null,
                    .integer(thread.createdAt.microseconds), .integer(thread.updatedAt.microseconds),
                    .integer(merge.firstEpoch),
                ]),
        ])
        guard answers[1].affected > 0 else {
            throw StoreError(.conflict, "Thread \(thread.id) was made by somebody else at the same time.")
        }
    }

    private func changes(
        _ merge: ThreadMerge, over existing: ThreadRecord?, _ rows: CommitRows?
    ) -> [PostgresQuery] {
        let id = PostgresValue.text(merge.thread.id.rawValue)
        var queries: [PostgresQuery] = []
        for run in merge.runs {
            let (status, attempt) = (PostgresValue.text(run.status.rawValue), PostgresValue.integer(Int64(run.attempt)))
            let failure = PostgresValue.optional(StoreRules.printable(run.failure))
            queries += [
                PostgresQuery(
                    statements.merging.endRun,
                    [id, .text(run.id.rawValue), status, attempt, failure, .integer(run.updatedAt.microseconds)]),
                PostgresQuery(
                    statements.merging.insertRun,
                    [
                        id, .text(run.id.rawValue), status, attempt, .bytes(run.input), .optional(run.idempotencyKey),
                        failure, .integer(run.createdAt.microseconds), .integer(run.updatedAt.microseconds),
                        run.stopRequestedAt.map { .integer($0.microseconds) } ?? .null,
                    ]),
            ]
        }
        if let rows, !rows.isEmpty {
            queries.append(PostgresQuery(statements.commits.store(rows.shape(.none)), [id] + rows.values))
        }
        let record = merge.record(over: existing)
        let title = StoreRules.printable(record.title)
        let lease = record.lease
        queries.append(
            PostgresQuery(
                statements.merging.record,
                [
                    id, .optional(title), .optional(title.map(Titles.folded)), .text(record.status.rawValue),
                    .integer(record.updatedAt.microseconds), lease.map { .integer($0.epoch) } ?? .null,
                    .optional(lease?.run.rawValue), .optional(lease?.holder),
                    lease.map { .integer($0.beat) } ?? .null,
                    lease.map { .integer($0.duration.microseconds) } ?? .null,
                ]))
        queries.append(PostgresQuery(SchemaStatements.commit))
        return queries
    }
}

extension PostgresStore: RecordMovingStore {}
