// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// The events of a run that is executed here, for any number of followers.
final class RunFeed: Sendable {
    let run: RunID

    private struct State {
        var events: [RunEvent] = []
        /// Set where the run ended without an event that says so: the server stops, or lost the run.
        var failure: AgentError?
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    init(run: RunID) { self.run = run }

    /// Adds events and wakes the followers.
    func publish(_ events: [RunEvent]) {
        guard !events.isEmpty else { return }
        wake { $0.events += events }
    }

    /// Ends the feed without a last event.
    func fail(_ error: AgentError) {
        wake { if !($0.events.last?.isLast ?? false) { $0.failure = error } }
    }

    /// All events until now.
    var eventsSoFar: [RunEvent] { state.withLock { $0.events } }

    /// The events from an index on, all that there are: waits for one where there is none.
    func events(from index: Int) async throws -> [RunEvent] {
        while true {
            let (ready, failure) = state.withLock { state in
                (Array(state.events.dropFirst(index)), state.failure)
            }
            if !ready.isEmpty { return ready }
            if let failure { throw failure }
            try Task.checkCancellation()
            await wait(behind: index)
        }
    }

    private func wait(behind index: Int) async {
        let ticket = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.events.count > index || state.failure != nil || Task.isCancelled { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }
}
