// Turnledger. SPDX-License-Identifier: Apache-2.0

package import TurnledgerStore

/// What the store's calls send: for benchmarks that have another client send the same.
extension PostgresStore {
    /// What `commit(_:fence:)` sends.
    package func queries(storing commit: Commit, fence: Fence?) throws(StoreError) -> [PostgresQuery] {
        queries(storing: try CommitRows(commit, cipher: cipher), of: commit, fence: fence)
    }

    /// What `latest(in:namespace:)` sends.
    package func queries(readingHeadOf thread: ThreadID) -> [PostgresQuery] {
        [PostgresQuery(statements.checkpoints.latest, [.text(thread.rawValue), .text("")])]
    }

    /// What the first page of `list(_:)` sends.
    package func queries(listing query: CheckpointQuery) -> [PostgresQuery] {
        [statements.checkpoints.page(of: query, behind: nil, size: StoreRules.pageSize(of: query))]
    }
}
