// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// The events of a run in memory, for any number of followers: of one that is executed here, or as they come from the log.
final class RunFeed: Sendable {
    let run: RunID

    private struct State {
        var events = RunEventList()
        /// Set where the run ended without an event that says so: the server stops, or lost the run.
        var failure: AgentError?
        /// Set where no event follows, though the last one is not a last one.
        var hasEnded = false
        var waiting: [ObjectIdentifier: FollowerBell] = [:]

        func isReady(behind index: Int) -> Bool { events.count > index || failure != nil || hasEnded }
    }

    private let state = Mutex(State())

    init(run: RunID) { self.run = run }

    /// Adds events and wakes the followers.
    func publish(_ events: [RunEvent]) {
        guard !events.isEmpty else { return }
        wake { state in for event in events { state.events.append(event) } }
    }

    /// Ends the feed without a last event.
    func fail(_ error: AgentError) {
        wake { if !($0.events.last?.isLast ?? false) { $0.failure = error } }
    }

    /// Ends the feed where it is.
    func end() { wake { $0.hasEnded = true } }

    /// All events until now.
    var eventsSoFar: [RunEvent] { state.withLock { $0.events.events(from: 0) } }

    /// The events from an index on, all that there are: waits for one where there is none. Empty behind the end, and where
    /// the bell was rung from outside.
    func events(from index: Int, wakenBy bell: FollowerBell) async throws -> [RunEvent] {
        let key = ObjectIdentifier(bell)
        let isReady = state.withLock { state in
            if state.isReady(behind: index) { return true }
            state.waiting[key] = bell
            return false
        }
        if !isReady {
            await bell.wait()
            state.withLock { _ = $0.waiting.removeValue(forKey: key) }
            try Task.checkCancellation()
        }
        let (ready, failure) = state.withLock { state in (state.events.events(from: index), state.failure) }
        if ready.isEmpty, let failure { throw failure }
        return ready
    }

    /// Whether nothing follows an index.
    func isOver(at index: Int) -> Bool { state.withLock { $0.hasEnded && $0.events.count <= index } }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for bell in waiting { bell.ring() }
    }
}
