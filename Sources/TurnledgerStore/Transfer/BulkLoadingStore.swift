// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that takes in whole threads faster than one commit after another.
public protocol BulkLoadingStore: CheckpointStore {
    /// Stores threads of which nothing is there yet, all in one transaction.
    ///
    /// Repeatable: what is there already is left out. As `commit` without a fence otherwise.
    /// - Parameter commits: Of one thread each, and of no thread two.
    /// - Returns: The threads that were stored. Of the others something is there, or came meanwhile: `commit` takes them.
    func load(_ commits: [Commit]) async throws(StoreError) -> Set<ThreadID>
}
