// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

extension TouchStore: CheckpointStore {
    /// Sets up the new store, and takes over the regulations where it has none.
    public func setUp() async throws(StoreError) {
        try await new.setUp()
        try await old.setUp()
        guard let from = old as? any ClauseStore, let to = new as? any ClauseStore, try await to.documents().isEmpty
        else { return }
        var documents: [RegulationImport] = []
        for document in try await from.documents() {
            documents.append(RegulationImport(document, clauses: try await from.clauses(of: document.id)))
        }
        let version = Timestamp(microseconds: try await from.clauseVersion())
        if !documents.isEmpty { _ = try await to.replace(documents: documents, removing: [], at: version) }
    }

    public func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        try await touch(thread)
        return try await new.latest(in: thread, namespace: namespace)
    }

    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await touch(reference.thread)
        return try await new.checkpoint(reference)
    }

    /// Of all threads: those of the new store, then those that the old one still has.
    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        if let thread = query.thread {
            try await touch(thread)
            return try await new.list(query)
        }
        let (left, right) = (try await new.list(query), try await old.list(query))
        // No thread has no name: the place between the two.
        let between = CheckpointReference(thread: ThreadID(""), namespace: .root, id: CheckpointID(""))
        let place = ListingPlace()
        return CheckpointListing(limit: query.limit) { [self] (cursor) async throws(StoreError) in
            if cursor == nil { place.isOld = false }
            if cursor == between { place.isOld = true }
            guard place.isOld else {
                var page = try await left.page(behind: cursor)
                page.next = page.next ?? between
                return page
            }
            var page = try await right.page(behind: cursor == between ? nil : cursor)
            var kept: [StoredCheckpoint] = []
            for stored in page.checkpoints where try await !isMoved(stored.checkpoint.thread) { kept.append(stored) }
            page.checkpoints = kept
            return page
        }
    }

    func isMoved(_ thread: ThreadID) async throws(StoreError) -> Bool {
        if isTouched(thread) { return true }
        return try await new.thread(thread) != nil
    }

    public func put(_ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?) async throws(StoreError) {
        try await touch(checkpoint.thread)
        try await new.put(checkpoint, newVersions: newVersions, fence: fence)
    }

    public func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await touch(writes.checkpoint.thread)
        try await new.putWrites(writes, fence: fence)
    }

    public func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        if let thread = commit.checkpoints.first?.checkpoint.thread ?? commit.writes.first?.checkpoint.thread {
            try await touch(thread)
        }
        try await new.commit(commit, fence: fence)
    }

    /// In the old store first: what is gone there cannot come back.
    public func delete(_ thread: ThreadID) async throws(StoreError) {
        try await old.delete(thread)
        try await new.delete(thread)
    }
}

/// Which of two listings is being read.
private final class ListingPlace: Sendable {
    private let flag = Mutex(false)

    var isOld: Bool {
        get { flag.withLock { $0 } }
        set { flag.withLock { $0 = newValue } }
    }
}

extension TouchStore: ClauseStore {
    @discardableResult
    public func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64 {
        try await clauses.replace(documents: documents, removing: removing, at: time)
    }

    public func documents() async throws(StoreError) -> [RegulationDocument] { try await clauses.documents() }

    public func clause(_ id: ClauseID) async throws(StoreError) -> Clause? { try await clauses.clause(id) }

    public func clauses(of document: String) async throws(StoreError) -> [Clause] {
        try await clauses.clauses(of: document)
    }

    public func clauseVersion() async throws(StoreError) -> Int64 { try await clauses.clauseVersion() }

    public func changes(since version: Int64) async throws(StoreError) -> ClauseChanges {
        try await clauses.changes(since: version)
    }

    private var clauses: any ClauseStore {
        get throws(StoreError) {
            guard let clauses = new as? any ClauseStore else {
                throw StoreError(.unsupported, "The new store keeps no regulations.")
            }
            return clauses
        }
    }
}
