// Turnledger. SPDX-License-Identifier: Apache-2.0

public import CoreMetrics
import TurnledgerStore

/// What an agent service measures of its runs, model calls and tool calls.
///
/// The factory is given, never the process's global one, so that two services of one process count apart. A token costs
/// nothing but the first one of an answer: all else is counted where a run, a model call, a superstep or a tool call begins
/// or ends.
public struct AgentMetrics: Sendable {
    private let factory: any MetricsFactory
    private let supersteps: Counter
    private let commits: Timer
    private let active: Meter
    private let firstTokens: Timer

    /// Counts nothing.
    public static let none = AgentMetrics(factory: NOOPMetricsHandler.instance)

    public init(factory: any MetricsFactory) {
        self.factory = factory
        supersteps = Counter(label: "turnledger_supersteps_total", factory: factory)
        commits = Timer(label: "turnledger_superstep_commit_seconds", factory: factory)
        active = Meter(label: "turnledger_runs_active", factory: factory)
        firstTokens = Timer(label: "turnledger_first_token_seconds", factory: factory)
        active.set(0)
        // A counter that is there before its first event shows that event as an increase.
        Counter(label: "turnledger_leases_lost_total", factory: factory).increment(by: 0)
    }

    // MARK: Runs

    /// Why a run is executed here.
    enum Origin: String {
        /// Just created.
        case new
        /// It waited for its turn.
        case queued
        /// Its server is gone.
        case takenOver = "taken_over"
    }

    func runBegan(_ origin: Origin) {
        count("turnledger_runs_started_total", [("origin", origin.rawValue)])
        active.increment(by: 1)
    }

    /// - Parameter end: A status of the record, `lost` or `postponed`.
    func runEnded(_ end: String, in duration: Duration) {
        active.decrement(by: 1)
        count("turnledger_runs_ended_total", [("end", end)])
        record("turnledger_run_seconds", [("end", end)], duration)
    }

    func runFailed(because kind: String) { count("turnledger_run_failures_total", [("kind", kind)]) }

    func committed(checkpoints: Int, in duration: Duration) {
        guard checkpoints > 0 else { return }
        supersteps.increment(by: checkpoints)
        commits.recordNanoseconds(duration.nanoseconds)
    }

    func leaseWasLost() { count("turnledger_leases_lost_total", []) }

    /// From the beginning of a run's attempt to the first piece of its answer.
    func firstToken(after duration: Duration) { firstTokens.recordNanoseconds(duration.nanoseconds) }

    // MARK: Calls

    func modelCallEnded(_ model: String, _ outcome: String, in duration: Duration) {
        count("turnledger_model_calls_total", [("model", model), ("outcome", outcome)])
        record("turnledger_model_call_seconds", [("model", model)], duration)
    }

    func modelAnswered(_ model: String, after duration: Duration) {
        record("turnledger_model_first_token_seconds", [("model", model)], duration)
    }

    func tokens(_ usage: TokenUsage, of model: String) {
        for (kind, count) in [
            ("input", usage.input), ("output", usage.output), ("cached_input", usage.cachedInput ?? 0),
            ("reasoning", usage.reasoning ?? 0),
        ] where count > 0 {
            self.count("turnledger_tokens_total", [("model", model), ("kind", kind)], by: count)
        }
    }

    /// - Parameter tool: A tool's name, never one that a model made up.
    func toolCallEnded(_ tool: String, _ outcome: String, in duration: Duration?) {
        count("turnledger_tool_calls_total", [("tool", tool), ("outcome", outcome)])
        if let duration { record("turnledger_tool_call_seconds", [("tool", tool)], duration) }
    }

    // MARK: Events

    func eventsStored(_ count: Int) {
        self.count("turnledger_run_events_total", [("outcome", "stored")], by: count)
    }

    func eventsDropped(_ count: Int) {
        self.count("turnledger_run_events_total", [("outcome", "dropped")], by: count)
    }

    private func count(_ name: String, _ dimensions: [(String, String)], by number: Int = 1) {
        Counter(label: name, dimensions: dimensions, factory: factory).increment(by: number)
    }

    private func record(_ name: String, _ dimensions: [(String, String)], _ duration: Duration) {
        Timer(label: name, dimensions: dimensions, factory: factory).recordNanoseconds(duration.nanoseconds)
    }
}
