// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerPostgres

@testable import TurnledgerCLI

/// A schema of one test's own in the PostgreSQL of `TURNLEDGER_TEST_POSTGRES`.
enum TestSchema {
    static var url: String? { ProcessInfo.processInfo.environment["TURNLEDGER_TEST_POSTGRES"] }
    /// Of a role that may create databases.
    static var scratch: String? { ProcessInfo.processInfo.environment["TURNLEDGER_TEST_POSTGRES_ADMIN"] }

    /// Runs `body` with a location whose schema does not exist yet, and the configuration that names it; drops the schema.
    static func with<Value>(
        _ body: (_ location: StoreLocation, _ values: ConfigurationValues) async throws -> Value
    ) async throws -> Value {
        let url = try #require(url)
        let name = "cli_" + UUID().uuidString.replacing("-", with: "").lowercased()
        let values = ConfigurationValues(flags: [
            "store": url, "postgresql.schema": name, "postgresql.fallback": "memory",
        ])
        let location = try StoreLocation(values)
        do {
            let value = try await body(location, values)
            try await drop(name, at: location)
            return value
        } catch {
            try? await drop(name, at: location)
            throw error
        }
    }

    /// Executes one statement in the test's database.
    static func execute(_ sql: String, at location: StoreLocation) async throws {
        guard case .postgresql(let settings) = location else { return }
        let store = try settings.makeStore()
        _ = try await store.client.execute(PostgresQuery(PostgresStatement("", sql)))
        await store.close()
    }

    private static func drop(_ name: String, at location: StoreLocation) async throws {
        try await execute("DROP SCHEMA IF EXISTS \(name) CASCADE", at: location)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where there is no PostgreSQL; with `TURNLEDGER_REQUIRE_SERVICES=1` the test fails instead.
    static var needsPostgres: Self {
        .enabled(
            if: TestSchema.url != nil || ProcessInfo.processInfo.environment["TURNLEDGER_REQUIRE_SERVICES"] == "1",
            "TURNLEDGER_TEST_POSTGRES names no server.")
    }
}
