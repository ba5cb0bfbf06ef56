// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Tells other servers which runs have changed: at once, then no more often than every 50 ms.
final class RunAnnouncer: Sendable {
    private struct State {
        var runs: Set<RunID> = []
        var isAtWork = false
    }

    private let store: (any RunAnnouncing)?
    private let state = Mutex(State())
    private static let interval = Duration.milliseconds(50)

    init(store: any RunStore) { self.store = store as? any RunAnnouncing }

    /// Returns at once; what cannot be told is found by looking.
    func changed(_ runs: Set<RunID>) {
        guard let store, !runs.isEmpty else { return }
        let begins = state.withLock { state in
            state.runs.formUnion(runs)
            defer { state.isAtWork = true }
            return !state.isAtWork
        }
        guard begins else { return }
        untraced {
            _ = Task {
                while let runs = take() {
                    try? await store.announce(runs)
                    try? await Task.sleep(for: Self.interval)
                }
            }
        }
    }

    private func take() -> Set<RunID>? {
        state.withLock { state in
            defer { state.runs = [] }
            if state.runs.isEmpty { state.isAtWork = false }
            return state.runs.isEmpty ? nil : state.runs
        }
    }
}
