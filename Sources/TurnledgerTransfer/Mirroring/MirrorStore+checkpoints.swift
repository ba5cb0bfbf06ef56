// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
public import TurnledgerStore

extension MirrorStore: CheckpointStore {
    /// The secondary may be away; then it is set up when it is back.
    public func setUp() async throws(StoreError) {
        try await part(knownRoles?.primary ?? .first).setUp()
        do throws(StoreError) {
            try await part(knownRoles?.primary.other ?? .second).setUp()
        } catch {
            guard error.code == .unavailable else { throw error }
            logger.warning("Secondary is away", metadata: ["reason": "\(error.detail)"])
        }
        _ = try await roles(until: .now + settings.patience)
    }

    public func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        let stored = try await read { (store) async throws(StoreError) in
            try await store.latest(in: thread, namespace: namespace)
        }
        if settings.readsShadows { readShadow(of: thread, namespace: namespace) }
        return stored
    }

    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await read { (store) async throws(StoreError) in try await store.checkpoint(reference) }
    }

    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        try await read { (store) async throws(StoreError) in try await store.list(query) }
    }

    public func put(_ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?) async throws(StoreError) {
        try await write([.thread(checkpoint.thread)]) { (store) async throws(StoreError) in
            try await store.put(checkpoint, newVersions: newVersions, fence: fence)
        }
    }

    public func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await write([.thread(writes.checkpoint.thread)]) { (store) async throws(StoreError) in
            try await store.putWrites(writes, fence: fence)
        }
    }

    public func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        guard let thread = commit.checkpoints.first?.checkpoint.thread ?? commit.writes.first?.checkpoint.thread else {
            return
        }
        try await write([.thread(thread)]) { (store) async throws(StoreError) in
            try await store.commit(commit, fence: fence)
        }
    }

    public func delete(_ thread: ThreadID) async throws(StoreError) {
        try await write([.thread(thread)]) { (store) async throws(StoreError) in try await store.delete(thread) }
    }
}
