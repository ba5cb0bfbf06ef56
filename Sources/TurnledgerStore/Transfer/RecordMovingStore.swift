// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store whose threads' records and runs can be taken to another store as they are.
public protocol RecordMovingStore: RunStore {
    /// All runs of a thread, oldest first.
    func runs(of thread: ThreadID) async throws(StoreError) -> [RunRecord]

    /// Takes in a thread's record and its runs as another store has them; its lease stays behind.
    ///
    /// Repeatable. Where the thread exists, the later of both records gives title, labels and status. A run that exists and
    /// has not ended ends as it does here; one whose idempotency key another run of the thread has is left out.
    /// - Throws: `.conflict` where somebody holds the thread, `.missing` where it belongs to another owner.
    func take(_ record: ThreadRecord, runs: [RunRecord]) async throws(StoreError)
}

extension RecordMovingStore where Self: MergingStore {
    /// Two transactions: the thread and its runs, then its title and labels where they have changed.
    public func take(_ record: ThreadRecord, runs: [RunRecord]) async throws(StoreError) {
        var new = record
        (new.lease, new.head) = (nil, nil)
        let existing = try await thread(record.id)
        if let existing, existing.updatedAt > record.updatedAt {
            (new.title, new.status, new.updatedAt) = (existing.title, existing.status, existing.updatedAt)
        }
        try await merge(ThreadMerge(thread: new, runs: runs))
        guard let existing, existing.updatedAt <= record.updatedAt,
            existing.title != record.title || existing.labels != record.labels
        else { return }
        try await update(
            record.id, ThreadChanges(title: record.title, labels: record.labels), at: record.updatedAt)
    }
}

extension InMemoryStore: RecordMovingStore {}
