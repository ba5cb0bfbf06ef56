// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Notices when an endpoint has been silent for longer than it may.
final class SilenceTimer: Sendable {
    private struct State {
        var deadline: ContinuousClock.Instant
        var allowed: Duration
        var hasExpired = false
        var sleeper: (task: Task<Void, Never>, until: ContinuousClock.Instant)?
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
        let outdated = state.withLock { state -> Task<Void, Never>? in
            state.allowed = allowed
            state.deadline = .now + allowed
            guard let sleeper = state.sleeper, sleeper.until > state.deadline else { return nil }
            return sleeper.task
        }
        // Mostly deadlines move away, and the watcher looks again when it wakes; a nearer one wakes it.
        outdated?.cancel()
    }

    /// Returns when a silence was too long, or when the Swift task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            let sleeper = state.withLock { state -> Task<Void, Never>? in
                let deadline = state.deadline
                if deadline <= .now {
                    state.hasExpired = true
                    return nil
                }
                let task = Task { _ = try? await Task.sleep(until: deadline, clock: .continuous) }
                state.sleeper = (task, deadline)
                return task
            }
            guard let sleeper else { return }
            await withTaskCancellationHandler {
                await sleeper.value
            } onCancel: {
                sleeper.cancel()
            }
        }
    }
}
