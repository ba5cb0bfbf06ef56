// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
public import TurnledgerStore

extension SQLiteStore: MirrorableStore {
    public func mirrorRecord() async throws(StoreError) -> MirrorRecord? {
        try await read { database in try database.mirrorRecord() }
    }

    /// A file has one writer at a time: there are never writes under way beside this one.
    public func replaceMirrorRecord(
        _ old: MirrorRecord?, with new: MirrorRecord?
    ) async throws(StoreError) -> Bool {
        try await write { database in
            guard try database.mirrorRecord() == old else { return false }
            if let new {
                try database.run(MirrorStatements.save, [new.standing, new.beat])
            } else {
                try database.run(MirrorStatements.remove)
            }
            return true
        }
    }

    public func mark(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) async throws(StoreError) {
        try await write { database in try database.mark(subjects, token: token, at: time) }
    }

    public func mirrorBacklog(limit: Int) async throws(StoreError) -> MirrorBacklog {
        try StoreRules.validate(limit: limit)
        return try await read { database in
            let marks = try database.rows(MirrorStatements.backlog, [limit]).map { row in
                let text: String = try row.value("subject")
                guard let subject = MirrorMark.Subject(text: text) else {
                    throw StoreError(.undecodable, "A row of turnledger_mirror_marks is no mark.")
                }
                return MirrorMark(
                    subject, token: try row.value("token"), since: Timestamp(microseconds: try row.value("since")))
            }
            return MirrorBacklog(
                marks: marks, count: try database.row(MirrorStatements.count)?.value("count", as: Int.self) ?? 0)
        }
    }

    public func settle(_ marks: [MirrorMark], at time: Timestamp) async throws(StoreError) {
        guard !marks.isEmpty else { return }
        try await write { database in
            for mark in marks {
                try database.run(MirrorStatements.settle, [mark.subject.text, mark.token])
                try database.run(MirrorStatements.postpone, [time.microseconds, mark.subject.text, mark.token])
            }
        }
    }

    public func image(of thread: ThreadID) async throws(StoreError) -> ThreadImage? {
        try await read { database in
            guard let row = try database.row(RunStatements.thread, [thread.rawValue]) else { return nil }
            return ThreadImage(
                thread: try ThreadRecord(row), epoch: try row.value("epoch"),
                runs: try database.rows(MergingStatements.runs, [thread.rawValue]).map { try RunRecord($0) })
        }
    }

    @discardableResult
    public func apply(_ image: ThreadImage, onlyIfAbsent: Bool) async throws(StoreError) -> Bool {
        try await write { database in
            let id = image.thread.id.rawValue
            if onlyIfAbsent, try database.row(RunStatements.thread, [id]) != nil { return false }
            try database.apply(image)
            return true
        }
    }
}

extension Database {
    fileprivate func mirrorRecord() throws -> MirrorRecord? {
        guard let row = try row(MirrorStatements.record) else { return nil }
        guard let record = MirrorRecord(standing: try row.value("standing"), beat: try row.value("beat")) else {
            throw StoreError(.undecodable, "The row of turnledger_mirror is none.")
        }
        return record
    }

    /// Refuses a write that is not for a store of this standing, and notes what it marks.
    func obey(_ mirrorGuard: MirrorGuard) throws {
        guard try mirrorRecord()?.standing == mirrorGuard.standing else { throw MirrorRoleChanged.refusal }
        try mark(mirrorGuard.marks, token: mirrorGuard.token, at: mirrorGuard.time)
    }

    fileprivate func mark(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) throws {
        for subject in subjects { try run(MirrorStatements.mark, [subject.text, token, time.microseconds]) }
    }

    fileprivate func apply(_ image: ThreadImage) throws {
        let (record, id) = (image.thread, image.thread.id.rawValue)
        try run(RetentionStatements.removeTombstone, [id])
        let head = try row(CheckpointStatements.head, [id, Namespace.root.rawValue])
            .map { try $0.value("checkpoint_id", as: String.self) }
        let lease = record.lease
        try run(
            MirrorStatements.saveThread,
            [
                id, StoreRules.printable(record.title), record.owner, ThreadRecord.json(record.labels).text,
                record.status.rawValue, record.createdAt.microseconds, record.updatedAt.microseconds, head, image.epoch,
                lease?.run.rawValue, lease?.holder, lease?.beat, lease?.duration.microseconds,
            ])
        let kept = Set(image.runs.map(\.id))
        for row in try rows(MergingStatements.runs, [id]) {
            let there = try RunRecord(row)
            guard !kept.contains(there.id) else { continue }
            try run(RunStatements.deleteEvents, [there.id.rawValue])
            try run(MirrorStatements.removeRun, [there.id.rawValue])
        }
        for record in image.runs {
            try run(
                MirrorStatements.saveRun,
                [
                    record.id.rawValue, id, record.status.rawValue, record.attempt, Data(record.input),
                    record.idempotencyKey, record.failure, record.createdAt.microseconds,
                    record.updatedAt.microseconds, record.stopRequestedAt?.microseconds,
                ])
        }
    }
}
