// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

extension AgentService {
    /// Follows what a client asks to resume: a run by its ID, also one that has ended, or a thread's active run.
    ///
    /// Cost: three round trips at most.
    /// - Returns: `nil` where there is nothing to resume: an idle thread, an unknown one, or another owner's.
    /// - Throws: `.unavailable`.
    public func resume(_ id: String, owner: String) async throws(AgentError) -> RunFollower? {
        guard let run = try await resumable(id, owner: owner) else { return nil }
        do {
            return try await follow(run)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// What has happened in a run so far. Cost: nothing for a run that is executed here, else a round trip for each
    /// thousand events.
    public func events(of run: RunID) async throws(AgentError) -> [RunEvent] {
        if let feed = active.withLock({ $0[run]?.feed }) { return feed.eventsSoFar }
        do throws(StoreError) {
            var records: [RunEventRecord] = []
            while true {
                let page = try await store.events(of: run, from: records.count, limit: Self.page)
                records += page
                if page.count < Self.page { return records.compactMap(RunEvent.init) }
            }
        } catch { throw AgentError(error) }
    }

    private static let page = 1000

    private func resumable(_ id: String, owner: String) async throws(AgentError) -> RunID? {
        do throws(StoreError) {
            if id.hasPrefix("run_"), let run = try await store.run(RunID(id)) {
                guard try await store.thread(run.thread)?.owner == owner else { return nil }
                guard run.status.isFinished, run.attempt > 0 else { return run.id }
                // The log of a run that ended long ago is gone.
                return try await store.events(of: run.id, from: 0, limit: 1).isEmpty ? nil : run.id
            }
            guard let thread = try? ThreadID(validating: id), try await store.thread(thread)?.owner == owner else {
                return nil
            }
            return try await store.unfinishedRuns(in: thread).last?.run.id
        } catch { throw AgentError(error) }
    }
}
