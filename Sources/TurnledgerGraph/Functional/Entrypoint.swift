// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A function as a graph: its calls of `TaskContext.call` are tasks, whose results are stored and never made twice.
///
/// ```swift
/// let report = Entrypoint("report", store: store) { (topic: String, run) in
///     let facts: [String] = try await run.task("gather", topic) { … }
///     let isGood: Bool = try run.interrupt(facts)
///     return isGood ? facts.joined() : "dropped"
/// }
/// ```
///
/// The channels are those of Python's functional API: `__start__`, `__end__`, `__previous__`.
public struct Entrypoint<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    /// The function as a graph.
    public let graph: Graph
    public let services: GraphServices

    /// What a function returns where what is kept for its next run is something else.
    public struct Final: Sendable {
        let value: PayloadValue
        let save: PayloadValue

        /// - Parameters:
        ///   - value: What the caller gets.
        ///   - save: What the next run on the thread sees as `TaskContext.previous`.
        public init(_ value: Output, saving save: some Encodable) throws {
            self.value = try PayloadEncoder().encode(value)
            self.save = try PayloadEncoder().encode(save)
        }
    }

    /// A function whose result is what its next run on the thread sees as `TaskContext.previous`.
    public init(
        _ name: NodeName, store: (any CheckpointStore)? = nil, memory: (any LongTermStore)? = nil,
        options: NodeOptions = NodeOptions(),
        work: @escaping @Sendable (Input, TaskContext) async throws -> Output
    ) throws {
        try self.init(name, services: GraphServices(store: store, memory: memory), options: options) { input, run in
            let output = try await work(input, run)
            return try Final(output, saving: output)
        }
    }

    /// A function that keeps something else than its result for its next run.
    public init(
        _ name: NodeName, services: GraphServices, options: NodeOptions = NodeOptions(),
        work: @escaping @Sendable (Input, TaskContext) async throws -> Final
    ) throws {
        guard !Reserved.nodeNames.contains(name.rawValue), !name.rawValue.isEmpty,
            !name.rawValue.contains(where: { $0 == "|" || $0 == ":" })
        else { throw GraphError(.invalidGraph, "'\(name)' cannot name an entry point.") }
        self.services = services
        graph = Graph(
            name: name.rawValue,
            channels: [(Graph.start, .ephemeral), (Graph.end, .lastValue), (Graph.previous, .lastValue)],
            nodes: [
                GraphNode(
                    name: name.rawValue, triggers: [Graph.start], reads: .single(Graph.start), options: options,
                    body: { context in
                        let input = try PayloadDecoder().decode(Input.self, from: context.values)
                        let final = try await work(input, context)
                        return NodeOutput([.init(Graph.end, final.value), .init(Graph.previous, final.save)])
                    })
            ],
            output: .single(Graph.end), state: .single(Graph.end))
    }

    /// What a run has come to.
    public struct Outcome: Sendable {
        /// `nil`: the run waits for answers.
        public let output: Output?
        public let interrupts: [Interrupt]
    }

    /// Runs the function on a thread.
    @discardableResult
    public func invoke(
        _ input: Input, thread: ThreadID, options: RunOptions = RunOptions()
    ) async throws -> Outcome {
        try await run(.values(try PayloadEncoder().encode(input)), thread, options)
    }

    /// Goes on where a run stopped: stored results are returned, the rest runs.
    @discardableResult
    public func `continue`(_ thread: ThreadID, options: RunOptions = RunOptions()) async throws -> Outcome {
        try await run(.none, thread, options)
    }

    /// Answers the one interrupt that waits in a thread, and goes on.
    @discardableResult
    public func resume(
        _ thread: ThreadID, with answer: some Encodable, options: RunOptions = RunOptions()
    ) async throws -> Outcome {
        try await run(
            .command(GraphCommand(answer: .value(try PayloadEncoder().encode(answer)))), thread, options)
    }

    /// Answers interrupts by their IDs, and goes on.
    @discardableResult
    public func resume(
        _ thread: ThreadID, answering answers: [String: PayloadValue], options: RunOptions = RunOptions()
    ) async throws -> Outcome {
        try await run(.command(GraphCommand(answer: .byID(answers))), thread, options)
    }

    /// Runs the function and shows what happens.
    public func stream(
        _ input: EntrypointInput<Input>, thread: ThreadID, modes: StreamModes = .updates,
        options: RunOptions = RunOptions(), bounds: StreamBounds = StreamBounds()
    ) -> GraphStream {
        GraphStream(
            modes: modes, includesSubgraphs: options.streamsSubgraphs, bounds: bounds, timer: services.timer
        ) { sink in
            var environment = RunEnvironment(services: services, options: options, thread: thread)
            environment.sink = sink
            _ = try await GraphExecution.run(graph, try input.resolved(), in: environment)
        }
    }

    /// A thread's state: what the last run returned, and what waits.
    public func state(of thread: ThreadID) async throws -> StateSnapshot {
        let history = try ThreadHistory(graph, services, thread, .root)
        return try await history.snapshot(
            try await history.store.latest(in: thread, namespace: .root), isLive: true, includesSubgraphs: false)
    }

    /// A page of a thread's history, the newest first.
    public func history(
        of thread: ThreadID, before: CheckpointID? = nil, limit: Int? = nil
    ) async throws -> [StateSnapshot] {
        let history = try ThreadHistory(graph, services, thread, .root)
        let query = CheckpointQuery(thread: thread, namespace: .root, before: before, limit: limit)
        var result: [StateSnapshot] = []
        for stored in try await history.store.list(query).collect() {
            result.append(try await history.snapshot(stored, isLive: false, includesSubgraphs: false))
        }
        return result
    }

    private func run(
        _ input: Scheduler.Input, _ thread: ThreadID, _ options: RunOptions
    ) async throws -> Outcome {
        let environment = RunEnvironment(services: services, options: options, thread: thread)
        let result = try await GraphExecution.run(graph, input, in: environment)
        if case .interrupted(let asked) = result.stop { return Outcome(output: nil, interrupts: asked) }
        return Outcome(
            output: try PayloadDecoder().decode(Output.self, from: result.output), interrupts: [])
    }
}

/// What a run of a function begins with.
public enum EntrypointInput<Input: Codable & Sendable>: Sendable {
    case input(Input)
    /// Goes on where a run stopped.
    case `continue`
    /// Answers the one interrupt that waits.
    case answer(PayloadValue)
    /// Answers interrupts by their IDs.
    case answers([String: PayloadValue])

    func resolved() throws -> Scheduler.Input {
        switch self {
        case .input(let input): .values(try PayloadEncoder().encode(input))
        case .continue: .none
        case .answer(let answer): .command(GraphCommand(answer: .value(answer)))
        case .answers(let answers): .command(GraphCommand(answer: .byID(answers)))
        }
    }
}

extension TaskContext {
    /// Runs work as a task of its own, with Codable values: see `call(_:with:options:work:)`.
    public func task<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ name: String, _ input: Input, options: NodeOptions = NodeOptions(),
        work: @escaping @Sendable (Input, TaskContext) async throws -> Output
    ) async throws -> Output {
        let result = try await call(name, with: try PayloadEncoder().encode(input), options: options) { context in
            try PayloadEncoder().encode(try await work(input, context))
        }
        return try PayloadDecoder().decode(Output.self, from: result)
    }
}
