// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: MirrorableStore {
    public func mirrorRecord() async throws(StoreError) -> MirrorRecord? {
        let rows = try await read(PostgresQuery(statements.mirror.record))
        guard let row = rows.first else { return nil }
        do throws(PostgresError) {
            guard let record = MirrorRecord(standing: try row.text(0), beat: try row.integer(1)) else {
                throw PostgresError(.misuse, "The row of \(statements.tables.mirror) is none.")
            }
            return record
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// A beat is one statement; another standing waits for the writes under way, and holds up those that come.
    public func replaceMirrorRecord(
        _ old: MirrorRecord?, with new: MirrorRecord?
    ) async throws(StoreError) -> Bool {
        func values(_ record: MirrorRecord) -> [PostgresValue] { [.text(record.standing), .integer(record.beat)] }
        let change: PostgresQuery
        switch (old, new) {
        case (nil, nil): return try await mirrorRecord() == nil
        case (nil, let new?): change = PostgresQuery(statements.mirror.insert, values(new))
        case (let old?, nil): change = PostgresQuery(statements.mirror.delete, values(old))
        case (let old?, let new?): change = PostgresQuery(statements.mirror.update, values(old) + values(new))
        }
        if old?.standing == new?.standing { return try await write([change])[0].affected > 0 }
        do {
            return try await client.withSession { session in
                let answers = try await session.execute([
                    PostgresQuery(SchemaStatements.begin), PostgresQuery(statements.mirror.lock), change,
                    PostgresQuery(SchemaStatements.commit),
                ])
                return answers[2].affected > 0
            }
        } catch {
            throw StoreError(postgres: error)
        }
    }

    public func mark(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) async throws(StoreError) {
        guard !subjects.isEmpty else { return }
        try await write([marking(subjects, token: token, at: time)])
    }

    private func marking(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) -> PostgresQuery {
        PostgresQuery(
            statements.mirror.mark,
            [.texts(Set(subjects.map(\.text)).sorted()), .integer(token), .integer(time.microseconds)])
    }

    /// What goes before a write of the Swift task that has a guard.
    var guardQueries: [PostgresQuery] {
        guard let mirrorGuard = MirrorGuard.current else { return [] }
        let check = PostgresQuery(statements.mirror.require, [.text(mirrorGuard.standing)])
        guard !mirrorGuard.marks.isEmpty else { return [check] }
        return [check, marking(mirrorGuard.marks, token: mirrorGuard.token, at: mirrorGuard.time)]
    }

    public func mirrorBacklog(limit: Int) async throws(StoreError) -> MirrorBacklog {
        try StoreRules.validate(limit: limit)
        let answers = try await write([
            PostgresQuery(statements.mirror.backlog, [.integer(Int64(limit))]), PostgresQuery(statements.mirror.count),
        ])
        do {
            let marks = try answers[0].all.map { row in
                guard let subject = MirrorMark.Subject(text: try row.text(0)) else {
                    throw StoreError(.undecodable, "A row of \(statements.tables.mirrorMarks) is no mark.")
                }
                return MirrorMark(
                    subject, token: try row.integer(1), since: Timestamp(microseconds: try row.integer(2)))
            }
            return MirrorBacklog(marks: marks, count: Int(try answers[1].first?.integer(0) ?? 0))
        } catch {
            throw StoreError(reading: error)
        }
    }

    public func settle(_ marks: [MirrorMark], at time: Timestamp) async throws(StoreError) {
        guard !marks.isEmpty else { return }
        let values: [PostgresValue] = [.texts(marks.map(\.subject.text)), .integers(marks.map(\.token))]
        try await write([
            PostgresQuery(statements.mirror.settle, values),
            PostgresQuery(statements.mirror.postpone, values + [.integer(time.microseconds)]),
        ])
    }

    public func image(of thread: ThreadID) async throws(StoreError) -> ThreadImage? {
        let id = PostgresValue.text(thread.rawValue)
        let answers = try await write([
            PostgresQuery(statements.threads.thread, [id]), PostgresQuery(statements.mirror.epoch, [id]),
            PostgresQuery(statements.merging.runs, [id]),
        ])
        guard let record = try Self.records(answers[0]).first else { return nil }
        do {
            return ThreadImage(
                thread: record, epoch: try answers[1].first?.integer(0) ?? 0,
                runs: try answers[2].all.map { try RunRecord($0) })
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// One transaction and one round trip; one more where a thread with a record is to stay.
    @discardableResult
    public func apply(_ image: ThreadImage, onlyIfAbsent: Bool) async throws(StoreError) -> Bool {
        let (id, record) = (PostgresValue.text(image.thread.id.rawValue), image.thread)
        if onlyIfAbsent, try await thread(record.id) != nil { return false }
        let (title, lease) = (StoreRules.printable(record.title), record.lease)
        let thread: [PostgresValue] = [
            id, .text(record.owner), .utf8(Labels.json(record.labels)), .optional(title),
            .optional(title.map(Titles.folded)), .text(record.status.rawValue),
            .integer(record.createdAt.microseconds), .integer(record.updatedAt.microseconds), .integer(image.epoch),
            .optional(lease?.run.rawValue), .optional(lease?.holder), lease.map { .integer($0.beat) } ?? .null,
            lease.map { .integer($0.duration.microseconds) } ?? .null,
        ]
        let runs = image.runs
        let rows: [PostgresValue] = [
            id, .texts(runs.map(\.id.rawValue)), .texts(runs.map(\.status.rawValue)),
            .integers(runs.map { Int64($0.attempt) }), .byteStrings(runs.map(\.input)),
            .texts(runs.map { $0.idempotencyKey.map { "x\($0)" } ?? "" }),
            .texts(runs.map { StoreRules.printable($0.failure).map { "x\($0)" } ?? "" }),
            .integers(runs.map(\.createdAt.microseconds)), .integers(runs.map(\.updatedAt.microseconds)),
            .integers(runs.map { $0.stopRequestedAt?.microseconds ?? .min }),
        ]
        let removal = PostgresQuery(statements.retention.removeTombstone, [id])
        if onlyIfAbsent {
            let answers = try await write([
                removal, PostgresQuery(statements.mirror.addThread, thread),
                PostgresQuery(statements.mirror.addRuns, rows),
            ])
            return answers[1].affected > 0
        }
        let kept: [PostgresValue] = [id, .texts(runs.map(\.id.rawValue))]
        try await write([
            lock(record.id), removal, PostgresQuery(statements.mirror.applyThread, thread),
            PostgresQuery(statements.mirror.removeEvents, kept), PostgresQuery(statements.mirror.removeRuns, kept),
            PostgresQuery(statements.mirror.applyRuns, rows),
        ])
        return true
    }
}
