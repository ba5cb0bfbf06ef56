// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Removes threads because somebody wants it: what a legal hold lies on stays, the others leave a tombstone and, where
/// the store keeps one, a row of the audit table.
public enum ThreadRemoval {
    /// - `actor`: Who wants it.
    /// - Throws: `.conflict` for a thread on legal hold.
    public static func remove(
        _ thread: ThreadID, from store: any CheckpointStore, actor: String, at time: Timestamp
    ) async throws(StoreError) {
        if let store = store as? any RetentionStore, try await store.retention(of: thread).hold != nil {
            throw StoreError(.conflict, "A legal hold lies on thread \(thread). Release it first.")
        }
        if let store = store as? any TombstoneStore {
            try await store.bury(thread, as: .deleted, at: time)
        } else {
            try await store.delete(thread)
        }
        if let store = store as? any AuditStore {
            try await store.record(AuditEntry(time: time, actor: actor, action: .deleted, subject: thread.rawValue))
        }
    }
}
