// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import TurnledgerStore

/// Remembers which thread a run belongs to: a run never moves, and its rows are found by the thread.
final class RunThreads: Sendable {
    private static let capacity = 20_000

    private let threads = Mutex<[RunID: ThreadID]>([:])

    subscript(_ run: RunID) -> ThreadID? {
        get { threads.withLock { $0[run] } }
        set {
            threads.withLock { threads in
                // What is forgotten is asked for again.
                if threads.count >= Self.capacity { threads.removeAll(keepingCapacity: true) }
                threads[run] = newValue
            }
        }
    }
}
