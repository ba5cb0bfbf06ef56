// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

/// What a task knows about itself, and what it can do beside returning an output.
public struct TaskContext: Sendable {
    let execution: GraphExecution
    let task: ScheduledTask
    let scratch: TaskScratch
    public let thread: ThreadID
    /// The checkpoint that the superstep started from.
    public let checkpoint: CheckpointID
    /// The step of the checkpoint that this superstep will make.
    public let superstep: Int
    /// How many supersteps are left before the recursion limit, this one included.
    public let remainingSupersteps: Int
    /// From 1: one more at each retry.
    public let attempt: Int

    public var node: String { task.node }
    /// The same in every attempt at this task, in every runtime.
    public var taskID: TaskID { task.id }
    /// The task's place in its superstep: writes are applied in the order of the paths.
    public var taskPath: String { task.path }
    /// The task's namespace: `node:task id`, behind those of the graphs around it.
    public var namespace: String { task.namespace }
    /// What a send or a call gave the task; `nil` for a task that its edge started.
    public var sent: PayloadValue? {
        switch task.origin {
        case .send, .call: task.input
        case .trigger, .failure: nil
        }
    }
    /// The state at the superstep's start, or what a send gave in its place.
    public var values: PayloadValue { task.input }
    /// Whether this is the last superstep that the recursion limit allows.
    public var isLastSuperstep: Bool { remainingSupersteps == 1 }
    /// What the task handles, where its node is an error handler: the text of another task's failure.
    public var failure: String? { if case .failure(_, let text) = task.origin { text } else { nil } }
    /// Where values are that outlive the thread; `nil`: the graph was compiled without.
    public var memory: (any LongTermStore)? { execution.environment.services.memory }
    /// The run's own values: what goes into every checkpoint's metadata.
    public var metadata: JSONObject { execution.environment.options.metadata }
    /// What an entry point saved in its last run on the thread.
    public var previous: PayloadValue? { execution.previousValue }

    /// Whether the thread was resumed with an answer for this task: its first question will not stop it.
    public var isAnswered: Bool { !task.answers.isEmpty }

    /// The value of a channel at the superstep's start, or `nil` where it has none.
    public subscript(channel: String) -> PayloadValue? { task.input.map?[channel] }

    /// Whether the graph has a channel.
    public func hasChannel(_ name: String) -> Bool { execution.graph.channels[name] != nil }

    /// Asks a person, and returns the answer.
    ///
    /// The first time it throws, the run stops, and the question waits in the thread. When the thread is resumed the
    /// task runs again from its first line, and each of its questions that has been answered returns the answer; so what
    /// lies before a question must bear being repeated.
    /// - Throws: `GraphInterrupted`, which must be passed on.
    public func interrupt(_ question: PayloadValue) throws -> PayloadValue {
        let common = execution.commonAnswer
        return try scratch.ask(question, namespace: task.namespace) { common?.take() }
    }

    /// Asks a person, and returns the answer as a Codable type.
    public func interrupt<Answer: Decodable>(
        _ question: some Encodable, as type: Answer.Type = Answer.self
    ) throws -> Answer {
        let answer = try interrupt(try PayloadEncoder().encode(question))
        return try PayloadDecoder().decode(type, from: answer)
    }

    /// Shows a value to readers of the run's stream in mode `custom`.
    public func show(_ value: some Encodable) async throws {
        guard execution.watches(.custom) else { return heartbeat(isExplicit: false) }
        await show(payload: try PayloadEncoder().encode(value))
    }

    /// Shows a value to readers of the run's stream in mode `custom`.
    public func show(payload value: PayloadValue) async {
        heartbeat(isExplicit: false)
        await execution.emit(.custom(value), from: task)
    }

    /// Shows a message, or a piece of one, to readers of the run's stream in mode `messages`.
    ///
    /// A message of the task's output whose ID was shown is not shown again.
    public func stream(message: PayloadValue) async {
        heartbeat(isExplicit: false)
        if let id = (try? MessageNode(message))?.id { scratch.noteShown(id) }
        await execution.emit(.message(message, origin), from: task)
    }

    /// Says that the task gets on: an idle timeout begins anew.
    public func heartbeat() { heartbeat(isExplicit: true) }

    private func heartbeat(isExplicit: Bool) { scratch.heartbeat(isExplicit: isExplicit) }

    var origin: MessageOrigin {
        MessageOrigin(
            node: task.node, superstep: superstep, triggers: task.triggers, taskPath: task.path,
            namespace: task.namespace, metadata: execution.graph.nodes[task.node]?.options.metadata ?? [:])
    }

    /// Runs work as a task of its own, whose result is stored: the second time, after a crash or an interrupt, the stored
    /// result is returned and nothing runs. Several at once: `async let`, or a task group.
    ///
    /// Calls are told apart by their name and their order in the caller; so the order must be the same every time.
    ///
    /// - Parameters:
    ///   - name: What the task is called in the store and in streams.
    ///   - input: What the work gets; kept in streams alone.
    ///   - options: As those of a node; `isDeferred` counts for nothing.
    ///   - work: Returns the result.
    public func call(
        _ name: String, with input: PayloadValue = .null, options: NodeOptions = NodeOptions(),
        work: @escaping @Sendable (TaskContext) async throws -> PayloadValue
    ) async throws -> PayloadValue {
        scratch.heartbeat(isExplicit: false)
        return try await execution.call(
            name, input: input, by: task.id, index: scratch.nextCall(), options: options, work: work)
    }

    /// Runs a graph as part of this task and returns its output.
    ///
    /// Its checkpoints lie in the task's namespace; an interrupt within stops the task, and a resume goes on within.
    public func run(_ graph: Graph, input: PayloadValue, keeping: SubgraphHistory = .ofTask) async throws
        -> PayloadValue
    {
        scratch.heartbeat(isExplicit: false)
        return try await execution.runSubgraph(graph, input: input, in: self, keeping: keeping)
    }
}

/// What a subgraph keeps of its state.
public enum SubgraphHistory: Hashable, Sendable {
    /// Its checkpoints belong to the task that runs it: an interrupt within survives a restart, the next call begins anew.
    case ofTask
    /// One history for the thread: each call goes on from the state that the last one left.
    case ofThread
    /// Nothing: where its task runs again, it begins anew.
    case none
}

/// What a task gathers in one attempt.
final class TaskScratch: Sendable {
    private struct State {
        var answers: [PayloadValue]
        var questions = 0
        var calls = 0
        var subgraphs = 0
        var kept: [NodeOutput.Write] = []
        var shown: Set<String> = []
        var beats = 0
        var explicitBeats = 0
    }

    private let state: Mutex<State>

    init(answers: [PayloadValue]) { state = Mutex(State(answers: answers)) }

    /// The writes that keep the answers, in the order of the questions.
    var keptAnswers: [NodeOutput.Write] { state.withLock { $0.kept } }
    /// The answers that a retry begins with.
    var answers: [PayloadValue] { state.withLock { $0.answers } }
    var shown: Set<String> { state.withLock { $0.shown } }

    func ask(_ question: PayloadValue, namespace: String, common: () -> PayloadValue?) throws -> PayloadValue {
        let place = state.withLock { state in
            defer { state.questions += 1 }
            return state.questions
        }
        let known = state.withLock { state -> PayloadValue? in
            guard place < state.answers.count else { return nil }
            state.kept.append(.init(Reserved.resume, .array(Array(state.answers[...place]))))
            return state.answers[place]
        }
        if let known { return known }
        if let answer = common() {
            state.withLock { state in
                state.answers.append(answer)
                state.kept.append(.init(Reserved.resume, .array(state.answers)))
            }
            return answer
        }
        let answered = state.withLock { $0.answers.count }
        throw GraphInterrupted(interrupts: [
            Interrupt(value: question, id: InterruptID.make(namespace: namespace, answers: answered))
        ])
    }

    /// Keeps all answers so far, and this one, for the next attempt.
    func keepAnswers(and answer: PayloadValue?) {
        state.withLock { state in
            if let answer { state.answers.append(answer) }
            if !state.answers.isEmpty { state.kept = [.init(Reserved.resume, .array(state.answers))] }
        }
    }

    func nextCall() -> Int {
        state.withLock { state in
            defer { state.calls += 1 }
            return state.calls
        }
    }

    func nextSubgraph() -> Int {
        state.withLock { state in
            defer { state.subgraphs += 1 }
            return state.subgraphs
        }
    }

    func noteShown(_ message: String) { _ = state.withLock { $0.shown.insert(message) } }

    func heartbeat(isExplicit: Bool) {
        state.withLock { state in
            state.beats += 1
            if isExplicit { state.explicitBeats += 1 }
        }
    }

    func beats(_ progress: TimeoutPolicy.Progress) -> Int {
        state.withLock { progress == .any ? $0.beats : $0.explicitBeats }
    }
}
