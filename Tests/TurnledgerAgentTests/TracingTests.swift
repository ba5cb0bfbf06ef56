// Turnledger. SPDX-License-Identifier: Apache-2.0

import InMemoryTracing
import Testing
import Tracing
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerAgent

@Suite("Spans of runs")
struct TracingTests {
    /// Begins a turn as a request that is traced would.
    private func begin(
        _ service: AgentService, _ tracer: InMemoryTracer, _ text: String = "1+2?"
    ) async throws -> (request: InMemorySpan, follower: RunFollower) {
        let request = tracer.startSpan("request", context: .topLevel, ofKind: .server)
        let follower = try await InstrumentationContext.withValue(request.context) {
            try await service.begin(Turn(thread: "t", owner: "", message: .human(text, id: text)))
        }
        return (request, follower)
    }

    /// Waits until so many runs have ended, and returns all spans that have.
    private func spans(_ tracer: InMemoryTracer, runs: Int = 1) async throws -> [FinishedInMemorySpan] {
        while tracer.finishedSpans.count(where: { $0.operationName.hasPrefix("invoke_agent") }) < runs {
            try await Task.sleep(for: .milliseconds(2))
        }
        return tracer.finishedSpans
    }

    @Test("a turn with a tool call is a tree below its request, though the request has ended")
    func tree() async throws {
        let tracer = InMemoryTracer()
        let gate = Gate()
        let model = ScriptedModel([
            .toolCalls([.add(1, 2)]).waiting(at: gate), .text("3.", usage: TokenUsage(input: 7, output: 2)),
        ])
        let service = try AgentService.make(model: model, tracer: tracer)
        let (request, follower) = try await begin(service, tracer)
        try await gate.reached()
        request.end()
        gate.open()
        _ = try await follower.all()

        let spans = try await spans(tracer)
        #expect(Set(spans.map(\.traceID)) == [request.spanContext.traceID])
        let run = try #require(spans.first { $0.operationName == "invoke_agent turnledger" })
        #expect(run.parentSpanID == request.spanContext.spanID)
        #expect(run.attributes.get("gen_ai.conversation.id") == "t")
        #expect(run.attributes.get("turnledger.run.end") == "succeeded")
        #expect(run.events.map(\.name) == ["turnledger.first_token"])
        let steps = spans.filter { $0.operationName == "superstep" }
        #expect(steps.count == 3)
        #expect(steps.allSatisfy { $0.parentSpanID == run.spanID })
        let calls = spans.filter { $0.operationName.hasPrefix("chat ") || $0.operationName.hasPrefix("execute_tool ") }
        #expect(calls.map(\.operationName) == ["chat scripted", "execute_tool add", "chat scripted"])
        #expect(calls.map(\.parentSpanID) == steps.map(\.spanID))
        #expect(calls[0].kind == .client)
        #expect(calls[2].attributes.get("gen_ai.usage.input_tokens") == .int64(7))
        #expect(calls[2].attributes.get("gen_ai.response.finish_reasons") == .stringArray(["stop"]))
        // What was said and computed is nowhere.
        for span in spans {
            span.attributes.forEach { _, value in #expect(!"\(value)".contains("1+2") && !"\(value)".contains("sum")) }
        }
    }

    @Test("a run that waited for its turn, and one that another server goes on with, keep the trace they were begun in")
    func elsewhere() async throws {
        let store = InMemoryStore()
        let tracer = InMemoryTracer()
        let model = ScriptedModel([.text("never seen").waiting(at: Gate())])
        let quick = AgentConfiguration(leaseDuration: .milliseconds(150))
        let dying = try AgentService.make(store: store, model: model, configuration: quick, tracer: tracer)
        let (first, _) = try await begin(dying, tracer, "one")
        while model.requestCount < 1 { await Task.yield() }
        let (second, _) = try await begin(dying, tracer, "two")
        await dying.drain(within: .zero)

        let next = ScriptedModel([.text("One."), .text("Two.")])
        let service = try AgentService.make(store: store, model: next, configuration: quick, tracer: tracer)
        let serving = Task { try await service.run() }
        defer { serving.cancel() }
        try await store.untilIdle("t")
        let runs = try await spans(tracer, runs: 3).filter { $0.operationName.hasPrefix("invoke_agent") }
        #expect(runs.map(\.traceID) == [first, first, second].map(\.spanContext.traceID))
        #expect(runs.map { $0.attributes.get("turnledger.run.origin") } == ["new", "taken_over", "queued"])
        #expect(runs.map { $0.attributes.get("turnledger.run.end") } == ["postponed", "succeeded", "succeeded"])
    }

    @Test("what fails is an error with its kind, without its text")
    func failure() async throws {
        let tracer = InMemoryTracer()
        let model = ScriptedModel([
            .toolCalls([.add(-1, 2)]), .failure(ModelError(.timeout, "the endpoint said: secret")),
        ])
        let service = try AgentService.make(model: model, tracer: tracer)
        let (_, follower) = try await begin(service, tracer)
        _ = try await follower.all()
        let failed = try await spans(tracer).filter { $0.status?.code == .error }
        #expect(
            failed.map { [$0.operationName, $0.attributes.get("error.type").map { "\($0)" }] }
                == [
                    ["execute_tool add", "\(SpanAttribute.string("failed"))"],
                    ["chat scripted", "\(SpanAttribute.string("timeout"))"],
                    ["invoke_agent turnledger", "\(SpanAttribute.string("model_timeout"))"],
                ])
        #expect(failed.allSatisfy { $0.status?.message == nil && $0.errors.isEmpty })
    }

    @Test("nobody traces by default: a run keeps no trace")
    func off() async throws {
        #expect(AgentTracing(tracer: nil).carried.isEmpty)
        let input = RunInput(.send(.human("Hi.", id: "u1")), owner: "")
        #expect(try RunInput(input.bytes).trace.isEmpty)
        var traced = input
        traced.trace = ["traceparent": "00-1-2-01", "tracestate": "a=b"]
        #expect(try RunInput(traced.bytes) == traced)
    }
}
