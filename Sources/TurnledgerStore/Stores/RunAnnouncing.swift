// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store whose users tell one another which runs have changed, so that nobody has to look again and again.
///
/// Announcing is apart from writing, and nothing relies on it: what is lost is found a little later by looking.
public protocol RunAnnouncing: RunStore {
    /// Tells all users of the store, this one too, that runs have new events or another status.
    func announce(_ runs: Set<RunID>) async throws(StoreError)

    /// What others announce, until the Swift task that reads is cancelled; `nil` where it cannot be heard.
    var announcements: AsyncStream<RunNews>? { get }
}

/// What is heard of other users of a store.
public enum RunNews: Hashable, Sendable {
    /// From now on changes are heard; earlier ones may have been missed.
    case hearing
    /// These runs may have new events or another status.
    case changed(Set<RunID>)
    /// Nothing is heard any more, until `hearing` comes again.
    case deaf
}
