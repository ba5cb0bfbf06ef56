// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import TurnledgerStore

/// Runs `pg_dump` and `pg_restore`, which reach the database as the store does.
struct PostgresTool: Sendable {
    let name: String
    let configuration: PostgresConfiguration

    /// libpq's variables by its keywords; a password goes by the environment, which other users do not see.
    private static let variables = [
        "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
        "dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY", "passfile": "PGPASSFILE", "service": "PGSERVICE", "options": "PGOPTIONS",
        "target_session_attrs": "PGTARGETSESSIONATTRS", "channel_binding": "PGCHANNELBINDING",
    ]

    /// - Throws: `.unavailable` with the first line that the program printed where it failed.
    func run(_ arguments: [String]) async throws(StoreError) {
        var environment = ProcessInfo.processInfo.environment
        for (keyword, value) in configuration.parameters {
            if let variable = Self.variables[keyword] { environment[variable] = value }
        }
        do {
            if let password = try await configuration.passwordProvider?() { environment["PGPASSWORD"] = password }
        } catch {
            throw StoreError(.unavailable, "The password cannot be had: \(error)", underlying: error)
        }
        let (own, name) = (environment, name)
        let failure: String? = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: Self.failure(of: name, arguments, own)) }
        }
        if let failure { throw StoreError(.unavailable, "\(name) failed: \(failure)") }
    }

    /// Waits for the end of the program; `nil`: it succeeded.
    private static func failure(of name: String, _ arguments: [String], _ environment: [String: String]) -> String? {
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        do { try process.run() } catch { return "it cannot be started" }
        let data = (try? errors.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus != 0 else { return nil }
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first
        return process.terminationStatus == 127
            ? "it is not installed" : line.map(String.init) ?? "exit code \(process.terminationStatus)"
    }
}
