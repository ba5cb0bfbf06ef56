// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Runs one task to its end: from the cache, again after failures, within its time.
struct TaskRunner: Sendable {
    let execution: GraphExecution
    let task: ScheduledTask
    let superstep: Int
    let lastStep: Int
    let checkpoint: CheckpointID?
    /// What a call runs, in place of a node of the graph.
    var calledNode: GraphNode?

    init(execution: GraphExecution, task: ScheduledTask, superstep: Int, lastStep: Int, checkpoint: CheckpointID?) {
        self.execution = execution
        self.task = task
        self.superstep = superstep
        self.lastStep = lastStep
        self.checkpoint = checkpoint
    }

    private var node: GraphNode? { calledNode ?? execution.graph.nodes[task.node] }
    private var services: GraphServices { execution.environment.services }

    func context(attempt: Int, scratch: TaskScratch? = nil) -> TaskContext {
        TaskContext(
            execution: execution, task: task, scratch: scratch ?? TaskScratch(answers: task.answers),
            thread: execution.environment.thread, checkpoint: checkpoint ?? CheckpointID(""), superstep: superstep,
            remainingSupersteps: lastStep - superstep, attempt: attempt)
    }

    func run() async -> TaskReport {
        guard let node else { return .cancelled(task.id) }
        let cacheKey = self.cacheKey(node)
        if let cacheKey, let writes = await services.cache?.writes(for: cacheKey) { return .found(task.id, writes) }
        var answers = task.answers
        var attempt = 1
        while true {
            let scratch = TaskScratch(answers: answers)
            do {
                let writes = try await self.attempt(node, context(attempt: attempt, scratch: scratch))
                let all = scratch.keptAnswers + writes
                if let cacheKey {
                    await services.cache?.store(all, for: cacheKey, timeToLive: node.options.cache?.timeToLive)
                }
                return .ended(task.id, all)
            } catch let error as GraphInterrupted {
                return .interrupted(task.id, error.interrupts, answers: scratch.keptAnswers)
            } catch let error as CommandForParent {
                return .sentToParent(task.id, error.output)
            } catch {
                if Task.isCancelled { return .cancelled(task.id) }
                guard await waitsForRetry(node, error, attempt) else {
                    if Task.isCancelled { return .cancelled(task.id) }
                    return .failed(task.id, located(error), writes: scratch.keptAnswers)
                }
                answers = scratch.answers
                attempt += 1
            }
        }
    }

    private struct CommandForParent: Error { let output: NodeOutput }

    /// One attempt: the node's work within its time, then what follows from it.
    private func attempt(_ node: GraphNode, _ context: TaskContext) async throws -> [NodeOutput.Write] {
        var output: NodeOutput
        do {
            output = try await TaskTimer(node.options.timeout, services.timer, context.scratch).run {
                try await work(node, context)
            }
        } catch let command as ParentCommand {
            output = command.output
            output.isForParent = false
        }
        if output.isForParent { throw CommandForParent(output: output) }
        await showMessages(of: output, context)
        if node.name == Graph.start { output.writes = execution.startWrites(task) + output.writes }
        return try await NodeWrites(graph: execution.graph, node: node).writes(of: output) {
            try execution.reading($0, task)
        }
    }

    /// The node's own work, unless a crash lost the outcome of work that may not run twice.
    private func work(_ node: GraphNode, _ context: TaskContext) async throws -> NodeOutput {
        guard !node.options.repeatability.isRepeatable(context) else { return try await node.body(context) }
        if execution.hadBegun(task) {
            if let substitute = node.options.repeatability.afterLostOutcome { return try await substitute(context) }
            context.scratch.keepAnswers(and: execution.takeAnswerBeforeCrash(of: task))
            throw lostOutcome(context)
        }
        guard execution.asksForLostOutcome(task) else { return try await node.body(context) }
        guard let answer = execution.takeLostOutcome(of: task) else { throw lostOutcome(context) }
        switch LostOutcome(answer) {
        case .runAgain: return try await node.body(context)
        case .skip: return NodeOutput()
        case .result(let value):
            if task.isCall { return NodeOutput([.init(Reserved.returned, value)]) }
            return NodeOutput(
                (value.map?.entries ?? []).compactMap { entry in
                    entry.key.string.map { .init($0, entry.value) }
                })
        }
    }

    private func lostOutcome(_ context: TaskContext) -> GraphInterrupted {
        let id = InterruptID.make(namespace: task.namespace, answers: context.scratch.answers.count)
        return GraphInterrupted(interrupts: [Interrupt(value: LostOutcome.question(task), id: id)])
    }

    /// Shows the messages of an output that were not shown while they were made.
    private func showMessages(of output: NodeOutput, _ context: TaskContext) async {
        guard execution.watches(.messages) else { return }
        let shown = context.scratch.shown
        for write in output.writes {
            for value in write.value.array ?? [write.value] {
                guard value.ext != nil, let message = try? MessageNode(value), !message.isRemoval,
                    message.id.map({ !shown.contains($0) && !execution.isKnown($0, in: write.channel) }) ?? true
                else { continue }
                await execution.emit(.message(value, context.origin), from: task)
            }
        }
    }

    private func waitsForRetry(_ node: GraphNode, _ error: any Error, _ attempt: Int) async -> Bool {
        guard let policy = node.options.retry.first(where: { $0.shouldRetry(error) }), attempt < policy.maximumAttempts
        else { return false }
        let interval = policy.interval(after: attempt, jitter: .random(in: 0..<1))
        return (try? await services.timer.sleep(for: interval)) != nil
    }

    private func cacheKey(_ node: GraphNode) -> NodeCacheKey? {
        guard services.cache != nil, let policy = node.options.cache else { return nil }
        let hash = XXH3.hash128(policy.key(task.input))
        let bytes = [hash.high, hash.low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
        return NodeCacheKey(graph: execution.graph.name, node: task.node, input: bytes)
    }

    private func located(_ error: any Error) -> any Error {
        guard let error = error as? GraphError else { return error }
        var place = execution.place
        place.node = task.node
        return error.at(place)
    }
}

/// Keeps a task within its time.
struct TaskTimer: Sendable {
    private let policy: TimeoutPolicy?
    private let timer: any Clock<Duration>
    private let scratch: TaskScratch

    init(_ policy: TimeoutPolicy?, _ timer: any Clock<Duration>, _ scratch: TaskScratch) {
        self.policy = policy
        self.timer = timer
        self.scratch = scratch
    }

    /// - Throws: `.timeout`, and what the work throws. Work that does not heed cancellation is waited for.
    func run(_ work: @escaping @Sendable () async throws -> NodeOutput) async throws -> NodeOutput {
        guard let policy, policy.run != nil || policy.idle != nil else { return try await work() }
        return try await withThrowingTaskGroup(of: NodeOutput.self) { group in
            group.addTask { try await work() }
            if let limit = policy.run {
                group.addTask {
                    try await timer.sleep(for: limit)
                    throw GraphError(.timeout, "The task took longer than \(limit).")
                }
            }
            if let limit = policy.idle {
                group.addTask {
                    try await waitUntilIdle(for: limit, policy.progress)
                    throw GraphError(.timeout, "The task showed no progress for \(limit).")
                }
            }
            defer { group.cancelAll() }
            return try await group.next()!
        }
    }

    /// Returns when eight parts of the limit in a row have passed without a sign.
    private func waitUntilIdle(for limit: Duration, _ progress: TimeoutPolicy.Progress) async throws {
        var beats = scratch.beats(progress)
        var quiet = 0
        while quiet < 8 {
            try await timer.sleep(for: limit / 8)
            let now = scratch.beats(progress)
            quiet = now == beats ? quiet + 1 : 0
            beats = now
        }
    }
}
