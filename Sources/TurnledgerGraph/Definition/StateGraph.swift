// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A graph over a state: nodes and edges, to be compiled.
///
/// ```swift
/// let graph = try StateGraph(Review.self) {
///     Node("draft") { state in Update { $0.draft = "…" } }
///     Node("ask") { state, task in Update { $0.notes = [try task.interrupt(state.draft)] } }
///     Edge(from: .start, to: "draft")
///     Edge(from: "draft", to: "ask")
/// }.compile(store: store)
/// ```
public struct StateGraph<State: GraphState>: Sendable {
    let elements: [GraphElement<State>]
    let name: String
    /// Channels in place of the state's own.
    var dynamicChannels: [(String, ChannelKind)]?

    public init(
        _ state: State.Type = State.self, name: String = "LangGraph",
        @GraphBuilder<State> _ elements: () throws -> [GraphElement<State>]
    ) rethrows {
        self.name = name
        self.elements = try elements()
    }

    /// Checks the graph and binds it to a store.
    ///
    /// - Parameters:
    ///   - store: Where threads are; `nil`: nothing is kept, and nothing can be resumed.
    ///   - memory: Where tasks keep what outlives their threads.
    ///   - cache: Where nodes with a cache policy keep their writes.
    ///   - interruptBefore: Where runs stop before a node.
    ///   - interruptAfter: Where runs stop after a node.
    /// - Throws: `.invalidGraph` naming what contradicts.
    public func compile(
        store: (any CheckpointStore)? = nil, memory: (any LongTermStore)? = nil, cache: (any NodeCache)? = nil,
        interruptBefore: NodeSelection = .none, interruptAfter: NodeSelection = .none
    ) throws -> CompiledGraph<State> {
        try compile(
            services: GraphServices(store: store, memory: memory, cache: cache), interruptBefore: interruptBefore,
            interruptAfter: interruptAfter)
    }

    /// Checks the graph and binds it to what it is run with.
    public func compile(
        services: GraphServices, interruptBefore: NodeSelection = .none, interruptAfter: NodeSelection = .none
    ) throws -> CompiledGraph<State> {
        let graph = try GraphAssembly(name: name, elements: elements, channels: dynamicChannels)
            .graph(interruptBefore: interruptBefore, interruptAfter: interruptAfter)
        return CompiledGraph(graph: graph, services: services)
    }
}

/// A part of a graph's definition.
public struct GraphElement<State: GraphState>: Sendable {
    enum Base: Sendable {
        case node(Node<State>)
        case edge(Edge)
        case branch(Branch<State>)
    }

    let base: Base
}

/// Puts a graph's parts together.
@resultBuilder
public enum GraphBuilder<State: GraphState> {
    public typealias Parts = [GraphElement<State>]

    public static func buildExpression(_ node: Node<State>) -> Parts { [GraphElement(base: .node(node))] }
    public static func buildExpression(_ edge: Edge) -> Parts { [GraphElement(base: .edge(edge))] }
    public static func buildExpression(_ branch: Branch<State>) -> Parts { [GraphElement(base: .branch(branch))] }
    public static func buildExpression(_ parts: Parts) -> Parts { parts }
    public static func buildBlock(_ parts: Parts...) -> Parts { parts.flatMap { $0 } }
    public static func buildOptional(_ part: Parts?) -> Parts { part ?? [] }
    public static func buildEither(first: Parts) -> Parts { first }
    public static func buildEither(second: Parts) -> Parts { second }
    public static func buildArray(_ parts: [Parts]) -> Parts { parts.flatMap { $0 } }
}

/// A node: what a task runs.
public struct Node<State: GraphState>: Sendable {
    /// The work of a task. What it throws fails the run, after its siblings' writes are stored.
    public typealias Body = @Sendable (State, TaskContext) async throws -> Update<State>

    let name: String
    var options: NodeOptions
    var errorHandler: GraphNode.Body?
    var subgraphs: [Graph] = []
    /// Where its tasks may lead beside the edges: what drawings show.
    var destinations: [NodeName] = []
    /// What it reads; `nil`: the state.
    var reads: [String]?
    /// Channels that it needs beside the state's.
    var ownChannels: [(String, ChannelKind)] = []
    let body: GraphNode.Body

    /// A node that reads the state, and knows its task.
    ///
    /// - `name`: Unique in its graph, and stable: stored triggers and task IDs are made of it. Not empty, no `|`, no `:`,
    ///   none of LangGraph's own names.
    /// - `leadingTo`: Where its updates may lead, for drawings.
    /// - `body`: Does the work and returns what to change.
    public init(_ name: NodeName, leadingTo destinations: [NodeName] = [], body: @escaping Body) {
        self.init(
            name, destinations: destinations,
            raw: { context in
                try await body(try State(values: context.values.map ?? [:]), context).resolved()
            })
    }

    /// A node that reads the state.
    public init(
        _ name: NodeName, leadingTo destinations: [NodeName] = [],
        body: @escaping @Sendable (State) async throws -> Update<State>
    ) {
        self.init(name, leadingTo: destinations) { state, _ in try await body(state) }
    }

    /// A node that is started by sends, and reads what they give it.
    public init<Sent: Decodable & SendableMetatype>(
        _ name: NodeName, receiving: Sent.Type, leadingTo destinations: [NodeName] = [],
        body: @escaping @Sendable (Sent, TaskContext) async throws -> Update<State>
    ) {
        self.init(
            name, destinations: destinations,
            raw: { context in
                try await body(try PayloadDecoder().decode(Sent.self, from: context.values), context).resolved()
            })
    }

    /// A node that reads and writes payloads: nothing is decoded but what it decodes itself.
    public init(
        raw name: NodeName, leadingTo destinations: [NodeName] = [],
        body: @escaping @Sendable (TaskContext) async throws -> NodeOutput
    ) {
        self.init(name, destinations: destinations, raw: body)
    }

    /// A node that runs a graph over the same channels: its input is the state, its output is written into the state.
    ///
    /// - `keeping`: What the graph keeps of its own state.
    public init<Inner: GraphState>(
        _ name: NodeName, running graph: CompiledGraph<Inner>, keeping: SubgraphHistory = .ofTask
    ) {
        self.init(
            name, destinations: [],
            raw: { context in
                let output = try await context.run(graph.graph, input: context.values, keeping: keeping)
                let own = Set(StateLayout.of(State.self).channels.map(\.name))
                return NodeOutput(
                    (output.map?.entries ?? []).compactMap { entry in
                        entry.key.string.flatMap { own.contains($0) ? .init($0, entry.value) : nil }
                    })
            })
        if keeping != .none { subgraphs = [graph.graph] }
    }

    /// A node that runs a graph over a state of its own.
    ///
    /// - `input`: Makes the graph's input of the state.
    /// - `output`: Makes a change of the state from the graph's own state at its end.
    public init<Inner: GraphState>(
        _ name: NodeName, running graph: CompiledGraph<Inner>, keeping: SubgraphHistory = .ofTask,
        input: @escaping @Sendable (State) throws -> Update<Inner>,
        output: @escaping @Sendable (Inner) throws -> Update<State>
    ) {
        self.init(
            name, destinations: [],
            raw: { context in
                let given = try input(try State(values: context.values.map ?? [:])).resolved()
                let end = try await context.run(
                    graph.graph, input: .map(PayloadMap(writes: given.writes)), keeping: keeping)
                return try output(try Inner(values: end.map ?? [:])).resolved()
            })
        if keeping != .none { subgraphs = [graph.graph] }
    }

    private init(_ name: NodeName, destinations: [NodeName], raw body: @escaping GraphNode.Body) {
        self.name = name.rawValue
        self.destinations = destinations
        self.body = body
        options = NodeOptions()
    }

    /// The same node, tried again after failures.
    public func retrying(_ policies: RetryPolicy...) -> Node { with { $0.options.retry = policies } }
    /// The same node, kept within a time.
    public func timingOut(run: Duration? = nil, idle: Duration? = nil) -> Node {
        with { $0.options.timeout = TimeoutPolicy(run: run, idle: idle) }
    }
    /// The same node, whose writes are kept for other tasks with the same input.
    public func cached(_ policy: CachePolicy = CachePolicy()) -> Node { with { $0.options.cache = policy } }
    /// The same node, that waits until nothing else is left to do.
    public func deferred() -> Node { with { $0.options.isDeferred = true } }
    /// The same node, whose failures are handled: the handler reads the same state, and `TaskContext.failure`; the run
    /// goes on with what it returns. In the store it is a node `__error_handler__<name>`.
    public func recovering(_ handler: @escaping Body) -> Node {
        with {
            $0.errorHandler = { context in
                try await handler(try State(values: context.values.map ?? [:]), context).resolved()
            }
        }
    }
    /// The same node, whose failures are handled by payloads.
    public func recovering(raw handler: @escaping @Sendable (TaskContext) async throws -> NodeOutput) -> Node {
        with { $0.errorHandler = handler }
    }
    /// The same node, that may not run twice after a crash.
    public func repeatability(_ repeatability: Repeatability) -> Node {
        with { $0.options.repeatability = repeatability }
    }
    /// The same node with all its options.
    public func options(_ options: NodeOptions) -> Node { with { $0.options = options } }

    private func with(_ change: (inout Node) -> Void) -> Node {
        var copy = self
        change(&copy)
        return copy
    }
}

/// What always follows a node; with several sources, what follows when all of them have ended.
public struct Edge: Hashable, Sendable {
    let sources: [NodeName]
    let target: NodeName

    /// Leads from one node to another.
    public init(from source: NodeName, to target: NodeName) {
        sources = [source]
        self.target = target
    }

    /// Leads to a node once all the sources have ended: a join.
    public init(from sources: [NodeName], to target: NodeName) {
        self.sources = sources
        self.target = target
    }

    var isJoin: Bool { sources.count != 1 }
}

/// Decides what follows a node by the state that includes its own writes.
public struct Branch<State: GraphState>: Sendable {
    let source: NodeName
    let destinations: [NodeName]?
    let decide: @Sendable (PayloadMap) async throws -> [Next]

    /// - Parameters:
    ///   - source: The node behind which it is decided.
    ///   - destinations: Where it may lead, for drawings and checks; `nil`: anywhere.
    ///   - decide: Returns what follows; nothing: the path ends.
    public init(
        from source: NodeName, to destinations: [NodeName]? = nil,
        _ decide: @escaping @Sendable (State) async throws -> [Next]
    ) {
        self.source = source
        self.destinations = destinations
        self.decide = { try await decide(try State(values: $0)) }
    }

    /// Decides between nodes.
    public init(
        from source: NodeName, to destinations: [NodeName]? = nil,
        _ decide: @escaping @Sendable (State) async throws -> NodeName
    ) {
        self.init(from: source, to: destinations) { state in [.to(try await decide(state))] }
    }
}

extension PayloadMap {
    init(writes: [NodeOutput.Write]) {
        self.init(entries: writes.map { .init(key: .string($0.channel), value: $0.value) })
    }
}
