// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent

@testable import TurnledgerModels

@Suite("Addresses and headers of model endpoints")
struct OpenAIEndpointTests {
    @Test(
        "the chat and model addresses of each kind of endpoint",
        arguments: [
            (
                "https://api.openai.com/v1", nil, "https://api.openai.com/v1/chat/completions",
                "https://api.openai.com/v1/models"
            ),
            (
                "http://127.0.0.1:11434", nil, "http://127.0.0.1:11434/v1/chat/completions",
                "http://127.0.0.1:11434/v1/models"
            ),
            (
                "http://127.0.0.1:8080/v1/", nil, "http://127.0.0.1:8080/v1/chat/completions",
                "http://127.0.0.1:8080/v1/models"
            ),
            ("http://h/v1/chat/completions", nil, "http://h/v1/chat/completions", "http://h/v1/models"),
            (
                "https://r.openai.azure.com", "2024-10-21",
                "https://r.openai.azure.com/openai/deployments/my%20m/chat/completions?api-version=2024-10-21",
                "https://r.openai.azure.com/openai/models?api-version=2024-10-21"
            ),
            (
                "https://r.openai.azure.com/openai/deployments/d", "2024-10-21",
                "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
                "https://r.openai.azure.com/openai/models?api-version=2024-10-21"
            ),
            (
                "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21", nil,
                "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
                "https://r.openai.azure.com/openai/models?api-version=2024-10-21"
            ),
            (
                "https://r.openai.azure.com/openai/v1/", nil, "https://r.openai.azure.com/openai/v1/chat/completions",
                "https://r.openai.azure.com/openai/v1/models"
            ),
            (
                "https://r.openai.azure.com/openai/v1", "preview",
                "https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview",
                "https://r.openai.azure.com/openai/v1/models?api-version=preview"
            ),
        ] as [(String, String?, String, String)])
    func addresses(_ base: String, _ version: String?, _ chat: String, _ models: String) throws {
        let endpoint = try OpenAIEndpoint(.init(baseURL: base, model: "my m", apiVersion: version))
        #expect(endpoint.chatURL == chat)
        #expect(endpoint.modelsURL == models)
    }

    @Test("the key goes where the endpoint looks for it")
    func authentication() throws {
        func names(_ base: String, _ version: String? = nil, _ way: OpenAIModelClient.Configuration.Authentication)
            throws -> [String]
        {
            try OpenAIEndpoint(
                .init(
                    baseURL: base, model: "m", apiKey: " k\n", authentication: way, extraHeaders: ["X-A": "1"],
                    apiVersion: version)
            ).headers.map { "\($0.name): \($0.value)" }
        }
        #expect(try names("https://api.openai.com/v1", nil, .automatic) == ["Authorization: Bearer k", "X-A: 1"])
        #expect(try names("https://r.openai.azure.com/openai/v1", nil, .automatic) == ["api-key: k", "X-A: 1"])
        #expect(try names("http://proxy", "2024-10-21", .automatic) == ["api-key: k", "X-A: 1"])
        #expect(try names("https://r.openai.azure.com", "v", .bearer) == ["Authorization: Bearer k", "X-A: 1"])
        #expect(try names("http://proxy", nil, .apiKeyHeader) == ["api-key: k", "X-A: 1"])
    }

    @Test(
        "what cannot be used is refused without being repeated",
        arguments: [
            ("ftp://h/v1", "k", [:]), ("no url", "k", [:]), ("http://", "k", [:]),
            ("http://user:pass-word@h/v1", "k", [:]),
            ("http://h", "secret\u{7}key", [:]), ("http://h", "geheim-schlüssel", [:]),
            ("http://h", "k", ["X": "a-secret\r\nInjected: 1"]), ("http://h", "k", ["X Y": "1"]),
        ] as [(String, String, [String: String])])
    func refused(_ base: String, _ key: String, _ headers: [String: String]) throws {
        let error = try #require(throws: ModelError.self) {
            try OpenAIModelClient(.init(baseURL: base, model: "m", apiKey: key, extraHeaders: headers))
        }
        for secret in ["pass-word", "secret", "schlüssel"] { #expect(!error.debugDescription.contains(secret)) }
    }

    @Test("printing a configuration shows neither key nor header values")
    func printing() {
        let configuration = OpenAIModelClient.Configuration(
            baseURL: "http://h/v1?code=url-secret", model: "m", apiKey: "key-secret",
            extraHeaders: ["X": "header-secret"])
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("secret"))
            #expect(text.contains("m at http://h"))
        }
    }
}
