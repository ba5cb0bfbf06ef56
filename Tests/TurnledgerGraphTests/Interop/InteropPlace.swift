// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerPostgres
import TurnledgerSQLite
import TurnledgerStore

/// Where the compared graphs run. In PostgreSQL Swift and Python share a schema; else rows are exchanged.
enum InteropPlace: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, sqlite, postgres

    var testDescription: String { rawValue }

    /// PostgreSQL where scripts/postgres.sh has started one; with TURNLEDGER_REQUIRE_SERVICES=1 in any case.
    static let there: [InteropPlace] = allCases.filter { place in
        place != .postgres || InteropPostgres.url != nil
            || ProcessInfo.processInfo.environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
    }

    /// Runs `body` with a store of this kind and a thread that nobody else uses.
    func with<Value>(
        _ body: (any ConversationStore, ThreadID) async throws -> Value
    ) async throws -> Value {
        let thread = ThreadID("t-" + UUID().uuidString)
        switch self {
        case .memory: return try await body(InMemoryStore(), thread)
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(thread)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let store = try SQLiteStore(path: folder.appending(path: "store.sqlite").path)
            try await store.setUp()
            return try await body(store, thread)
        case .postgres: return try await body(InteropPostgres.shared.store, thread)
        }
    }

    /// What a request to the peer says of a thread of this place.
    func request(_ thread: ThreadID) throws -> JSONObject {
        guard self == .postgres else { return [:] }
        return [
            "thread": .string(thread.rawValue), "database": .string(try #require(InteropPostgres.url)),
            "schema": .string(InteropPostgres.schema),
        ]
    }

    /// A thread's rows as they are compared: in PostgreSQL those of the tables, as Python reads them.
    func rows(_ store: any CheckpointStore, _ thread: ThreadID) async throws -> [JSONValue] {
        guard self == .postgres else { return try await InteropRows.export(store, thread) }
        var request = try request(thread)
        request["tables"] = .string(thread.rawValue)
        return try await PythonPeer.shared.ask(.object(request))["rows"]?.array ?? []
    }
}

/// One schema for all threads of these tests, on a server that is thrown away behind them.
actor InteropPostgres {
    static let shared = InteropPostgres()
    static let url = ProcessInfo.processInfo.environment["TURNLEDGER_TEST_POSTGRES"]
    static let schema = "graphs_" + UUID().uuidString.replacing("-", with: "").lowercased()

    private var opening: Task<PostgresStore, any Error>?

    var store: PostgresStore {
        get async throws {
            let opening = self.opening ?? Task { try await Self.open() }
            self.opening = opening
            return try await opening.value
        }
    }

    private static func open() async throws -> PostgresStore {
        let url = try #require(Self.url, "Run eval \"$(scripts/postgres.sh start FOLDER)\" first.")
        var configuration = PostgresConfiguration(parameters: try PostgresConfiguration.parameters(of: url))
        configuration.schema = schema
        configuration.maximumConnections = 4
        let store = try PostgresStore(configuration: configuration)
        try await store.setUp()
        return store
    }
}
