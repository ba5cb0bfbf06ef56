// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Names the part of a thread that a graph or a subgraph writes: LangGraph's `checkpoint_ns`.
///
/// Empty for the graph itself; `node:task_id` for a subgraph that a task called, nested ones joined by `|`;
/// just `node` for a subgraph that keeps its state from call to call.
public struct Namespace: TextIdentifier, ExpressibleByStringLiteral {
    /// The namespace of the graph that a thread belongs to.
    public static let root = Namespace("")

    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }

    public init(stringLiteral value: String) { self.init(value) }
}
