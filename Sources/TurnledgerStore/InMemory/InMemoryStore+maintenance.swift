// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore: PruningStore {
    @discardableResult
    public func prune(
        _ threads: [ThreadID], strategy: PruneStrategy, reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        var removed = RemovedRows()
        for thread in threads {
            removed += try locked { (state) throws(StoreError) in
                guard let count = strategy.kept else { return state.remove(thread) }
                return try state.prune(thread, reducers: reducers) { (outline) throws(StoreError) in
                    try PrunePlan(outline, keepingLatest: count, reducible: reducers.keys)
                }
            }
        }
        return removed
    }

    @discardableResult
    public func deleteCheckpoints(
        ofRuns runs: [RunID], reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        guard !runs.isEmpty else { return RemovedRows() }
        let wanted = Set(runs)
        let threads = try locked { (state) throws(StoreError) in
            state.histories.filter { $0.value.rows.values.contains { wanted.contains($0.metadata.runID) } }.map(\.key)
        }
        var removed = RemovedRows()
        for thread in threads {
            removed += try locked { (state) throws(StoreError) in
                try StoreRules.refuse(state.threads[thread]?.record.lease, of: wanted)
                return try state.prune(thread, reducers: reducers) { (outline) throws(StoreError) in
                    try PrunePlan(outline, removingRuns: runs, reducible: reducers.keys)
                }
            }
        }
        return removed
    }
}

extension InMemoryStore: DeltaHistoryStore {
    public func deltaHistory(
        of channels: [String], upTo checkpoint: CheckpointReference
    ) async throws(StoreError) -> [String: DeltaHistory] {
        try locked { (state) throws(StoreError) in
            let history = state.histories[checkpoint.thread] ?? InMemoryHistory()
            let outline = history.outline
            var result: [String: DeltaHistory] = [:]
            for channel in channels {
                let path = outline.deltaPath(
                    of: channel, from: .init(namespace: checkpoint.namespace, id: checkpoint.id))
                result[channel] = history.history(of: channel, along: path)
            }
            return result
        }
    }
}

extension InMemoryStore: CopyingStore {
    public func copy(_ source: ThreadID, to target: ThreadID, at time: Timestamp) async throws(StoreError) {
        try StoreRules.validateCopy(of: source, to: target)
        try locked { (state) throws(StoreError) in try state.copy(source, to: target, at: time) }
    }
}

extension InMemoryState {
    mutating func remove(_ thread: ThreadID) -> RemovedRows {
        var removed = histories[thread]?.size ?? RemovedRows()
        removed.threads = histories[thread] != nil || threads[thread] != nil ? 1 : 0
        delete(thread)
        return removed
    }

    mutating func prune(
        _ thread: ThreadID, reducers: DeltaReducers, by plan: (ThreadOutline) throws(StoreError) -> PrunePlan
    ) throws(StoreError) -> RemovedRows {
        guard var history = histories[thread] else { return RemovedRows() }
        var removed = try history.carryOut(plan(history.outline), reducers: reducers)
        histories[thread] = history.isEmpty ? nil : history
        if history.rows.isEmpty, removed.checkpoints > 0, threads[thread] == nil { removed.threads = 1 }
        threads[thread]?.record.head = history.head(of: .root)
        return removed
    }

    mutating func copy(_ source: ThreadID, to target: ThreadID, at time: Timestamp) throws(StoreError) {
        guard var copy = histories[source] else { return }
        let record = threads[source]?.record
        if let own = threads[target]?.record {
            try StoreRules.validateCopy(of: record, onto: own)
        }
        let places = Set(copy.rows.keys)
        guard histories[target]?.rows.keys.allSatisfy(places.contains) ?? true else {
            throw StoreError(.conflict, "Thread \(target) has checkpoints of its own.")
        }
        copy.readdress(to: target)
        if let existing = histories[target] { copy.keep(existing) }
        histories[target] = copy
        tombstones[target] = nil
        if threads[target] != nil {
            threads[target]?.record.head = copy.head(of: .root)
        } else if let record {
            let new = StoreRules.copy(of: record, to: target, at: time, head: copy.head(of: .root))
            threads[target] = InMemoryThread(record: new, epoch: StoreRules.firstEpoch(at: time) - 1)
            order.insert(new)
        }
    }
}

extension InMemoryHistory {
    /// Makes the rows those of another thread.
    mutating func readdress(to thread: ThreadID) {
        for place in rows.keys { rows[place]?.thread = thread }
    }

    /// Rows that exist stay as they are.
    mutating func keep(_ existing: InMemoryHistory) {
        rows.merge(existing.rows) { $1 }
        blobs.merge(existing.blobs) { $1 }
        for (place, own) in existing.writes {
            let others = (writes[place] ?? []).filter { write in
                !own.contains { $0.taskID == write.taskID && $0.index == write.index }
            }
            writes[place] = own + others
        }
    }
}

extension Set<RunID> {
    fileprivate func contains(_ run: String?) -> Bool { run.map { contains(RunID($0)) } ?? false }
}
