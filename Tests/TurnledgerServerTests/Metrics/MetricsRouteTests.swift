// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerServer

@Suite("The metrics route")
struct MetricsRouteTests {
    private static let tokens = ServerSettings(
        access: .required(tokens: [BearerToken("alice-secret", owner: "alice")], proxy: nil))

    private func scrape(_ client: any TestClientProtocol) async throws -> [String] {
        let response = try await client.get("/metrics")
        #expect(response.status == .ok)
        return response.text.split(separator: "\n").map(String.init)
    }

    @Test("counts requests by pattern, and paths that there are not together")
    func routes() async throws {
        let endpoint = MetricsEndpoint(registry: PrometheusRegistry())
        try await ServerFixture([.text("Hello.")], metrics: endpoint).test { client in
            try await client.say("Hello.", id: "u1", thread: "one")
            for path in ["/api/threads/one", "/api/threads/two", "/no/such", "/nor/this"] {
                _ = try await client.get(path)
            }
            let lines = try await scrape(client)
            let counted = lines.filter { $0.hasPrefix("turnledger_http_requests_total") }
            #expect(
                counted == [
                    #"turnledger_http_requests_total{method="GET",route="/api/threads/{thread}",status="200"} 1"#,
                    #"turnledger_http_requests_total{method="GET",route="/api/threads/{thread}",status="404"} 1"#,
                    #"turnledger_http_requests_total{method="GET",route="unknown",status="404"} 2"#,
                    #"turnledger_http_requests_total{method="POST",route="/api/ai-sdk/chat",status="200"} 1"#,
                ])
        }
    }

    @Test("counts runs by their end, tools by their outcome, failures by their kind, and tokens")
    func runs() async throws {
        let endpoint = MetricsEndpoint(registry: PrometheusRegistry())
        let model = ScriptedModel([
            .toolCalls([.add(1, 2), .add(-1, 2, id: "call_3"), ToolCall(id: "call_4", name: "made_up", arguments: [:])]
            ),
            .text("It is 3.", usage: TokenUsage(input: 70, output: 7, cachedInput: 30)),
            .failure(ModelError(.rateLimited, "Too many requests.")),
        ])
        try await ServerFixture(model: model, metrics: endpoint).test { client in
            try await client.say("Add.", id: "u1")
            _ = try await client.chat(ChatBody.last("Again.", id: "u2"))
            let lines = Set(try await scrape(client))
            for line in [
                #"turnledger_runs_started_total{origin="new"} 2"#, #"turnledger_runs_ended_total{end="succeeded"} 1"#,
                #"turnledger_runs_ended_total{end="failed"} 1"#, "turnledger_runs_active 0",
                #"turnledger_run_failures_total{kind="model_rateLimited"} 1"#,
                #"turnledger_model_calls_total{model="scripted",outcome="ok"} 2"#,
                #"turnledger_model_calls_total{model="scripted",outcome="rateLimited"} 1"#,
                #"turnledger_tokens_total{model="scripted",kind="input"} 70"#,
                #"turnledger_tokens_total{model="scripted",kind="output"} 7"#,
                #"turnledger_tokens_total{model="scripted",kind="cached_input"} 30"#,
                #"turnledger_tool_calls_total{tool="add",outcome="ok"} 1"#,
                #"turnledger_tool_calls_total{tool="add",outcome="failed"} 1"#,
                #"turnledger_tool_calls_total{tool="unknown",outcome="refused"} 1"#,
                "turnledger_first_token_seconds_count 1",
            ] { #expect(lines.contains(line), "\(line)") }
            #expect(!lines.contains { $0.contains("made_up") })
        }
    }

    @Test(
        "is open where health is, asks for a token where that is configured, and can be off",
        arguments: MetricsEndpoint.Access.allCases)
    func access(_ access: MetricsEndpoint.Access) async throws {
        let endpoint = MetricsEndpoint(registry: PrometheusRegistry(), access: access)
        try await ServerFixture(settings: Self.tokens, metrics: endpoint).test { client in
            let stranger = try await client.get("/metrics").status
            let alice = try await client.get("/metrics", headers: [.authorization: "Bearer alice-secret"]).status
            switch access {
            case .open: #expect(stranger == .ok && alice == .ok)
            case .callers: #expect(stranger == .unauthorized && alice == .ok)
            case .off: #expect(stranger == .notFound && alice == .notFound)
            }
        }
    }

    @Test("answers although something that it looks at hangs")
    func hanging() async throws {
        struct Hanging: MetricsCollector {
            let gate: Gate
            func collect() async { try? await gate.pass() }
        }
        let gate = Gate()
        let endpoint = MetricsEndpoint(registry: PrometheusRegistry(), collectors: [Hanging(gate: gate)])
        try await ServerFixture(metrics: endpoint).test { client in
            let response = try await client.get("/metrics")
            #expect(response.status == .ok)
        }
        gate.open()
    }
}
