// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore: MergingStore {
    public func merge(_ merge: ThreadMerge) async throws(StoreError) {
        try merge.validate()
        var rows: [InMemoryRow] = []
        for new in merge.commit.checkpoints { rows.append(try InMemoryRow(new)) }
        try locked { (state) throws(StoreError) in try state.merge(merge, rows: rows) }
    }

    public func runs(of thread: ThreadID) async throws(StoreError) -> [RunRecord] {
        try locked { (state) throws(StoreError) in
            (state.threads[thread]?.runs ?? []).compactMap { state.runs[$0]?.record }.sorted(by: InMemoryState.isOlder)
        }
    }
}

extension InMemoryStore: SpoolJournal {
    public func spooledThreads() async throws(StoreError) -> [SpooledThread] {
        try locked { (state) throws(StoreError) in
            state.spooled.values.sorted {
                ($0.spooledAt, $0.thread.rawValue) < ($1.spooledAt, $1.thread.rawValue)
            }
        }
    }

    public func note(_ thread: SpooledThread) async throws(StoreError) {
        try locked { (state) throws(StoreError) in state.spooled[thread.thread] = thread }
    }

    public func forgetSpooled(_ thread: ThreadID) async throws(StoreError) {
        try locked { (state) throws(StoreError) in state.spooled[thread] = nil }
    }
}

extension InMemoryState {
    /// - `rows`: The checkpoints, laid out.
    mutating func merge(_ merge: ThreadMerge, rows: [InMemoryRow]) throws(StoreError) {
        let id = merge.thread.id
        let existing = threads[id]
        try merge.check(record: existing?.record, newest: histories[id]?.head(of: .root))
        for run in merge.runs {
            guard let other = runs[run.id]?.record.thread, other != id else { continue }
            throw StoreError(.conflict, "Run \(run.id) exists in another thread.")
        }
        var entry = existing ?? InMemoryThread(record: merge.thread, epoch: merge.firstEpoch)
        if let existing {
            order.remove(existing.record)
        } else {
            tombstones[id] = nil
        }
        entry.record = merge.record(over: existing?.record)
        entry.record.title = StoreRules.printable(entry.record.title)
        for run in merge.runs { take(run, into: &entry) }
        entry.record.head = histories[id]?.head(of: .root)
        order.insert(entry.record)
        threads[id] = entry
        if !merge.commit.isEmpty { try commit(merge.commit, rows: rows, fence: nil) }
    }

    private mutating func take(_ run: RunRecord, into entry: inout InMemoryThread) {
        if var known = runs[run.id]?.record {
            guard !known.status.isFinished else { return }
            (known.status, known.attempt, known.failure) = (run.status, run.attempt, run.failure)
            known.updatedAt = run.updatedAt
            runs[run.id]?.record = known
            return
        }
        let key = run.idempotencyKey.map { ExactText($0) }
        if let key, entry.runsByKey[key] != nil { return }
        if let key { entry.runsByKey[key] = run.id }
        entry.runs.append(run.id)
        runs[run.id] = InMemoryRun(record: run)
    }
}
