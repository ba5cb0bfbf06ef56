// Turnledger. SPDX-License-Identifier: Apache-2.0

import Tracing

/// A span that has ended, as it is exported.
struct FinishedSpan: Sendable {
    var context: TraceContext
    /// The span above; `nil`: the trace begins here.
    var parent: UInt64?
    var name: String
    var kind: SpanKind
    /// Nanoseconds since 1970.
    var start: UInt64
    var end: UInt64
    var attributes: SpanAttributes = [:]
    var events: [SpanEvent] = []
    var links: [SpanLink] = []
    var status: SpanStatus?
}
