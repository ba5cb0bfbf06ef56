// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import TurnledgerGraph
import TurnledgerStore

/// A graph as data, and what is done with it: `Tests/Interop/cases.json`. Python's `peer.py` interprets it alike.
struct InteropCase: Sendable, CustomTestStringConvertible {
    let json: JSONValue

    var name: String { json["name"]?.string ?? "" }
    var testDescription: String { name }
    var graph: JSONValue { json["graph"] ?? .null }
    var actions: [JSONValue] { json["actions"]?.array ?? [] }
    /// Whether tasks run side by side, so that events come in any order.
    var isUnordered: Bool { json["unordered"] == true }
    /// Whether the thread keeps a subgraph's own state.
    var keepsSubgraph: Bool { json.sortedText.contains(#""keep":"thread""#) }
    /// Why Turnledger does otherwise on purpose.
    var difference: String? { json["differs"]?.string }

    static let all: [InteropCase] = {
        let file = folder.appending(path: "cases.json")
        guard let data = try? Data(contentsOf: file), let json = try? JSONValue.parse(Array(data)) else { return [] }
        return (json.array ?? []).map { InteropCase(json: $0) }
    }()

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Interop")
}

/// An error as Python raises it.
struct PythonError: StorableError, CustomStringConvertible {
    let type: String
    let message: String

    var storedText: String { "\(type)('\(message)')" }
    var description: String { "\(type): \(message)" }
}

/// What the nodes of a case have counted.
final class InteropCounts: Sendable {
    private struct State {
        var ran: [(name: String, task: TaskID)] = []
        var ended: [(name: String, task: TaskID, output: NodeOutput)] = []
        var failures: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// The nodes of the tasks that began.
    var ran: [String] { state.withLock { $0.ran.map(\.name) } }
    /// The tasks that began, one for each time.
    var tasks: [TaskID] { state.withLock { $0.ran.map(\.task) } }
    /// What tasks came to that may be said not to run twice, each time: their effects.
    var ended: [(name: String, task: TaskID, output: NodeOutput)] { state.withLock { $0.ended } }

    func ran(_ name: String, _ task: TaskID) { state.withLock { $0.ran.append((name, task)) } }
    func ended(_ name: String, _ task: TaskID, _ output: NodeOutput) {
        state.withLock { $0.ended.append((name, task, output)) }
    }
    func failed(_ name: String) -> Int {
        state.withLock { state in
            state.failures[name, default: 0] += 1
            return state.failures[name]!
        }
    }
}
