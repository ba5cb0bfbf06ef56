// Turnledger. SPDX-License-Identifier: Apache-2.0

import Tracing

/// A span that goes on, or nothing where nobody traces.
///
/// Attributes are names, numbers and words of Turnledger's own: never what somebody said, nor a tool's arguments.
struct OpenSpan: Sendable {
    private let open: (tracer: any Tracer, span: any Span)?

    static let none = OpenSpan(open: nil)

    private init(open: (any Tracer, any Span)?) { self.open = open }

    init(
        _ tracer: any Tracer, _ name: String, in context: InstrumentationContext, ofKind kind: SpanKind,
        attributes: SpanAttributes
    ) {
        let span: any Span = tracer.startSpan(name, context: context, ofKind: kind)
        span.updateAttributes { $0.merge(attributes) }
        open = (tracer, span)
    }

    /// Whether anybody will see it.
    var isRecording: Bool { open?.span.isRecording ?? false }

    /// Begins a span below this one.
    func child(_ name: String, ofKind kind: SpanKind = .internal, attributes: SpanAttributes) -> OpenSpan {
        guard let open else { return .none }
        return OpenSpan(open.tracer, name, in: open.span.context, ofKind: kind, attributes: attributes)
    }

    /// Does something that belongs to the span, and whose own spans are below it.
    func within<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        guard let open else { return try await body() }
        return try await InstrumentationContext.withValue(open.span.context) { try await body() }
    }

    func set(_ name: String, _ value: @autoclosure () -> SpanAttribute) {
        guard isRecording else { return }
        let value = value()
        open?.span.updateAttributes { $0.set(name, value: value) }
    }

    /// Notes that something has happened now.
    func note(_ event: String) {
        guard isRecording else { return }
        open?.span.addEvent(SpanEvent(name: event))
    }

    /// - Parameter kind: Who failed and how, in a word.
    func fail(_ kind: String) {
        set("error.type", .string(kind))
        open?.span.setStatus(SpanStatus(code: .error))
    }

    /// - Parameter word: `ok`; how somebody else wanted it, such as `stopped` or `denied`; else what went wrong.
    func outcome(_ word: String) {
        switch word {
        case "ok": break
        case "stopped", "cancelled", "denied": set("turnledger.outcome", .string(word))
        default: fail(word)
        }
    }

    func end() { open?.span.end() }
}
