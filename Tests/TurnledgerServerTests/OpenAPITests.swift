// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerServer

@Suite("The OpenAPI document")
struct OpenAPITests {
    private struct NoClauses: ClauseLookup {
        func clause(_ id: String) async throws -> JSONValue? { nil }
    }

    @Test("names every route with its methods, and no other")
    func complete() async throws {
        let store = InMemoryStore()
        let service = try AgentService(store: store, model: ScriptedModel([]), tools: [], logger: .quiet)
        let routes = TurnledgerRoutes(
            service: service, store: store, clauses: NoClauses(),
            identity: ServerIdentity(version: "1", store: "memory:", model: "scripted"),
            metrics: MetricsEndpoint(registry: PrometheusRegistry()))
        var known: [String: Set<String>] = [:]
        for (path, methods) in routes.known {
            var parts = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
            }
            if parts.count > 3, parts[2] == "ai-sdk", ClientProfile(rawValue: parts[3]) != nil {
                parts[3] = "{profile}"
            }
            known[parts.joined(separator: "/"), default: []].formUnion(methods.map { $0.lowercased() })
        }
        let expected = known
        try await ServerFixture().test { client in
            let response = try await client.get("/openapi.json")
            #expect(response.headers[.contentType] == "application/json; charset=utf-8")
            let told = Dictionary(
                uniqueKeysWithValues: (response.json["paths"]?.object?.members ?? []).map { path in
                    (path.key, Set(path.value.object?.members.map(\.key) ?? []))
                })
            #expect(told == expected)
        }
    }
}
