// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where one follower waits: woken by new events, from outside, or by the cancellation of its Swift task.
package final class FollowerBell: Sendable {
    private struct State {
        var waiting: CheckedContinuation<Void, Never>?
        /// Rung while nobody waited: the next wait returns at once.
        var isRung = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Wakes the follower, or sees to it that it does not fall asleep.
    package func ring() {
        state.withLock { state in
            state.isRung = state.waiting == nil
            defer { state.waiting = nil }
            return state.waiting
        }?.resume()
    }

    /// Returns once it was rung since the last wait, or when the Swift task is cancelled. One at a time waits.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard !state.isRung, !Task.isCancelled else { return true }
                    state.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
            state.withLock { $0.isRung = false }
        } onCancel: {
            ring()
        }
    }
}
