// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: PruningStore {
    /// One transaction a thread, of one snapshot (REPEATABLE READ): what changes in between makes it begin anew.
    @discardableResult
    public func prune(
        _ threads: [ThreadID], strategy: PruneStrategy, reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        var removed = RemovedRows()
        for thread in threads {
            guard let count = strategy.kept else {
                removed += try await remove(thread)
                continue
            }
            removed += try await pruned(thread, reducers: reducers) { (outline, _) throws(StoreError) in
                try PrunePlan(outline, keepingLatest: count, reducible: reducers.keys)
            }
        }
        return removed
    }

    /// Finds the threads by the index of metadata; one transaction a thread.
    @discardableResult
    public func deleteCheckpoints(
        ofRuns runs: [RunID], reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        guard !runs.isEmpty else { return RemovedRows() }
        let ids = Set(runs)
        let rows = try await read(
            PostgresQuery(statements.maintenance.threadsOfRuns, [.texts(ids.map(\.rawValue))]))
        var removed = RemovedRows()
        for row in rows.all {
            let thread: ThreadID
            do throws(PostgresError) { thread = ThreadID(try row.text(0)) } catch { throw StoreError(reading: error) }
            removed += try await pruned(thread, reducers: reducers) { (outline, holder) throws(StoreError) in
                if let holder, ids.contains(holder) {
                    throw StoreError(.conflict, "Run \(holder) holds thread \(thread). End it first.")
                }
                return try PrunePlan(outline, removingRuns: runs, reducible: reducers.keys)
            }
        }
        return removed
    }

    private func remove(_ thread: ThreadID) async throws(StoreError) -> RemovedRows {
        let counts = try await write(
            statements.checkpoints.delete.map { PostgresQuery($0, [.text(thread.rawValue)]) }
        ).map(\.affected)
        // In the order of the statements: record, events, runs, writes, blobs, checkpoints.
        let isKnown = [0, 3, 4, 5].contains { counts[$0] > 0 }
        return RemovedRows(threads: isKnown ? 1 : 0, checkpoints: counts[5], blobs: counts[4], writes: counts[3])
    }

    private func pruned(
        _ thread: ThreadID, reducers: DeltaReducers,
        _ plan: @Sendable (ThreadOutline, RunID?) throws(StoreError) -> PrunePlan
    ) async throws(StoreError) -> RemovedRows {
        try await pruned(thread, reducers: reducers, guarded: nil, isRehearsal: false, plan) ?? RemovedRows()
    }

    /// - `guarded`: Asks whether to do it at all; where it says no, the answer is `nil`.
    func pruned(
        _ thread: ThreadID, reducers: DeltaReducers, guarded: PostgresQuery?, isRehearsal: Bool,
        _ plan: @Sendable (ThreadOutline, RunID?) throws(StoreError) -> PrunePlan
    ) async throws(StoreError) -> RemovedRows? {
        var attempt = 1
        while true {
            do {
                return try await client.withSession { session in
                    let pruner = ThreadPruner(
                        session: session, statements: statements, thread: thread, cipher: cipher, guarded: guarded,
                        isRehearsal: isRehearsal)
                    return try await pruner.prune(reducers: reducers, plan)
                }
            } catch {
                guard (error as? PostgresError)?.sqlState?.hasPrefix("40") == true else {
                    throw StoreError(postgres: error)
                }
                attempt += 1
                guard attempt <= 8 else {
                    throw StoreError(
                        .conflict, "Thread \(thread) changed while it was pruned. Try again.", underlying: error)
                }
            }
        }
    }
}

extension PostgresStore: DeltaHistoryStore {
    /// Two round trips for any number of channels; only ancestors that count are read, however long the thread is.
    public func deltaHistory(
        of channels: [String], upTo checkpoint: CheckpointReference
    ) async throws(StoreError) -> [String: DeltaHistory] {
        guard !channels.isEmpty else { return [:] }
        let reader = DeltaReader(
            statements: statements.maintenance, thread: checkpoint.thread, cipher: cipher)
        do {
            let ancestors = try await call(channels.map { reader.ancestors(of: $0, from: checkpoint) })
            let paths = try ancestors.map { try reader.path($0, from: checkpoint) }
            let queries = zip(channels, paths).map { reader.queries(of: $0, along: $1) }
            var answers = try await call(queries.flatMap(\.self))[...]
            var result: [String: DeltaHistory] = [:]
            for (index, channel) in channels.enumerated() {
                let own = answers.prefix(queries[index].count)
                answers = answers.dropFirst(own.count)
                result[channel] = try reader.history(Array(own), of: channel, along: paths[index])
            }
            return result
        } catch {
            throw StoreError(reading: error)
        }
    }

    private func call(_ queries: [PostgresQuery]) async throws(StoreError) -> [PostgresRows] {
        queries.isEmpty ? [] : try await write(queries)
    }
}

extension PostgresStore: CopyingStore {
    /// One statement: the rows do not leave the server.
    public func copy(_ source: ThreadID, to target: ThreadID, at time: Timestamp) async throws(StoreError) {
        try StoreRules.validateCopy(of: source, to: target)
        let answers = try await write([
            lock(target),
            PostgresQuery(
                statements.maintenance.copy,
                [
                    .text(source.rawValue), .text(target.rawValue), .integer(time.microseconds),
                    .integer(StoreRules.firstEpoch(at: time) - 1),
                ]),
        ])
        let verdict: [Bool]
        do throws(PostgresError) {
            guard let row = answers[1].first else { throw PostgresError(.misuse, "The copy gave no answer.") }
            verdict = [try row.boolean(0), try row.boolean(1), try row.boolean(2)]
        } catch {
            throw StoreError(reading: error)
        }
        if verdict[0] { throw StoreError(.conflict, "Somebody holds thread \(target).") }
        if verdict[1] { throw StoreError(.missing, "Thread \(target) belongs to another owner.") }
        if verdict[2] { throw StoreError(.conflict, "Thread \(target) has checkpoints of its own.") }
    }
}
