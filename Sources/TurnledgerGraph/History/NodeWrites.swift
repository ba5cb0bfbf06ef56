// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Turns a node's output into writes to channels: its values, what it asks for itself, and what the graph's edges say.
struct NodeWrites: Sendable {
    let graph: Graph
    let node: GraphNode

    /// - `reading`: Returns the state with writes in it, for branches.
    /// - Throws: `.unknownChannel`, `.unknownNode`, what a branch throws.
    func writes(
        of output: NodeOutput, reading: @Sendable ([NodeOutput.Write]) throws -> PayloadMap
    ) async throws -> [NodeOutput.Write] {
        var writes = output.writes
        for write in writes where graph.channels[write.channel] == nil && write.channel != Reserved.returned {
            throw GraphError(
                .unknownChannel, "The node wrote to channel '\(write.channel)', which the graph does not have.")
        }
        for next in output.next { if let write = try self.write(next) { writes.append(write) } }
        for writer in node.writers {
            if let write = writer.write { writes.append(write) }
            if case .branch(let decide) = writer {
                for next in try await decide(try reading(writes), output) {
                    if let write = try self.write(next) { writes.append(write) }
                }
            }
        }
        return writes
    }

    private func write(_ next: Next) throws -> NodeOutput.Write? {
        switch next {
        case .to(let name):
            if name == .end { return nil }
            guard graph.nodes[name.rawValue] != nil, name != .start else {
                throw GraphError(.unknownNode, "The next node is '\(name)', which the graph does not have.")
            }
            return .init(Graph.trigger(of: name.rawValue), .null)
        case .send(let name, let value):
            guard graph.nodes[name.rawValue] != nil, name != .start else {
                throw GraphError(.unknownNode, "A send goes to '\(name)', which the graph does not have.")
            }
            return .init(Graph.tasks, .ext(LangGraphExt.send(node: name.rawValue, arg: value)))
        }
    }
}
