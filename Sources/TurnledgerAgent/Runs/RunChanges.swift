// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Wakes those who read runs of other servers from the log, when the store says that there is something to read.
final class RunChanges: Sendable {
    private struct State {
        /// Whether the store tells of changes at the moment.
        var isHeard = false
        var bells: [RunID: [ObjectIdentifier: FollowerBell]] = [:]
    }

    private let state = Mutex(State())

    /// How long nobody looks where nothing is heard. What is heard may still be lost, with a connection.
    static func interval(isHeard: Bool, isPending: Bool) -> Duration {
        isHeard ? .seconds(2) : isPending ? .milliseconds(50) : .milliseconds(250)
    }

    /// Rings a bell when a run has changed, until `forget`.
    ///
    /// - Returns: Whether changes are heard.
    func listen(for run: RunID, _ bell: FollowerBell) -> Bool {
        state.withLock { state in
            state.bells[run, default: [:]][ObjectIdentifier(bell)] = bell
            return state.isHeard
        }
    }

    func forget(_ run: RunID, _ bell: FollowerBell) {
        state.withLock { state in
            state.bells[run]?[ObjectIdentifier(bell)] = nil
            if state.bells[run]?.isEmpty == true { state.bells[run] = nil }
        }
    }

    /// Takes what the store says.
    func take(_ news: RunNews) {
        let bells = state.withLock { state -> [FollowerBell] in
            switch news {
            case .changed(let runs): return runs.flatMap { state.bells[$0].map { Array($0.values) } ?? [] }
            case .hearing: state.isHeard = true
            case .deaf: state.isHeard = false
            }
            // Something may have been missed before.
            return state.bells.values.flatMap(\.values)
        }
        for bell in bells { bell.ring() }
    }
}

extension FollowerBell {
    /// Waits as `wait()` does, but no longer than this.
    func wait(atMost limit: Duration) async {
        let timer = Task {
            try await Task.sleep(for: limit)
            ring()
        }
        await wait()
        timer.cancel()
    }
}
