// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What a task throws that asks: caught by whoever runs it. A node that catches every error has to pass it on.
public struct GraphInterrupted: Error, Sendable {
    /// What is asked; empty where a graph stops at a node without a question.
    public let interrupts: [Interrupt]
}

/// A subgraph's command to the graph around it: the output of the node that runs the subgraph.
struct ParentCommand: Error {
    let output: NodeOutput
}

/// What became of a task.
enum TaskReport: Sendable {
    case ended(TaskID, [NodeOutput.Write])
    case found(TaskID, [NodeOutput.Write])
    case interrupted(TaskID, [Interrupt], answers: [NodeOutput.Write])
    case failed(TaskID, any Error, writes: [NodeOutput.Write])
    case cancelled(TaskID)
    case sentToParent(TaskID, NodeOutput)
}
