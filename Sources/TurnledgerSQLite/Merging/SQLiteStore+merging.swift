// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
public import TurnledgerStore

extension SQLiteStore: MergingStore {
    public func merge(_ merge: ThreadMerge) async throws(StoreError) {
        try merge.validate()
        var rows: [CheckpointRow] = []
        for new in merge.commit.checkpoints {
            rows.append(try CheckpointRow(new.checkpoint, newVersions: new.newVersions, cipher: cipher))
        }
        var sealed = merge.commit
        for index in sealed.writes.indices { sealed.writes[index] = try sealed.writes[index].sealed(with: cipher) }
        let writer = CheckpointWriter(commit: sealed, rows: rows)
        try await write { database in try database.merge(merge, writer) }
    }

    public func runs(of thread: ThreadID) async throws(StoreError) -> [RunRecord] {
        try await read { database in
            try database.rows(MergingStatements.runs, [thread.rawValue]).map { try RunRecord($0) }
        }
    }
}

extension SQLiteStore: RecordMovingStore {}

extension SQLiteStore: SpoolJournal {
    public func spooledThreads() async throws(StoreError) -> [SpooledThread] {
        try await read { database in
            try database.rows(MergingStatements.spooled).map { row in
                let entry = try JSONValue.parse(Array(try row.value("entry", as: String.self).utf8))
                return SpooledThread(
                    thread: ThreadID(try row.value("thread_id")),
                    spooledAt: Timestamp(microseconds: try row.value("spooled_at")), json: entry.object ?? [:])
            }
        }
    }

    public func note(_ thread: SpooledThread) async throws(StoreError) {
        try await write { database in
            try database.run(
                MergingStatements.note,
                [thread.thread.rawValue, thread.spooledAt.microseconds, JSONValue.object(thread.json).text])
        }
    }

    public func forgetSpooled(_ thread: ThreadID) async throws(StoreError) {
        try await write { database in try database.run(MergingStatements.forget, [thread.rawValue]) }
    }
}

extension Database {
    fileprivate func merge(_ merge: ThreadMerge, _ writer: CheckpointWriter) throws {
        let id = merge.thread.id.rawValue
        let existing = try row(RunStatements.thread, [id]).map { try ThreadRecord($0) }
        let newest = try row(CheckpointStatements.head, [id, Namespace.root.rawValue])
            .map { CheckpointID(try $0.value("checkpoint_id", as: String.self)) }
        try merge.check(record: existing, newest: newest)
        var record = merge.record(over: existing)
        record.title = StoreRules.printable(record.title)
        if existing == nil {
            try run(RetentionStatements.removeTombstone, [id])
            try run(
                RunStatements.insertThread,
                [
                    id, record.owner, ThreadRecord.json(record.labels).text, record.createdAt.microseconds,
                    record.updatedAt.microseconds, newest?.rawValue, merge.firstEpoch,
                ])
            if let lease = record.lease { try acquire(lease) }
        } else {
            try run(RunStatements.release, [record.status.rawValue, record.updatedAt.microseconds, id])
        }
        try save(record)
        for run in merge.runs { try take(run) }
        try writer.write(to: self)
    }

    private func take(_ run: RunRecord) throws {
        if let row = try row(RunStatements.run, [run.id.rawValue]) {
            var known = try RunRecord(row)
            guard known.thread == run.thread else {
                throw StoreError(.conflict, "Run \(run.id) exists in another thread.")
            }
            guard !known.status.isFinished else { return }
            (known.status, known.attempt, known.failure) = (run.status, run.attempt, run.failure)
            known.updatedAt = run.updatedAt
            try save(known)
            return
        }
        try self.run(
            MergingStatements.insertRun,
            [
                run.id.rawValue, run.thread.rawValue, run.status.rawValue, run.attempt, Data(run.input),
                run.idempotencyKey, run.failure, run.createdAt.microseconds, run.updatedAt.microseconds,
                run.stopRequestedAt?.microseconds,
            ])
    }
}

/// The statements of merges and of the spool's own table.
enum MergingStatements {
    static let runs = """
        \(RunStatements.selectRuns)
        WHERE thread_id = ?
        ORDER BY created_at, run_id
        """

    static let insertRun = """
        INSERT INTO turnledger_runs
            (run_id, thread_id, status, attempt, input, idempotency_key, failure, created_at, updated_at,
             stop_requested_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """

    static let spooled = """
        SELECT thread_id, spooled_at, entry
        FROM turnledger_spool
        ORDER BY spooled_at, thread_id
        """

    static let note = """
        INSERT INTO turnledger_spool (thread_id, spooled_at, entry)
        VALUES (?, ?, ?)
        ON CONFLICT (thread_id) DO UPDATE SET spooled_at = excluded.spooled_at, entry = excluded.entry
        """

    static let forget = """
        DELETE FROM turnledger_spool
        WHERE thread_id = ?
        """
}
