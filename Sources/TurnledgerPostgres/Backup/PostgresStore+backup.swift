// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: BackupStore {
    /// How long a dump or a digest may take.
    private static let deadline = Duration.seconds(24 * 3600)

    public func digest() async throws(StoreError) -> StoreDigest {
        do {
            return try await client.withSession { session in
                _ = try await session.execute(PostgresQuery(BackupStatements.begin))
                let digest = try await digest(in: session)
                _ = try await session.execute(PostgresQuery(BackupStatements.end))
                return digest
            }
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// `pg_dump` in its own format, of the snapshot that the digest is made of; of the schema alone, where there is one.
    public func dump(to path: String) async throws(StoreError) -> StoreDigest {
        let tool = PostgresTool(name: "pg_dump", configuration: client.configuration)
        let schema = statements.tables.schema.map { ["--schema=" + TableNames.quoted($0)] } ?? []
        do {
            return try await client.withSession { session in
                let begun = try await session.execute([
                    PostgresQuery(BackupStatements.begin), PostgresQuery(BackupStatements.exportSnapshot),
                ])
                guard let snapshot = try begun[1].first?.text(0) else {
                    throw StoreError(.unavailable, "PostgreSQL gave no snapshot to dump.")
                }
                try await tool.run(
                    ["--format=custom", "--no-owner", "--no-privileges", "--snapshot=\(snapshot)", "--file=\(path)"]
                        + schema)
                let digest = try await digest(in: session)
                _ = try await session.execute(PostgresQuery(BackupStatements.end))
                return digest
            }
        } catch {
            throw StoreError(reading: error)
        }
    }

    private func digest(in session: PostgresSession) async throws -> StoreDigest {
        let counts = try await session.execute(PostgresQuery(statements.backup.counts), deadline: Self.deadline)
        let threads = try await session.execute(PostgresQuery(statements.backup.threads), deadline: Self.deadline)
        var digest = StoreDigest()
        for row in counts.all { digest.rows[try row.text(0)] = Int(try row.integer(1)) }
        for row in threads.all { digest.threads[ThreadID(try row.text(0))] = try row.text(1) }
        return digest
    }

    /// In a new database of the same server, or of that of the URL `scratch`; its role must be allowed to make one.
    public func withRestored<Value: Sendable>(
        _ dump: String, scratch: String?, _ body: @Sendable (any BackupStore) async throws -> Value
    ) async throws -> Value {
        let own = client.configuration
        var place = PostgresConfiguration(
            parameters: own.parameters, passwordProvider: own.passwordProvider, maximumConnections: 4)
        if let scratch {
            place.parameters = try PostgresConfiguration.parameters(of: scratch)
            place.passwordProvider = nil
        }
        let name = "turnledger_verify_" + UniqueID.random().filter { $0 != "-" }
        let maker = PostgresClient(configuration: place)
        do {
            do {
                try await maker.withSession { session in
                    _ = try await session.executeAlone(BackupStatements.createDatabase(name), deadline: .seconds(300))
                }
            } catch let error as PostgresError where error.sqlState == "42501" {
                throw StoreError(
                    .unavailable,
                    "The role may not create a database to restore into. Set `backup.scratch` to the URL of one that may."
                )
            }
            var restored = place
            restored.parameters["dbname"] = name
            restored.schema = own.schema
            let value = try await read(dump, at: restored, body)
            try await drop(name, maker)
            await maker.close()
            return value
        } catch {
            try? await drop(name, maker)
            await maker.close()
            throw error
        }
    }

    private func read<Value: Sendable>(
        _ dump: String, at place: PostgresConfiguration,
        _ body: @Sendable (any BackupStore) async throws -> Value
    ) async throws -> Value {
        let database = place.parameters["dbname"] ?? ""
        try await PostgresTool(name: "pg_restore", configuration: place).run([
            "--no-owner", "--no-privileges", "--exit-on-error", "--dbname=\(database)", dump,
        ])
        let store = try PostgresStore(configuration: place, cipher: cipher)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    private func drop(_ name: String, _ maker: PostgresClient) async throws {
        try await maker.withSession { session in
            _ = try await session.executeAlone(BackupStatements.dropDatabase(name), deadline: .seconds(300))
        }
    }
}
