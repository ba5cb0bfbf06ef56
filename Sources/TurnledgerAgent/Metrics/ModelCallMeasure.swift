// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Tracing

/// Measures one call of a model, from the request to the answer's end, and is its span.
final class ModelCallMeasure: Sendable {
    private let model: String
    private let trace: RunTrace
    private let began = ContinuousClock.now
    private let hasAnswered = Atomic<Bool>(false)
    private let span: OpenSpan

    init(model: any ModelClient, trace: RunTrace) {
        self.model = model.name
        self.trace = trace
        span = trace.modelCall(model.name, of: model.provider)
    }

    /// Does the call: what it does in turn, such as a request, belongs to it.
    func within<Value>(_ call: () async throws -> Value) async rethrows -> Value { try await span.within(call) }

    func received(_ event: ModelEvent) {
        switch event {
        case .usage(let usage):
            trace.tokens(usage, of: model)
            span.set("gen_ai.usage.input_tokens", .int(Int64(usage.input)))
            span.set("gen_ai.usage.output_tokens", .int(Int64(usage.output)))
            return
        case .finished(let reason): span.set("gen_ai.response.finish_reasons", .stringArray([reason.rawValue]))
        default: break
        }
        guard !hasAnswered.load(ordering: .relaxed), !hasAnswered.exchange(true, ordering: .relaxed) else { return }
        let now = ContinuousClock.now
        trace.metrics.modelAnswered(model, after: now - began)
        trace.answerBegan(at: now)
    }

    /// - Parameter outcome: `ok`, `stopped`, or the code of an error.
    func ended(_ outcome: String) {
        trace.metrics.modelCallEnded(model, outcome, in: .now - began)
        span.outcome(outcome)
        span.end()
    }

    func failed(_ error: any Error) {
        switch error {
        case let error as ModelError: ended(error.code.description)
        case is CancellationError: ended("cancelled")
        default: ended("other")
        }
    }
}
