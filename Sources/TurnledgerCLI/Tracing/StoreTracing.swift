// Turnledger. SPDX-License-Identifier: Apache-2.0

import Tracing
import TurnledgerStore

/// Makes a span of each round trip of a store that somebody waited for within a trace.
///
/// What a server does of its own accord, such as renewing leases, is in no trace, and has no span.
struct StoreTracing: StoreObserver {
    let tracer: OTLPTracer
    /// `db.system.name`.
    let system: String

    func executed(_ statement: String, in duration: Duration, error: StoreError.Code?) {
        guard let context = InstrumentationContext.current, context.trace?.isSampled == true else { return }
        let now = DefaultTracerClock.now.nanosecondsSinceEpoch
        let took = UInt64(clamping: duration.nanoseconds)
        let span = tracer.startSpan(
            statement, context: context, ofKind: .client,
            at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: now > took ? now - took : 0))
        span.updateAttributes { attributes in
            attributes["db.system.name"] = system
            attributes["db.operation.name"] = statement
            attributes["error.type"] = error?.description
        }
        // Two errors are answers too.
        if let error, error != .conflict, error != .missing { span.setStatus(SpanStatus(code: .error)) }
        span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: now))
    }
}

/// Tells several.
struct StoreObservers: StoreObserver {
    let all: [any StoreObserver]

    func executed(_ statement: String, in duration: Duration, error: StoreError.Code?) {
        for observer in all { observer.executed(statement, in: duration, error: error) }
    }
}
