// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A node as it runs.
struct GraphNode: Sendable {
    /// The work of a task. What it throws fails the run, after its siblings' writes are stored.
    typealias Body = @Sendable (TaskContext) async throws -> NodeOutput

    let name: String
    /// The channels that start it, sorted.
    let triggers: [String]
    /// What its task reads.
    let reads: ChannelSelection
    /// Whether streams pass it by: the node that hands the input on.
    var isHidden = false
    var options = NodeOptions()
    /// What follows from each of its tasks.
    var writers: [EdgeWriter] = []
    /// The graphs that it runs.
    var subgraphs: [Graph] = []
    /// The node that takes its failures.
    var errorHandler: String?
    let body: Body
}

/// What follows from a node's task, whatever it writes itself.
enum EdgeWriter: Sendable {
    /// Starts a node.
    case node(String)
    /// Tells a join that this node has ended.
    case join(channel: String, source: String)
    /// Decides by the state that includes the task's own writes.
    case branch(@Sendable (PayloadMap, NodeOutput) async throws -> [Next])
}

/// How the tasks of a node are run.
public struct NodeOptions: Sendable {
    /// What is tried again, and how often; the first policy that fits an error is taken. Empty: nothing.
    public var retry: [RetryPolicy] = []
    /// How long a task may take; `nil`: as long as it likes.
    public var timeout: TimeoutPolicy?
    /// Whether a task's writes are kept for others with the same input.
    public var cache: CachePolicy?
    /// Whether the node waits until nothing else is left to do.
    public var isDeferred = false
    /// Whether a task may run again after a crash in the middle of it.
    public var repeatability = Repeatability.repeatable
    /// Primitive values beside the stream's own metadata.
    public var metadata: JSONObject = [:]

    public init() {}
}

/// What a node writes, and what comes next.
public struct NodeOutput: Hashable, Sendable {
    /// Channel and value, in order.
    public var writes: [Write]
    /// What comes next beside what the graph's edges say.
    public var next: [Next]
    /// Whether it is the parent graph that takes it.
    public var isForParent = false

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

/// What follows a task.
public enum Next: Hashable, Sendable {
    /// Starts a node in the next superstep.
    case to(NodeName)
    /// Starts a task of a node of its own in the next superstep, with this in place of the state.
    case send(NodeName, PayloadValue)

    /// Nothing more on this path.
    public static let end = Next.to(.end)

    /// Starts a task of a node of its own in the next superstep, with a Codable value in place of the state.
    public static func sending(_ value: some Encodable, to node: NodeName) throws -> Next {
        .send(node, try PayloadEncoder().encode(value))
    }
}

/// The name of a node. A project that declares its names as constants has them checked by the compiler.
///
/// ```swift
/// extension NodeName { static let draft: NodeName = "draft" }
/// ```
public struct NodeName: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    CustomStringConvertible
{
    /// Where a run begins.
    public static let start = NodeName(Graph.start)
    /// Where a path ends.
    public static let end = NodeName(Graph.end)

    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    public var description: String { rawValue }
}

extension GraphNode {
    /// What follows from each of its tasks, where nothing decides; `nil` where something does.
    var staticWrites: [NodeOutput.Write]? {
        var writes: [NodeOutput.Write] = []
        for writer in writers {
            guard let write = writer.write else { return nil }
            writes.append(write)
        }
        return writes
    }
}

extension EdgeWriter {
    /// The write of an edge that always leads to the same node.
    var write: NodeOutput.Write? {
        switch self {
        case .node(let name): .init(Graph.trigger(of: name), .null)
        case .join(let channel, let source): .init(channel, .string(source))
        case .branch: nil
        }
    }
}
