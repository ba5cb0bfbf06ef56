// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

// The store below need not be able to do these: then the calls throw `.unsupported`.

extension ForgetfulStore: PruningStore {
    @discardableResult
    public func prune(
        _ threads: [ThreadID], strategy: PruneStrategy, reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        let store: any PruningStore = try maintained()
        switch lie {
        case .neverPrunes: return RemovedRows()
        case .losesDeltaValues:
            let forgetting: DeltaReducer = { (_, _) throws(StoreError) in [] }
            return try await store.prune(
                threads, strategy: strategy, reducers: reducers.mapValues { _ in forgetting })
        default: return try await store.prune(threads, strategy: strategy, reducers: reducers)
        }
    }

    @discardableResult
    public func deleteCheckpoints(
        ofRuns runs: [RunID], reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        let store: any PruningStore = try maintained()
        let kept = lie == .keepsSecondRun ? Array(runs.prefix(1)) : runs
        return try await store.deleteCheckpoints(ofRuns: kept, reducers: reducers)
    }
}

extension ForgetfulStore: DeltaHistoryStore {
    public func deltaHistory(
        of channels: [String], upTo checkpoint: CheckpointReference
    ) async throws(StoreError) -> [String: DeltaHistory] {
        let store: any DeltaHistoryStore = try maintained()
        return try await store.deltaHistory(of: channels, upTo: checkpoint).mapValues { history in
            switch lie {
            case .reversesHistory: DeltaHistory(seed: history.seed, writes: history.writes.reversed())
            case .forgetsSeed: DeltaHistory(writes: history.writes)
            default: history
            }
        }
    }
}

extension ForgetfulStore: CopyingStore {
    public func copy(_ source: ThreadID, to target: ThreadID, at time: Timestamp) async throws(StoreError) {
        let store: any CopyingStore = try maintained()
        try await store.copy(source, to: target, at: time)
        guard lie == .copiesHeadAlone else { return }
        let pruning: any PruningStore = try maintained()
        try await pruning.prune([target], strategy: .keepLatest)
    }
}

extension ForgetfulStore {
    private func maintained<Store>(as type: Store.Type = Store.self) throws(StoreError) -> Store {
        guard let store = base as? Store else { throw StoreError(.unsupported, "The store is no \(type).") }
        return store
    }
}
