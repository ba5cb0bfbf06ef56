// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Names a task: one node's execution in one superstep of one checkpoint.
///
/// A hash of where the task stands, so that every runtime, Python's among them, computes the same ID and finds the
/// writes that a finished task left before a crash.
public struct TaskID: TextIdentifier {
    /// The task that writes on behalf of nobody: the input of a resume.
    public static let null = TaskID("00000000-0000-0000-0000-000000000000")

    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// The ID of a task that its triggers started (a PULL).
    ///
    /// - Parameters:
    ///   - checkpoint: The checkpoint that the superstep starts from.
    ///   - namespace: The task's own namespace: the node's name, behind the parent's namespace and `|` in a subgraph.
    ///   - superstep: The checkpoint's step plus one.
    ///   - node: The node that runs.
    ///   - triggers: The channels that start the node.
    public static func pull(
        checkpoint: CheckpointID, namespace: String, superstep: Int, node: String, triggers: [String]
    ) -> TaskID {
        let names = triggers.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
        return hashed(checkpoint, [namespace, String(superstep), node, "__pregel_pull"] + names)
    }

    /// The ID of a task that a send started (a PUSH), the `index`-th of its superstep.
    public static func push(
        checkpoint: CheckpointID, namespace: String, superstep: Int, node: String, index: Int
    ) -> TaskID {
        hashed(checkpoint, [namespace, String(superstep), node, "__pregel_push", String(index)])
    }

    package static func hashed(_ checkpoint: CheckpointID, _ parts: [String]) -> TaskID {
        var input = checkpoint.bytes ?? Array(checkpoint.rawValue.utf8)
        for part in parts { input.append(contentsOf: part.utf8) }
        let hash = XXH3.hash128(input)
        return TaskID(UniqueID.text(high: hash.high, low: hash.low))
    }
}

/// Spells task paths as LangGraph does: `~` and the parts, numbers as ten digits.
public enum TaskPath {
    /// The path of a task that its triggers started.
    public static func pull(_ node: String) -> String { "~__pregel_pull, " + node }

    /// The path of the `index`-th send of a superstep.
    public static func push(_ index: Int) -> String {
        "~__pregel_push, " + padded(index) + ", " + padded(0)
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
    }
}
