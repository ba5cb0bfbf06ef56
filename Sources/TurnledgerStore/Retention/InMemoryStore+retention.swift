// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore: RetentionStore {
    /// In the order of thread IDs, byte by byte.
    public func threadFacts(
        behind thread: ThreadID?, limit: Int, measuring: Bool
    ) async throws(StoreError) -> [ThreadFacts] {
        try StoreRules.validate(limit: limit)
        return try locked { (state) throws(StoreError) in
            state.threadIDs(behind: thread).prefix(limit).map { state.facts(of: $0, measuring: measuring) }
        }
    }

    public func retire(
        _ seen: ThreadFacts, as reason: Tombstone.Reason, sparingWaiting: Bool, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows? {
        try locked { (state) throws(StoreError) in
            guard state.mayStillGo(seen, sparingWaiting: sparingWaiting) else { return nil }
            return state.bury(seen.thread, as: reason, at: time)
        }
    }

    public func shorten(
        _ seen: ThreadFacts, keepingLatest count: Int, reducers: DeltaReducers, sparingWaiting: Bool,
        isRehearsal: Bool
    ) async throws(StoreError) -> RemovedRows? {
        try locked { (state) throws(StoreError) in
            guard state.mayStillGo(seen, sparingWaiting: sparingWaiting) else { return nil }
            var copy = state
            let removed = try copy.prune(seen.thread, reducers: reducers) { (outline) throws(StoreError) in
                try PrunePlan(outline, keepingLatest: count, reducible: reducers.keys)
            }
            if !isRehearsal { state = copy }
            return removed
        }
    }

    public func retention(of thread: ThreadID) async throws(StoreError) -> ThreadRetention {
        try locked { (state) throws(StoreError) in state.retentions[thread] ?? ThreadRetention() }
    }

    public func setRetention(
        _ retention: ThreadRetention, of thread: ThreadID, at time: Timestamp
    ) async throws(StoreError) {
        try StoreRules.validate(retention, of: thread)
        try locked { (state) throws(StoreError) in state.retentions[thread] = retention.isEmpty ? nil : retention }
    }

    public func retentions() async throws(StoreError) -> [ThreadID: ThreadRetention] {
        try locked { (state) throws(StoreError) in state.retentions }
    }

    /// Nobody else can clean up here.
    public func publish(_ policy: RetentionPolicy) async throws(StoreError) {}
}

extension InMemoryStore: TombstoneStore {
    @discardableResult
    public func bury(
        _ thread: ThreadID, as reason: Tombstone.Reason, at time: Timestamp
    ) async throws(StoreError) -> RemovedRows {
        try locked { (state) throws(StoreError) in state.bury(thread, as: reason, at: time) }
    }

    public func tombstone(of thread: ThreadID) async throws(StoreError) -> Tombstone? {
        try locked { (state) throws(StoreError) in state.tombstones[thread] }
    }

    public func removeTombstone(of thread: ThreadID) async throws(StoreError) {
        try locked { (state) throws(StoreError) in state.tombstones[thread] = nil }
    }

    /// Nobody writes here but through the store, which refuses it.
    public func revivedThreads(limit: Int) async throws(StoreError) -> [RevivedThread] { [] }

    @discardableResult
    public func forgetTombstones(before time: Timestamp) async throws(StoreError) -> Int {
        try locked { (state) throws(StoreError) in
            let before = state.tombstones.count
            state.tombstones = state.tombstones.filter { $0.value.deletedAt >= time }
            return before - state.tombstones.count
        }
    }
}

extension InMemoryStore: ChoreStore {
    public func takeChore(
        _ name: String, holder: String, observed: Chore?, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> Chore? {
        try locked { (state) throws(StoreError) in
            let old = state.chores[name]
            guard old?.holder == nil || old?.holder == holder || old?.isUnchanged(since: observed) == true else {
                return nil
            }
            let chore = Chore(
                name: name, holder: holder, epoch: (old?.epoch ?? 0) + 1, beat: 0, duration: duration,
                note: old?.note ?? "", updatedAt: time)
            state.chores[name] = chore
            return chore
        }
    }

    public func renewChore(_ chore: Chore, at time: Timestamp) async throws(StoreError) -> Chore? {
        try locked { (state) throws(StoreError) in
            guard var own = state.chores[chore.name], own.epoch == chore.epoch, own.holder == chore.holder else {
                return nil
            }
            own.beat += 1
            own.updatedAt = time
            state.chores[chore.name] = own
            return own
        }
    }

    public func finishChore(_ chore: Chore, note: String, at time: Timestamp) async throws(StoreError) {
        try locked { (state) throws(StoreError) in
            guard var own = state.chores[chore.name], own.epoch == chore.epoch, own.holder == chore.holder else {
                return
            }
            own.holder = nil
            own.note = note
            own.updatedAt = time
            state.chores[chore.name] = own
        }
    }

    public func chore(_ name: String) async throws(StoreError) -> Chore? {
        try locked { (state) throws(StoreError) in state.chores[name] }
    }
}

extension InMemoryState {
    func threadIDs(behind thread: ThreadID?) -> [ThreadID] {
        let ids = Set(histories.keys).union(threads.keys).map { ExactText($0.rawValue) }
        return ids.sorted().filter { id in thread.map { ExactText($0.rawValue) < id } ?? true }
            .map { ThreadID($0.value) }
    }

    func facts(of thread: ThreadID, measuring: Bool) -> ThreadFacts {
        let history = histories[thread] ?? InMemoryHistory()
        let record = threads[thread]?.record
        let newest = max(
            history.places.map(\.id).max() ?? CheckpointID(""), history.writes.keys.map(\.id).max() ?? CheckpointID(""))
        let timestamp = history.rows.first { $0.key.id == newest }?.value.timestamp
        let time = ThreadFacts.time(of: newest.rawValue, timestamp: timestamp)
        let head = history.head(of: .root).map { InMemoryHistory.Place(namespace: .root, id: $0) }
        let asks = head.flatMap { history.writes[$0] }?.contains { $0.channel == ThreadFacts.interruptChannel } ?? false
        let isRunning = threads[thread]?.runs.contains { runs[$0]?.record.status.isFinished == false } ?? false
        var size = history.size
        size.threads = 1
        return ThreadFacts(
            thread: thread, owner: record?.owner, labels: record?.labels ?? [:],
            lastActivity: [time, record?.updatedAt].compactMap(\.self).max(),
            isActive: record?.lease != nil || isRunning, isWaiting: asks || record?.status == .interrupted,
            retention: retentions[thread] ?? ThreadRetention(), size: size,
            bytes: measuring ? history.bytes : 0, newest: newest.rawValue, updatedAt: record?.updatedAt)
    }

    func mayStillGo(_ seen: ThreadFacts, sparingWaiting: Bool) -> Bool {
        facts(of: seen.thread, measuring: false).mayStillGo(seen: seen, sparingWaiting: sparingWaiting)
    }

    mutating func bury(_ thread: ThreadID, as reason: Tombstone.Reason, at time: Timestamp) -> RemovedRows {
        let removed = remove(thread)
        retentions[thread] = nil
        tombstones[thread] = Tombstone(thread: thread, reason: reason, deletedAt: time)
        return removed
    }
}

extension InMemoryHistory {
    /// Of all values, and of the documents without them.
    fileprivate var bytes: Int {
        blobs.values.reduce(0) { $0 + $1.bytes.count }
            + writes.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.value.bytes.count } }
            + rows.values.reduce(0) { sum, row in
                sum + row.channelValues.values.reduce(0) { $0 + $1.bytes.count }
                    + row.metadata.json.keys.reduce(0) { $0 + $1.utf8.count }
            }
    }
}

extension ThreadFacts {
    /// Where LangGraph keeps the questions of a checkpoint.
    package static let interruptChannel = "__interrupt__"
}

extension StoreRules {
    package static func validate(_ retention: ThreadRetention, of thread: ThreadID) throws(StoreError) {
        try ThreadID.validate(thread.rawValue, as: "thread id")
        guard let hold = retention.hold else { return }
        guard !hold.isEmpty, !hold.utf8.contains(0) else {
            throw StoreError(.invalid, "A legal hold needs a reason, without NUL.")
        }
    }
}
