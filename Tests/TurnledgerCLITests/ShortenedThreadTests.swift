// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerAgent
import TurnledgerGraph
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerCLI

@Suite("Retention that keeps the latest checkpoints")
struct ShortenedThreadTests {
    static let storages = ThreadStorage.Messages.allCases.flatMap { form in
        RunHistory.allCases.map { ThreadStorage(messages: form, history: $0) }
    }

    /// Turns before, a sweep as a server makes it, a turn behind.
    private func check(_ store: any RetentionSweep.Store & ConversationStore, _ storage: ThreadStorage) async throws {
        let answers = (0..<7).map { ScriptedModel.Answer.text("Answer \($0).") }
        let service = try AgentService(
            store: store, model: ScriptedModel(answers), tools: [],
            configuration: AgentConfiguration(storage: storage), logger: .silentForTests)
        func say(_ number: Int) async throws {
            let message = Message.human("Question \(number)?", id: "u\(number)")
            for try await _ in try await service.begin(Turn(thread: "t", owner: "o", message: message)) {}
        }
        for number in 0..<5 { try await say(number) }
        let before = try await service.messages(of: "t")
        let values = ConfigurationValues(flags: [
            "store": "memory:", "retention.ttl_days": "7", "retention.action": "keep_latest", "retention.share": "1",
        ])
        let sweep = try #require(try RetentionSettings(values).sweep(store))
        let day = Timestamp(microseconds: SystemWallClock().now().microseconds + 40 * 86_400_000_000)
        let plan = try await sweep.plan(at: day)
        let run = try await sweep.run(at: day)
        #expect(run.removed == plan.removed && run.failed == 0)
        if storage.messages == .plain { #expect(try await store.list(.init(thread: "t")).collect().count == 1) }
        #expect(try await service.messages(of: "t") == before)
        for number in 5..<7 { try await say(number) }
        #expect(
            try await service.messages(of: "t").map(\.text)
                == (0..<7).flatMap { ["Question \($0)?", "Answer \($0)."] })
    }

    @Test("leaves a thread that goes on as it was, in memory", arguments: storages)
    func memory(_ storage: ThreadStorage) async throws { try await check(InMemoryStore(), storage) }

    @Test("leaves a thread that goes on as it was, on SQLite", arguments: storages)
    func sqlite(_ storage: ThreadStorage) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(path: folder.appending(path: "a.sqlite").path())
        try await store.setUp()
        try await check(store, storage)
    }
}
