// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that keeps what a turn has done since its thread's newest checkpoint: new bytes only, in a table of
/// Turnledger's own (`turnledger_turn_journal`).
///
/// Entries belong to the checkpoint from which the turn began, their base. The turn's own checkpoint makes another head;
/// entries of an earlier base count for nothing from then on, and go with the next turn's first entry.
public protocol TurnJournalStore: CheckpointStore {
    /// Appends entries. At position 0 a turn begins: what the thread had before goes, also where there are no entries yet.
    ///
    /// The call is atomic, and idempotent: a repeat with the same entries changes nothing. One round trip.
    ///
    /// - `base`: The thread's newest checkpoint; `nil`: it has none.
    /// - `position`: How many entries of this base there are.
    /// - `fence`: The lease under which the caller writes; its head is not looked at.
    /// - Throws: `.conflict` where the fence has passed to another writer, or other entries lie in these places.
    func append(
        _ entries: [Payload], toJournalOf thread: ThreadID, base: CheckpointID?, at position: Int, fence: Fence?
    ) async throws(StoreError)

    /// Returns the entries of a base, in order.
    func journal(of thread: ThreadID, base: CheckpointID?) async throws(StoreError) -> [Payload]
}
