// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A state whose channels are known at run time alone: its nodes are raw.
///
/// ```swift
/// let graph = try StateGraph(channels: [("x", .lastValue), ("log", .appending)]) { … }
/// ```
public struct DynamicState: GraphState {
    public init() {}

    public static var channels: [Channel<DynamicState>] { [] }
}

extension StateGraph where State == DynamicState {
    /// A graph over channels that are known at run time alone.
    public init(
        channels: [(name: String, kind: ChannelKind)], name: String = "LangGraph",
        @GraphBuilder<DynamicState> _ elements: () throws -> [GraphElement<DynamicState>]
    ) rethrows {
        self.name = name
        self.elements = try elements()
        dynamicChannels = channels.map { ($0.name, $0.kind) }
    }
}

extension Branch where State == DynamicState {
    /// Decides by payloads.
    public init(
        from source: NodeName, to destinations: [NodeName]? = nil,
        payload decide: @escaping @Sendable (PayloadMap) async throws -> [Next]
    ) {
        self.source = source
        self.destinations = destinations
        self.decide = decide
    }
}

extension Node where State == DynamicState {
    /// A node that runs a graph over the same channels.
    public init(_ name: NodeName, running graph: CompiledGraph<DynamicState>, keeping: SubgraphHistory = .ofTask) {
        self.init(raw: name) { context in
            let output = try await context.run(graph.graph, input: context.values, keeping: keeping)
            return NodeOutput(
                (output.map?.entries ?? []).compactMap { entry in
                    entry.key.string.flatMap { context.hasChannel($0) ? .init($0, entry.value) : nil }
                })
        }
        if keeping != .none { subgraphs = [graph.graph] }
    }
}

extension RunInput where State == DynamicState {
    /// Changes the state, goes on at other nodes, answers: what `Command` is in Python.
    public static func command(_ command: GraphCommand) -> RunInput {
        .command(Update(raw: NodeOutput(command.update, next: command.goto)), answer: command.answer)
    }
}
