// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Wakes the courier of the same process. One Swift task waits at a time.
final class MirrorBell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            state.isRung = state.waiter == nil
            return state.waiter
        }
        waiter?.resume()
    }

    /// Waits until it rings, or for so long.
    func wait(atMost duration: Duration) async {
        let timer = Task {
            try await Task.sleep(for: duration)
            ring()
        }
        await withCheckedContinuation { continuation in
            let isRung = state.withLock { state in
                defer { state.isRung = false }
                if !state.isRung { state.waiter = continuation }
                return state.isRung
            }
            if isRung { continuation.resume() }
        }
        timer.cancel()
    }
}
