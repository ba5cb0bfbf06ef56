// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Gathers what must be stored together, and stores it under the run's fence.
struct CommitJournal: Sendable {
    private let store: any CheckpointStore
    private let epoch: Int64?
    /// The newest checkpoint that is stored.
    private var head: CheckpointID?
    private var pending = Commit()

    init(store: any CheckpointStore, head: CheckpointID?, epoch: Int64?) {
        self.store = store
        self.head = head
        self.epoch = epoch
    }

    var isEmpty: Bool { pending.isEmpty }
    var counts: (writes: Int, checkpoints: Int) { (pending.writes.count, pending.checkpoints.count) }

    mutating func add(_ writes: TaskWrites) { pending.writes.append(writes) }

    mutating func add(_ checkpoint: Checkpoint, newVersions: ChannelVersions) {
        pending.checkpoints.append(.init(checkpoint, newVersions: newVersions))
    }

    /// Stores all that was gathered in one commit. After a failure it is still gathered: a repeat stores nothing twice.
    mutating func flush() async throws(StoreError) {
        guard !pending.isEmpty else { return }
        try await store.commit(pending, fence: epoch.map { Fence(epoch: $0, head: .exactly(head)) })
        head = pending.checkpoints.last?.checkpoint.id ?? head
        pending = Commit()
    }
}
