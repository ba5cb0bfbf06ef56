// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A graph that runs: on threads of a store, or without one.
public struct CompiledGraph<State: GraphState>: Sendable {
    /// The graph without its state's Swift type.
    public let graph: Graph
    /// What it is run with.
    public let services: GraphServices

    /// Runs the graph on a thread, from an input or from where an earlier run stopped, to where it stops.
    ///
    /// A run that dies is continued by `.continue`: tasks that had ended are not run again.
    ///
    /// - Parameters:
    ///   - input: What the run begins with.
    ///   - thread: The thread; one that does not exist begins with its first commit.
    ///   - options: How it is run.
    ///   - head: The thread's newest checkpoint, where the caller has just read it.
    /// - Throws: What a node throws, after its error is stored beside the writes of its siblings; `GraphError`;
    ///   `StoreError`, `.conflict` among them when another writer has the thread; `CancellationError`.
    @discardableResult
    public func invoke(
        _ input: RunInput<State>, thread: ThreadID, options: RunOptions = RunOptions(),
        from head: KnownHead = .unread
    ) async throws -> RunResult<State> {
        let result = try await GraphExecution.run(
            graph, try input.resolved(), in: environment(thread, options), from: head)
        return RunResult(result)
    }

    /// Runs a graph without a thread: nothing of it is stored.
    @discardableResult
    public func invoke(_ input: RunInput<State>, options: RunOptions = RunOptions()) async throws -> RunResult<State> {
        var environment = environment("-", options)
        environment.services.store = nil
        return RunResult(try await GraphExecution.run(graph, try input.resolved(), in: environment))
    }

    /// Answers the one interrupt that waits in a thread, and goes on.
    ///
    /// - Throws: `.ambiguousResume` where several wait.
    @discardableResult
    public func resume(
        _ thread: ThreadID, with answer: some Encodable, options: RunOptions = RunOptions()
    ) async throws -> RunResult<State> {
        try await invoke(.resume(answer), thread: thread, options: options)
    }

    /// Answers interrupts by their IDs, and goes on.
    ///
    /// - Throws: `.unknownInterrupt` for an ID that does not wait.
    @discardableResult
    public func resume(
        _ thread: ThreadID, answering answers: [String: PayloadValue], options: RunOptions = RunOptions()
    ) async throws -> RunResult<State> {
        try await invoke(.answers(answers), thread: thread, options: options)
    }

    func environment(_ thread: ThreadID, _ options: RunOptions) -> RunEnvironment {
        RunEnvironment(services: services, options: options, thread: thread)
    }
}

/// What a run begins with.
public struct RunInput<State: GraphState>: Sendable {
    private enum Base: Sendable {
        case none
        case update(Update<State>)
        case payload(PayloadValue)
        case command(GraphCommand)
        case change(Update<State>, answer: GraphCommand.Answer?)
        case failure(any Error)
    }

    private let base: Base

    /// Goes on where the thread stopped.
    public static var `continue`: RunInput { RunInput(base: .none) }

    /// Begins a turn with these values: `.input { $0.draft = "…" }`.
    public static func input(_ change: (inout StateWriter<State>) throws -> Void) rethrows -> RunInput {
        RunInput(base: .update(try Update(change)))
    }

    /// Begins a turn with these values.
    public static func input(_ update: Update<State>) -> RunInput { RunInput(base: .update(update)) }

    /// Begins a turn with payloads by their channels.
    public static func values(_ values: PayloadMap) -> RunInput { RunInput(base: .payload(.map(values))) }

    /// Answers the one interrupt that waits.
    public static func resume(_ answer: some Encodable) -> RunInput {
        do {
            return RunInput(base: .command(GraphCommand(answer: .value(try PayloadEncoder().encode(answer)))))
        } catch {
            return RunInput(base: .failure(error))
        }
    }

    /// Answers interrupts by their IDs.
    public static func answers(_ answers: [String: PayloadValue]) -> RunInput {
        RunInput(base: .command(GraphCommand(answer: .byID(answers))))
    }

    /// Changes the state, goes on at other nodes, answers: what `Command` is in Python.
    public static func command(_ change: Update<State> = Update(), answer: GraphCommand.Answer? = nil) -> RunInput {
        RunInput(base: .change(change, answer: answer))
    }

    func resolved() throws -> Scheduler.Input {
        switch base {
        case .none: return .none
        case .update(let update): return .values(.map(PayloadMap(writes: try update.resolved().writes)))
        case .payload(let value): return .values(value)
        case .command(let command): return .command(command)
        case .change(let update, let answer):
            let output = try update.resolved()
            return .command(GraphCommand(answer: answer, update: output.writes, goto: output.next))
        case .failure(let error): throw error
        }
    }
}

/// What a run has come to.
public struct RunResult<State: GraphState>: Sendable {
    /// Why a run ended without an error.
    public enum Status: Hashable, Sendable {
        /// Nothing is left to do.
        case done
        /// Tasks wait for answers, or the run was to stop here.
        case interrupted
    }

    public let status: Status
    /// What waits for answers.
    public let interrupts: [Interrupt]
    /// The values of the channels that have one.
    public let values: PayloadMap
    /// The newest checkpoint; `nil`: nothing is stored.
    public let checkpoint: CheckpointID?

    /// The state as its Swift type.
    ///
    /// - Throws: `.stateMismatch`.
    public var state: State { get throws { try State(values: values) } }

    init(_ result: GraphExecution.Result) {
        values = result.output.map ?? [:]
        checkpoint = result.head
        if case .interrupted(let asked) = result.stop {
            status = .interrupted
            interrupts = asked
        } else {
            status = .done
            interrupts = []
        }
    }
}
