// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import Tracing
import TurnledgerStore

/// Notes how far a run has come: in the metrics, in spans, and in the log at level `trace`, which is what a crash drill
/// aims at.
final class RunTrace: Sendable {
    /// A point in a turn behind which a crash must lose nothing.
    enum Phase: String, CaseIterable {
        case runCreated = "run-created"
        case messageStored = "message-stored"
        case modelCalled = "model-called"
        case toolRunning = "tool-running"
        case writesCommitted = "writes-committed"
        case checkpointCommitted = "checkpoint-committed"
        case answerStreamed = "answer-streamed"
    }

    let run: RunID
    let logger: Logger
    let metrics: AgentMetrics
    private let statistics: StatisticsRecorder?
    private let began = ContinuousClock.now
    private let hasAnswered = Atomic<Bool>(false)
    private let counts = Mutex<[String: Int64]>([:])
    private let span: OpenSpan
    /// The superstep that is under way.
    private let superstep = Mutex(OpenSpan.none)

    init(
        run: RunID, logger: Logger, metrics: AgentMetrics = .none, statistics: StatisticsRecorder? = nil,
        span: OpenSpan = .none
    ) {
        self.span = span
        self.run = run
        self.logger = logger
        self.metrics = metrics
        self.statistics = statistics
    }

    func reached(_ phase: Phase) {
        logger.trace("run has come to", metadata: ["phase": "\(phase.rawValue)", "run_id": "\(run)"])
    }

    /// The attempt's first piece of an answer is there.
    func answerBegan(at time: ContinuousClock.Instant) {
        guard !hasAnswered.exchange(true, ordering: .relaxed) else { return }
        metrics.firstToken(after: time - began)
        span.note("turnledger.first_token")
        count(StatisticsMetric.duration(StatisticsMetric.firstToken, time - began))
    }

    /// The thread takes its first turn.
    func threadBegan() { count(StatisticsMetric.conversations) }

    func tokens(_ usage: TokenUsage, of model: String) {
        metrics.tokens(usage, of: model)
        count(StatisticsMetric.inputTokens, usage.input)
        count(StatisticsMetric.outputTokens, usage.output)
    }

    /// - Parameter tool: A tool's name, never one that a model made up.
    func toolCallEnded(_ tool: String, _ outcome: String, in duration: Duration?) {
        metrics.toolCallEnded(tool, outcome, in: duration)
        count(StatisticsMetric.toolCalls(tool))
        if outcome == "failed" || outcome == "refused" { count(StatisticsMetric.toolFailures(tool)) }
    }

    func failed(because kind: String) {
        metrics.runFailed(because: kind)
        span.fail(kind)
        count(StatisticsMetric.error(kind))
    }

    /// The run has come to its end in the store.
    func ended(as status: RunRecord.Status, in thread: ThreadID, at time: Timestamp) {
        let duration = ContinuousClock.now - began
        metrics.runEnded(status.rawValue, in: duration)
        span.set("turnledger.run.end", .string(status.rawValue))
        guard let statistics else { return }
        count(StatisticsMetric.turns)
        count(StatisticsMetric.end(status.rawValue))
        count(StatisticsMetric.duration(StatisticsMetric.turn, duration))
        statistics.record(TurnTally(thread: thread, endedAt: time, counts: counts.withLock { $0 }))
    }

    /// The attempt is over, and the run is not. - Parameter end: `lost` or `postponed`.
    func leftOff(as end: String) {
        metrics.runEnded(end, in: .now - began)
        span.set("turnledger.run.end", .string(end))
    }

    private func count(_ metric: String, _ value: Int = 1) {
        guard statistics != nil, value != 0 else { return }
        counts.withLock { $0[metric, default: 0] += Int64(value) }
    }

    /// Says of a commit what it stored: the turn's first one has the input's checkpoint and the next.
    func committed(tasks: Int, checkpoints: Int, in duration: Duration) {
        metrics.committed(checkpoints: checkpoints, in: duration)
        reached(checkpoints > 1 ? .messageStored : checkpoints == 1 ? .checkpointCommitted : .writesCommitted)
    }

    // MARK: Spans

    /// A superstep's tasks begin; the one before is stored.
    func willRun(superstep number: Int, tasks: Int) {
        guard span.isRecording else { return }
        goOn(
            with: span.child(
                "superstep",
                attributes: ["turnledger.superstep": .int(Int64(number)), "turnledger.tasks": .int(Int64(tasks))]))
    }

    /// No superstep follows.
    func superstepsEnded() { goOn(with: .none) }

    private func goOn(with next: OpenSpan) {
        superstep.withLock { superstep in
            superstep.end()
            superstep = next
        }
    }

    /// Carries out a commit: that of the superstep which has just ended.
    func storing(_ store: @Sendable () async throws(StoreError) -> Void) async throws(StoreError) {
        let superstep = superstep.withLock { $0 }
        guard superstep.isRecording else { return try await store() }
        let result = await superstep.within { () async -> Result<Void, StoreError> in
            do throws(StoreError) { return .success(try await store()) } catch { return .failure(error) }
        }
        try result.get()
    }

    func modelCall(_ model: String, of provider: String) -> OpenSpan {
        guard span.isRecording else { return .none }
        return superstep.withLock { $0 }.child(
            "chat \(model)", ofKind: .client,
            attributes: [
                "gen_ai.operation.name": "chat", "gen_ai.provider.name": .string(provider),
                "gen_ai.request.model": .string(model), "gen_ai.output.type": "text",
            ])
    }

    /// - Parameter tool: A tool's name, never one that a model made up.
    func toolCall(_ tool: String, task: String) -> OpenSpan {
        guard span.isRecording else { return .none }
        return superstep.withLock { $0 }.child(
            "execute_tool \(tool)",
            attributes: [
                "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": .string(tool),
                "gen_ai.tool.type": "function",
                "turnledger.task.id": .string(task),
            ])
    }
}
