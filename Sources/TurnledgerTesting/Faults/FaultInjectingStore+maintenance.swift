// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

// The store below need not be able to do these: then the calls throw `.unsupported`.

extension FaultInjectingStore: PruningStore {
    @discardableResult
    public func prune(
        _ threads: [ThreadID], strategy: PruneStrategy, reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        let store: any PruningStore = try maintained()
        return try await call("prune") { () async throws(StoreError) in
            try await store.prune(threads, strategy: strategy, reducers: reducers)
        }
    }

    @discardableResult
    public func deleteCheckpoints(
        ofRuns runs: [RunID], reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        let store: any PruningStore = try maintained()
        return try await call("deleteCheckpoints") { () async throws(StoreError) in
            try await store.deleteCheckpoints(ofRuns: runs, reducers: reducers)
        }
    }
}

extension FaultInjectingStore: DeltaHistoryStore {
    public func deltaHistory(
        of channels: [String], upTo checkpoint: CheckpointReference
    ) async throws(StoreError) -> [String: DeltaHistory] {
        let store: any DeltaHistoryStore = try maintained()
        return try await call("deltaHistory") { () async throws(StoreError) in
            try await store.deltaHistory(of: channels, upTo: checkpoint)
        }
    }
}

extension FaultInjectingStore: TurnJournalStore {
    public func append(
        _ entries: [Payload], toJournalOf thread: ThreadID, base: CheckpointID?, at position: Int, fence: Fence?
    ) async throws(StoreError) {
        let store: any TurnJournalStore = try maintained()
        try await call("append") { () async throws(StoreError) in
            try await store.append(entries, toJournalOf: thread, base: base, at: position, fence: fence)
        }
    }

    public func journal(of thread: ThreadID, base: CheckpointID?) async throws(StoreError) -> [Payload] {
        let store: any TurnJournalStore = try maintained()
        return try await call("journal") { () async throws(StoreError) in
            try await store.journal(of: thread, base: base)
        }
    }
}

extension FaultInjectingStore: CopyingStore {
    public func copy(_ source: ThreadID, to target: ThreadID, at time: Timestamp) async throws(StoreError) {
        let store: any CopyingStore = try maintained()
        try await call("copy") { () async throws(StoreError) in try await store.copy(source, to: target, at: time) }
    }
}

extension FaultInjectingStore {
    private func maintained<Store>(as type: Store.Type = Store.self) throws(StoreError) -> Store {
        guard let store = base as? Store else { throw StoreError(.unsupported, "The store is no \(type).") }
        return store
    }
}
