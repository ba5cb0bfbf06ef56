// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// The thread whose calls go to the database although it is spooled: for a run that lies there alone.
enum RecoveredRun {
    struct Scope: Sendable {
        let store: ObjectIdentifier
        let thread: ThreadID
    }

    @TaskLocal static var current: Scope?
}

extension SpoolingStore: RecoveringStore {
    public func recovering(_ run: RunRecord, _ body: () async -> Void) async {
        guard (try? await liesInDatabase(run.id, of: run.thread)) == true else { return await body() }
        let scope = RecoveredRun.Scope(store: ObjectIdentifier(self), thread: run.thread)
        await RecoveredRun.$current.withValue(scope) { await body() }
    }

    func isRecovering(in thread: ThreadID) -> Bool {
        guard let scope = RecoveredRun.current else { return false }
        return scope.store == ObjectIdentifier(self) && scope.thread == thread
    }

    /// Whether a run of a spooled thread is one of the database's: of a server that died, or that is another one.
    ///
    /// Nobody may merge the thread while its lease lasts, so it is read, taken over and ended there.
    func liesInDatabase(_ run: RunID, of thread: ThreadID) async throws(StoreError) -> Bool {
        guard isSpooled(thread), !watch.isAway else { return false }
        guard let own = try await spool.run(run) else { return true }
        return Self.isOvertaken(own)
    }

    /// Whether a run of the spool was ended there because another server has taken it up, in the database.
    static func isOvertaken(_ run: RunRecord) -> Bool { run.status == .failed && run.failure == overtaking }

    private static var overtaking: String { "another server has taken the run up" }

    /// Ends a run in the spool that is another server's now: what waits behind it goes on.
    func giveUp(_ run: RunID, observed: Lease?, holder: String, at time: Timestamp) async throws(StoreError) {
        let (_, lease) = try await spool.takeOver(
            run, observed: observed, holder: holder, duration: .seconds(15), at: time)
        try await spool.finish(
            run, as: .failed, failure: Self.overtaking, at: time, fence: Fence(epoch: lease.epoch))
    }
}
