// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Notices when an endpoint has been silent for longer than it may.
final class SilenceTimer: Sendable {
    private struct State {
        var deadline: ContinuousClock.Instant
        var allowed: Duration
        var hasExpired = false
    }

    private let state: Mutex<State>

    /// Starts with the time that the first byte may take.
    init(allowing allowed: Duration) {
        state = Mutex(State(deadline: .now + allowed, allowed: allowed))
    }

    /// Whether `watch()` has found a silence that was too long.
    var hasExpired: Bool { state.withLock { $0.hasExpired } }

    /// How long the silence was that expired, or may be.
    var allowed: Duration { state.withLock { $0.allowed } }

    /// Notes that something came, and how long the next silence may be.
    func heard(nextWithin allowed: Duration) {
        state.withLock { state in
            state.allowed = allowed
            state.deadline = .now + allowed
        }
    }

    /// Returns when a silence was too long, or when the Swift task is cancelled.
    func watch() async {
        while true {
            let deadline = state.withLock { state -> ContinuousClock.Instant? in
                if state.deadline <= .now {
                    state.hasExpired = true
                    return nil
                }
                return state.deadline
            }
            guard let deadline else { return }
            do {
                try await Task.sleep(until: deadline, clock: .continuous)
            } catch {
                return
            }
        }
    }
}
