// Turnledger. SPDX-License-Identifier: Apache-2.0

import Tracing

/// Makes spans that are exported, and carries traces from and to other programs in W3C's headers.
///
/// Whether a trace is recorded is decided where it begins: a trace that comes from elsewhere is, where it says so; of those
/// that begin here a share is, chosen by their ID as other programs choose, so that all choose alike.
struct OTLPTracer: Tracer {
    /// The share of traces that are recorded, 0 to 1.
    let ratio: Double
    let queue: SpanQueue

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> OTLPSpan {
        var context = context()
        let parent = context.trace
        var own =
            parent
            ?? TraceContext(
                high: .random(in: 1 ... .max), low: .random(in: .min ... .max), span: 0, isSampled: false)
        if parent == nil { own.isSampled = isSampled(own) }
        own.span = .random(in: 1 ... .max)
        context.trace = own
        guard own.isSampled else { return OTLPSpan(nil, context: context, queue: queue) }
        let start = instant().nanosecondsSinceEpoch
        return OTLPSpan(
            FinishedSpan(
                context: own, parent: parent?.span, name: operationName, kind: kind, start: start, end: start),
            context: context, queue: queue)
    }

    func startAnySpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> any Span {
        startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID,
            line: line)
    }

    /// Does nothing: the exporter sends what there is every second, and all when it stops.
    func forceFlush() {}

    func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.parent, forKey: TraceContext.parentHeader, into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: TraceContext.stateHeader, into: &carrier) }
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: TraceContext.parentHeader, from: carrier),
            let trace = TraceContext(
                parent: parent, state: extractor.extract(key: TraceContext.stateHeader, from: carrier))
        else { return }
        context.trace = trace
    }

    private func isSampled(_ trace: TraceContext) -> Bool {
        if ratio >= 1 { return true }
        return Double(trace.low >> 1) < ratio * 0x1p63
    }
}
