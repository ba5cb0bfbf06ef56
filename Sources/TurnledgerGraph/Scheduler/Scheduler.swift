// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Decides what a run does next; `GraphExecution` does it and reports back.
///
/// A value without effects: events go in, actions come out. LangGraph's loop (`langgraph/pregel/_loop.py`) is the
/// reference for what it decides, in the same order.
///
/// ```
/// begin ──► plan ──► tasks run ──► all ended ──► apply, checkpoint ──► plan …
///            │           │              │
///            ▼           ▼              ▼
///          done      a failure     an interrupt: the superstep stays open
/// ```
struct Scheduler: Sendable {
    let graph: Graph
    var setting: Setting
    var state: ThreadState
    /// The writes of the superstep under way, those of earlier runs among them.
    var pending: [Pending]
    var tasks: [ScheduledTask] = []
    var places: [TaskID: Int] = [:]
    /// Tasks that run now.
    var running: Set<TaskID> = []
    var interrupts: [TaskID: [Interrupt]] = [:]
    /// Whether finished tasks run again: the thread is replayed from an earlier checkpoint.
    var isReplaying = false
    /// The last step that may be taken.
    let lastStep: Int
    var failure: Failure?
    /// Why a superstep cannot be applied although its tasks have ended.
    private(set) var breakage: (any Error)?
    /// Delta channels that must be stored whole with the next checkpoint.
    var forcedSnapshots: Set<String> = []
    /// The writes that a resume found, until its first superstep has ended.
    var loadedWrites: [Pending] = []
    var restoredTasks: Set<TaskID> = []
    /// Tasks that wrote during this run.
    var writers: Set<TaskID> = []
    /// Delta writes of a run that stores nothing until its end.
    var exitWrites = ExitWrites()
    /// What subgraphs go on from where the thread is replayed.
    var replayBound: CheckpointID?
    var isResuming = false
    /// Whether no superstep has ended in this run.
    private(set) var isFirstSuperstep = true
    let parentOfLoaded: CheckpointID?
    /// The stored checkpoint before `state.head`.
    var previousHead: CheckpointID?

    /// What a run is set to, and where.
    struct Setting: Sendable {
        var thread: ThreadID
        var namespace: Namespace
        /// The checkpoints of the graphs around this one, by namespace.
        var parents: [String: CheckpointID]
        /// Primitive values for every checkpoint's metadata.
        var metadata: JSONObject
        var recursionLimit: Int
        var durability: Durability
        /// Whether what happens is written down to be repeated: then nothing may be drawn twice.
        var isJournaled = false
        /// Whether checkpoints are stored at all.
        var isStored: Bool
        var interruptBefore: NodeSelection
        var interruptAfter: NodeSelection
        /// Whether a task of another graph runs this one.
        var isNested: Bool
        /// Whether the graph around this one goes on from a checkpoint; `nil`: it does not say.
        var parentResumes: Bool?
        /// Whether a checkpoint was asked for.
        var isAddressed: Bool
        /// Whether the checkpoint was asked for by this graph's own namespace.
        var isAddressedByNamespace: Bool
        /// Whether the thread has a newer checkpoint than the one asked for.
        var isSuperseded: Bool
        /// Whether the thread's newest checkpoint was loaded.
        var isLatest: Bool
        /// Answers by the interrupts' IDs.
        var answers: [String: PayloadValue]
        /// What somebody watches: other events are not made.
        var watched: StreamModes
    }

    /// What a run begins with.
    enum Input: Sendable {
        /// Goes on from the checkpoint.
        case none
        case values(PayloadValue)
        case command(GraphCommand)
    }

    /// Why a superstep cannot be applied.
    enum Failure: Sendable, Equatable {
        /// A task failed, or was cancelled.
        case task(TaskID)
        /// A task's command goes to the graph around this one.
        case parentCommand(TaskID)
    }

    /// What is to be done, in order.
    enum Action: Sendable {
        case save(TaskWrites)
        case store(Commit.NewCheckpoint)
        case emit(GraphEvent.Content, superstep: Int)
        case run([ScheduledTask])
        case cancelOthers
        case stop(Stop)
    }

    /// Why a run stops.
    enum Stop: Sendable, Equatable {
        /// Nothing is left to do.
        case done
        /// Tasks wait for answers; none: the run was to stop here.
        case interrupted([Interrupt])
        case outOfSteps
        case failed(Failure)
        /// The superstep cannot be applied, or the next not be planned: `breakage` says why.
        case broken
    }

    init(graph: Graph, setting: Setting, state: ThreadState, pending: [Pending], parentOfLoaded: CheckpointID?) {
        self.graph = graph
        self.setting = setting
        self.state = state
        self.pending = pending
        self.parentOfLoaded = parentOfLoaded
        previousHead = parentOfLoaded
        lastStep = state.step + 1 + setting.recursionLimit + 1
        exitWrites.anchor = state.storedHead
    }

    /// The superstep under way.
    var superstep: Int { state.step + 1 }
    var isStoredAtOnce: Bool { setting.isStored && setting.durability != .exit }

    /// The interrupts that wait for answers.
    var waiting: [Interrupt] { TaskStatus.read(pending).flatMap(\.status.waiting) }

    func task(_ id: TaskID) -> ScheduledTask? { places[id].map { tasks[$0] } }

    // MARK: Tasks report

    /// A task has ended with these writes.
    mutating func ended(_ id: TaskID, _ writes: [NodeOutput.Write], _ moment: Moment) -> [Action] {
        var writes = writes
        if writes.allSatisfy({ Reserved.control.contains($0.channel) }) {
            writes.append(.init(Reserved.noWrites, .null))
        }
        var actions = record(id, writes)
        running.remove(id)
        actions += settle(moment)
        return actions
    }

    /// A task's writes were found in the cache: nothing is stored of a task that a trigger or a send started.
    mutating func found(_ id: TaskID, _ writes: [NodeOutput.Write], _ moment: Moment) -> [Action] {
        guard let place = places[id] else { return [] }
        var actions: [Action] = []
        if tasks[place].isCall {
            actions = record(id, writes, isCached: true)
        } else {
            tasks[place].writes = writes
            tasks[place].isRestored = true
            actions = emissions(of: tasks[place], writes, isCached: true)
        }
        running.remove(id)
        return actions + settle(moment)
    }

    /// A task asks, and waits for answers.
    ///
    /// - `answers`: The writes that keep the answers that it has got before.
    mutating func interrupted(
        _ id: TaskID, _ asked: [Interrupt], answers: [NodeOutput.Write], _ moment: Moment
    ) -> [Action] {
        running.remove(id)
        interrupts[id] = asked
        var actions: [Action] = []
        if !asked.isEmpty {
            let question = NodeOutput.Write(Reserved.interrupt, .array(asked.map(\.payload)))
            actions = record(id, [question] + answers, replacesWrites: false)
        }
        return actions + settle(moment)
    }

    /// A task has failed for good.
    ///
    /// - `text`: What is stored of the failure.
    /// - `writes`: What it had written before, the answers of interrupts among it.
    mutating func failed(
        _ id: TaskID, text: String, writes: [NodeOutput.Write], _ moment: Moment
    ) -> [Action] {
        running.remove(id)
        guard let place = places[id] else { return settle(moment) }
        let task = tasks[place]
        let handler = isHandler(task) ? nil : graph.nodes[task.node]?.errorHandler
        var all = writes + [.init(Reserved.error, .string(text))]
        if handler != nil, !task.isCall { all.append(.init(Reserved.errorSource, .string(task.node))) }
        var actions = record(id, all)
        if let handler, !task.isCall, let handling = handling(task, by: handler, text: text) {
            add(handling)
            restore(only: handling.id)
            if let added = self.task(handling.id), added.writes.isEmpty {
                running.insert(added.id)
                actions.append(.run([added]))
            }
        } else if !task.isCall {
            if failure == nil { failure = .task(id) }
            actions.append(.cancelOthers)
        }
        return actions + settle(moment)
    }

    /// A task was cancelled: it has neither ended nor failed, and runs again.
    mutating func cancelled(_ id: TaskID, _ moment: Moment) -> [Action] {
        running.remove(id)
        if failure == nil, task(id)?.isCall == false { failure = .task(id) }
        return settle(moment)
    }

    /// A task's command goes to the graph around this one; the others end first.
    mutating func sentToParent(_ id: TaskID, _ moment: Moment) -> [Action] {
        running.remove(id)
        if failure == nil { failure = .parentCommand(id) }
        return settle(moment)
    }

    /// A task calls another one, its `index`-th: returns that one, which is running now unless it has writes.
    mutating func called(
        _ name: String, input: PayloadValue, by parent: TaskID, index: Int
    ) -> (task: ScheduledTask, actions: [Action])? {
        guard let caller = task(parent), let head = state.head else { return nil }
        let namespace = taskNamespace(name)
        let id = TaskID.call(
            checkpoint: head, namespace: namespace, superstep: superstep, node: name, callerPath: caller.path,
            index: index)
        var actions: [Action] = []
        if places[id] == nil {
            add(
                ScheduledTask(
                    node: name, id: id, path: TaskPath.call(from: caller.path, index: index),
                    triggers: [Reserved.push], namespace: namespace + ":" + id.rawValue, input: input,
                    origin: .call(parent: parent), answers: answers(of: id, namespace + ":" + id.rawValue)))
            if watchesTasks, let added = task(id) {
                actions.append(.emit(.task(TaskStart(added, of: graph)), superstep: superstep))
            }
            if !isReplaying { restore(only: id) }
        }
        guard let added = task(id) else { return nil }
        if added.writes.isEmpty { running.insert(id) }
        return (added, actions)
    }

    // MARK: What follows

    /// Applies the superstep when its last task has ended, and plans the next.
    private mutating func settle(_ moment: Moment) -> [Action] {
        do {
            return try settled(moment)
        } catch {
            breakage = error
            return [.stop(.broken)]
        }
    }

    private mutating func settled(_ moment: Moment) throws -> [Action] {
        guard running.isEmpty else { return [] }
        if let failure { return [.stop(.failed(failure))] }
        if !interrupts.isEmpty {
            return [.stop(.interrupted(tasks.filter { !$0.isCall }.flatMap { interrupts[$0.id] ?? [] }))]
        }
        return try endSuperstep(moment)
    }

    mutating func endSuperstep(_ moment: Moment) throws -> [Action] {
        let writes = tasks.flatMap(\.writes)
        for write in writes where graph.channels[write.channel]?.delta != nil && Overwrite(write.value) != nil {
            forcedSnapshots.insert(write.channel)
        }
        forcedSnapshots.formUnion(deltaChannels(in: loadedWrites.filter { !restoredTasks.contains($0.task) }))
        loadedWrites = []
        let updated: Set<String>
        // A run that stores its state at its end stores it as it was before what could not be applied.
        let before = isStoredAtOnce ? nil : state.before
        do {
            updated = try state.apply(tasks.map(FinishedTask.init), moment)
        } catch {
            if let before { state = before }
            guard let error = error as? GraphError else { throw error }
            throw error.at(.init(thread: setting.thread, namespace: setting.namespace, superstep: superstep))
        }
        var actions: [Action] = []
        if setting.watched.contains(.values), graph.streamed.names.contains(where: updated.contains),
            writesOutput(writes)
        {
            actions.append(.emit(.values(state.read(graph.streamed), interrupts: []), superstep: superstep))
        }
        exitWrites.take(pending, of: tasks, in: graph, superstep: superstep)
        pending = []
        isReplaying = false
        isFirstSuperstep = false
        let ended = tasks
        actions += store(.loop, updated: updated, moment)
        if stops(at: setting.interruptAfter, ended) {
            try prepare()
            actions += checkpointEvent()
            return actions + [.stop(.interrupted([]))]
        }
        return actions + (try plan(moment))
    }

    /// Prepares the next superstep: its tasks run, or the run stops.
    mutating func plan(_ moment: Moment) throws -> [Action] {
        try prepare()
        var actions = checkpointEvent()
        if superstep > lastStep { return actions + [.stop(.outOfSteps)] }
        if tasks.isEmpty { return actions + [.stop(.done)] }
        if !isReplaying, !pending.isEmpty {
            restore()
            resumeErrorHandlers()
        }
        if stops(at: setting.interruptBefore, tasks) { return actions + [.stop(.interrupted([]))] }
        for task in tasks where watchesTasks && !isHidden(task) {
            actions.append(.emit(.task(TaskStart(task, of: graph)), superstep: superstep))
        }
        for task in tasks where !task.writes.isEmpty { actions += emissions(of: task, task.writes, isCached: true) }
        if let start = tasks.first(where: { $0.node == Graph.start && $0.writes.isEmpty }),
            let edges = graph.nodes[Graph.start]?.staticWrites
        {
            // Handing the input on has no effects: it is done here.
            let writes = startWrites(start) + edges
            actions += record(start.id, writes.isEmpty ? [.init(Reserved.noWrites, .null)] : writes)
        }
        let open = tasks.filter(\.writes.isEmpty)
        guard !open.isEmpty else { return actions + (try endSuperstep(moment)) }
        running = Set(open.map(\.id))
        return actions + [.run(open)]
    }

    private func stops(at selection: NodeSelection, _ tasks: [ScheduledTask]) -> Bool {
        if selection == .none || !state.isNewerThanLastInterrupt { return false }
        return tasks.contains { task in graph.nodes[task.node].map { selection.contains($0) } ?? false }
    }

    private func writesOutput(_ writes: [NodeOutput.Write]) -> Bool {
        let names = Set(graph.streamed.names)
        return writes.contains { names.contains($0.channel) }
    }

    var watchesTasks: Bool { !setting.watched.isDisjoint(with: [.tasks, .debug]) }

    func isHidden(_ task: ScheduledTask) -> Bool { graph.nodes[task.node]?.isHidden ?? false }

    private func isHandler(_ task: ScheduledTask) -> Bool {
        if case .failure = task.origin { true } else { false }
    }
}

typealias Moment = ThreadState.Moment

extension FinishedTask {
    init(_ task: ScheduledTask) {
        self.init(node: task.node, path: task.path, triggers: task.triggers, writes: task.writes)
    }
}
