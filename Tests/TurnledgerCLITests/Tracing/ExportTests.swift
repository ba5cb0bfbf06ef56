// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing
import Tracing
import TurnledgerAgent
import TurnledgerModels
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerCLI

/// Against a collector and a model on sockets of loopback.
@Suite("Exported spans", .timeLimit(.minutes(1)))
struct ExportTests {
    private func settings(_ collector: ScriptedUpstream, ratio: Double = 1) throws -> TracingSettings {
        try #require(
            try TracingSettings(
                ConfigurationValues(
                    flags: ["tracing.endpoint": collector.url, "tracing.sample_ratio": "\(ratio)"],
                    environment: ["OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%2Cb"])))
    }

    private func model(_ upstream: ScriptedUpstream, _ tracing: ServerTracing) throws -> OpenAIModelClient {
        try OpenAIModelClient(
            OpenAIModelClient.Configuration(baseURL: upstream.url, model: "m", apiKey: nil), logger: .silentForTests,
            instrument: tracing.tracer)
    }

    private static let answers: [ScriptedUpstream.Script] = [
        .events([
            event(
                #"{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"sum","arguments":"{\"a\":1,\"b\":2}"}}]}"#
            ),
            #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"# + "\n\n", "data: [DONE]\n\n",
        ]),
        .events([
            event(#"{"content":"It is 3."}"#),
            #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\n", "data: [DONE]\n\n",
        ]),
    ]

    private static func event(_ delta: String) -> String {
        #"data: {"choices":[{"index":0,"delta":\#(delta)}]}"# + "\n\n"
    }

    /// Serves one turn with a tool call, and returns all spans and what the model was asked.
    private func turn(
        on location: StoreLocation, _ values: ConfigurationValues = ConfigurationValues(),
        headers: [HTTPField.Name: String] = [:]
    ) async throws -> (spans: [ExportedSpan], requests: [ScriptedUpstream.Request], metrics: String) {
        let collector = try await ScriptedUpstream { _, _ in .response(body: "{}") }
        let upstream = try await ScriptedUpstream(Self.answers)
        let measures = ServerMeasures()
        let tracing = ServerTracing(
            try settings(collector), factory: measures.registry, timing: .init(interval: .milliseconds(10)),
            logger: .silentForTests)
        let served = try await ServedStore.open(
            location, values,
            observer: tracing.storeObserver(at: location, beside: measures.storeObserver), logger: .silentForTests)
        let service = try AgentService(
            store: served.store, model: try model(upstream, tracing), tools: [SumTool()], logger: .silentForTests,
            metrics: measures.agent, tracer: tracing.tracer)
        let routes = TurnledgerRoutes(
            service: service, store: served.store,
            identity: ServerIdentity(version: "1", store: location.kind, model: "m"),
            metrics: measures.endpoint(store: served.store, database: served.database, at: location, access: .open))
        let server = try ChatServer(
            routes: routes, settings: ServerSettings(), logger: .silentForTests, tracer: tracing.tracer)
        let exporting = Task { try await tracing.exporter.run() }
        try await server.application.test(.live) { client in
            let body = #"{"id":"t","message":{"id":"u1","role":"user","parts":[{"type":"text","text":"Add."}]}}"#
            var fields = HTTPFields()
            for (name, value) in headers { fields[name] = value }
            let answer = try await client.execute(
                uri: "/api/ai-sdk/chat?secret=1", method: .post, headers: fields, body: ByteBuffer(string: body)
            ) { $0 }
            #expect(answer.status == .ok)
            _ = try await client.execute(uri: "/health", method: .get) { $0 }
        }
        await service.drain(within: .seconds(30))
        exporting.cancel()
        _ = try? await exporting.value
        let requests = collector.requests
        #expect(requests.allSatisfy { $0.uri == "/v1/traces" && $0.headers["content-type"] == "application/json" })
        #expect(requests.allSatisfy { $0.headers["x-key"] == "a,b" && $0.headers["traceparent"] == nil })
        return (try requests.flatMap { try ExportedSpan.all(in: $0) }, upstream.requests, measures.registry.text())
    }

    private func expectTree(_ location: StoreLocation, _ values: ConfigurationValues = .init()) async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let (spans, requests, metrics) = try await turn(
            on: location, values, headers: [.traceparent: parent, .tracestate: "vendor=1"])
        #expect(Set(spans.map(\.trace)) == ["0af7651916cd43dd8448eb211c80319c"])
        #expect(spans.allSatisfy { $0.service == "turnledger" && $0.state == "vendor=1" })
        let request = try #require(spans.first { $0.kind == 2 })
        #expect(request.name == "POST /api/ai-sdk/chat")
        #expect(request.parent == "b7ad6b7169203331")
        #expect(request.attributes["http.response.status_code"] == "200")
        #expect(request.attributes["url.path"] == "/api/ai-sdk/chat")
        let run = try #require(spans.first { $0.name == "invoke_agent turnledger" })
        #expect(run.parent == request.id)
        let steps = spans.filter { $0.name == "superstep" }.sorted { $0.start < $1.start }
        #expect(steps.map(\.parent) == [run.id, run.id, run.id])
        let calls = ["chat m", "execute_tool sum", "chat m"]
        for (step, name) in zip(steps, calls) {
            let call = try #require(spans.first { $0.parent == step.id && $0.name == name })
            #expect(step.start <= call.start && call.end <= step.end)
        }
        // Each superstep has its commit, the request the creation of the run.
        let statements = spans.filter { $0.attributes["db.system.name"] == location.kind }
        for step in steps {
            let own = statements.filter { $0.parent == step.id }.map(\.name)
            #expect(own.contains("commit"))
        }
        #expect(statements.contains { $0.parent == request.id })
        #expect(statements.allSatisfy { $0.kind == 3 && $0.attributes["db.operation.name"] == $0.name })
        // The model's endpoint is told which call of the model asks.
        let asked = spans.filter { $0.name == "chat m" }.sorted { $0.start < $1.start }
        #expect(requests.map { $0.headers["traceparent"] } == asked.map { "00-\($0.trace)-\($0.id)-01" })
        #expect(requests.allSatisfy { $0.headers["tracestate"] == "vendor=1" })
        #expect(!spans.contains { $0.name.contains("health") })
        #expect(!spans.flatMap(\.attributes.values).contains { $0.contains("secret") || $0.contains("Add.") })
        #expect(metrics.contains(#"turnledger_spans_total{outcome="exported"} \#(spans.count)"#))
        #expect(metrics.contains(#"turnledger_spans_total{outcome="dropped"} 0"#))
    }

    @Test("of a turn with a tool call are one tree, on SQLite")
    func sqlite() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await expectTree(.sqlite(path: folder.appending(path: "a.sqlite").path()))
    }

    @Test("of a turn with a tool call are one tree, on PostgreSQL", .needsPostgres)
    func postgres() async throws {
        try await TestSchema.with { location, values in try await expectTree(location, values) }
    }

    @Test("are none of a trace that is not recorded, and the model's endpoint is told so")
    func unsampled() async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
        let (spans, requests, _) = try await turn(on: .memory, headers: [.traceparent: parent])
        #expect(spans.isEmpty)
        #expect(requests.count == 2)
        #expect(
            requests.allSatisfy { request in
                let sent = request.headers["traceparent"] ?? ""
                return sent.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") && sent.hasSuffix("-00")
            })
    }

    /// Exports one span, and returns the collector's requests and the counters.
    private func export(_ scripts: [ScriptedUpstream.Script], requests: Int) async throws -> String {
        let collector = try await ScriptedUpstream(scripts)
        let measures = ServerMeasures()
        let tracing = ServerTracing(
            try settings(collector), factory: measures.registry,
            timing: .init(interval: .milliseconds(5), firstWait: .milliseconds(5), attempts: 3),
            logger: .silentForTests)
        tracing.tracer.startSpan("a", context: .topLevel, ofKind: .internal).end()
        let exporting = Task { try await tracing.exporter.run() }
        // What is under way when the exporter stops is sent once more.
        #expect(
            try await collector.eventually { _ in measures.registry.text().contains(/turnledger_spans_total.* 1\n/) })
        exporting.cancel()
        _ = try? await exporting.value
        #expect(collector.requests.count == requests)
        return measures.registry.text().split(separator: "\n").filter { $0.hasPrefix("turnledger_spans_total") }
            .joined(separator: " ").replacing("turnledger_spans_total", with: "")
    }

    @Test("are sent again where the collector cannot take them, and given up where it will not")
    func failures() async throws {
        let busy = ScriptedUpstream.Script.response(503)
        #expect(
            try await export([busy, busy, .response(body: "{}")], requests: 3)
                == #"{outcome="dropped"} 0 {outcome="exported"} 1 {outcome="failed"} 0"#)
        #expect(
            try await export([.response(400)], requests: 1)
                == #"{outcome="dropped"} 0 {outcome="exported"} 0 {outcome="failed"} 1"#)
        let partly = ScriptedUpstream.Script.response(body: #"{"partialSuccess":{"rejectedSpans":"1"}}"#)
        #expect(
            try await export([partly], requests: 1)
                == #"{outcome="dropped"} 0 {outcome="exported"} 0 {outcome="failed"} 1"#)
    }

    @Test("are sent when the server stops, and a collector that is silent holds it no longer than its deadline")
    func stopping() async throws {
        let collector = try await ScriptedUpstream { _, _ in .init([]) }
        let measures = ServerMeasures()
        let tracing = ServerTracing(
            try settings(collector), factory: measures.registry,
            timing: .init(interval: .seconds(3600), stopDeadline: .milliseconds(100)), logger: .silentForTests)
        tracing.tracer.startSpan("a", context: .topLevel, ofKind: .internal).end()
        let exporting = Task { try await tracing.exporter.run() }
        exporting.cancel()
        _ = try? await exporting.value
        #expect(collector.requests.count <= 1)
        #expect(measures.registry.text().contains(#"turnledger_spans_total{outcome="failed"} 1"#))
    }

    @Test("have an endpoint, a name and headers from the block, or from OpenTelemetry's own variables")
    func configuration() throws {
        func settings(_ yaml: String, _ environment: [String: String]) throws -> TracingSettings? {
            try TracingSettings(
                ConfigurationValues(
                    file: try ConfigurationFile(yaml: yaml, environment: environment), environment: environment))
        }
        #expect(try settings("", [:]) == nil)
        let standard = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/", "OTEL_SERVICE_NAME": "chat",
            "OTEL_TRACES_SAMPLER_ARG": "0.5", "OTEL_EXPORTER_OTLP_HEADERS": "a=b, key = c%20d",
        ]
        let other = try #require(try settings("", standard))
        #expect(other.url == "http://collector:4318/v1/traces")
        #expect(other.serviceName == "chat")
        #expect(other.sampleRatio == 0.5)
        #expect(other.headers == ["a": "b", "key": "c d"])
        let yaml = "tracing: {endpoint: 'https://t/x/v1/traces', service_name: own, headers: {k: '${K}'}}"
        let own = try #require(try settings(yaml, standard.merging(["K": "v"]) { $1 }))
        #expect(own.url == "https://t/x/v1/traces")
        #expect(own.serviceName == "own")
        #expect(own.headers == ["k": "v"])
        #expect(try settings("", standard.merging(["OTEL_SDK_DISABLED": "true"]) { $1 }) == nil)
        for wrong in ["collector:4318", "ftp://c", "http://me:secret@c"] {
            #expect(throws: ConfigurationError.self) { try settings("tracing: {endpoint: '\(wrong)'}", [:]) }
        }
        let report = try ConfigurationReport.effective(
            ConfigurationValues(environment: standard))
        #expect(report.contains("tracing.endpoint: http://collector:4318/  # environment"))
        #expect(report.contains("tracing.headers: (hidden)"))
    }
}

/// A span as a collector gets it.
private struct ExportedSpan {
    var trace, id, name: String
    var parent, state, service: String?
    var kind: Int64
    var start, end: UInt64
    var attributes: [String: String]

    static func all(in request: ScriptedUpstream.Request) throws -> [ExportedSpan] {
        let body = try JSONValue.parse(request.body)
        return try (body["resourceSpans"]?.array ?? []).flatMap { resource in
            let service = attributes(resource["resource"])["service.name"]
            let spans = (resource["scopeSpans"]?.array ?? []).flatMap { $0["spans"]?.array ?? [] }
            return try spans.map { try ExportedSpan($0, service: service) }
        }
    }

    private init(_ json: JSONValue, service: String?) throws {
        trace = try #require(json["traceId"]?.string)
        id = try #require(json["spanId"]?.string)
        name = try #require(json["name"]?.string)
        kind = try #require(json["kind"]?.integer)
        start = try #require(json["startTimeUnixNano"]?.string.flatMap { UInt64($0) })
        end = try #require(json["endTimeUnixNano"]?.string.flatMap { UInt64($0) })
        parent = json["parentSpanId"]?.string
        state = json["traceState"]?.string
        self.service = service
        attributes = Self.attributes(json)
    }

    private static func attributes(_ json: JSONValue?) -> [String: String] {
        let pairs = (json?["attributes"]?.array ?? []).map { pair in
            (
                pair["key"]?.string ?? "",
                pair["value"]?["stringValue"]?.string ?? pair["value"]?["intValue"]?.string ?? "\(pair)"
            )
        }
        return Dictionary(pairs, uniquingKeysWith: { $1 })
    }
}

private struct SumTool: Tool {
    struct Arguments: Decodable { var a: Int, b: Int }
    let name = "sum"
    let description = "Adds."
    func call(arguments: Arguments) async throws -> [String: Int] { ["sum": arguments.a + arguments.b] }
}

extension HTTPField.Name {
    fileprivate static let traceparent = Self("traceparent")!
    fileprivate static let tracestate = Self("tracestate")!
}
