// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore: CheckpointStore {
    /// There is nothing to make.
    public func setUp() async throws(StoreError) {}

    public func latest(
        in thread: ThreadID, namespace: Namespace
    ) async throws(StoreError) -> StoredCheckpoint? {
        try locked { (state) throws(StoreError) in
            guard let history = state.histories[thread], let id = history.head(of: namespace) else { return nil }
            return try history.stored(.init(namespace: namespace, id: id), includesValues: true)
        }
    }

    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try locked { (state) throws(StoreError) in
            try state.histories[reference.thread]?
                .stored(.init(namespace: reference.namespace, id: reference.id), includesValues: true)
        }
    }

    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        try StoreRules.validate(query)
        return CheckpointListing(limit: query.limit) { [self] (cursor) async throws(StoreError) in
            try locked { (state) throws(StoreError) in try state.page(of: query, behind: cursor) }
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
        guard !commit.isEmpty else { return }
        try StoreRules.validate(commit)
        var rows: [InMemoryRow] = []
        for new in commit.checkpoints { rows.append(try InMemoryRow(new)) }
        try locked { (state) throws(StoreError) in try state.commit(commit, rows: rows, fence: fence) }
    }

    public func delete(_ thread: ThreadID) async throws(StoreError) {
        try locked { (state) throws(StoreError) in state.delete(thread) }
    }
}

extension InMemoryState {
    /// - `rows`: The commit's checkpoints, laid out.
    mutating func commit(_ commit: Commit, rows: [InMemoryRow], fence: Fence?) throws(StoreError) {
        let thread = commit.checkpoints.first?.checkpoint.thread ?? commit.writes[0].checkpoint.thread
        if let fence {
            let namespace = StoreRules.fencedNamespace(of: commit)
            let written = commit.checkpoints.last { $0.checkpoint.namespace == namespace }?.checkpoint.id
            try check(fence, on: thread, namespace: namespace, writing: written)
        } else {
            try StoreRules.refuse(tombstones[thread])
        }
        var history = histories.removeValue(forKey: thread) ?? InMemoryHistory()
        for writes in commit.writes { history.put(writes) }
        for row in rows { history.put(row) }
        threads[thread]?.record.head = history.head(of: .root)
        histories[thread] = history
    }

    mutating func delete(_ thread: ThreadID) {
        histories[thread] = nil
        journals[thread] = nil
        retentions[thread] = nil
        guard let entry = threads.removeValue(forKey: thread) else { return }
        order.remove(entry.record)
        for run in entry.runs { runs[run] = nil }
    }

    func check(
        _ fence: Fence, on thread: ThreadID, namespace: Namespace, writing: CheckpointID? = nil
    ) throws(StoreError) {
        guard let lease = threads[thread]?.record.lease, lease.epoch == fence.epoch else {
            throw StoreError(.conflict, "Thread \(thread): epoch \(fence.epoch) does not hold the lease.")
        }
        guard StoreRules.accepts(histories[thread]?.head(of: namespace), expected: fence.head, writing: writing) else {
            throw StoreError(.conflict, "Thread \(thread): the head has moved.")
        }
    }

    func page(
        of query: CheckpointQuery, behind cursor: CheckpointListing.Cursor?
    ) throws(StoreError) -> CheckpointListing.Page {
        let size = StoreRules.pageSize(of: query)
        let wanted = JSONValue.object(query.metadata)
        var matches: [CheckpointReference] = []
        for (thread, history) in histories where query.thread == nil || query.thread == thread {
            for place in history.places {
                let reference = CheckpointReference(thread: thread, namespace: place.namespace, id: place.id)
                guard query.namespace == nil || query.namespace == place.namespace,
                    query.id == nil || query.id == place.id,
                    query.before.map({ place.id < $0 }) ?? true,
                    cursor.map({ Self.isNewer($0, reference) }) ?? true,
                    query.metadata.isEmpty || JSONValue.object(history.metadata(of: place)).contains(wanted)
                else { continue }
                matches.append(reference)
            }
        }
        matches.sort(by: Self.isNewer)
        let page = matches.prefix(size)
        var checkpoints: [StoredCheckpoint] = []
        for reference in page {
            let stored = try histories[reference.thread]?.stored(
                .init(namespace: reference.namespace, id: reference.id), includesValues: query.includesValues)
            if let stored { checkpoints.append(stored) }
        }
        return .init(checkpoints: checkpoints, next: matches.count > size ? page.last : nil)
    }

    /// The order of listings: the greater ID first, of equal ones the greater thread, then the greater namespace.
    private static func isNewer(_ left: CheckpointReference, _ right: CheckpointReference) -> Bool {
        if left.id != right.id { return right.id < left.id }
        if left.thread != right.thread { return ExactText(right.thread.rawValue) < ExactText(left.thread.rawValue) }
        return ExactText(right.namespace.rawValue) < ExactText(left.namespace.rawValue)
    }
}
