// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Something that a run shows.
public struct GraphEvent: Sendable {
    /// Where in the run's graphs: empty for the graph itself, `node:task id` for each subgraph on the way.
    public var namespace: [String]
    /// Which mode shows it.
    public var mode: StreamModes
    public var content: Content

    /// What is shown.
    public enum Content: Sendable {
        /// The state after a superstep, and what waits for an answer.
        case values(PayloadValue, interrupts: [Interrupt])
        /// What a task wrote; from an earlier run or a cache with `isCached`.
        case updates(TaskUpdate)
        /// What a task asks; empty where a run stops at a node without a question.
        case interrupted([Interrupt])
        /// A message or a piece of one.
        case message(PayloadValue, MessageOrigin)
        case custom(PayloadValue)
        case task(TaskStart)
        case taskResult(TaskEnd)
        case checkpoint(CheckpointSummary)
        /// One of the three above, in mode `debug`.
        indirect case debug(Content, superstep: Int, time: Timestamp)
    }
}

/// What a task wrote into the state.
public struct TaskUpdate: Sendable {
    public let node: String
    /// Each a map of channels to values; several where a task wrote a channel more than once.
    public let values: [PayloadValue]
    public let isCached: Bool
}

/// A task that begins.
public struct TaskStart: Sendable {
    public let id: TaskID
    public let node: String
    public let input: PayloadValue
    public let triggers: [String]
    public let metadata: JSONObject

    init(_ task: ScheduledTask, of graph: Graph) {
        id = task.id
        node = task.node
        // A call's input is what Python passes to a function: arguments, and arguments by name.
        input = task.isCall ? [.array([task.input]), [:]] : task.input
        triggers = task.triggers
        metadata = graph.nodes[task.node]?.options.metadata ?? [:]
    }
}

/// A task that ended, failed, or asks.
public struct TaskEnd: Sendable {
    public let id: TaskID
    public let node: String
    public let error: String?
    /// What it wrote into the state.
    public let result: PayloadValue
    public let interrupts: [Interrupt]
}

/// A checkpoint as streams show it.
public struct CheckpointSummary: Sendable {
    public let checkpoint: CheckpointReference
    public let parent: CheckpointID?
    public let values: PayloadValue
    public let metadata: JSONObject
    /// The nodes that run next.
    public let next: [String]
    public let tasks: [TaskSnapshot]
}

/// Where a message comes from.
public struct MessageOrigin: Sendable {
    public let node: String
    public let superstep: Int
    public let triggers: [String]
    public let taskPath: String
    public let namespace: String
    /// The node's own values.
    public let metadata: JSONObject
}
