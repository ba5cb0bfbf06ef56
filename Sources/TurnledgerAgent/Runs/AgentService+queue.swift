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

    /// Sees to it that a run that waits for its turn is begun.
    func awaitTurn(of run: RunRecord) {
        waiting.withLock { waiting in
            guard waiting[run.thread] == nil else {
                waiting[run.thread]?.runs.insert(run.id)
                return
            }
            let task = untraced { Task { await beginWaitingRuns(in: run.thread) } }
            waiting[run.thread] = WaitingRuns(runs: [run.id], task: task)
        }
    }

    private func beginWaitingRuns(in thread: ThreadID) async {
        let bell = FollowerBell()
        var others = LeaseWatch()
        while !Task.isCancelled {
            if let execution = active.withLock({ $0.values.first { $0.lease.thread == thread } })?.execution {
                await execution.value
            }
            let own = waiting.withLock { $0[thread]?.runs ?? [] }
            var ahead: RunID?
            do {
                let unfinished = try await store.unfinishedRuns(in: thread)
                let pending = unfinished.filter { $0.run.status == .pending }.map(\.run.id)
                if isDone(thread, with: own.subtracting(pending)) { return }
                ahead = unfinished.first?.run.id
                if let first = unfinished.first, first.run.status == .pending,
                    // The server that made a run has those who follow it.
                    own.contains(first.run.id) || others.hasWaited(first.run, for: Self.courtesy, at: .now)
                {
                    await takeUp(first)
                }
            } catch {
                logger.debug("waiting runs cannot be seen", metadata: ["error": "\(error.code)"])
            }
            if let ahead { _ = changes.listen(for: ahead, bell) }
            await bell.wait(atMost: .milliseconds(100))
            if let ahead { changes.forget(ahead, bell) }
        }
    }

    /// How long a run whose turn it is is left to the server that made it.
    private static let courtesy = Duration.seconds(1)

    /// Whether none of a thread's runs waits for its turn any more.
    private func isDone(_ thread: ThreadID, with runs: Set<RunID>) -> Bool {
        waiting.withLock { waiting in
            waiting[thread]?.runs.subtract(runs)
            guard waiting[thread]?.runs.isEmpty ?? true else { return false }
            waiting[thread] = nil
            return true
        }
    }
}

/// The runs of a thread that this server has made and that wait for their turn, and what begins them.
struct WaitingRuns: Sendable {
    var runs: Set<RunID>
    let task: Task<Void, Never>
}
