// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import TurnledgerPostgres

@Suite("Logging in to PostgreSQL", .enabled(if: LivePostgres.isThere))
struct PostgresLoginTests {
    private func failure(_ change: (inout [String: String]) -> Void) async throws -> PostgresError {
        var parameters = try LivePostgres.parameters()
        change(&parameters)
        return try await LivePostgres.withClient(parameters) {
            $0.connectDeadline = .seconds(20)
        } _: { client in
            try #require(await #expect(throws: PostgresError.self) { try await client.execute(.text("SELECT 1")) })
        }
    }

    @Test("a wrong password, role, database, port or name says so, and no password")
    func wrong() async throws {
        let password = try await failure { $0["password"] = "not-the-password" }
        #expect(password.kind == .connect && password.sqlState == "28P01")
        #expect(!password.message.contains("not-the-password"))
        let role = try await failure { $0["user"] = "nobody_here" }
        #expect(role.kind == .connect && role.isRefusedLogin)
        let database = try await failure { $0["dbname"] = "nothing_here" }
        #expect(database.kind == .connect && database.sqlState == "3D000")
        let port = try await failure { $0["port"] = "1" }
        #expect(port.kind == .connect && port.message.contains("refused"))
        let host = try await failure { $0["host"] = "no-such-host.invalid" }
        #expect(host.kind == .connect && host.message.contains("name"))
        let mode = try await failure { $0["sslmode"] = "sometimes" }
        #expect(mode.kind == .connect && mode.message.contains("sslmode"))
    }

    @Test("a password may hold every printable character, as a parameter and in a URL")
    func printable() async throws {
        let password = String(decoding: (0x20...0x7E).map { UInt8($0) }, as: UTF8.self) + "密码é"
        let role = LivePostgres.uniqueName()
        try await LivePostgres.withClient(LivePostgres.adminParameters()) { admin in
            let literal = password.replacing("'", with: "''")
            _ = try await admin.execute(.text("CREATE ROLE \(role) LOGIN PASSWORD '\(literal)'"))
            do {
                var parameters = try LivePostgres.parameters()
                parameters["user"] = role
                parameters["password"] = password
                try await LivePostgres.withClient(parameters) { client in
                    let row = try await client.execute(.text("SELECT current_user::text"))[0]
                    #expect(try row.text(0) == role)
                }
                let encoded = password.utf8.map { byte in
                    let digits = String(byte, radix: 16, uppercase: true)
                    return "%" + (digits.count == 1 ? "0" : "") + digits
                }.joined()
                let server = "\(parameters["host"] ?? ""):\(parameters["port"] ?? "")"
                let url = "postgresql://\(role):\(encoded)@\(server)/\(parameters["dbname"] ?? "")?sslmode=disable"
                try await LivePostgres.withClient(PostgresConfiguration.parameters(of: url)) { client in
                    let row = try await client.execute(.text("SELECT current_user::text"))[0]
                    #expect(try row.text(0) == role)
                }
            } catch {
                _ = try? await admin.execute(.text("DROP ROLE \(role)"))
                throw error
            }
            _ = try await admin.execute(.text("DROP ROLE \(role)"))
        }
    }

    @Test("the password is asked for at each new connection; one that cannot be had is an error")
    func provider() async throws {
        var parameters = try LivePostgres.parameters()
        let password = try #require(parameters["password"])
        parameters["password"] = nil
        let asked = Mutex(0)
        try await LivePostgres.withClient(parameters) {
            $0.connectDeadline = .seconds(60)
            $0.passwordProvider = {
                asked.withLock { $0 += 1 }
                return password
            }
        } _: { client in
            let process = try await ServerView.process(of: client)
            try await ServerView.terminate(process)
            try await client.expectAnswer(isRepeatable: true)
            #expect(asked.withLock { $0 } == 2)
        }
        try await LivePostgres.withClient(parameters) {
            $0.passwordProvider = { throw PostgresError(.connect, "The vault is closed.") }
        } _: { client in
            let error = await #expect(throws: PostgresError.self) { try await client.execute(.text("SELECT 1")) }
            #expect(error?.message == "The vault is closed.")
        }
    }

    @Test("the first of several servers that can be reached and fits is taken")
    func severalServers() async throws {
        var parameters = try LivePostgres.parameters()
        let port = try #require(parameters["port"])
        parameters["host"] = "127.0.0.1,127.0.0.1"
        parameters["port"] = "1,\(port)"
        try await LivePostgres.withClient(parameters) { client in
            try await client.expectAnswer()
        }
        parameters["options"] = "-c default_transaction_read_only=on"
        for (attributes, fits) in [
            ("any", true), ("read-only", true), ("read-write", false), ("primary", true), ("standby", false),
            ("prefer-standby", true),
        ] {
            parameters["target_session_attrs"] = attributes
            try await LivePostgres.withClient(parameters) { client in
                let answer = try? await client.execute(.text("SELECT 1"))
                #expect((answer != nil) == fits, "\(attributes)")
            }
        }
    }
}

@Suite("TLS to PostgreSQL", .enabled(if: LivePostgres.isThere))
struct PostgresTLSTests {
    private func usesTLS(_ change: (inout [String: String]) -> Void) async throws -> Bool {
        var parameters = try LivePostgres.parameters()
        change(&parameters)
        return try await LivePostgres.withClient(parameters) { client in
            try await client.execute(.text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))[0].boolean(0)
        }
    }

    @Test("require encrypts without asking who the server is")
    func require() async throws {
        #expect(try await usesTLS { $0["sslmode"] = "require" })
    }

    @Test("require fails where the server offers no TLS")
    func requireWithout() async throws {
        var parameters = try LivePostgres.poolerParameters()
        parameters["sslmode"] = "require"
        try await LivePostgres.withClient(parameters) { client in
            let error = await #expect(throws: PostgresError.self) { try await client.execute(.text("SELECT 1")) }
            #expect(error?.kind == .connect && error?.message.contains("SSL") == true)
        }
    }

    @Test("verify-ca wants the authority, not the name")
    func verifyAuthority() async throws {
        let authority = try LivePostgres.authority()
        #expect(
            try await usesTLS {
                $0["sslmode"] = "verify-ca"
                $0["sslrootcert"] = authority
            })
        await #expect(throws: PostgresError.self) {
            try await usesTLS {
                $0["sslmode"] = "verify-ca"
                $0["sslrootcert"] = "/etc/ssl/certs/ca-certificates.crt"
            }
        }
    }

    @Test("verify-full wants the name too, also where the address was looked up by us")
    func verifyFull() async throws {
        let authority = try LivePostgres.authority()
        #expect(
            try await usesTLS {
                $0["sslmode"] = "verify-full"
                $0["sslrootcert"] = authority
                $0["host"] = "localhost"
            })
        let error = await #expect(throws: PostgresError.self) {
            try await usesTLS {
                $0["sslmode"] = "verify-full"
                $0["sslrootcert"] = authority
            }
        }
        #expect(error?.message.contains("does not match host name") == true)
    }
}
