// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Runs a graph on a thread, superstep by superstep, from an input or from where an earlier run stopped.
///
/// Every task's writes are committed when it ends; the last task's together with the next checkpoint, in one commit.
/// A run that dies can be continued by calling `run` again: tasks that had ended are not run again.
public struct GraphRun: Sendable {
    /// What a run begins with.
    public enum Input: Hashable, Sendable {
        /// Values for channels; begins a new turn.
        case values(PayloadMap)
        /// Continues from the thread's head.
        case none
    }

    let graph: Graph
    let store: any CheckpointStore
    let thread: ThreadID
    let namespace: Namespace
    let metadata: JSONObject
    let fenceEpoch: Int64?
    let superstepLimit: Int
    let clock: any WallClock
    let observer: GraphRunObserver

    /// - Parameters:
    ///   - graph: What runs. A thread may be continued with another graph: channels that it lacks are kept.
    ///   - store: Where the thread is, set up.
    ///   - thread: The thread; one that does not exist begins with its first commit.
    ///   - namespace: The part of the thread that the graph writes; `.root` for the thread's own graph.
    ///   - metadata: Primitive values that go into every checkpoint's metadata, such as `run_id`.
    ///   - fenceEpoch: The epoch of the lease under which the run writes; `nil`: unguarded.
    ///   - superstepLimit: The most supersteps of this call.
    ///   - clock: Dates the checkpoints. IDs grow even where it goes back.
    ///   - observer: Told of every commit.
    public init(
        _ graph: Graph, on store: any CheckpointStore, thread: ThreadID, namespace: Namespace = .root,
        metadata: JSONObject = [:], fenceEpoch: Int64? = nil, superstepLimit: Int = 50,
        clock: any WallClock = SystemWallClock(), observer: GraphRunObserver = GraphRunObserver()
    ) {
        self.graph = graph
        self.store = store
        self.thread = thread
        self.namespace = namespace
        self.metadata = metadata
        self.fenceEpoch = fenceEpoch
        self.superstepLimit = superstepLimit
        self.clock = clock
        self.observer = observer
    }

    /// Runs until nothing is left to do and returns the values of all channels.
    ///
    /// - Parameters:
    ///   - input: A new turn's values, or `.none` to go on where an earlier run stopped.
    ///   - head: The thread's newest checkpoint, where the caller has just read it; else it is read.
    /// - Throws: What a node throws, after its error is stored beside the writes of its siblings; `GraphError`;
    ///   `StoreError`, `.conflict` among them when another writer has the thread; `CancellationError`.
    @discardableResult
    public func run(_ input: Input, from head: StoredCheckpoint? = nil) async throws -> [String: PayloadValue] {
        var stored = head
        if stored == nil { stored = try await store.latest(in: thread, namespace: namespace) }
        var state =
            try stored.map { try ThreadState(graph: graph, restoring: $0.checkpoint) }
            ?? ThreadState(graph: graph, thread: thread, namespace: namespace)
        var journal = CommitJournal(store: store, head: state.head, epoch: fenceEpoch)
        var finished = finishedWrites(stored?.pendingWrites ?? [])

        switch input {
        case .values(let values):
            try takeIn(values, &state, &journal)
            finished = [:]
        case .none:
            guard !state.isNew else {
                throw GraphError(.nothingToRun, "Thread '\(thread)' was never begun: give an input.")
            }
            state.markResumed()
        }

        var supersteps = 0
        while true {
            try Task.checkCancellation()
            let tasks = try state.plan()
            if tasks.isEmpty { break }
            supersteps += 1
            guard supersteps <= superstepLimit else {
                try await flush(&journal)
                throw GraphError(
                    .superstepLimit, "Thread '\(thread)' took \(superstepLimit) supersteps without an end.")
            }
            let results = try await execute(tasks, finished: finished, state: state, journal: &journal)
            finished = [:]
            let updated = try state.apply(results, version: state.nextVersion(fraction: .random(in: 0..<1)))
            let checkpoint = state.checkpoint(source: .loop, updated: updated, metadata: metadata, at: clock.now())
            journal.add(checkpoint, newVersions: state.newVersions)
        }
        try await flush(&journal)
        return state.values
    }

    /// Applies the input as LangGraph does: tasks that never ran count as done, and `__start__` gets the values.
    private func takeIn(_ values: PayloadMap, _ state: inout ThreadState, _ journal: inout CommitJournal) throws {
        var applied = try state.plan().map {
            FinishedTask(node: $0.node, path: $0.path, triggers: $0.triggers, writes: [])
        }
        applied.append(
            FinishedTask(node: "__input__", path: "", triggers: [], writes: [.init(Graph.start, .map(values))]))
        let updated = try state.apply(applied, version: state.nextVersion(fraction: .random(in: 0..<1)))
        let checkpoint = state.checkpoint(source: .input, updated: updated, metadata: metadata, at: clock.now())
        journal.add(checkpoint, newVersions: state.newVersions)
    }

    /// Runs the tasks that have no stored writes, all at once, and stores what each writes.
    private func execute(
        _ tasks: [PlannedTask], finished: [TaskID: [NodeOutput.Write]], state: ThreadState, journal: inout CommitJournal
    ) async throws -> [FinishedTask] {
        var results: [FinishedTask] = []
        var open: [PlannedTask] = []
        let reference = CheckpointReference(thread: thread, namespace: namespace, id: state.head!)
        for task in tasks {
            if let writes = finished[task.id] {
                results.append(FinishedTask(task, writes: writes))
            } else if task.node == Graph.start {
                let writes = state.startWrites()
                journal.add(TaskWrites(reference, task, writes))
                results.append(FinishedTask(task, writes: writes))
            } else {
                open.append(task)
            }
        }
        guard !open.isEmpty else { return results }

        let values = state.values
        let contexts = open.map { task in
            TaskContext(
                thread: thread, checkpoint: reference.id, superstep: state.step + 1, node: task.node, taskID: task.id,
                taskPath: task.path, sent: task.sent, state: values)
        }
        // What a task sees must be safe before the task acts on it.
        for (task, context) in zip(open, contexts) where !graph.nodes[task.node]!.isRepeatable(context) {
            if finished[task.markID] == nil { journal.add(TaskWrites(beginning: task, at: reference)) }
        }
        try await flush(&journal)

        try await withThrowingTaskGroup(of: (PlannedTask, Result<NodeOutput, any Error>).self) { group in
            for (task, context) in zip(open, contexts) {
                let node = graph.nodes[task.node]!
                let hadBegun = finished[task.markID] != nil
                group.addTask {
                    do {
                        let body = hadBegun ? node.afterLostOutcome ?? node.body : node.body
                        return (task, .success(try await body(context)))
                    } catch {
                        return (task, .failure(error))
                    }
                }
            }
            var failure: (any Error)?
            var left = open.count
            while let (task, result) = try await group.next() {
                left -= 1
                switch result {
                case .success(let output):
                    let writes = try state.writes(of: output)
                    journal.add(TaskWrites(reference, task, writes))
                    results.append(FinishedTask(task, writes: writes))
                case .failure(let error):
                    if failure == nil { failure = error }
                    guard !(error is CancellationError), !Task.isCancelled else { break }
                    journal.add(TaskWrites(failed: task, at: reference))
                    group.cancelAll()
                }
                if left > 0 || failure != nil { try await flush(&journal) }
            }
            if let failure { throw failure }
        }
        return results
    }

    private func flush(_ journal: inout CommitJournal) async throws {
        guard !journal.isEmpty else { return }
        await observer.willCommit()
        let (writes, checkpoints) = journal.counts
        try await journal.flush()
        observer.didCommit(writes, checkpoints)
    }

    /// The stored writes of tasks that had ended, and the marks of those that had begun.
    private func finishedWrites(_ pending: [PendingWrite]) -> [TaskID: [NodeOutput.Write]] {
        var result: [TaskID: [NodeOutput.Write]] = [:]
        let notAnEnd: Set<String> = ["__error__", "__interrupt__", "__resume__"]
        for write in pending where !notAnEnd.contains(write.channel) {
            // A value that cannot be read leaves the task unfinished: it runs again.
            guard let value = try? write.value.decoded() else { continue }
            result[write.taskID, default: []].append(.init(write.channel, value))
        }
        return result
    }
}

/// Watches a run's commits.
public struct GraphRunObserver: Sendable {
    let willCommit: @Sendable () async -> Void
    let didCommit: @Sendable (_ tasks: Int, _ checkpoints: Int) -> Void

    /// - Parameters:
    ///   - willCommit: What it awaits is done before the commit begins.
    ///   - didCommit: How many tasks' writes and how many checkpoints are stored now.
    public init(
        willCommit: @escaping @Sendable () async -> Void = {},
        didCommit: @escaping @Sendable (_ tasks: Int, _ checkpoints: Int) -> Void = { _, _ in }
    ) {
        self.willCommit = willCommit
        self.didCommit = didCommit
    }
}

extension FinishedTask {
    init(_ task: PlannedTask, writes: [NodeOutput.Write]) {
        self.init(node: task.node, path: task.path, triggers: task.triggers, writes: writes)
    }
}

extension TaskWrites {
    /// What a task that ended writes. One that writes nothing leaves LangGraph's `__no_writes__`, so that it counts as done.
    init(_ checkpoint: CheckpointReference, _ task: PlannedTask, _ writes: [NodeOutput.Write]) {
        let writes = writes.isEmpty ? [NodeOutput.Write("__no_writes__", .null)] : writes
        self.init(
            checkpoint: checkpoint, taskID: task.id, taskPath: task.path,
            writes: writes.map { Write($0.channel, Payload($0.value)) })
    }

    /// The mark that a task has begun that may not run twice.
    init(beginning task: PlannedTask, at checkpoint: CheckpointReference) {
        self.init(
            checkpoint: checkpoint, taskID: task.markID, taskPath: task.path,
            writes: [Write("__scheduled__", Payload(.bool(true)))])
    }

    /// That a task failed. The error's own text may hold message text and stays in the log.
    init(failed task: PlannedTask, at checkpoint: CheckpointReference) {
        self.init(
            checkpoint: checkpoint, taskID: task.id, taskPath: task.path,
            writes: [Write("__error__", Payload(.string("TaskError('\(task.node) failed')")))])
    }
}
