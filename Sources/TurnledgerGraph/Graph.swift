// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A graph of nodes that read and write channels: what runs on a thread, superstep by superstep.
///
/// The names in the store are LangGraph's: a node `x` is started by its channel `branch:to:x`, the input lies in
/// `__start__`, sends in `__pregel_tasks`.
public struct Graph: Sendable {
    /// The channel that takes the input.
    public static let start = "__start__"
    /// The channel that takes sends.
    public static let tasks = "__pregel_tasks"

    let channels: [String: ChannelKind]
    let nodes: [String: Node]
    let entry: String

    /// - Parameters:
    ///   - channels: The state: each channel by its name.
    ///   - nodes: What runs; names must be unique and free of `|` and `:`.
    ///   - entry: The node that an input starts.
    /// - Throws: `.invalidGraph` naming what contradicts.
    public init(channels: [String: ChannelKind], nodes: [Node], entry: String) throws {
        var all = channels
        var byName: [String: Node] = [:]
        for node in nodes {
            if node.name.contains(where: { $0 == "|" || $0 == ":" }) || node.name.hasPrefix("__") || node.name.isEmpty {
                throw GraphError(.invalidGraph, "'\(node.name)' cannot name a node: no '|', no ':', no leading '__'.")
            }
            guard byName.updateValue(node, forKey: node.name) == nil else {
                throw GraphError(.invalidGraph, "Two nodes are named '\(node.name)'.")
            }
            all[Node.trigger(of: node.name)] = .trigger
        }
        guard byName[entry] != nil else { throw GraphError(.invalidGraph, "The entry '\(entry)' is no node.") }
        all[Self.start] = .ephemeral
        all[Self.tasks] = .topic
        self.channels = all
        self.nodes = byName
        self.entry = entry
    }
}

/// A node: what a task runs.
public struct Node: Sendable {
    /// The work of a task. What it throws fails the run, after its siblings' writes are stored.
    public typealias Body = @Sendable (TaskContext) async throws -> NodeOutput

    /// Unique in its graph, and stable: stored triggers and task IDs are made of it.
    public let name: String
    let body: Body
    let isRepeatable: @Sendable (TaskContext) -> Bool
    let afterLostOutcome: Body?

    /// - Parameters:
    ///   - name: Unique in its graph; not empty, no `|`, no `:`, no leading `__`.
    ///   - isRepeatable: Whether the task may run again after a crash in the middle of it. Where not, a mark is
    ///     committed before it begins.
    ///   - afterLostOutcome: What a task writes that had begun before a crash and may not run again.
    ///   - body: Does the work and returns what to write.
    public init(
        _ name: String, isRepeatable: @escaping @Sendable (TaskContext) -> Bool = { _ in true },
        afterLostOutcome: Body? = nil, body: @escaping Body
    ) {
        self.name = name
        self.body = body
        self.isRepeatable = isRepeatable
        self.afterLostOutcome = afterLostOutcome
    }

    /// The channel that starts a node.
    static func trigger(of node: String) -> String { "branch:to:" + node }
}

/// What a node writes, and what comes next.
public struct NodeOutput: Hashable, Sendable {
    /// A task of the next superstep.
    public enum Next: Hashable, Sendable {
        /// Starts a node in the next superstep.
        case node(String)
        /// Starts a task of a node of its own, with this input.
        case send(String, PayloadValue)
    }

    /// Channel and value, in order.
    public var writes: [Write]
    /// Empty: nothing follows from this task.
    public var next: [Next]

    /// One value for one channel.
    public struct Write: Hashable, Sendable {
        /// One of the graph's own channels.
        public var channel: String
        public var value: PayloadValue

        public init(_ channel: String, _ value: PayloadValue) {
            self.channel = channel
            self.value = value
        }
    }

    public init(_ writes: [Write] = [], next: [Next] = []) {
        self.writes = writes
        self.next = next
    }
}

/// What a task knows about itself and its state.
public struct TaskContext: Sendable {
    public let thread: ThreadID
    /// The checkpoint that the superstep started from.
    public let checkpoint: CheckpointID
    /// The step of the checkpoint that this superstep will make.
    public let superstep: Int
    public let node: String
    /// The same in every attempt at this task, in every runtime.
    public let taskID: TaskID
    /// The task's place in its superstep: writes are applied in the order of the paths.
    public let taskPath: String
    /// What a send gave the task; `nil` for a task that its edge started.
    public let sent: PayloadValue?
    let state: [String: PayloadValue]

    /// The value of a channel at the superstep's start, or `nil` where it has none.
    public subscript(channel: String) -> PayloadValue? { state[channel] }
}
