// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerModels
import TurnledgerOperations
import TurnledgerPostgres
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerCLI

@Suite("Scrapes")
struct ScrapeTests {
    /// What a scrape holds after a server on a store has answered, used a tool and failed.
    private func scrape(_ location: StoreLocation, _ values: ConfigurationValues) async throws -> String {
        let measures = ServerMeasures()
        let served = try await ServedStore.open(
            location, values, observer: measures.storeObserver, logger: .silentForTests)
        let store = served.store
        let answers: [ScriptedModel.Answer] = [
            .toolCalls([ToolCall(id: "call_1", name: "sum", arguments: ["a": 1, "b": 2])]),
            .text("It is 3.", usage: TokenUsage(input: 70, output: 7)),
            .failure(ModelError(.timeout, "Silence.")),
        ]
        let service = try AgentService(
            store: store, model: ScriptedModel(answers), tools: [SumTool()], logger: .silentForTests,
            metrics: measures.agent)
        let endpoint = measures.endpoint(store: store, database: served.database, at: location, access: .open)
        let routes = TurnledgerRoutes(
            service: service, store: store,
            identity: ServerIdentity(version: "1", store: location.kind, model: "scripted"), metrics: endpoint)
        let server = try ChatServer(routes: routes, settings: ServerSettings(), logger: .silentForTests)
        // A call that the store refuses, and that PostgreSQL refuses.
        _ = try? await store.renew(
            Lease(
                thread: "no\u{0}thread", run: RunID("run_none"), holder: "nobody", epoch: 1, beat: 0,
                duration: .seconds(1)))
        try await doChores(store)
        return try await server.application.test(.router) { client in
            for (id, text) in [("u1", "Add."), ("u2", "Again.")] {
                let body =
                    #"{"id":"t","message":{"id":"\#(id)","role":"user","parts":[{"type":"text","text":"\#(text)"}]}}"#
                _ = try await client.execute(
                    uri: "/api/ai-sdk/chat", method: .post, body: ByteBuffer(string: body)
                ) { $0 }
            }
            return try await client.execute(uri: "/metrics", method: .get) { String(buffer: $0.body) }
        }
    }

    /// A sweep and a backup, which a scrape tells of.
    private func doChores(_ store: any ConversationStore) async throws {
        let swept = try #require(store as? any RetentionKeeper.Store)
        let keeper = RetentionKeeper(
            swept, sweep: RetentionSweep(swept, policy: RetentionPolicy(standard: .forever)), holder: "a",
            logger: .silentForTests)
        _ = try #require(await keeper.sweepOnce())
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let backups = BackupKeeper(
            try #require(store as? any BackupKeeper.Store), folder: BackupFolder(path: folder.path()), keep: 1,
            interval: .seconds(60), scratch: TestSchema.scratch, holder: "a", logger: .silentForTests)
        #expect(try await backups.takeOnce()?.isSound == true)
    }

    private func names(in scrape: String) -> Set<String> {
        Set(scrape.matches(of: #/(?m)^\# TYPE ([a-z_]+) /#).map { String($0.1) })
    }

    private var documented: [MetricDescription] { MetricDescription.all }

    private var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardizedFileURL
    }

    private func expectComplete(_ scrape: String, on kind: String) {
        let expected = documented.filter {
            ["", "Linux", "retention", "backups"].contains($0.condition) || $0.condition.contains(kind)
        }
        #expect(names(in: scrape).symmetricDifference(expected.map(\.name)).sorted() == [])
        // What is not described has no line of its own.
        let described = expected.map(\.name)
        for line in scrape.split(separator: "\n") where !line.hasPrefix("#") {
            let name = String(line.prefix { $0 != "{" && $0 != " " })
            #expect(described.contains { name == $0 || name.hasPrefix($0 + "_") }, "\(line)")
        }
    }

    @Test("have every documented metric and no other, on SQLite")
    func sqlite() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let scrape = try await scrape(
            .sqlite(path: folder.appending(path: "a.sqlite").path()), ConfigurationValues())
        expectComplete(scrape, on: "SQLite")
        try judge(scrape)
    }

    @Test("have every documented metric and no other, on PostgreSQL", .needsPostgres)
    func postgres() async throws {
        try await TestSchema.with { location, values in
            let scrape = try await scrape(location, values)
            expectComplete(scrape, on: "PostgreSQL")
            try judge(scrape)
        }
    }

    /// promtool's verdict on the scrape, the rules, and every query of the dashboard.
    private func judge(_ scrape: String) throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool") else {
            #expect(ProcessInfo.processInfo.environment["TURNLEDGER_REQUIRE_SERVICES"] == nil, "promtool is missing.")
            return
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "scrape-\(UUID().uuidString)")
        try Data(scrape.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let output = Pipe()
        process.executableURL = root.appending(path: "ops/check.sh")
        process.arguments = [file.path()]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
    }

    @Test("are documented: docs/metrics.md has the table of all metrics")
    func table() throws {
        let text = try String(contentsOf: root.appending(path: "docs/metrics.md"), encoding: .utf8)
        #expect(text.contains(MetricTable.markdown), "\(MetricTable.markdown)")
    }
}

private struct SumTool: Tool {
    struct Arguments: Decodable { var a: Int, b: Int }
    let name = "sum"
    let description = "Adds."
    func call(arguments: Arguments) async throws -> [String: Int] { ["sum": arguments.a + arguments.b] }
}

extension Logger {
    static let silentForTests: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()
}
