// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

// What the primary can do beside conversations. Each call goes there, and fails with `.unavailable` while it is away.

extension SpoolingStore: RetentionStore where Primary: RetentionStore {
    public func threadFacts(
        behind thread: ThreadID?, limit: Int, measuring: Bool
    ) async throws(StoreError) -> [ThreadFacts] {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.threadFacts(behind: thread, limit: limit, measuring: measuring)
        }
    }

    /// A thread that lies in the spool is active.
    public func retire(
        _ seen: ThreadFacts, as reason: Tombstone.Reason, sparingWaiting: Bool, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows? {
        guard !isSpooled(seen.thread) else { return nil }
        let rows = try await onPrimary { (store) async throws(StoreError) in
            try await store.retire(seen, as: reason, sparingWaiting: sparingWaiting, at: time)
        }
        if rows != nil { tails.forget(seen.thread) }
        return rows
    }

    public func shorten(
        _ seen: ThreadFacts, keepingLatest count: Int, reducers: DeltaReducers, sparingWaiting: Bool,
        isRehearsal: Bool
    ) async throws(StoreError) -> RemovedRows? {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.shorten(
                seen, keepingLatest: count, reducers: reducers, sparingWaiting: sparingWaiting, isRehearsal: isRehearsal
            )
        }
    }

    public func retention(of thread: ThreadID) async throws(StoreError) -> ThreadRetention {
        try await onPrimary { (store) async throws(StoreError) in try await store.retention(of: thread) }
    }

    public func setRetention(
        _ retention: ThreadRetention, of thread: ThreadID, at time: Timestamp
    ) async throws(StoreError) {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.setRetention(retention, of: thread, at: time)
        }
    }

    public func retentions() async throws(StoreError) -> [ThreadID: ThreadRetention] {
        try await onPrimary { (store) async throws(StoreError) in try await store.retentions() }
    }

    public func publish(_ policy: RetentionPolicy) async throws(StoreError) {
        try await onPrimary { (store) async throws(StoreError) in try await store.publish(policy) }
    }
}

extension SpoolingStore: TombstoneStore where Primary: TombstoneStore {
    @discardableResult
    public func bury(
        _ thread: ThreadID, as reason: Tombstone.Reason, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows {
        try await removing(thread) { (store) async throws(StoreError) in
            try await store.bury(thread, as: reason, at: time)
        }
    }

    public func tombstone(of thread: ThreadID) async throws(StoreError) -> Tombstone? {
        try await onPrimary { (store) async throws(StoreError) in try await store.tombstone(of: thread) }
    }

    public func removeTombstone(of thread: ThreadID) async throws(StoreError) {
        try await onPrimary { (store) async throws(StoreError) in try await store.removeTombstone(of: thread) }
    }

    public func revivedThreads(limit: Int) async throws(StoreError) -> [RevivedThread] {
        try await onPrimary { (store) async throws(StoreError) in try await store.revivedThreads(limit: limit) }
    }

    @discardableResult
    public func forgetTombstones(before time: Timestamp) async throws(StoreError) -> Int {
        try await onPrimary { (store) async throws(StoreError) in try await store.forgetTombstones(before: time) }
    }
}

extension SpoolingStore: ChoreStore where Primary: ChoreStore {
    public func takeChore(
        _ name: String, holder: String, observed: Chore?, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> Chore? {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.takeChore(name, holder: holder, observed: observed, duration: duration, at: time)
        }
    }

    public func renewChore(_ chore: Chore, at time: Timestamp) async throws(StoreError) -> Chore? {
        try await onPrimary { (store) async throws(StoreError) in try await store.renewChore(chore, at: time) }
    }

    public func finishChore(_ chore: Chore, note: String, at time: Timestamp) async throws(StoreError) {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.finishChore(chore, note: note, at: time)
        }
    }

    public func chore(_ name: String) async throws(StoreError) -> Chore? {
        try await onPrimary { (store) async throws(StoreError) in try await store.chore(name) }
    }
}

extension SpoolingStore: AuditStore where Primary: AuditStore {
    @discardableResult
    public func record(_ entry: AuditEntry) async throws(StoreError) -> AuditRow {
        try await onPrimary { (store) async throws(StoreError) in try await store.record(entry) }
    }

    public func auditRows(behind number: Int64, limit: Int) async throws(StoreError) -> [AuditRow] {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.auditRows(behind: number, limit: limit)
        }
    }
}

extension SpoolingStore: RunLogPruning where Primary: RunLogPruning {
    public func pruneLogs(endedBefore time: Timestamp, limit: Int) async throws(StoreError) -> Int {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.pruneLogs(endedBefore: time, limit: limit)
        }
    }
}

extension SpoolingStore: RunAnnouncing where Primary: RunAnnouncing {
    /// What happens in the spool concerns no other server.
    public func announce(_ runs: Set<RunID>) async throws(StoreError) {
        guard !watch.isAway else { return }
        try await onPrimary { (store) async throws(StoreError) in try await store.announce(runs) }
    }

    public var announcements: AsyncStream<RunNews>? { primary.announcements }
}

extension SpoolingStore: StatisticsStore where Primary: StatisticsStore {
    public func add(_ counts: [StatisticsKey: Int64]) async throws(StoreError) {
        try await onPrimary { (store) async throws(StoreError) in try await store.add(counts) }
    }

    public func statistics(_ query: StatisticsQuery) async throws(StoreError) -> [StatisticsKey: Int64] {
        try await onPrimary { (store) async throws(StoreError) in try await store.statistics(query) }
    }

    @discardableResult
    public func forgetStatistics(of owner: String) async throws(StoreError) -> Int {
        try await onPrimary { (store) async throws(StoreError) in try await store.forgetStatistics(of: owner) }
    }
}

extension SpoolingStore: ClauseStore where Primary: ClauseStore {
    @discardableResult
    public func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64 {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.replace(documents: documents, removing: removing, at: time)
        }
    }

    public func documents() async throws(StoreError) -> [RegulationDocument] {
        try await onPrimary { (store) async throws(StoreError) in try await store.documents() }
    }

    public func clause(_ id: ClauseID) async throws(StoreError) -> Clause? {
        try await onPrimary { (store) async throws(StoreError) in try await store.clause(id) }
    }

    public func clauses(of document: String) async throws(StoreError) -> [Clause] {
        try await onPrimary { (store) async throws(StoreError) in try await store.clauses(of: document) }
    }

    public func clauseVersion() async throws(StoreError) -> Int64 {
        try await onPrimary { (store) async throws(StoreError) in try await store.clauseVersion() }
    }

    public func changes(since version: Int64) async throws(StoreError) -> ClauseChanges {
        try await onPrimary { (store) async throws(StoreError) in try await store.changes(since: version) }
    }
}

extension SpoolingStore: ArchivingStore where Primary: ArchivingStore {
    public var rowFormat: String { primary.rowFormat }

    public func threadRows(of thread: ThreadID) async throws(StoreError) -> ThreadRows? {
        try await onPrimary { (store) async throws(StoreError) in try await store.threadRows(of: thread) }
    }

    public func restore(_ rows: ThreadRows) async throws(StoreError) {
        try await onPrimary { (store) async throws(StoreError) in try await store.restore(rows) }
    }
}

extension SpoolingStore: ReclaimingStore where Primary: ReclaimingStore {
    public func reclaimSpace() async throws(StoreError) {
        try await onPrimary { (store) async throws(StoreError) in try await store.reclaimSpace() }
    }
}

extension SpoolingStore: BackupStore where Primary: BackupStore {
    public func digest() async throws(StoreError) -> StoreDigest {
        try await onPrimary { (store) async throws(StoreError) in try await store.digest() }
    }

    public func dump(to path: String) async throws(StoreError) -> StoreDigest {
        try await onPrimary { (store) async throws(StoreError) in try await store.dump(to: path) }
    }

    public func withRestored<Value: Sendable>(
        _ dump: String, scratch: String?, _ body: @Sendable (any BackupStore) async throws -> Value
    ) async throws -> Value {
        guard !watch.isAway else { throw Self.away }
        return try await primary.withRestored(dump, scratch: scratch, body)
    }
}
