// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A thread's state at a checkpoint.
public struct StateSnapshot: Sendable {
    /// The values of the channels that have one.
    public var values: PayloadValue
    /// The nodes that run next; empty: nothing is left to do.
    public var next: [String]
    /// `nil` for a thread that was never begun.
    public var checkpoint: CheckpointReference?
    public var parent: CheckpointID?
    public var metadata: CheckpointMetadata
    /// When the checkpoint was made, as Python prints it.
    public var createdAt: String?
    /// The tasks of the next superstep, finished ones among them.
    public var tasks: [TaskSnapshot]
    /// What waits for an answer, or was asked.
    public var interrupts: [Interrupt]
}

/// A task of the superstep after a checkpoint.
public struct TaskSnapshot: Sendable {
    public let id: TaskID
    public let node: String
    public let path: String
    public let error: String?
    public let interrupts: [Interrupt]
    /// What it wrote into the state; `nil`: it has not finished.
    public let result: PayloadValue?
    /// Where the graph that it runs keeps its checkpoints.
    public let subgraph: Namespace?
    public let isFinished: Bool
    /// The state of that graph, where it was asked for.
    public var state: [StateSnapshot] = []
}
