// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore: RetentionStore {
    /// In the order of thread IDs, byte by byte; one snapshot a page.
    public func threadFacts(
        behind thread: ThreadID?, limit: Int, measuring: Bool
    ) async throws(StoreError) -> [ThreadFacts] {
        try StoreRules.validate(limit: limit)
        return try await read { database in
            try database.rows(RetentionStatements.page, [thread?.rawValue ?? "", limit]).map { row in
                try database.facts(of: ThreadID(try row.value("thread_id")), measuring: measuring)
            }
        }
    }

    public func retire(
        _ seen: ThreadFacts, as reason: Tombstone.Reason, sparingWaiting: Bool, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows? {
        try await write { [cipher] database in
            guard try database.mayStillGo(seen, sparingWaiting: sparingWaiting) else { return nil }
            return try database.bury(seen.thread, as: reason, at: time, cipher)
        }
    }

    /// A rehearsal rolls its savepoint back.
    public func shorten(
        _ seen: ThreadFacts, keepingLatest count: Int, reducers: DeltaReducers, sparingWaiting: Bool,
        isRehearsal: Bool
    ) async throws(StoreError) -> RemovedRows? {
        try await write { [cipher] database in
            guard try database.mayStillGo(seen, sparingWaiting: sparingWaiting) else { return nil }
            var removed = RemovedRows()
            try database.inSavepoint {
                let pruner = ThreadPruner(database, seen.thread, cipher)
                let plan = try PrunePlan(pruner.outline(), keepingLatest: count, reducible: reducers.keys)
                removed = try pruner.carryOut(plan, reducers: reducers)
                return isRehearsal ? .rollback : .commit
            }
            return removed
        }
    }

    public func retention(of thread: ThreadID) async throws(StoreError) -> ThreadRetention {
        try await read { database in
            let row = try database.row(RetentionStatements.retention, [thread.rawValue])
            return try row.map { try ThreadRetention($0) } ?? ThreadRetention()
        }
    }

    public func setRetention(
        _ retention: ThreadRetention, of thread: ThreadID, at time: Timestamp
    ) async throws(StoreError) {
        try StoreRules.validate(retention, of: thread)
        try await write { database in
            guard !retention.isEmpty else {
                try database.run(MaintenanceStatements.deleteRetention, [thread.rawValue])
                return
            }
            try database.run(
                RetentionStatements.setRetention,
                [
                    thread.rawValue, retention.isPinned, retention.hold, retention.term?.action.word,
                    retention.term?.idle?.microseconds, retention.term?.action.kept, time.microseconds,
                ])
        }
    }

    public func retentions() async throws(StoreError) -> [ThreadID: ThreadRetention] {
        try await read { database in
            var result: [ThreadID: ThreadRetention] = [:]
            for row in try database.rows(RetentionStatements.retentions) {
                result[ThreadID(try row.value("thread_id"))] = try ThreadRetention(row)
            }
            return result
        }
    }

    /// SQLite has no functions that others could call.
    public func publish(_ policy: RetentionPolicy) async throws(StoreError) {}
}

extension SQLiteStore: TombstoneStore {
    @discardableResult
    public func bury(
        _ thread: ThreadID, as reason: Tombstone.Reason, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows {
        try await write { [cipher] database in try database.bury(thread, as: reason, at: time, cipher) }
    }

    public func tombstone(of thread: ThreadID) async throws(StoreError) -> Tombstone? {
        try await read { database in
            try database.row(RetentionStatements.tombstone, [thread.rawValue]).map { try Tombstone($0, of: thread) }
        }
    }

    public func removeTombstone(of thread: ThreadID) async throws(StoreError) {
        try await write { database in try database.run(RetentionStatements.removeTombstone, [thread.rawValue]) }
    }

    public func revivedThreads(limit: Int) async throws(StoreError) -> [RevivedThread] {
        try StoreRules.validate(limit: limit)
        return try await read { database in
            try database.rows(RetentionStatements.revived, [limit]).map { row in
                RevivedThread(
                    tombstone: try Tombstone(row, of: ThreadID(try row.value("thread_id"))),
                    checkpoints: try row.value("checkpoints"), isFragment: try row.value("is_fragment"))
            }
        }
    }

    @discardableResult
    public func forgetTombstones(before time: Timestamp) async throws(StoreError) -> Int {
        try await write { database in
            try database.run(RetentionStatements.forgetTombstones, [time.microseconds])
            return database.changesCount
        }
    }
}

extension SQLiteStore: ChoreStore {
    public func takeChore(
        _ name: String, holder: String, observed: Chore?, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> Chore? {
        try await write { database in
            let old = try database.chore(name)
            guard old?.holder == nil || old?.holder == holder || old?.isUnchanged(since: observed) == true else {
                return nil
            }
            let chore = Chore(
                name: name, holder: holder, epoch: (old?.epoch ?? 0) + 1, beat: 0, duration: duration,
                note: old?.note ?? "", updatedAt: time)
            try database.save(chore)
            return chore
        }
    }

    public func renewChore(_ chore: Chore, at time: Timestamp) async throws(StoreError) -> Chore? {
        try await write { database in
            guard var own = try database.chore(chore.name), own.epoch == chore.epoch, own.holder == chore.holder
            else { return nil }
            own.beat += 1
            own.updatedAt = time
            try database.save(own)
            return own
        }
    }

    public func finishChore(_ chore: Chore, note: String, at time: Timestamp) async throws(StoreError) {
        try await write { database in
            guard var own = try database.chore(chore.name), own.epoch == chore.epoch, own.holder == chore.holder
            else { return }
            own.holder = nil
            own.note = note
            own.updatedAt = time
            try database.save(own)
        }
    }

    public func chore(_ name: String) async throws(StoreError) -> Chore? {
        try await read { database in try database.chore(name) }
    }
}

extension Database {
    func facts(of thread: ThreadID, measuring: Bool) throws -> ThreadFacts {
        let id = thread.rawValue
        guard let row = try row(RetentionStatements.facts, [id]) else {
            throw StoreError(.undecodable, "The facts of thread \(thread) cannot be read.")
        }
        let newest = max(
            CheckpointID(try row.optional("newest_checkpoint") ?? ""),
            CheckpointID(try row.optional("newest_write") ?? ""))
        var time = ThreadFacts.time(of: newest.rawValue, timestamp: nil)
        if time == nil, let checkpoint = try self.row(RetentionStatements.timestamp, [id, newest.rawValue]) {
            time = ThreadFacts.time(of: newest.rawValue, timestamp: try checkpoint.optional("ts"))
        }
        let updatedAt = try row.optional("updated_at", as: Int64.self).map { Timestamp(microseconds: $0) }
        let status: String? = try row.optional("status")
        let labels = try row.optional("labels", as: String.self).flatMap { try JSONValue.parse(Array($0.utf8)).object }
        let pinned: Bool? = try row.optional("pinned")
        let bytes = measuring ? try self.row(RetentionStatements.bytes, [id])?.value("bytes", as: Int.self) ?? 0 : 0
        return ThreadFacts(
            thread: thread, owner: try row.optional("owner"),
            labels: Dictionary(
                labels?.compactMap { member in member.value.string.map { (member.key, $0) } } ?? [],
                uniquingKeysWith: { _, last in last }),
            lastActivity: [time, updatedAt].compactMap(\.self).max(),
            isActive: try row.optional("is_active") ?? false,
            isWaiting: try row.value("asks") || status == ThreadRecord.Status.interrupted.rawValue,
            retention: pinned == nil ? ThreadRetention() : try ThreadRetention(row),
            size: RemovedRows(
                threads: 1, checkpoints: try row.value("checkpoints"), blobs: try row.value("blobs"),
                writes: try row.value("writes")),
            bytes: bytes, newest: newest.rawValue, updatedAt: updatedAt)
    }

    func mayStillGo(_ seen: ThreadFacts, sparingWaiting: Bool) throws -> Bool {
        try facts(of: seen.thread, measuring: false).mayStillGo(seen: seen, sparingWaiting: sparingWaiting)
    }

    func bury(
        _ thread: ThreadID, as reason: Tombstone.Reason, at time: Timestamp, _ cipher: (any PayloadCipher)?
    ) throws -> RemovedRows {
        let removed = try ThreadPruner(self, thread, cipher).deleteThread()
        try run(MaintenanceStatements.deleteRetention, [thread.rawValue])
        try run(RetentionStatements.bury, [thread.rawValue, time.microseconds, reason.rawValue])
        return removed
    }

    func refuseDeleted(_ thread: ThreadID) throws {
        let row = try row(RetentionStatements.tombstone, [thread.rawValue])
        try StoreRules.refuse(row.map { try Tombstone($0, of: thread) })
    }

    func chore(_ name: String) throws -> Chore? {
        try row(RetentionStatements.chore, [name]).map { row in
            Chore(
                name: try row.value("name"), holder: try row.optional("holder"), epoch: try row.value("epoch"),
                beat: try row.value("beat"), duration: .microseconds(try row.value("duration", as: Int64.self)),
                note: try row.value("note"), updatedAt: Timestamp(microseconds: try row.value("updated_at")))
        }
    }

    func save(_ chore: Chore) throws {
        try run(
            RetentionStatements.saveChore,
            [
                chore.name, chore.holder, chore.epoch, chore.beat, chore.duration.microseconds, chore.note,
                chore.updatedAt.microseconds,
            ])
    }
}

extension ThreadRetention {
    /// Reads a row of `turnledger_retention`.
    init(_ row: Row) throws {
        var term: RetentionTerm?
        if let word: String = try row.optional("action") {
            guard let action = RetentionTerm.Action(word: word, kept: try row.optional("kept")) else {
                throw StoreError(.undecodable, "The action '\(word)' of a thread's term is not known.")
            }
            let idle: Int64? = try row.optional("idle")
            term = RetentionTerm(idle: idle.map { .microseconds($0) }, action: action)
        }
        self.init(isPinned: try row.value("pinned"), hold: try row.optional("hold"), term: term)
    }
}

extension Tombstone {
    /// Reads a row of `turnledger_tombstones`.
    init(_ row: Row, of thread: ThreadID) throws {
        let word: String = try row.value("reason")
        guard let reason = Reason(rawValue: word) else {
            throw StoreError(.undecodable, "The tombstone of thread \(thread) has the unknown reason '\(word)'.")
        }
        self.init(
            thread: thread, reason: reason, deletedAt: Timestamp(microseconds: try row.value("deleted_at")))
    }
}
