// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerGraph
import TurnledgerStore

/// The state of most test graphs: a number, a note, and a list that tasks append to.
struct ListState: GraphState {
    var x = 0
    var note = ""
    var log: [String] = []

    static var channels: [Channel<ListState>] {
        Channel("x", \.x)
        Channel("log", \.log, .appending)
        Channel("note", \.note)
    }
}

extension Node where State == ListState {
    /// A node that appends to `log` alone.
    static func appending(_ name: NodeName, _ value: String? = nil, next: [Next] = []) -> Node {
        Node(name) { _ in Update { $0.log = [value ?? name.rawValue] }.then(next) }
    }
}

/// Counts what tasks did.
final class Effects: Sendable {
    private let state = Mutex<[String: Int]>([:])

    var counts: [String: Int] { state.withLock { $0 } }
    func count(_ name: String) { state.withLock { $0[name, default: 0] += 1 } }
}
