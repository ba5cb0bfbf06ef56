// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: RetentionStore {
    /// One statement a page, in the order of the database's own collation.
    public func threadFacts(
        behind thread: ThreadID?, limit: Int, measuring: Bool
    ) async throws(StoreError) -> [ThreadFacts] {
        try StoreRules.validate(limit: limit)
        let statement = measuring ? statements.retention.measuredFacts : statements.retention.facts
        let rows = try await read(
            PostgresQuery(statement, [.text(thread?.rawValue ?? ""), .integer(Int64(limit))]), isCancellable: true)
        do { return try rows.all.map { try ThreadFacts($0) } } catch { throw StoreError(reading: error) }
    }

    /// Two statements in one transaction and one round trip: the second looks and removes in one snapshot.
    public func retire(
        _ seen: ThreadFacts, as reason: Tombstone.Reason, sparingWaiting: Bool, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows? {
        let answers = try await write([
            PostgresQuery(statements.retention.lock, [.text(seen.thread.rawValue)]),
            PostgresQuery(
                statements.retention.retire,
                Self.values(seen, sparingWaiting: sparingWaiting) + [
                    .integer(time.microseconds), .text(reason.rawValue),
                ]),
        ])
        do {
            guard let row = answers[1].first, try row.boolean(0) else { return nil }
            return try Self.removed(row)
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// As `prune`, behind a look in the same snapshot; a rehearsal is rolled back.
    public func shorten(
        _ seen: ThreadFacts, keepingLatest count: Int, reducers: DeltaReducers, sparingWaiting: Bool,
        isRehearsal: Bool
    ) async throws(StoreError) -> RemovedRows? {
        let guarded = PostgresQuery(
            statements.retention.isDue, Self.values(seen, sparingWaiting: sparingWaiting))
        return try await pruned(seen.thread, reducers: reducers, guarded: guarded, isRehearsal: isRehearsal) {
            (outline, _) throws(StoreError) in
            try PrunePlan(outline, keepingLatest: count, reducible: reducers.keys)
        }
    }

    public func retention(of thread: ThreadID) async throws(StoreError) -> ThreadRetention {
        let rows = try await read(PostgresQuery(statements.retention.retention, [.text(thread.rawValue)]))
        do { return try rows.first.map { try ThreadRetention($0, from: 0) } ?? ThreadRetention() } catch {
            throw StoreError(reading: error)
        }
    }

    public func setRetention(
        _ retention: ThreadRetention, of thread: ThreadID, at time: Timestamp
    ) async throws(StoreError) {
        try StoreRules.validate(retention, of: thread)
        let id = PostgresValue.text(thread.rawValue)
        guard !retention.isEmpty else {
            try await write([PostgresQuery(statements.retention.removeRetention, [id])])
            return
        }
        let values: [PostgresValue] =
            [id, .boolean(retention.isPinned), .optional(retention.hold)] + Self.values(retention.term)
            + [.integer(time.microseconds)]
        // Behind the lock: a removal that is under way has seen it, or has ended.
        try await write([lock(thread), PostgresQuery(statements.retention.setRetention, values)])
    }

    public func retentions() async throws(StoreError) -> [ThreadID: ThreadRetention] {
        let rows = try await read(PostgresQuery(statements.retention.retentions))
        do {
            var result: [ThreadID: ThreadRetention] = [:]
            for row in rows.all { result[ThreadID(try row.text(5))] = try ThreadRetention(row, from: 0) }
            return result
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// The rules in order, and the standard term behind them, for labels that every thread has: none.
    public func publish(_ policy: RetentionPolicy) async throws(StoreError) {
        let rules = policy.rules + [.init(labels: [:], term: policy.standard)]
        try await write(
            [PostgresQuery(statements.retention.removeRules)]
                + rules.enumerated().map { position, rule in
                    PostgresQuery(
                        statements.retention.addRule,
                        [.integer(Int64(position)), .utf8(Labels.json(rule.labels))] + Self.values(rule.term))
                })
    }

    private static func values(_ seen: ThreadFacts, sparingWaiting: Bool) -> [PostgresValue] {
        [
            .text(seen.thread.rawValue), .text(seen.newest), .integer(seen.updatedAt?.microseconds ?? -1),
            .boolean(sparingWaiting),
        ]
    }

    private static func values(_ term: RetentionTerm?) -> [PostgresValue] {
        [
            .optional(term?.action.word), term?.idle.map { .integer($0.microseconds) } ?? .null,
            term?.action.kept.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    /// Reads what `RetentionStatements.retire` and `bury` answer.
    fileprivate static func removed(_ row: PostgresRow) throws -> RemovedRows {
        var removed = RemovedRows(
            checkpoints: Int(try row.integer(1)), blobs: Int(try row.integer(2)), writes: Int(try row.integer(3)))
        let records = try row.integer(4)
        if removed != RemovedRows() || records > 0 { removed.threads = 1 }
        return removed
    }
}

extension PostgresStore: TombstoneStore {
    @discardableResult
    public func bury(
        _ thread: ThreadID, as reason: Tombstone.Reason, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows {
        let answers = try await write([
            PostgresQuery(statements.retention.lock, [.text(thread.rawValue)]),
            PostgresQuery(
                statements.retention.bury,
                [.text(thread.rawValue), .integer(time.microseconds), .text(reason.rawValue)]),
        ])
        do { return try answers[1].first.map { try Self.removed($0) } ?? RemovedRows() } catch {
            throw StoreError(reading: error)
        }
    }

    public func tombstone(of thread: ThreadID) async throws(StoreError) -> Tombstone? {
        let rows = try await read(PostgresQuery(statements.retention.tombstone, [.text(thread.rawValue)]))
        do { return try rows.first.map { try Tombstone($0, thread: thread, from: 0) } } catch {
            throw StoreError(reading: error)
        }
    }

    public func removeTombstone(of thread: ThreadID) async throws(StoreError) {
        try await write([PostgresQuery(statements.retention.removeTombstone, [.text(thread.rawValue)])])
    }

    /// Two looks into an index for each tombstone.
    public func revivedThreads(limit: Int) async throws(StoreError) -> [RevivedThread] {
        try StoreRules.validate(limit: limit)
        let rows = try await read(PostgresQuery(statements.retention.revived, [.integer(Int64(limit))]))
        do {
            return try rows.all.map { row in
                RevivedThread(
                    tombstone: try Tombstone(row, thread: ThreadID(try row.text(0)), from: 1),
                    checkpoints: Int(try row.integer(3)), isFragment: try row.boolean(4))
            }
        } catch {
            throw StoreError(reading: error)
        }
    }

    @discardableResult
    public func forgetTombstones(before time: Timestamp) async throws(StoreError) -> Int {
        try await write([PostgresQuery(statements.retention.forgetTombstones, [.integer(time.microseconds)])])[0]
            .affected
    }
}

extension PostgresStore: ChoreStore {
    public func takeChore(
        _ name: String, holder: String, observed: Chore?, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> Chore? {
        try await chores(
            statements.chores.take,
            [
                .text(name), .text(holder), .integer(duration.microseconds), .integer(time.microseconds),
                observed.map { .integer($0.epoch) } ?? .null, observed.map { .integer($0.beat) } ?? .null,
            ])
    }

    public func renewChore(_ chore: Chore, at time: Timestamp) async throws(StoreError) -> Chore? {
        try await chores(
            statements.chores.renew,
            [.text(chore.name), .optional(chore.holder), .integer(chore.epoch), .integer(time.microseconds)])
    }

    public func finishChore(_ chore: Chore, note: String, at time: Timestamp) async throws(StoreError) {
        _ = try await chores(
            statements.chores.finish,
            [
                .text(chore.name), .optional(chore.holder), .integer(chore.epoch), .integer(time.microseconds),
                .text(note),
            ])
    }

    public func chore(_ name: String) async throws(StoreError) -> Chore? {
        try await chores(statements.chores.chore, [.text(name)])
    }

    private func chores(_ statement: PostgresStatement, _ values: [PostgresValue]) async throws(StoreError) -> Chore? {
        let rows = try await write([PostgresQuery(statement, values)])[0]
        do {
            return try rows.first.map { row in
                Chore(
                    name: try row.text(0), holder: row.optionalText(1), epoch: try row.integer(2),
                    beat: try row.integer(3), duration: .microseconds(try row.integer(4)), note: try row.text(5),
                    updatedAt: Timestamp(microseconds: try row.integer(6)))
            }
        } catch {
            throw StoreError(reading: error)
        }
    }
}

extension ThreadFacts {
    /// Reads the columns of `RetentionStatements.facts`.
    init(_ row: PostgresRow) throws {
        let retention =
            row.isNull(11) ? ThreadRetention() : try ThreadRetention(row, from: 11)
        self.init(
            thread: ThreadID(try row.text(0)), owner: row.optionalText(1),
            labels: row.isNull(2) ? [:] : try Labels.read(try row.jsonb(2)),
            lastActivity: row.optionalInteger(7).map { Timestamp(microseconds: $0) },
            isActive: try row.boolean(4), isWaiting: try row.boolean(5), retention: retention,
            size: RemovedRows(
                threads: 1, checkpoints: Int(try row.integer(8)), blobs: Int(try row.integer(9)),
                writes: Int(try row.integer(10))),
            bytes: Int(try row.integer(16)), newest: try row.text(6),
            updatedAt: row.optionalInteger(3).map { Timestamp(microseconds: $0) })
    }
}

extension ThreadRetention {
    /// Reads pinned, hold, action, idle and kept.
    init(_ row: PostgresRow, from column: Int) throws {
        var term: RetentionTerm?
        if let word = row.optionalText(column + 2) {
            let kept = row.optionalInteger(column + 4).map { Int($0) }
            guard let action = RetentionTerm.Action(word: word, kept: kept) else {
                throw StoreError(.undecodable, "The action '\(word)' of a thread's term is not known.")
            }
            term = RetentionTerm(idle: row.optionalInteger(column + 3).map { .microseconds($0) }, action: action)
        }
        self.init(isPinned: try row.boolean(column), hold: row.optionalText(column + 1), term: term)
    }
}

extension Tombstone {
    init(_ row: PostgresRow, thread: ThreadID, from column: Int) throws {
        let word = try row.text(column + 1)
        guard let reason = Reason(rawValue: word) else {
            throw StoreError(.undecodable, "The tombstone of thread \(thread) has the unknown reason '\(word)'.")
        }
        self.init(thread: thread, reason: reason, deletedAt: Timestamp(microseconds: try row.integer(column)))
    }
}
