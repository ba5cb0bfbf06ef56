// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
public import TurnledgerStore

extension SQLiteStore: PruningStore {
    /// One transaction a thread, with the write lock from its start: nothing can change in between.
    @discardableResult
    public func prune(
        _ threads: [ThreadID], strategy: PruneStrategy, reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        var removed = RemovedRows()
        for thread in threads {
            removed += try await write { [cipher] database in
                let pruner = ThreadPruner(database, thread, cipher)
                guard let count = strategy.kept else { return try pruner.deleteThread() }
                let plan = try PrunePlan(pruner.outline(), keepingLatest: count, reducible: reducers.keys)
                return try pruner.carryOut(plan, reducers: reducers)
            }
        }
        return removed
    }

    /// Finds the threads by reading all metadata; one transaction a thread.
    @discardableResult
    public func deleteCheckpoints(
        ofRuns runs: [RunID], reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        guard !runs.isEmpty else { return RemovedRows() }
        let ids = JSONValue.array(runs.map { .string($0.rawValue) }).text
        let threads = try await read { database in
            try database.rows(MaintenanceStatements.threadsOfRuns, [ids]).map { row in
                ThreadID(try row.value("thread_id"))
            }
        }
        var removed = RemovedRows()
        for thread in threads {
            removed += try await write { [cipher] database in
                let record = try database.row(RunStatements.thread, [thread.rawValue]).map { try ThreadRecord($0) }
                try StoreRules.refuse(record?.lease, of: Set(runs))
                let pruner = ThreadPruner(database, thread, cipher)
                let plan = try PrunePlan(pruner.outline(), removingRuns: runs, reducible: reducers.keys)
                return try pruner.carryOut(plan, reducers: reducers)
            }
        }
        return removed
    }
}

extension SQLiteStore: DeltaHistoryStore {
    /// Three statements a channel in one snapshot.
    public func deltaHistory(
        of channels: [String], upTo checkpoint: CheckpointReference
    ) async throws(StoreError) -> [String: DeltaHistory] {
        try await read { [cipher] database in
            let reader = DeltaReader(database, checkpoint.thread, cipher)
            var result: [String: DeltaHistory] = [:]
            for channel in channels {
                result[channel] = try reader.history(
                    of: channel, along: reader.path(of: channel, from: checkpoint))
            }
            return result
        }
    }
}

extension SQLiteStore: CopyingStore {
    /// One transaction; the rows stay within SQLite.
    public func copy(_ source: ThreadID, to target: ThreadID, at time: Timestamp) async throws(StoreError) {
        try StoreRules.validateCopy(of: source, to: target)
        try await write { database in
            let sourceRow = try database.row(RunStatements.thread, [source.rawValue])
            let targetRow = try database.row(RunStatements.thread, [target.rawValue])
            let record = try sourceRow.map { try ThreadRecord($0) }
            if let targetRow { try StoreRules.validateCopy(of: record, onto: ThreadRecord(targetRow)) }
            let ids: StatementArguments = [source.rawValue, target.rawValue]
            guard try database.row(MaintenanceStatements.foreignCheckpoint, ids) == nil else {
                throw StoreError(.conflict, "Thread \(target) has checkpoints of its own.")
            }
            for statement in MaintenanceStatements.copy { try database.run(statement, ids) }
            try database.run(RetentionStatements.removeTombstone, [target.rawValue])
            let hasRows = try database.row(MaintenanceStatements.isKnown, [target.rawValue])
            if targetRow == nil, let record, try hasRows?.value("known") ?? false {
                let copy = StoreRules.copy(of: record, to: target, at: time, head: nil)
                try database.run(
                    RunStatements.insertThread,
                    [
                        target.rawValue, copy.owner, ThreadRecord.json(copy.labels).text, time.microseconds,
                        time.microseconds, nil, StoreRules.firstEpoch(at: time) - 1,
                    ])
                try database.save(copy)
            }
            try database.run(MaintenanceStatements.resetHead, [target.rawValue])
        }
    }
}
