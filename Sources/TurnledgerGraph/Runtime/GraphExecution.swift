// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Does what the scheduler decides: runs tasks, stores, shows. The edge of one run of one graph.
final class GraphExecution: Sendable {
    let graph: Graph
    let environment: RunEnvironment
    let journal: RunJournal?
    /// Where the run's events are written down, where it stores one checkpoint at its end.
    let turn: TurnJournal?
    let commonAnswer: CommonAnswer?
    let previousValue: PayloadValue?
    let machine: Mutex<Scheduler>
    /// What an earlier run left of tasks that may not run twice.
    private let marks: TaskMarks

    /// What a run has come to.
    struct Result: Sendable {
        var output: PayloadValue
        var stop: Scheduler.Stop
        var head: CheckpointID?
    }

    init(
        graph: Graph, environment: RunEnvironment, journal: RunJournal?, turn: TurnJournal?, machine: Scheduler,
        commonAnswer: CommonAnswer?, previousValue: PayloadValue?, marks: TaskMarks
    ) {
        self.graph = graph
        self.environment = environment
        self.journal = journal
        self.turn = turn
        self.machine = Mutex(machine)
        self.commonAnswer = commonAnswer
        self.previousValue = previousValue
        self.marks = marks
    }

    /// Runs a graph from an input to where it stops.
    ///
    /// - `head`: The thread's newest checkpoint, where the caller has just read it; else it is read.
    /// - Throws: What a task throws, after its failure is stored beside the writes of its siblings; `GraphError`,
    ///   `StoreError`, `CancellationError`; in a subgraph `GraphInterrupted` and `ParentCommand`.
    static func run(
        _ graph: Graph, _ input: Scheduler.Input, in environment: RunEnvironment, from head: KnownHead = .unread
    ) async throws -> Result {
        try Task.checkCancellation()
        let (execution, actions) = try await begun(graph, input, in: environment, from: head)
        return try await execution.run(actions)
    }

    // MARK: The loop

    private func run(_ first: [Scheduler.Action]) async throws -> Result {
        var failure: (any Error)?
        var toParent: NodeOutput?
        do {
            let stop = try await withThrowingTaskGroup(of: TaskReport.self) { group -> Scheduler.Stop in
                var actions = first
                while true {
                    var stop: Scheduler.Stop?
                    // What is started flushes first; what stops stores its checkpoint.
                    var storesCheckpoint = turn != nil && actions.contains(where: \.startsOrStops)
                    for action in actions {
                        switch action {
                        case .save(let writes): await journal?.add(Commit(writes: [writes]))
                        case .store(let checkpoint):
                            storesCheckpoint = true
                            await journal?.add(Commit(checkpoints: [checkpoint]))
                        case .emit(let content, let superstep): await emit(content, superstep: superstep)
                        case .run(let tasks): try await start(tasks, in: &group)
                        case .cancelOthers: group.cancelAll()
                        case .stop(let reason): stop = reason
                        }
                    }
                    if let stop { return stop }
                    // The last task's writes wait for the next checkpoint, which waits for the next superstep.
                    if !storesCheckpoint { try await flush() }
                    guard let report = try await group.next() else { return .done }
                    switch report {
                    case .failed(_, let error, _): failure = failure ?? error
                    case .cancelled: failure = failure ?? CancellationError()
                    case .sentToParent(_, let output): toParent = toParent ?? output
                    default: break
                    }
                    actions = handle(report)
                }
            }
            return try await finish(stop, failure: failure, toParent: toParent)
        } catch let error where !(error is GraphInterrupted) && !(error is ParentCommand) {
            if !(error is StoreError) { try? await store(lastActions(hasFailed: true)) }
            throw failure ?? error
        }
    }

    private func handle(_ report: TaskReport) -> [Scheduler.Action] {
        let moment = environment.moment()
        let closing = closingMark(report)
        return closing
            + machine.withLock { machine in
                if let turn, let event = TurnEvent(report, moment) { turn.add(event) }
                return switch report {
                case .ended(let id, let writes): machine.ended(id, writes, moment)
                case .found(let id, let writes): machine.found(id, writes, moment)
                case .interrupted(let id, let asked, let answers):
                    machine.interrupted(id, asked, answers: answers, moment)
                case .failed(let id, let error, let writes):
                    machine.failed(id, text: TaskFailure.text(of: error), writes: writes, moment)
                case .cancelled(let id): machine.cancelled(id, moment)
                case .sentToParent(let id, _): machine.sentToParent(id, moment)
                }
            }
    }

    /// Starts tasks once all that was decided before them is safe.
    private func start(
        _ tasks: [ScheduledTask], in group: inout ThrowingTaskGroup<TaskReport, any Error>
    ) async throws {
        try Task.checkCancellation()
        let marks = tasks.compactMap { beginMark(of: $0) }
        for mark in marks { await add(mark) }
        try await flush(withMarks: !marks.isEmpty)
        let superstep = machine.withLock { ($0.superstep, $0.lastStep, $0.state.head) }
        if !environment.isNested { environment.options.observer.willRun(superstep.0, tasks.count) }
        for task in tasks {
            let runner = TaskRunner(
                execution: self, task: task, superstep: superstep.0, lastStep: superstep.1, checkpoint: superstep.2)
            group.addTask { await runner.run() }
        }
    }

    /// The mark that a task has begun that may not run twice; `nil` for other tasks and where it lies already.
    private func beginMark(of task: ScheduledTask) -> TaskWrites? {
        guard let node = graph.nodes[task.node] else { return nil }
        return beginMark(of: task, node.options)
    }

    private func beginMark(of task: ScheduledTask, _ options: NodeOptions) -> TaskWrites? {
        guard environment.isStored, !marks.begun.contains(task.markID) else { return nil }
        let (superstep, last, head) = machine.withLock { ($0.superstep, $0.lastStep, $0.state.head) }
        let runner = TaskRunner(execution: self, task: task, superstep: superstep, lastStep: last, checkpoint: head)
        guard !options.repeatability.isRepeatable(runner.context(attempt: 1)) else { return nil }
        marks.open(task)
        return mark(of: task, .bool(true), at: head)
    }

    /// A task that has stopped to ask runs again, with the answer: its mark is taken back with the commit of the question.
    private func closingMark(_ report: TaskReport) -> [Scheduler.Action] {
        guard turn == nil, case .interrupted(let id, _, _) = report,
            let (task, head) = machine.withLock({ machine in machine.task(id).map { ($0, machine.state.head) } }),
            marks.isOpen(task), let mark = mark(of: task, .array(marks.taken(by: task)), at: head)
        else { return [] }
        return [.save(mark)]
    }

    private func mark(of task: ScheduledTask, _ value: PayloadValue, at head: CheckpointID?) -> TaskWrites? {
        guard let head else { return nil }
        return TaskWrites(
            checkpoint: CheckpointReference(thread: environment.thread, namespace: environment.namespace, id: head),
            taskID: task.markID, taskPath: task.path, writes: [.init(Reserved.scheduled, Payload(value))])
    }

    /// Says that the turn has stopped, where no checkpoint of its own does.
    private func endMark(_ seed: UInt64) -> [Scheduler.Action] {
        guard let head = machine.withLock({ $0.state.storedHead }) else { return [] }
        let place = CheckpointReference(thread: environment.thread, namespace: environment.namespace, id: head)
        return [.save(JournaledTurn.endWrites(seed, at: place))]
    }

    /// The marks of tasks that have begun and neither ended nor stopped to ask, as rows beside the checkpoint.
    private var openMarks: [Scheduler.Action] {
        let (tasks, head) = machine.withLock { machine in
            (machine.tasks.filter { $0.writes.isEmpty && machine.interrupts[$0.id] == nil }, machine.state.storedHead)
        }
        return tasks.filter(marks.isOpen).compactMap { mark(of: $0, .bool(true), at: head).map { .save($0) } }
    }

    /// Whether a task that may not run twice had begun before a crash.
    func hadBegun(_ task: ScheduledTask) -> Bool { marks.begun.contains(task.markID) }

    /// Whether an earlier run asked what to do about the task's lost outcome.
    func asksForLostOutcome(_ task: ScheduledTask) -> Bool { marks.lost.contains(task.id) }

    /// Takes an answer of an earlier run that waits for whoever asks first, where it is for a question of this task: for the
    /// node's own, or for the one about an outcome that is lost again; that answer is used up.
    ///
    /// - Returns: The answer to the node's own question.
    func takeAnswerBeforeCrash(of task: ScheduledTask) -> PayloadValue? {
        guard marks.asked.contains(task.id), let answer = commonAnswer?.take() else { return nil }
        marks.take(answer, by: task)
        return asksForLostOutcome(task) ? nil : answer
    }

    /// The answer to that question; `nil`: it has none yet.
    func takeLostOutcome(of task: ScheduledTask) -> PayloadValue? {
        let id = InterruptID.make(namespace: task.namespace, answers: task.answers.count)
        guard let answer = machine.withLock({ $0.setting.answers[id] }) ?? commonAnswer?.take() else { return nil }
        marks.take(answer, by: task)
        return answer
    }

    private func add(_ mark: TaskWrites) async {
        if let turn {
            turn.add(.marked(mark.taskID, environment.moment()))
        } else {
            await journal?.add(Commit(writes: [mark]))
        }
    }

    /// - Parameter withMarks: Whether there are marks of tasks that may begin once they are stored, whatever the durability.
    private func flush(withMarks: Bool = false) async throws {
        if let turn { return try await turn.flush() }
        guard let journal else { return }
        if environment.options.durability == .async, !withMarks {
            journal.flushInBackground()
        } else {
            try await journal.flush()
        }
    }

    // MARK: The end

    private func finish(
        _ stop: Scheduler.Stop, failure: (any Error)?, toParent: NodeOutput?
    ) async throws -> Result {
        let hasStopped = stop != .done
        try await store(lastActions(hasFailed: hasStopped))
        // What a reducer left half done is not what is stored.
        if stop != .broken { remember() }
        switch stop {
        case .done: break
        case .interrupted(let asked):
            if environment.isNested { throw GraphInterrupted(interrupts: asked) }
            return await interruptedResult(asked)
        case .outOfSteps:
            throw GraphError(
                .superstepLimit,
                "The run took \(environment.options.recursionLimit) supersteps without an end. Raise the limit, or "
                    + "look for a cycle."
            ).at(place)
        case .failed(.parentCommand):
            if environment.isNested, let toParent { throw ParentCommand(output: toParent) }
            throw GraphError(.noParent, "A command goes to the parent of a graph that has none.").at(place)
        case .failed(.task):
            throw failure ?? CancellationError()
        case .broken:
            throw machine.withLock { $0.breakage } ?? CancellationError()
        }
        return machine.withLock { Result(output: $0.state.read(graph.output), stop: stop, head: $0.state.head) }
    }

    /// Keeps the lists of messages for the turn that follows.
    private func remember() {
        guard let cache = environment.services.messages else { return }
        let (head, lists) = machine.withLock { ($0.state.storedHead, $0.state.remembered) }
        guard let head, !lists.isEmpty else { return }
        cache.keep(
            lists,
            at: CheckpointReference(thread: environment.thread, namespace: environment.namespace, id: head))
    }

    /// Shows the state with what finished tasks wrote, which is not applied yet.
    private func interruptedResult(_ asked: [Interrupt]) async -> Result {
        let moment = environment.moment()
        let (state, hasChanged, superstep) = machine.withLock { machine -> (ThreadState, Bool, Int) in
            var state = machine.state
            guard !machine.pending.isEmpty, machine.tasks.contains(where: { !$0.writes.isEmpty }),
                let updated = try? state.apply(machine.tasks.map(FinishedTask.init), moment)
            else { return (machine.state, false, machine.superstep) }
            return (state, graph.streamed.names.contains(where: updated.contains), machine.superstep)
        }
        if hasChanged { await emit(.values(state.read(graph.streamed), interrupts: []), superstep: superstep) }
        if asked.isEmpty { await emit(.interrupted([]), superstep: superstep) }
        return Result(output: state.read(graph.output), stop: .interrupted(asked), head: state.storedHead)
    }

    private func lastActions(hasFailed: Bool) -> [Scheduler.Action] {
        let moment = environment.moment()
        let actions = machine.withLock { $0.finish(hasFailed: hasFailed, moment) }
        guard let turn else { return actions }
        return actions + openMarks + (actions.contains(where: \.storesCheckpoint) ? [] : endMark(turn.seed))
    }

    private func store(_ actions: [Scheduler.Action]) async throws {
        guard let journal else { return }
        for action in actions {
            switch action {
            case .save(let writes): await journal.add(Commit(writes: [writes]))
            case .store(let checkpoint): await journal.add(Commit(checkpoints: [checkpoint]))
            default: break
            }
        }
        try await journal.flush()
        // What was stored beside the last superstep may have failed after that.
        try await journal.flush()
    }

    var place: GraphError.Place {
        .init(
            thread: environment.thread, namespace: environment.namespace,
            superstep: machine.withLock { $0.superstep })
    }

    // MARK: What tasks ask for

    /// Runs a task that another one calls, within the caller's own Swift task.
    func call(
        _ name: String, input: PayloadValue, by parent: TaskID, index: Int, options: NodeOptions,
        work: @escaping @Sendable (TaskContext) async throws -> PayloadValue
    ) async throws -> PayloadValue {
        let called = machine.withLock { machine in
            let called = machine.called(name, input: input, by: parent, index: index)
            if let turn, called?.task.writes.isEmpty == true {
                turn.add(.called(name, input: input, by: parent, index: index, environment.moment()))
            }
            return called
        }
        guard let (task, actions) = called else { throw CancellationError() }
        for case .emit(let content, let superstep) in actions { await emit(content, superstep: superstep) }
        if !task.writes.isEmpty {
            return task.writes.first { $0.channel == Reserved.returned }?.value ?? .null
        }
        let (superstep, last, head) = machine.withLock { ($0.superstep, $0.lastStep, $0.state.head) }
        let node = GraphNode(
            name: name, triggers: [Reserved.push], reads: .several([]), options: options,
            body: { NodeOutput([.init(Reserved.returned, try await work($0))]) })
        var runner = TaskRunner(
            execution: self, task: task, superstep: superstep, lastStep: last, checkpoint: head)
        runner.calledNode = node
        if let mark = beginMark(of: task, options) {
            await add(mark)
            try await flush(withMarks: true)
        }
        let report = await runner.run()
        for action in handle(report) {
            switch action {
            case .save(let writes): await journal?.add(Commit(writes: [writes]))
            case .emit(let content, let superstep): await emit(content, superstep: superstep)
            default: break
            }
        }
        try await flush()
        switch report {
        case .ended(_, let writes), .found(_, let writes):
            return writes.first { $0.channel == Reserved.returned }?.value ?? .null
        case .interrupted(_, let asked, _): throw GraphInterrupted(interrupts: asked)
        case .failed(_, let error, _): throw error
        case .cancelled: throw CancellationError()
        case .sentToParent(_, let output): throw ParentCommand(output: output)
        }
    }

    /// Runs a graph within a task.
    func runSubgraph(
        _ graph: Graph, input: PayloadValue, in context: TaskContext, keeping: SubgraphHistory
    ) async throws -> PayloadValue {
        var inner = environment
        let count = context.scratch.nextSubgraph()
        var namespace = context.task.namespace
        if count > 0 { namespace += "|" + String(count) }
        if keeping == .ofThread {
            namespace = namespace.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? "" }
                .joined(separator: "|")
        }
        if keeping == .none { inner.services.store = nil }
        inner.namespace = Namespace(namespace)
        inner.isNested = true
        inner.options.interruptBefore = nil
        inner.options.interruptAfter = nil
        inner.options.checkpoint = environment.options.subgraphCheckpoints[inner.namespace]
        inner.commonAnswer = commonAnswer
        let (isFirst, head) = machine.withLock { ($0.isFirstSuperstep, $0.state.head) }
        if let head { inner.parents[environment.namespace.rawValue] = head }
        if !isFirst { inner.parentResumes = nil }
        return try await GraphExecution.run(graph, .values(input), in: inner).output
    }

    // MARK: Showing

    func watches(_ modes: StreamModes) -> Bool {
        guard let sink = environment.sink else { return false }
        return !sink.modes.isDisjoint(with: modes)
    }

    func emit(_ content: GraphEvent.Content, superstep: Int) async {
        guard let sink = environment.sink, !environment.isNested || sink.includesSubgraphs else { return }
        let namespace =
            environment.namespace.rawValue.isEmpty
            ? [] : environment.namespace.rawValue.split(separator: "|").map(String.init)
        if sink.modes.contains(content.mode) {
            await sink.send(GraphEvent(namespace: namespace, mode: content.mode, content: content))
        }
        if sink.modes.contains(.debug), !content.mode.isDisjoint(with: [.tasks, .checkpoints]) {
            await sink.send(
                GraphEvent(
                    namespace: namespace, mode: .debug,
                    content: .debug(content, superstep: superstep, time: environment.services.clock.now())))
        }
    }

    /// Shows what a task shows itself.
    func emit(_ content: GraphEvent.Content, from task: ScheduledTask) async {
        guard watches(content.mode) else { return }
        await emit(content, superstep: 0)
    }
}

extension GraphEvent.Content {
    /// The mode that shows it.
    var mode: StreamModes {
        switch self {
        case .values: .values
        case .updates, .interrupted: .updates
        case .message: .messages
        case .custom: .custom
        case .task, .taskResult: .tasks
        case .checkpoint: .checkpoints
        case .debug: .debug
        }
    }
}

extension Scheduler.Setting {
    init(_ graph: Graph, _ environment: RunEnvironment, _ input: Scheduler.Input, _ loaded: LoadedCheckpoint) {
        var answers = environment.answers
        if case .command(let command) = input, case .byID(let given) = command.answer { answers = given }
        self.init(
            thread: environment.thread, namespace: environment.namespace, parents: environment.parents,
            metadata: environment.options.metadata, recursionLimit: environment.options.recursionLimit,
            durability: environment.options.durability, isStored: environment.isStored,
            interruptBefore: environment.options.interruptBefore ?? graph.interruptBefore,
            interruptAfter: environment.options.interruptAfter ?? graph.interruptAfter,
            isNested: environment.isNested, parentResumes: environment.parentResumes,
            isAddressed: environment.options.checkpoint != nil || environment.replay != nil,
            isAddressedByNamespace: environment.isNested && environment.options.checkpoint != nil,
            isSuperseded: loaded.isSuperseded, isLatest: loaded.isLatest, answers: answers,
            watched: environment.sink.map { environment.isNested && !$0.includesSubgraphs ? [] : $0.modes } ?? [])
    }
}

extension GraphExecution {
    /// What the start node writes.
    func startWrites(_ task: ScheduledTask) -> [NodeOutput.Write] { machine.withLock { $0.startWrites(task) } }

    /// The state as the branches behind a task see it.
    func reading(_ writes: [NodeOutput.Write], _ task: ScheduledTask) throws -> PayloadMap {
        let state = machine.withLock { $0.state }
        return try state.reading(graph.state, with: writes)
    }

    /// Whether a message is in the state already.
    func isKnown(_ message: String, in channel: String) -> Bool {
        machine.withLock { $0.state.holds(message: message, in: channel) }
    }
}
