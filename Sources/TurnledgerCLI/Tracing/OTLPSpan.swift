// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Tracing

/// A span that goes on. One that is not sampled keeps nothing and hands its context on.
final class OTLPSpan: Span {
    let context: InstrumentationContext
    let isRecording: Bool
    private let queue: SpanQueue
    private let state: Mutex<FinishedSpan?>

    /// The most events and links that a span keeps.
    private static let bound = 64

    /// - Parameter span: What it is at its start; `nil`: it is not sampled.
    init(_ span: FinishedSpan?, context: InstrumentationContext, queue: SpanQueue) {
        self.context = context
        self.queue = queue
        isRecording = span != nil
        state = Mutex(span)
    }

    var operationName: String {
        get { state.withLock { $0?.name ?? "" } }
        set { state.withLock { $0?.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { state.withLock { $0?.attributes ?? [:] } }
        set { state.withLock { $0?.attributes = newValue } }
    }

    func setStatus(_ status: SpanStatus) { state.withLock { $0?.status = status } }

    func addEvent(_ event: SpanEvent) {
        state.withLock { span in
            if let count = span?.events.count, count < Self.bound { span?.events.append(event) }
        }
    }

    func addLink(_ link: SpanLink) {
        state.withLock { span in
            if let count = span?.links.count, count < Self.bound { span?.links.append(link) }
        }
    }

    /// Notes the error's type alone: its text may hold what somebody said.
    func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        guard isRecording else { return }
        var attributes = attributes
        attributes["exception.type"] = String(reflecting: type(of: error))
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// Hands the span to the exporter; ending it again does nothing.
    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard isRecording else { return }
        let finished = state.withLock { span in
            defer { span = nil }
            return span
        }
        guard var finished else { return }
        // The machine's clock may have been set back meanwhile.
        finished.end = max(finished.start, instant().nanosecondsSinceEpoch)
        queue.add(finished)
    }
}
