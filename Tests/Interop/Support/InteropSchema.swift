// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing
import TurnledgerPostgres
import TurnledgerStore

/// A schema of a test's own, which Python's savers and Turnledger share.
struct InteropSchema: Sendable {
    static let environment = ProcessInfo.processInfo.environment

    /// The tests run where there are a server and both Pythons; with TURNLEDGER_REQUIRE_SERVICES=1 they fail without.
    static var isThere: Bool {
        let names = ["TURNLEDGER_TEST_POSTGRES", "TURNLEDGER_INTEROP_PYTHON", "TURNLEDGER_INTEROP_PYTHON_2025"]
        return names.allSatisfy { environment[$0] != nil } || environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
    }

    let name: String
    let store: PostgresStore
    private let database: String

    /// What every request to a worker about this schema holds.
    func request(_ arguments: JSONObject = [:]) -> JSONObject {
        var request: JSONObject = ["database": .string(database), "schema": .string(name)]
        for member in arguments { request[member.key] = member.value }
        return request
    }

    /// Runs `body` with a schema whose tables Python makes first and Turnledger then takes as they are.
    static func with<Value>(
        madeBy worker: PythonWorker, _ body: (InteropSchema) async throws -> Value
    ) async throws -> Value {
        let database = try #require(environment["TURNLEDGER_TEST_POSTGRES"])
        let name = "interop_" + UUID().uuidString.replacing("-", with: "").lowercased()
        var configuration = PostgresConfiguration(parameters: try PostgresConfiguration.parameters(of: database))
        configuration.schema = name
        configuration.maximumConnections = 4
        let schema = InteropSchema(
            name: name, store: try PostgresStore(configuration: configuration), database: database)
        let outcome: Result<Value, any Error>
        do {
            try await worker.ask("make", schema.request())
            try await schema.store.setUp()
            outcome = .success(try await body(schema))
        } catch {
            outcome = .failure(error)
        }
        await schema.store.close()
        try await worker.ask("drop", schema.request())
        return try outcome.get()
    }

    /// Everything that Turnledger reads in the schema, newest first.
    func everything() async throws -> [StoredCheckpoint] {
        try await store.list(CheckpointQuery()).collect()
    }
}

extension Payload {
    /// Decoded and encoded again, where Turnledger would write the value: so nothing passes unread.
    func rewritten() throws -> Payload {
        let value = try decoded()
        return type == "msgpack" || type == "null" ? Payload(value) : self
    }

    /// As `judge.py` takes it.
    var row: JSONObject {
        ["type": .string(type), "hex": .string(bytes.map { Self.digits[Int($0)] }.joined())]
    }

    private static let digits = (0..<256).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
}
