// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A graph as it runs: channels, nodes, and what starts them, without the state's Swift type.
///
/// The names in the store are LangGraph's: a node `x` is started by its channel `branch:to:x`, a join by
/// `join:a+b:x`, the input lies in `__start__`, sends in `__pregel_tasks`.
public struct Graph: Sendable {
    /// The channel that takes the input, and the node that hands it on.
    public static let start = "__start__"
    /// Where a path ends. Not a node.
    public static let end = "__end__"
    /// The channel that takes sends.
    public static let tasks = "__pregel_tasks"
    /// The channel in which a functional graph keeps what the next call sees as its previous value.
    static let previous = "__previous__"

    /// What the graph is called in drawings.
    public let name: String
    let channels: [String: ChannelKind]
    /// The channels in the order of their declaration; state first.
    let channelOrder: [String]
    let nodes: [String: GraphNode]
    /// The nodes in the order of their declaration.
    let nodeOrder: [String]
    /// What a caller gets in the end.
    let output: ChannelSelection
    /// What is seen in streams of values and updates.
    let streamed: ChannelSelection
    /// The whole state.
    let state: ChannelSelection
    /// What an input may write.
    let input: Set<String>
    /// The nodes that each channel starts.
    let triggers: [String: [String]]
    let interruptBefore: NodeSelection
    let interruptAfter: NodeSelection
    /// What a drawing shows beside the nodes' own edges.
    let edges: [DrawnEdge]
    let hasUntracked: Bool
    let deltaChannels: [String]
    let messageChannels: [String]

    init(
        name: String, channels: [(String, ChannelKind)], nodes: [GraphNode], output: ChannelSelection,
        state: ChannelSelection, interruptBefore: NodeSelection = .none, interruptAfter: NodeSelection = .none,
        edges: [DrawnEdge] = [],
        input: [String]? = nil, streamed: ChannelSelection? = nil
    ) {
        self.streamed = streamed ?? output
        self.input = Set(input ?? state.names)
        self.name = name
        self.channels = Dictionary(channels) { first, _ in first }
        channelOrder = channels.map(\.0)
        self.nodes = Dictionary(nodes.map { ($0.name, $0) }) { first, _ in first }
        nodeOrder = nodes.map(\.name)
        self.output = output
        self.state = state
        var triggers: [String: [String]] = [:]
        for node in nodes { for trigger in node.triggers { triggers[trigger, default: []].append(node.name) } }
        self.triggers = triggers
        self.interruptBefore = interruptBefore
        self.interruptAfter = interruptAfter
        self.edges = edges
        hasUntracked = channels.contains { $0.1.isUntracked }
        deltaChannels = channels.filter { $0.1.delta != nil }.map(\.0)
        messageChannels = channels.filter { $0.1.messageRule != nil }.map(\.0)
    }

    /// The channel that starts a node.
    static func trigger(of node: String) -> String { "branch:to:" + node }

    /// The channel that starts a node when all of `sources` have ended.
    static func join(_ sources: [String], to node: String) -> String {
        "join:" + sources.joined(separator: "+") + ":" + node
    }

    /// The graphs that nodes run, by node.
    var subgraphs: [(node: String, graph: Graph)] {
        nodeOrder.flatMap { name in (nodes[name]?.subgraphs ?? []).map { (name, $0) } }
    }
}

/// Which channels are read at once.
enum ChannelSelection: Hashable, Sendable {
    /// One channel; its value is the whole.
    case single(String)
    /// Several; the whole is a map of those that have a value.
    case several([String])

    var names: [String] {
        switch self {
        case .single(let name): [name]
        case .several(let names): names
        }
    }

    func contains(_ name: String) -> Bool { names.contains(name) }
}

/// Which nodes a run stops at.
public enum NodeSelection: Hashable, Sendable {
    case none
    case all
    case only(Set<String>)

    func contains(_ node: GraphNode) -> Bool {
        switch self {
        case .none: false
        case .all: !node.isHidden
        case .only(let names): names.contains(node.name)
        }
    }
}

/// An edge as a drawing shows it.
struct DrawnEdge: Hashable, Sendable {
    let from: String
    let to: String
    let label: String?
    let isConditional: Bool
}
