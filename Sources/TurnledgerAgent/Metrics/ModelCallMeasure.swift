// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Measures one call of a model, from the request to the answer's end.
final class ModelCallMeasure: Sendable {
    private let model: String
    private let trace: RunTrace
    private let began = ContinuousClock.now
    private let hasAnswered = Atomic<Bool>(false)

    init(model: String, trace: RunTrace) {
        self.model = model
        self.trace = trace
    }

    func received(_ event: ModelEvent) {
        if case .usage(let usage) = event {
            trace.tokens(usage, of: model)
            return
        }
        guard !hasAnswered.load(ordering: .relaxed), !hasAnswered.exchange(true, ordering: .relaxed) else { return }
        let now = ContinuousClock.now
        trace.metrics.modelAnswered(model, after: now - began)
        trace.answerBegan(at: now)
    }

    /// - Parameter outcome: `ok`, `stopped`, or the code of an error.
    func ended(_ outcome: String) {
        trace.metrics.modelCallEnded(model, outcome, in: .now - began)
    }

    func failed(_ error: any Error) {
        switch error {
        case let error as ModelError: ended(error.code.description)
        case is CancellationError: ended("cancelled")
        default: ended("other")
        }
    }
}
