// Turnledger. SPDX-License-Identifier: Apache-2.0

import Tracing
import TurnledgerStore

/// Makes the spans of runs, where somebody traces.
///
/// A run is executed apart from the request that began it, and perhaps on another server: what it needs to go on with the
/// request's trace is kept in its input.
struct AgentTracing: Sendable {
    let tracer: (any Tracer)?

    /// The trace of whoever asks now, as a run's input keeps it. Empty: there is none.
    var carried: [String: String] {
        guard let tracer, let context = InstrumentationContext.current else { return [:] }
        var carrier: [String: String] = [:]
        tracer.inject(context, into: &carrier, using: TraceCarrier())
        return carrier
    }

    /// Begins the span of an attempt at a run.
    func span(of run: RunRecord, _ carried: [String: String], _ origin: AgentMetrics.Origin) -> OpenSpan {
        guard let tracer else { return .none }
        var context = InstrumentationContext.topLevel
        tracer.extract(carried, into: &context, using: TraceCarrier())
        return OpenSpan(
            tracer, "invoke_agent turnledger", in: context, ofKind: .internal,
            attributes: [
                "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "turnledger",
                "gen_ai.conversation.id": .string(run.thread.rawValue), "turnledger.run.id": .string(run.id.rawValue),
                "turnledger.run.attempt": .int(Int64(run.attempt)), "turnledger.run.origin": .string(origin.rawValue),
            ])
    }
}

/// A dictionary that carries a trace as headers do.
private struct TraceCarrier: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}

/// Begins work that many share, or that looks again and again: the trace of whoever happened to begin it is not its own.
func untraced<Value>(_ begin: () -> Value) -> Value {
    guard InstrumentationContext.current != nil else { return begin() }
    return InstrumentationContext.$current.withValue(nil, operation: begin)
}
