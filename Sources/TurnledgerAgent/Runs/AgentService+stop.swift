// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

extension AgentService {
    /// Stops a run by its ID, or all runs of a thread that have not ended, on whichever server they are executed.
    ///
    /// What has been said is kept, calls without a result are answered, runs that wait for their turn never begin. Waits
    /// for the end of what is stopped, but not for long: a tool may be slow to heed it.
    /// - Returns: The runs that were to be stopped; none for an idle thread, an unknown one, or another owner's.
    /// - Throws: `.unavailable`.
    @discardableResult
    public func stop(_ id: String, owner: String) async throws(AgentError) -> [RunID] {
        do throws(StoreError) {
            let runs = try await unfinished(id, owner: owner)
            for run in runs { try await requestStop(of: run) }
            for run in runs { try await waitForEnd(of: run) }
            return runs
        } catch { throw AgentError(error) }
    }

    /// Marks a run, and tells it where it is executed here.
    func requestStop(of run: RunID) async throws(StoreError) {
        try await store.requestStop(of: run, at: clock.now())
        announcer.changed([run])
        active.withLock { $0[run]?.stop }?.stop()
    }

    /// Tells the runs that are executed here which of them others have marked.
    func heedStopRequests() async {
        guard active.withLock({ !$0.isEmpty }), let marked = try? await store.stopRequests() else { return }
        for run in marked { active.withLock { $0[run]?.stop }?.stop() }
    }

    private func unfinished(_ id: String, owner: String) async throws(StoreError) -> [RunID] {
        if id.hasPrefix("run_"), let run = try await store.run(RunID(id)) {
            let isOwn = try await store.thread(run.thread)?.owner == owner
            return isOwn && !run.status.isFinished ? [run.id] : []
        }
        guard let thread = try? ThreadID(validating: id), try await store.thread(thread)?.owner == owner else {
            return []
        }
        return try await store.unfinishedRuns(in: thread).map(\.run.id)
    }

    private func waitForEnd(of run: RunID) async throws(StoreError) {
        let deadline = ContinuousClock.now + .seconds(3)
        while ContinuousClock.now < deadline, try await store.run(run)?.status.isFinished == false {
            do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
        }
    }
}
