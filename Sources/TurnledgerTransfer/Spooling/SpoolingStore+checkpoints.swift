// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension SpoolingStore: CheckpointStore {
    public func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        try await on(
            thread,
            primary: { (store) async throws(StoreError) in try await store.latest(in: thread, namespace: namespace) },
            learn: { if namespace == .root { tails.read($0, of: thread) } },
            spool: { (store) async throws(StoreError) in try await store.latest(in: thread, namespace: namespace) })
    }

    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await on(
            reference.thread,
            primary: { (store) async throws(StoreError) in try await store.checkpoint(reference) },
            spool: { (store) async throws(StoreError) in try await store.checkpoint(reference) })
    }

    /// A listing stays where its thread was when it began.
    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        if let thread = query.thread, isSpooled(thread) || watch.isAway {
            return try await on(
                thread, primary: { (store) async throws(StoreError) in try await store.list(query) },
                spool: { (store) async throws(StoreError) in try await store.list(query) })
        }
        let listing = try await primary.list(query)
        return CheckpointListing(limit: query.limit) { [self] (cursor) async throws(StoreError) in
            try await onPrimary { (_) async throws(StoreError) in try await listing.page(behind: cursor) }
        }
    }

    public func put(
        _ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?
    ) async throws(StoreError) {
        try await commit(Commit(checkpoints: [.init(checkpoint, newVersions: newVersions)]), fence: fence)
    }

    public func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await commit(Commit(writes: [writes]), fence: fence)
    }

    public func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        guard let thread = commit.checkpoints.first?.checkpoint.thread ?? commit.writes.first?.checkpoint.thread else {
            return
        }
        try await on(
            thread, primary: { (store) async throws(StoreError) in try await store.commit(commit, fence: fence) },
            learn: { tails.committed(commit, to: thread) },
            spool: { (store) async throws(StoreError) in try await store.commit(commit, fence: fence) })
    }

    /// Needs the database: only there can be seen what lies on a thread.
    public func delete(_ thread: ThreadID) async throws(StoreError) {
        try await removing(thread) { (store) async throws(StoreError) in try await store.delete(thread) }
    }

    /// Does something to the database that takes a thread away, from the spool as well.
    func removing<Value: Sendable>(
        _ thread: ThreadID, _ call: @escaping @Sendable (Primary) async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        guard isSpooled(thread) else {
            let value = try await onPrimary(call)
            tails.forget(thread)
            return value
        }
        await gates.close(thread)
        defer { gates.open(thread) }
        let value = try await onPrimary(call)
        if isSpooled(thread) {
            try await spool.delete(thread)
            try await spool.forgetSpooled(thread)
            wasMerged(thread)
        }
        return value
    }
}

// MARK: What the primary is as well

extension SpoolingStore: DeltaHistoryStore where Primary: DeltaHistoryStore {
    public func deltaHistory(
        of channels: [String], upTo checkpoint: CheckpointReference
    ) async throws(StoreError) -> [String: DeltaHistory] {
        try await on(
            checkpoint.thread,
            primary: { (store) async throws(StoreError) in
                try await store.deltaHistory(of: channels, upTo: checkpoint)
            },
            learn: { tails.read($0, of: checkpoint) },
            spool: { (store) async throws(StoreError) in
                try await store.deltaHistory(of: channels, upTo: checkpoint)
            })
    }
}

extension SpoolingStore: TurnJournalStore where Primary: TurnJournalStore {
    public func append(
        _ entries: [Payload], toJournalOf thread: ThreadID, base: CheckpointID?, at position: Int, fence: Fence?
    ) async throws(StoreError) {
        try await on(
            thread,
            primary: { (store) async throws(StoreError) in
                try await store.append(entries, toJournalOf: thread, base: base, at: position, fence: fence)
            },
            learn: { tails.journaled(entries, of: thread, base: base, at: position) },
            spool: { (store) async throws(StoreError) in
                try await store.append(entries, toJournalOf: thread, base: base, at: position, fence: fence)
            })
    }

    public func journal(of thread: ThreadID, base: CheckpointID?) async throws(StoreError) -> [Payload] {
        try await on(
            thread, primary: { (store) async throws(StoreError) in try await store.journal(of: thread, base: base) },
            learn: { tails.readJournal($0, of: thread, base: base) },
            spool: { (store) async throws(StoreError) in try await store.journal(of: thread, base: base) })
    }
}

extension SpoolingStore: CopyingStore where Primary: CopyingStore {
    /// In the spool where the source lies there: the copy is merged as a thread of its own.
    public func copy(_ source: ThreadID, to target: ThreadID, at time: Timestamp) async throws(StoreError) {
        let isWithin = isSpooled(source) || watch.isAway
        guard isWithin else {
            try await onPrimary { (store) async throws(StoreError) in
                try await store.copy(source, to: target, at: time)
            }
            tails.forget(target)
            return
        }
        _ = try await thread(source)
        try await on(
            target, .begin,
            primary: { (store) async throws(StoreError) in try await store.copy(source, to: target, at: time) },
            spool: { (store) async throws(StoreError) in try await store.copy(source, to: target, at: time) })
    }
}

extension SpoolingStore: PruningStore where Primary: PruningStore {
    @discardableResult
    public func prune(
        _ threads: [ThreadID], strategy: PruneStrategy, reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        let rows = try await onPrimary { (store) async throws(StoreError) in
            try await store.prune(threads, strategy: strategy, reducers: reducers)
        }
        for thread in threads { tails.forget(thread) }
        return rows
    }

    @discardableResult
    public func deleteCheckpoints(
        ofRuns runs: [RunID], reducers: DeltaReducers
    ) async throws(StoreError) -> RemovedRows {
        try await onPrimary { (store) async throws(StoreError) in
            try await store.deleteCheckpoints(ofRuns: runs, reducers: reducers)
        }
    }
}
