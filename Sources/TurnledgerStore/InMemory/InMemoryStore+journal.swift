// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore: TurnJournalStore {
    public func append(
        _ entries: [Payload], toJournalOf thread: ThreadID, base: CheckpointID?, at position: Int, fence: Fence?
    ) async throws(StoreError) {
        try locked { (state) throws(StoreError) in
            if let fence {
                try state.check(Fence(epoch: fence.epoch), on: thread, namespace: .root)
            } else {
                try StoreRules.refuse(state.tombstones[thread])
            }
            var journal = state.journals[thread] ?? InMemoryJournal(base: base)
            if journal.base != base || position == 0 { journal = InMemoryJournal(base: base) }
            guard position <= journal.entries.count,
                zip(journal.entries[position...], entries).allSatisfy({ $0 == $1 })
            else { throw StoreError(.conflict, "Thread \(thread): another turn has written its journal.") }
            journal.entries += entries.dropFirst(journal.entries.count - position)
            state.journals[thread] = journal
        }
    }

    public func journal(of thread: ThreadID, base: CheckpointID?) async throws(StoreError) -> [Payload] {
        try locked { (state) throws(StoreError) in
            guard let journal = state.journals[thread], journal.base == base else { return [] }
            return journal.entries
        }
    }
}

/// What a thread's turn has done since its newest checkpoint.
struct InMemoryJournal: Sendable {
    var base: CheckpointID?
    var entries: [Payload] = []
}
