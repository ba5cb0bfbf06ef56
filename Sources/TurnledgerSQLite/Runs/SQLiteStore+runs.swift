// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
public import TurnledgerStore

extension SQLiteStore: RunStore {
    public func create(_ new: NewRun) async throws(StoreError) -> RunCreation {
        try StoreRules.validate(new)
        return try await write { database in try database.create(new) }
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? {
        try await read { database in
            try database.row(RunStatements.run, [id.rawValue]).map { try RunRecord($0) }
        }
    }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try await read { database in
            try database.row(RunStatements.runByKey, [thread.rawValue, idempotencyKey]).map { try RunRecord($0) }
        }
    }

    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        try await read { database in
            let rows =
                try thread.map { try database.rows(RunStatements.unfinishedOfThread, [$0.rawValue]) }
                ?? database.rows(RunStatements.unfinished)
            return try rows.map { row in
                let run = try RunRecord(row)
                let lease = try database.row(RunStatements.thread, [run.thread.rawValue])
                    .flatMap { try Lease($0, thread: run.thread) }
                return UnfinishedRun(run: run, lease: lease?.run == run.id ? lease : nil)
            }
        }
    }

    public func finish(
        _ id: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        guard status.isFinished else { throw StoreError(.invalid, "A run cannot end as '\(status.rawValue)'.") }
        try await write { database in
            var (run, thread) = try database.runAndThread(id)
            guard !run.status.isFinished else { return }
            guard thread.lease?.run == id else {
                throw StoreError(.conflict, "Thread \(run.thread): run \(id) does not hold the lease.")
            }
            try CheckpointWriter.check(fence, on: run.thread, namespace: .root, in: database)
            run.status = status
            run.failure = StoreRules.printable(failure)
            run.updatedAt = time
            try database.save(run)
            thread.status = StoreRules.threadStatus(after: status)
            try database.run(
                RunStatements.release, [thread.status.rawValue, time.microseconds, thread.id.rawValue])
        }
    }

    @discardableResult
    public func requestStop(of id: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        try await write { database in
            try database.run(RunStatements.requestStop, [time.microseconds, id.rawValue])
            guard let row = try database.row(RunStatements.run, [id.rawValue]) else {
                throw StoreError(.missing, "Run \(id) does not exist.")
            }
            return try RunRecord(row)
        }
    }

    public func stopRequests() async throws(StoreError) -> [RunID] {
        try await read { database in
            try database.rows(RunStatements.toStop, []).map { RunID(try $0.value("run_id")) }
        }
    }

    public func append(_ events: [RunEventRecord]) async throws(StoreError) {
        guard !events.isEmpty else { return }
        try await write { database in
            for event in events {
                try database.run(
                    RunStatements.insertEvent,
                    [event.run.rawValue, event.attempt, event.number, Data(event.payload)])
            }
        }
    }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try StoreRules.validate(limit: limit)
        return try await read { database in
            try database.rows(RunStatements.events, [run.rawValue, number, limit]).map { row in
                RunEventRecord(
                    run: run, attempt: try row.value("attempt"), number: try row.value("number"),
                    payload: try row.bytes("payload"))
            }
        }
    }
}

extension Database {
    /// - Throws: `.missing` where the run or its thread is gone.
    func runAndThread(_ id: RunID) throws -> (run: RunRecord, thread: ThreadRecord) {
        if let row = try row(RunStatements.run, [id.rawValue]) {
            let run = try RunRecord(row)
            if let row = try self.row(RunStatements.thread, [run.thread.rawValue]) {
                return (run, try ThreadRecord(row))
            }
        }
        throw StoreError(.missing, "Run \(id) does not exist.")
    }

    fileprivate func create(_ new: NewRun) throws -> RunCreation {
        let row = try row(RunStatements.thread, [new.thread.rawValue])
        let existing = try row.map { try ThreadRecord($0) }
        if let existing, ExactText(existing.owner) != ExactText(new.owner) {
            throw StoreError(.missing, "Thread \(new.thread) belongs to another owner.")
        }
        if let run = try run(like: new) {
            guard run.thread == new.thread else {
                throw StoreError(.conflict, "Run \(new.id) exists in another thread.")
            }
            return RunCreation(run: run, lease: nil)
        }
        guard try self.row(RunStatements.hasUnfinished, [new.thread.rawValue]) == nil, existing?.lease == nil else {
            guard new.waits else { throw StoreError(.conflict, "Thread \(new.thread) has an unfinished run.") }
            return RunCreation(run: try wait(new), lease: nil)
        }
        var thread = try existing ?? insertThread(new)
        let lastEpoch: Int64? = try row?.value("epoch")
        let epoch = lastEpoch.map { $0 + 1 } ?? StoreRules.firstEpoch(at: new.createdAt)
        if thread.title == nil { thread.title = StoreRules.printable(new.title) }
        thread.updatedAt = new.createdAt
        try save(thread)
        let lease = Lease(
            thread: new.thread, run: new.id, holder: new.holder, epoch: epoch, beat: 0, duration: new.leaseDuration)
        try acquire(lease)
        let record = RunRecord(
            id: new.id, thread: new.thread, status: .running, input: new.input, idempotencyKey: new.idempotencyKey,
            createdAt: new.createdAt, updatedAt: new.createdAt)
        try insert(record)
        return RunCreation(run: record, lease: lease)
    }

    /// Adds a run that waits for its turn.
    private func wait(_ new: NewRun) throws -> RunRecord {
        let ahead: Int64? = try row(RunStatements.lastUnfinished, [new.thread.rawValue])?.value("created_at")
        let time = StoreRules.creation(at: new.createdAt, behind: ahead.map { Timestamp(microseconds: $0) })
        let record = RunRecord(
            id: new.id, thread: new.thread, status: .pending, attempt: 0, input: new.input,
            idempotencyKey: new.idempotencyKey, createdAt: time, updatedAt: time)
        try insert(record)
        try run(RunStatements.touchThread, [new.createdAt.microseconds, new.thread.rawValue])
        return record
    }

    private func insert(_ record: RunRecord) throws {
        try run(
            RunStatements.insertRun,
            [
                record.id.rawValue, record.thread.rawValue, record.status.rawValue, record.attempt, Data(record.input),
                record.idempotencyKey, record.createdAt.microseconds, record.updatedAt.microseconds,
            ])
    }

    /// The run that has the new one's key in its thread, or else its ID.
    private func run(like new: NewRun) throws -> RunRecord? {
        if let key = new.idempotencyKey, let row = try row(RunStatements.runByKey, [new.thread.rawValue, key]) {
            return try RunRecord(row)
        }
        return try row(RunStatements.run, [new.id.rawValue]).map { try RunRecord($0) }
    }

    private func insertThread(_ new: NewRun) throws -> ThreadRecord {
        let head = try row(CheckpointStatements.head, [new.thread.rawValue, Namespace.root.rawValue])
        let id: String? = try head?.value("checkpoint_id")
        try run(RetentionStatements.removeTombstone, [new.thread.rawValue])
        try run(
            RunStatements.insertThread,
            [
                new.thread.rawValue, new.owner, ThreadRecord.json(new.labels).text, new.createdAt.microseconds,
                new.createdAt.microseconds, id, 0,
            ])
        return ThreadRecord(
            id: new.thread, owner: new.owner, labels: new.labels, createdAt: new.createdAt, updatedAt: new.createdAt,
            head: id.map { CheckpointID($0) })
    }
}
