// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerStore

extension AgentService {
    /// The runs that a turn is to end before it begins: those of its thread that have not ended, but not its own.
    func runsToEnd(for turn: Turn, _ policy: BusyPolicy, key: String) async throws(StoreError) -> [RunRecord] {
        guard policy == .interrupt || policy == .rollback else { return [] }
        // What goes on in a thread that is not at hand cannot be ended from here.
        guard isHistoryAvailable(of: turn.thread) else { return [] }
        guard let thread = try await store.thread(turn.thread), thread.owner == turn.owner,
            try await store.run(in: turn.thread, idempotencyKey: key) == nil
        else { return [] }
        return try await store.unfinishedRuns(in: turn.thread).map(\.run)
    }

    /// Sees to it that the runs of a thread that wait for their turn are begun, here or elsewhere.
    func awaitTurn(in thread: ThreadID) {
        waiting.withLock { waiting in
            guard waiting[thread] == nil else { return }
            waiting[thread] = untraced {
                Task {
                    await beginWaitingRuns(in: thread)
                    _ = self.waiting.withLock { $0.removeValue(forKey: thread) }
                }
            }
        }
    }

    private func beginWaitingRuns(in thread: ThreadID) async {
        while !Task.isCancelled {
            if let execution = active.withLock({ $0.values.first { $0.lease.thread == thread } })?.execution {
                await execution.value
            }
            do {
                let unfinished = try await store.unfinishedRuns(in: thread)
                guard unfinished.contains(where: { $0.run.status == .pending }) else { return }
                if let first = unfinished.first, first.run.status == .pending { await takeUp(first) }
            } catch {
                logger.debug("waiting runs cannot be seen", metadata: ["error": "\(error.code)"])
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }
}
