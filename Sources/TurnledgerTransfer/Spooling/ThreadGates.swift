// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// A gate for each thread: any number of calls go through at once, but none while it is closed.
final class ThreadGates: Sendable {
    private struct Gate {
        var inside = 0
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var closing: CheckedContinuation<Void, Never>?
    }

    private let gates = Mutex<[ThreadID: Gate]>([:])

    /// Goes in; waits where the gate is closed.
    func enter(_ thread: ThreadID) async {
        while true {
            let isIn = gates.withLock { gates in
                guard gates[thread]?.isClosed != true else { return false }
                gates[thread, default: Gate()].inside += 1
                return true
            }
            if isIn { return }
            await withCheckedContinuation { continuation in
                let isOpen = gates.withLock { gates in
                    guard gates[thread]?.isClosed == true else { return true }
                    gates[thread]?.waiting.append(continuation)
                    return false
                }
                if isOpen { continuation.resume() }
            }
        }
    }

    func leave(_ thread: ThreadID) {
        let closing = gates.withLock { gates -> CheckedContinuation<Void, Never>? in
            guard var gate = gates[thread] else { return nil }
            gate.inside -= 1
            var closing: CheckedContinuation<Void, Never>?
            if gate.inside == 0 { (closing, gate.closing) = (gate.closing, nil) }
            gates[thread] = gate.inside == 0 && !gate.isClosed ? nil : gate
            return closing
        }
        closing?.resume()
    }

    /// Closes the gate and waits until nobody is inside. One closer a thread at a time waits for another.
    func close(_ thread: ThreadID) async {
        while true {
            await enter(thread)
            let isMine = gates.withLock { gates in
                guard gates[thread]?.isClosed == false else { return false }
                gates[thread]?.isClosed = true
                gates[thread]?.inside -= 1
                return true
            }
            if isMine { break }
            leave(thread)
        }
        await withCheckedContinuation { continuation in
            let isEmpty = gates.withLock { gates in
                guard gates[thread]?.inside != 0 else { return true }
                gates[thread]?.closing = continuation
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }

    func open(_ thread: ThreadID) {
        let waiting = gates.withLock { gates -> [CheckedContinuation<Void, Never>] in
            guard let gate = gates[thread] else { return [] }
            gates[thread] = nil
            return gate.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
