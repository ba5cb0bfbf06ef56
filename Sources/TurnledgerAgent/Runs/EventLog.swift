// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerStore

/// Writes the events of all runs of a server to the store, in batches that the runs share.
///
/// A batch is written when it holds 64 events, is 250 ms old, or is flushed; one at a time. The log is for watching: a
/// batch that cannot be stored is kept for the next, up to a bound, and then dropped.
final class EventLog: Sendable {
    private struct State {
        var pending: [RunEventRecord] = []
        var writing: Task<Void, Never>?
        var hasTimer = false
    }

    private let store: any RunStore
    private let logger: Logger
    private let metrics: AgentMetrics
    private let onStored: @Sendable (Set<RunID>) -> Void
    private let state = Mutex(State())
    private let batchSize = 64
    private let batchAge = Duration.milliseconds(250)
    private let bound = 100_000

    /// - Parameter onStored: Called with the runs that others can read more of now.
    init(
        store: any RunStore, logger: Logger, metrics: AgentMetrics = .none,
        onStored: @escaping @Sendable (Set<RunID>) -> Void = { _ in }
    ) {
        self.store = store
        self.logger = logger
        self.metrics = metrics
        self.onStored = onStored
    }

    /// Takes events in order; returns at once.
    func add(_ records: [RunEventRecord]) {
        let needsTimer = state.withLock { state in
            state.pending += records
            if state.pending.count >= batchSize {
                startWriting(&state)
                return false
            }
            defer { state.hasTimer = true }
            return !state.hasTimer
        }
        guard needsTimer else { return }
        Task {
            try? await Task.sleep(for: batchAge)
            state.withLock { state in
                state.hasTimer = false
                startWriting(&state)
            }
        }
    }

    /// Returns when all that was added before is stored, or could not be.
    func flush() async {
        let (earlier, own) = state.withLock { state in
            let earlier = state.writing
            if earlier == nil { startWriting(&state) }
            return (earlier, state.writing)
        }
        await own?.value
        guard earlier != nil else { return }
        // The batch that was under way did not hold what came after it began.
        let next = state.withLock { state in
            startWriting(&state)
            return state.writing
        }
        await next?.value
    }

    /// Begins to store what was added before, where nothing is being stored: what the caller does next goes on beside it.
    func hurry() { state.withLock { startWriting(&$0) } }

    private func startWriting(_ state: inout State) {
        guard state.writing == nil, !state.pending.isEmpty else { return }
        let batch = state.pending
        state.pending = []
        state.writing = untraced { Task { await write(batch) } }
    }

    private func write(_ batch: [RunEventRecord]) async {
        var unwritten: [RunEventRecord] = []
        do throws(StoreError) {
            try await store.append(batch)
            metrics.eventsStored(batch.count)
            onStored(Set(batch.map(\.run)))
        } catch {
            logger.warning(
                "run events cannot be stored", metadata: ["error": "\(error.code)", "events": "\(batch.count)"])
            unwritten = batch
        }
        ended(unwritten)
    }

    private func ended(_ unwritten: [RunEventRecord]) {
        state.withLock { state in
            state.writing = nil
            state.pending = unwritten + state.pending
            if state.pending.count > bound {
                metrics.eventsDropped(state.pending.count)
                state.pending = []
            }
            if unwritten.isEmpty, state.pending.count >= batchSize { startWriting(&state) }
        }
    }
}
