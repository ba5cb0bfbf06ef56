// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import Tracing

@testable import TurnledgerCLI

@Suite("Trace contexts")
struct TraceContextTests {
    private let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test("a traceparent is read and written as the standard has it")
    func roundTrip() throws {
        let trace = try #require(TraceContext(parent: good, state: "vendor=1,other=2"))
        #expect(trace.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(trace.spanID == "b7ad6b7169203331")
        #expect(trace.isSampled)
        #expect(trace.parent == good)
        #expect(trace.state == "vendor=1,other=2")
        #expect(TraceContext(parent: String(good.dropLast()) + "0")?.isSampled == false)
        // A later version may say more.
        #expect(TraceContext(parent: "01" + good.dropFirst(2) + "-more")?.parent == good)
        #expect(TraceContext(parent: good, state: String(repeating: "x", count: 513))?.state == nil)
    }

    @Test(
        "what is none begins a trace of its own",
        arguments: [
            "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1\u{e9}",
        ])
    func none(_ text: String) { #expect(TraceContext(parent: text) == nil) }

    @Test("a share of the traces that begin here is recorded; those from elsewhere as they say")
    func sampling() {
        func share(_ ratio: Double) -> Double {
            let tracer = OTLPTracer(ratio: ratio, queue: SpanQueue())
            let spans = (0..<4000).map { _ in tracer.startSpan("a", context: .topLevel, ofKind: .internal) }
            return Double(spans.count(where: \.isRecording)) / 4000
        }
        #expect(share(1) == 1)
        #expect(share(0) == 0)
        #expect((0.15...0.35).contains(share(0.25)))
        for (ratio, flag) in [(0.0, "01"), (1, "00")] {
            let tracer = OTLPTracer(ratio: ratio, queue: SpanQueue())
            var context = InstrumentationContext.topLevel
            context.trace = TraceContext(parent: String(good.dropLast(2)) + flag)
            let span = tracer.startSpan("a", context: context, ofKind: .internal)
            #expect(span.isRecording == (flag == "01"))
            let child = tracer.startSpan("b", context: span.context, ofKind: .internal)
            #expect(child.isRecording == span.isRecording)
            #expect(child.context.trace?.traceID == "0af7651916cd43dd8448eb211c80319c")
        }
    }

    @Test("a queue takes no more than its bound, and hands the oldest out first")
    func queue() {
        let queue = SpanQueue(bound: 3)
        let tracer = OTLPTracer(ratio: 1, queue: queue)
        for name in ["a", "b", "c", "d"] { tracer.startSpan(name, context: .topLevel, ofKind: .internal).end() }
        #expect(queue.take(2)?.map(\.name) == ["a", "b"])
        #expect(queue.take(2)?.map(\.name) == ["c"])
        #expect(queue.take(2) == nil)
    }
}
