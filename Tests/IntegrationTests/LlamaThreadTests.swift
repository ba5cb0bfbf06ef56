// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import TestSupport
import Testing
import TurnledgerAgent
import TurnledgerModels
import TurnledgerSQLite
import TurnledgerStore

/// A thread of two turns with a real model, over a restart of the service. What the model says does not matter.
@Suite(
    "A thread with a real model",
    .timeLimit(.minutes(5)),
    .enabled(if: LlamaServer.isWanted, "TURNLEDGER_LLAMA_SERVER and TURNLEDGER_LLAMA_MODEL: scripts/llama.sh")
)
struct LlamaThreadTests {
    private func turn(_ text: String, id: String, url: String, path: String) async throws -> [Message] {
        let store = try SQLiteStore(path: path)
        try await store.setUp()
        let model = try OpenAIModelClient(
            OpenAIModelClient.Configuration(
                baseURL: url, model: "smollm2", temperature: 0, maximumOutputTokens: 24))
        let service = try AgentService(
            store: store, model: model, tools: [], configuration: AgentConfiguration(systemPrompt: "Be brief."),
            logger: Logger(label: "test"))
        var events: [RunEvent] = []
        let follower = try await service.begin(Turn(thread: "t", owner: "", message: .human(text, id: id)))
        for try await batch in follower { events += batch }
        #expect(events.last?.isLast == true)
        #expect(events.contains { if case .textDelta = $0 { true } else { false } })
        await service.drain(within: .seconds(5))
        let messages = try await service.messages(of: "t")
        try store.close()
        return messages
    }

    @Test("is remembered: the second turn sends the first along, and its usage is kept")
    func twoTurns() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UniqueID.random())
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "thread.sqlite").path()
        try await LlamaServer.use { server in
            let first = try await turn("My name is Frank.", id: "u1", url: server.url, path: path)
            let second = try await turn("What is my name?", id: "u2", url: server.url, path: path)
            #expect(first.map(\.role) == [.human, .ai])
            #expect(second.map(\.role) == [.human, .ai, .human, .ai])
            #expect(Array(second.prefix(2)) == first)
            let tokens = try [first, second].map { try #require($0.last?.usage).input }
            #expect(tokens[1] > tokens[0])
        }
    }
}
