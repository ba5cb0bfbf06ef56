// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerServer

@Suite("Statistics")
struct StatisticsTests {
    private static let settings = ServerSettings(
        access: .required(
            tokens: [
                BearerToken("alice-secret", owner: "alice", labels: ["team": "north"]),
                BearerToken("bob-secret", owner: "bob"),
            ], proxy: nil))

    private func stats(
        _ client: any TestClientProtocol, _ owner: String, _ query: String = ""
    ) async throws -> JSONValue {
        let response = try await client.get("/api/stats" + query, headers: [.authorization: "Bearer \(owner)-secret"])
        #expect(response.status == .ok, "\(response.text)")
        return response.json
    }

    @Test("count a caller's turns, tokens, tools and failures, by label, and nobody else's")
    func counts() async throws {
        let model = ScriptedModel([
            .toolCalls([.add(1, 2), .add(-1, 2, id: "call_3")]),
            .text("It is 3.", usage: TokenUsage(input: 70, output: 7)),
            .text("Again.", usage: TokenUsage(input: 30, output: 3)),
            .failure(ModelError(.rateLimited, "Too many requests.")),
        ])
        let fixture = try ServerFixture(model: model, settings: Self.settings)
        try await fixture.test { client in
            for (number, thread) in ["one", "one", "two"].enumerated() {
                _ = try await client.chat(
                    ChatBody.last("Hi.", id: "u\(number)", thread: thread),
                    headers: [.authorization: "Bearer alice-secret"])
            }
            await fixture.service.drain(within: .seconds(30))
            let alice = try await stats(client, "alice")
            let total = try #require(alice["total"])
            #expect(total["conversations"] == 2)
            #expect(total["turns"] == 3)
            #expect(total["ends"] == ["succeeded": 2, "failed": 1])
            #expect(total["inputTokens"] == 100)
            #expect(total["outputTokens"] == 10)
            #expect(total["tools"] == ["add": ["calls": 2, "failed": 1]])
            #expect(total["errors"] == ["model_rateLimited": 1])
            #expect(total["turnMilliseconds"]?["p50"]?.integer != nil)
            #expect(total["firstTokenMilliseconds"]?["p99"]?.integer != nil)
            let days = try #require(alice["days"]?.array)
            #expect(days.reduce(0) { $0 + ($1["turns"]?.integer ?? 0) } == 3)
            #expect(try await stats(client, "alice", "?label=team:north")["total"]?["turns"] == 3)
            #expect(try await stats(client, "alice", "?label=team:south")["total"]?["turns"] == 0)
            #expect(try await stats(client, "bob")["total"]?["turns"] == 0)
            let everybody = try #require(fixture.store as? any StatisticsStore)
            let range = StatisticsQuery.lastDays(2, until: SystemWallClock().now())
            let counts = try await everybody.statistics(StatisticsQuery(days: range))
            #expect(counts.filter { $0.key.metric == StatisticsMetric.turns }.values.reduce(0, +) == 3)
        }
    }

    @Test("refuse days and labels that are none, and whoever has no token")
    func refusals() async throws {
        try await ServerFixture(settings: Self.settings).test { client in
            for query in ["?days=0", "?days=367", "?days=x", "?label=team"] {
                let response = try await client.get(
                    "/api/stats" + query, headers: [.authorization: "Bearer alice-secret"])
                #expect(response.status == .badRequest, "\(query)")
            }
            #expect(try await client.get("/api/stats").status == .unauthorized)
            #expect(try await client.get("/stats").status == .ok)
            #expect(try await client.get("/stats.js").status == .ok)
        }
    }

    @Test("tell durations as bounds that so many turns keep")
    func quantiles() {
        let classes: [Int64: Int64] = [100: 90, 250: 5, 1000: 4, .max: 1]
        #expect(StatisticsReport.Figures.quantile(0.5, of: classes) == 100)
        #expect(StatisticsReport.Figures.quantile(0.95, of: classes) == 250)
        #expect(StatisticsReport.Figures.quantile(0.99, of: classes) == 1000)
        #expect(StatisticsReport.Figures.quantile(1, of: classes) == nil)
        #expect(StatisticsReport.Figures.quantile(0.5, of: [:]) == nil)
        #expect(StatisticsMetric.duration("turn_ms", .milliseconds(100)) == "turn_ms:100")
        #expect(StatisticsMetric.duration("turn_ms", .milliseconds(101)) == "turn_ms:250")
        #expect(StatisticsMetric.duration("turn_ms", .seconds(3600)) == "turn_ms:more")
    }
}
