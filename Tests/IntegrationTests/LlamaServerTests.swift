// Turnledger. SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing
import TurnledgerAgent
import TurnledgerModels
import TurnledgerStore

/// The client against a real model server. What the model says does not matter; how it says it does.
@Suite(
    "A real model server",
    .serialized, .timeLimit(.minutes(5)),
    .enabled(if: LlamaServer.isWanted, "TURNLEDGER_LLAMA_SERVER and TURNLEDGER_LLAMA_MODEL: scripts/llama.sh")
)
struct LlamaServerTests {
    private func client(
        _ server: LlamaServer, limit: Int, _ change: (inout OpenAIModelClient.Configuration) -> Void = { _ in }
    ) throws -> OpenAIModelClient {
        var configuration = OpenAIModelClient.Configuration(
            baseURL: server.url, model: "smollm2", temperature: 0, maximumOutputTokens: limit)
        change(&configuration)
        return try OpenAIModelClient(configuration)
    }

    private func events(_ client: OpenAIModelClient, _ request: ModelRequest) async throws -> [ModelEvent] {
        var events: [ModelEvent] = []
        for try await event in try await client.stream(request) { events.append(event) }
        return events
    }

    @Test("streams text and tells its usage, with and without tools")
    func streamsWithUsage() async throws {
        try await LlamaServer.use { server in
            let client = try client(server, limit: 24)
            try await client.check()
            let tools = [
                ToolDescription(
                    name: "search", description: "Searches.",
                    parameters: [
                        "type": "object", "properties": ["query": ["type": "string"]], "required": ["query"],
                    ])
            ]
            let call = ToolCall(id: "call_1", name: "search", arguments: ["query": "door"])
            let plain = ModelRequest(messages: [.system("Answer briefly."), .human("Count from one to ten in words.")])
            let afterTool = ModelRequest(
                messages: [
                    .human("How wide is the door?"), .ai("", toolCalls: [call]), .tool("1.4 m", answering: call),
                ], tools: tools)
            for request in [plain, ModelRequest(messages: plain.messages, tools: tools), afterTool] {
                let events = try await events(client, request)
                let deltas = events.filter { if case .textDelta = $0 { true } else { false } }
                let calls = events.filter { if case .toolCall = $0 { true } else { false } }
                #expect(deltas.count > 1 || !calls.isEmpty)
                let usage = events.compactMap { if case .usage(let usage) = $0 { usage } else { nil } }
                #expect(usage.count == 1)
                #expect((usage.first?.input ?? 0) > 5)
                #expect((1...24).contains(usage.first?.output ?? 0))
                guard case .finished(let reason) = events.last else {
                    Issue.record("not finished")
                    continue
                }
                #expect([.stop, .length, .toolCalls].contains(reason))
            }
        }
    }

    @Test("a conversation that is too long says so")
    func contextTooLong() async throws {
        try await LlamaServer.use { server in
            let client = try client(server, limit: 8)
            let long = String(repeating: "evacuation door width ", count: 3000)
            let error = try await #require(throws: ModelError.self) {
                _ = try await events(client, ModelRequest(messages: [.human(long)]))
            }
            #expect(error.code == .contextTooLong)
            #expect(!error.debugDescription.contains("evacuation door"))
        }
    }

    @Test("cancelling frees the server's only slot for the next request")
    func cancellation() async throws {
        try await LlamaServer.use { server in
            let story = ModelRequest(messages: [.human("Write a very long story about a house with many doors.")])
            // Greedy, a small model repeats itself up to the limit: minutes, were it not stopped.
            let long = try client(server, limit: 3500)
            let reader = Task {
                var count = 0
                // It ends, or throws: whichever hears of the cancellation first.
                do {
                    for try await event in try await long.stream(story) {
                        if case .textDelta = event { count += 1 }
                        if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                } catch is CancellationError {}
                return count
            }
            #expect(try await reader.value >= 3)
            var slot = try await server.slot()
            while slot.isProcessing {
                try await Task.sleep(for: .milliseconds(20))
                slot = try await server.slot()
            }
            #expect(slot.wasStopped)
            let events = try await events(client(server, limit: 4), ModelRequest(messages: [.human("Say hello.")]))
            guard case .finished = events.last else {
                Issue.record("not finished")
                return
            }
        }
    }
}
