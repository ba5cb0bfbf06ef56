// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import TurnledgerGraph
import TurnledgerStore

/// Executes one attempt at a run, to its end or to the point where it must stop.
struct RunExecution: Sendable {
    let service: AgentService
    let run: RunRecord
    let lease: Lease
    let input: RunInput
    /// The thread's newest checkpoint, where it was read with the lease.
    let head: KnownHead
    let feed: RunFeed
    let stop: StopSignal
    let origin: AgentMetrics.Origin

    func execute() async {
        let span = service.tracing.span(of: run, input.trace, origin)
        defer { span.end() }
        await span.within { await execute(in: span) }
    }

    private func execute(in span: OpenSpan) async {
        let emitter = RunEmitter(feed: feed, log: service.log, attempt: run.attempt)
        let trace = RunTrace(
            run: run.id, logger: service.logger, metrics: service.metrics, statistics: service.statistics, span: span)
        do {
            let graphRun = try await begun(emitter, trace)
            let result = try await graphRun()
            if result.status == .interrupted, !stop.wasHeeded {
                try await end(
                    emitter, trace, as: .interrupted, failure: nil, emitter.endOfStep + [.finished(.toolCalls)])
                return
            }
            let last = MessageList.messages(of: result.values[MessageList.channel]).last { $0.role == .ai }
            let reason = last?.responseMetadata["finish_reason"]?.string
            trace.reached(.answerStreamed)
            if stop.wasHeeded || reason == AnswerBuilder.stoppedReason {
                try await end(emitter, trace, as: .cancelled, failure: nil, emitter.endOfStep + [.aborted])
            } else {
                let reason = reason.flatMap(FinishReason.init) ?? .stop
                try await end(emitter, trace, as: .succeeded, failure: nil, emitter.endOfStep + [.finished(reason)])
            }
        } catch {
            await handle(error, emitter, trace)
        }
    }

    private typealias GraphRun = @Sendable () async throws -> RunResult<DynamicState>

    /// Prepares the run of the graph in a Swift task of its own, whose stack goes with it: a run waits for long, and there
    /// are many.
    private func begun(_ emitter: RunEmitter, _ trace: RunTrace) async throws -> GraphRun {
        async let prepared = prepare(emitter, trace)
        return try await prepared
    }

    /// Reads the thread and shows what is known of the answer.
    private func prepare(_ emitter: RunEmitter, _ trace: RunTrace) async throws -> GraphRun {
        let head = try await newestCheckpoint()
        // The run's own ID in the head says that its input was taken in before a crash.
        let isResumed = head?.checkpoint.metadata.runID == run.id.rawValue
        let stored = head.map { StoredMessages(checkpoint: $0.checkpoint) }
        let messages = MessageList.messages(of: try await stored?.value(in: service.store))
        let plan = try plan(isResumed, messages, head)
        if messages.isEmpty { trace.threadBegan() }
        let shown = messages + WaitingCall.resultsBeside(in: head)
        emitter.emit(opening(plan, shown))
        let graph = try AgentGraph(
            model: service.model, tools: service.tools, run: run.id, thread: run.thread, owner: input.owner,
            systemPrompt: service.configuration.systemPrompt,
            form: try stored?.form() ?? service.configuration.storage.messages,
            services: GraphServices(store: service.store, clock: service.clock), stop: stop,
            emit: emitter.emit, trace: trace)
        let options = RunOptions.with {
            $0.metadata = ["run_id": .string(run.id.rawValue)]
            $0.fenceEpoch = lease.epoch
            $0.history = service.configuration.storage.history
            // The first attempt has left no turn behind.
            $0.recoversTurn = run.attempt > 1
            $0.recursionLimit = service.configuration.superstepLimit
            $0.observer = GraphRunObserver(
                willRun: trace.willRun, storing: trace.storing, willCommit: { service.log.hurry() },
                didCommit: trace.committed,
                didRecover: { values in
                    emitter.emit(recovered(values[MessageList.channel], behind: shown))
                })
        }
        let input: TurnledgerGraph.RunInput<DynamicState> =
            plan.map { plan in
                plan.answers.isEmpty
                    ? .values([MessageList.channel: .array(plan.writes.map(\.payload))]) : .answers(plan.answers)
            } ?? .continue
        return { [thread = run.thread] in
            defer { trace.superstepsEnded() }
            return try await graph.graph.invoke(input, thread: thread, options: options, from: .read(head))
        }
    }

    private func newestCheckpoint() async throws(StoreError) -> StoredCheckpoint? {
        if case .read(let head) = head { return head }
        return try await service.store.latest(in: run.thread, namespace: .root)
    }

    /// What is to be written first; `nil`: the thread goes on where an earlier attempt has left it.
    private func plan(_ isResumed: Bool, _ messages: [Message], _ head: StoredCheckpoint?) throws -> TurnPlan? {
        if isResumed { return nil }
        do {
            return try TurnPlan(input, messages: messages, head: head)
        } catch {
            // All that was answered may have run in an earlier attempt, and wait for the next checkpoint.
            if case .answer = input.action, run.attempt > 1 { return nil }
            throw error
        }
    }

    /// What followers of this attempt see first: the start, and what earlier attempts have committed.
    private func opening(_ plan: TurnPlan?, _ messages: [Message]) -> [RunEvent] {
        let answer = RunReplay.lastAnswer(in: plan?.applied(to: messages) ?? messages)
        let first = answer.first { $0.role == .ai }?.id ?? AgentGraph.messageID(of: run.id, answer: 0)
        let start: [RunEvent] = [
            .started(messageID: first), .metadata(["runId": .string(run.id.rawValue)]),
        ]
        let known = RunReplay.events(of: answer)
        guard case .answer = input.action else { return start + known }
        // The client that answers has the message so far; others get it with the stream.
        return start + [.recap(known + [.stepFinished])]
    }

    /// What followers see of an answer that a turn without checkpoints had come to, behind what they have been shown.
    private func recovered(_ value: PayloadValue?, behind shown: [Message]) -> [RunEvent] {
        let known = Set(shown.map(\.id))
        return RunReplay.events(
            of: RunReplay.lastAnswer(in: MessageList.messages(of: value)).filter { !known.contains($0.id) })
    }

    private func end(
        _ emitter: RunEmitter, _ trace: RunTrace, as status: RunRecord.Status, failure: String?, _ events: [RunEvent]
    ) async throws {
        try await emitter.end(with: events) {
            let now = service.clock.now()
            try await service.store.finish(
                run.id, as: status, failure: failure, at: now, fence: Fence(epoch: lease.epoch))
            trace.ended(as: status, in: run.thread, at: now)
        }
    }

    private func handle(_ error: any Error, _ emitter: RunEmitter, _ trace: RunTrace) async {
        var facts: Logger.Metadata = ["run_id": "\(run.id)", "thread_id": "\(run.thread)"]
        switch RunFailure(error) {
        case .failed(let text, let detail):
            let errorID = UniqueID.random()
            facts["error_id"] = "\(errorID)"
            facts["error"] = "\(detail)"
            service.logger.error("run failed", metadata: facts)
            trace.failed(because: RunFailure.kind(of: error))
            let shown = service.configuration.masksErrors ? text : "\(text) \(detail)"
            do {
                try await end(
                    emitter, trace, as: .failed, failure: "\(errorID): \(detail)",
                    [.failed(errorID: errorID, message: shown)])
            } catch {
                trace.leftOff(as: "postponed")
                feed.fail(AgentError(.unavailable, text))
            }
        case .lost:
            service.logger.warning("run was taken over", metadata: facts)
            trace.leftOff(as: "lost")
            feed.fail(AgentError(.busy, "Another server goes on with this answer. Load the conversation again."))
        case .postponed(let detail):
            facts["error"] = "\(detail)"
            service.logger.warning("run is postponed", metadata: facts)
            trace.leftOff(as: "postponed")
            feed.fail(
                AgentError(.unavailable, "The answer was interrupted and goes on later. Load the conversation again."))
        }
    }
}
