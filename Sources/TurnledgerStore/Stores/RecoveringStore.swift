// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store in which a run may lie elsewhere than the rest of its thread.
///
/// That is so where a server died with a run in the database, and the thread has gone on in another server's spool since: the
/// run must end in the database before what was spooled can follow it.
public protocol RecoveringStore: RunStore {
    /// Does what belongs to one unfinished run: calls on its thread from within, and from the Swift tasks that are begun
    /// there, reach the place where the run lies. They fail with `.unavailable` when that is away.
    func recovering(_ run: RunRecord, _ body: () async -> Void) async
}
