// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing

@testable import TurnledgerPostgres

/// The servers that `scripts/postgres.sh` starts. `scripts/test.sh` does so; by hand:
///
///     eval "$(scripts/postgres.sh start /tmp/turnledger-postgres)"
enum LivePostgres {
    private static let environment = ProcessInfo.processInfo.environment

    /// Tests of the live server run where there is one; with TURNLEDGER_REQUIRE_SERVICES=1 they fail without it.
    static var isThere: Bool {
        environment["TURNLEDGER_TEST_POSTGRES"] != nil || environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
    }

    /// What a test says that is passed over.
    static let howTo: Comment =
        "TURNLEDGER_TEST_POSTGRES is not set. Run eval \"$(scripts/postgres.sh start FOLDER)\" first, or scripts/test.sh."

    /// A role that is no superuser and owns its database.
    static func parameters() throws -> [String: String] { try parameters("TURNLEDGER_TEST_POSTGRES") }
    /// The superuser of the same server.
    static func adminParameters() throws -> [String: String] { try parameters("TURNLEDGER_TEST_POSTGRES_ADMIN") }
    /// The same database behind pgbouncer in transaction mode.
    static func poolerParameters() throws -> [String: String] { try parameters("TURNLEDGER_TEST_PGBOUNCER") }
    /// The authority that signed the server's certificate, as a file.
    static func authority() throws -> String { try #require(environment["TURNLEDGER_TEST_POSTGRES_CA"]) }

    private static func parameters(_ name: String) throws -> [String: String] {
        try PostgresConfiguration.parameters(
            of: #require(environment[name], "Run eval \"$(scripts/postgres.sh start FOLDER)\" first."))
    }

    /// Runs `body` with a client of the test's own and closes it behind it.
    static func withClient<Value>(
        _ parameters: [String: String]? = nil, waiting: Waiting = .standard,
        _ change: (inout PostgresConfiguration) -> Void = { _ in },
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        var configuration = PostgresConfiguration(parameters: try parameters ?? self.parameters())
        change(&configuration)
        let client = PostgresClient(configuration: configuration, waiting: waiting, logger: .silent)
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    /// A name for a table, a role or a schema that no other test uses.
    static func uniqueName() -> String {
        "t" + UUID().uuidString.replacing("-", with: "").lowercased()
    }

    /// Runs `body` with a table `(id text PRIMARY KEY, value text)` of the test's own.
    static func withTable<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let table = uniqueName()
        return try await withClient { client in
            _ = try await client.execute(.text("CREATE TABLE \(table) (id text PRIMARY KEY, value text)"))
            do {
                let value = try await body(table)
                _ = try await client.execute(.text("DROP TABLE \(table)"))
                return value
            } catch {
                _ = try? await client.execute(.text("DROP TABLE \(table)"))
                throw error
            }
        }
    }
}

extension PostgresQuery {
    /// A statement that is not prepared.
    static func text(_ sql: String, _ values: PostgresValue...) -> PostgresQuery {
        PostgresQuery(PostgresStatement("", sql), values)
    }

    /// Stores a row once, however often it is sent.
    static func save(_ table: String, id: String, value: String) -> PostgresQuery {
        PostgresQuery(
            PostgresStatement(
                "save_\(table)", "INSERT INTO \(table) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET value = $2"),
            [.text(id), .text(value)])
    }
}

extension PostgresClient {
    /// Expects the server to answer.
    func expectAnswer(deadline: Duration? = nil, isRepeatable: Bool = false) async throws {
        let rows = try await execute(.text("SELECT 1"), deadline: deadline, isRepeatable: isRepeatable)
        #expect(try rows[0].integer(0) == 1)
    }
}

extension Logger {
    static let silent = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
}
