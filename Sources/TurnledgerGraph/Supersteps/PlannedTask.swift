// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A task of the next superstep.
struct PlannedTask: Sendable {
    let node: String
    let id: TaskID
    let path: String
    let triggers: [String]
    let sent: PayloadValue?

    /// The ID under which the mark lies that the task has begun. Other runtimes have no task of this ID and pass it by.
    var markID: TaskID {
        TaskID.pull(checkpoint: CheckpointID(id.rawValue), namespace: "", superstep: 0, node: "begun", triggers: [])
    }
}

extension ThreadState {
    /// The tasks of the next superstep: one for each send, then one for each node that a newer channel starts.
    ///
    /// LangGraph's `prepare_next_tasks`: the IDs are the same that Python computes.
    /// - Throws: `.unknownNode` for a send to a node that the graph does not have.
    func plan() throws -> [PlannedTask] {
        guard let head else { return [] }
        var tasks: [PlannedTask] = []
        let prefix = namespace.rawValue.isEmpty ? "" : namespace.rawValue + "|"
        for (index, send) in (channels[Graph.tasks]?.value?.array ?? []).enumerated() {
            guard let parts = send.ext?.asSend else {
                throw GraphError(.unknownNode, "Send \(index) of superstep \(step + 1) cannot be read.")
            }
            let node = parts.node
            guard graph.nodes[node] != nil else {
                throw GraphError(
                    .unknownNode, "Superstep \(step + 1) sends to '\(node)', which the graph does not have.")
            }
            tasks.append(
                PlannedTask(
                    node: node,
                    id: .push(
                        checkpoint: head, namespace: prefix + node, superstep: step + 1, node: node, index: index),
                    path: TaskPath.push(index), triggers: ["__pregel_push"], sent: parts.arg))
        }
        for node in ([Graph.start] + graph.nodes.keys.sorted()) {
            let trigger = node == Graph.start ? Graph.start : Node.trigger(of: node)
            guard let version = versions[trigger], channels[trigger]?.isAvailable == true else { continue }
            if let seenVersion = seen[node]?[trigger], version <= seenVersion { continue }
            tasks.append(
                PlannedTask(
                    node: node,
                    id: .pull(
                        checkpoint: head, namespace: prefix + node, superstep: step + 1, node: node, triggers: [trigger]
                    ),
                    path: TaskPath.pull(node), triggers: [trigger], sent: nil))
        }
        return tasks
    }

    /// What the start task writes: the input's channels, then the entry's trigger.
    func startWrites() -> [NodeOutput.Write] {
        var writes: [NodeOutput.Write] = []
        for entry in channels[Graph.start]?.value?.map?.entries ?? [] {
            if let channel = entry.key.string { writes.append(.init(channel, entry.value)) }
        }
        return writes + [.init(Node.trigger(of: graph.entry), .null)]
    }

    /// A node's output as writes to channels: its values, then what comes next.
    func writes(of output: NodeOutput) throws -> [NodeOutput.Write] {
        var writes = output.writes
        for next in output.next {
            switch next {
            case .node(let node):
                guard graph.nodes[node] != nil else {
                    throw GraphError(.unknownNode, "An edge leads to '\(node)', which the graph does not have.")
                }
                writes.append(.init(Node.trigger(of: node), .null))
            case .send(let node, let argument):
                guard graph.nodes[node] != nil else {
                    throw GraphError(.unknownNode, "A send goes to '\(node)', which the graph does not have.")
                }
                writes.append(.init(Graph.tasks, .ext(LangGraphExt.send(node: node, arg: argument))))
            }
        }
        return writes
    }
}
