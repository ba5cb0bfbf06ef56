// Turnledger. SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
    import Foundation
    import Testing

    @testable import TurnledgerCLI

    @Suite("The PostgreSQL store in the configuration")
    struct PostgresSettingsTests {
        /// Every character that can be printed.
        private static let password = String(String.UnicodeScalarView((32...126).map { Unicode.Scalar(UInt8($0)) }))

        private func location(
            _ yaml: String, flags: [String: String?] = [:], environment: [String: String] = [:]
        ) throws -> (location: StoreLocation, values: ConfigurationValues) {
            let values = ConfigurationValues(
                flags: flags, file: try ConfigurationFile(yaml: yaml, environment: environment),
                environment: environment)
            return (try StoreLocation(values), values)
        }

        private func settings(
            _ yaml: String, flags: [String: String?] = [:], environment: [String: String] = [:]
        ) throws -> PostgresSettings {
            guard case .postgresql(let settings) = try location(yaml, flags: flags, environment: environment).location
            else { throw ConfigurationError("The store is another.") }
            return settings
        }

        @Test("the block that deployments have is the store, where no store is named")
        func block() throws {
            let settings = try settings(
                """
                postgresql:
                  host: ${POSTGRESQL_HOST}
                  port: ${POSTGRESQL_PORT}
                  username: ${POSTGRESQL_USER}
                  password: ${POSTGRESQL_PASSWORD}
                  database: ${POSTGRESQL_DATABASE}
                  sslmode: require
                  ttl_days: 7
                """,
                environment: [
                    "POSTGRESQL_HOST": "db.example.org", "POSTGRESQL_PORT": "5433", "POSTGRESQL_USER": "chat",
                    "POSTGRESQL_PASSWORD": Self.password, "POSTGRESQL_DATABASE": "chats",
                ])
            #expect(
                settings.parameters == [
                    "host": "db.example.org", "port": "5433", "user": "chat", "password": Self.password,
                    "dbname": "chats", "sslmode": "require",
                ])
            #expect(settings.description == "postgresql://db.example.org:5433/chats")
            #expect(!settings.poolsTransactions && !settings.isStrict && settings.sharesCommits)
        }

        @Test("a store that is named goes before the block, whose variables need not be set then")
        func named() throws {
            let yaml = "postgresql: {host: '${NOBODY_SETS_THIS}', schema: tenant, pool: {maximum: 4}}"
            #expect(try location("store: 'memory:'\n" + yaml).location == .memory)
            let (location, values) = try location(yaml, flags: ["store": "postgresql://me:pa%3Ass@h/d?sslmode=require"])
            guard case .postgresql(let settings) = location else { throw ConfigurationError("The store is another.") }
            #expect(
                settings.parameters == [
                    "host": "h", "user": "me", "password": "pa:ss", "dbname": "d", "sslmode": "require",
                ])
            #expect(settings.schema == "tenant" && settings.maximumConnections == 4)
            #expect(settings.description == "postgresql://h/d (schema tenant)")
            let report = try ConfigurationReport.effective(values)
            #expect(report.contains("store: postgresql://me:(hidden)@h/d?sslmode=require  # flag"))
            #expect(report.contains("postgresql.schema: tenant  # file") && !report.contains("postgresql.host"))
        }

        @Test("the environment alone can describe the store")
        func environment() throws {
            let settings = try settings(
                "",
                environment: [
                    "TURNLEDGER_POSTGRESQL_HOST": "h", "TURNLEDGER_POSTGRESQL_PASSWORD": Self.password,
                    "TURNLEDGER_POSTGRESQL_POOLING": "transaction", "TURNLEDGER_POSTGRESQL_FENCE": "strict",
                ])
            #expect(settings.parameters == ["host": "h", "password": Self.password])
            #expect(settings.poolsTransactions && settings.isStrict)
        }

        @Test("a password is shown nowhere")
        func hidden() throws {
            let (location, values) = try location(
                "postgresql: {host: h, user: me, password: '${P}'}", environment: ["P": "hunter2-\(Self.password)"])
            #expect(!"\(location)".contains("hunter2"))
            let report = try ConfigurationReport.effective(values)
            #expect(report.contains("postgresql.password: (hidden)  # file") && !report.contains("hunter2"))
            for url in [
                "postgresql://me:hunter2@h/d", "postgresql://me:hunter2@h",
                "postgresql://h/d?user=a&password=hunter2&x=y",
                "postgresql://me:hun@ter2@h/d",
            ] {
                let shown = StoreLocation.withoutPassword(url)
                #expect(!shown.contains("hunter2") && !shown.contains("ter2") && shown.contains("(hidden)"), "\(shown)")
            }
            #expect(StoreLocation.withoutPassword("postgresql://me@h/d") == "postgresql://me@h/d")
            #expect(StoreLocation.withoutPassword("sqlite:a@b:c") == "sqlite:a@b:c")
        }

        @Test("a password comes from a file or a command, read again each time")
        func sources() async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            let source = PostgresSettings.PasswordSource.file(file.path())
            for text in [Self.password, "two\n"] {
                try Data(text.utf8).write(to: file)
                #expect(try await source.password() == text.trimmingCharacters(in: .newlines))
            }
            let command = try settings("postgresql: {password_command: 'cat \(file.path())'}").passwordSource
            #expect(try await command?.password() == "two")
            try FileManager.default.removeItem(at: file)
            await #expect(throws: ConfigurationError.self) { try await source.password() }
            await #expect(throws: ConfigurationError.self) { try await command?.password() }
        }

        @Test("a name of a search index is one for each database and schema")
        func fileName() throws {
            let names = try ["host: a", "host: b", "host: a, schema: s", "host: a, database: s/../x"]
                .map { try settings("postgresql: {\($0)}").fileName }
            #expect(names == ["a", "b", "a-s", "a-s----x"])
        }
    }
#endif
