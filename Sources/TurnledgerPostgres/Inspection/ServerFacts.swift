// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// What a server and a role are like, for whoever looks why a store does not work.
public struct ServerFacts: Hashable, Sendable {
    /// The server's version as a number: 150020 is 15.20.
    public var version: Int
    public var isStandby: Bool
    /// Whether transactions of the role may not write.
    public var isReadOnly: Bool
    public var time: Timestamp
    /// How many connections the server takes, those that are reserved for superusers left out.
    public var connectionLimit: Int
    /// How many of them there are now, as far as the role may see.
    public var connections: Int
    public var databaseBytes: Int64
    public var usesTLS: Bool
    public var mayMakeSchemas: Bool
    /// `nil`: there is no such schema.
    public var mayMakeTables: Bool?
    /// Tables of the store that the role may not read and write.
    public var forbiddenTables: [String]
}

extension PostgresStore {
    /// Asks the server about itself and about the role. One round trip; changes nothing, and needs no table.
    public func serverFacts() async throws(StoreError) -> ServerFacts {
        let rows = try await read(PostgresQuery(InspectionStatements.facts, [.optional(statements.tables.schema)]))
        do {
            guard let row = rows.first else { throw PostgresError(.misuse, "The server gave no answer.") }
            return ServerFacts(
                version: Int(try row.integer(0)), isStandby: try row.boolean(1), isReadOnly: try row.boolean(2),
                time: Timestamp(microseconds: try row.integer(3)), connectionLimit: Int(try row.integer(4)),
                connections: Int(try row.integer(5)), databaseBytes: try row.integer(6), usesTLS: try row.boolean(7),
                mayMakeSchemas: try row.boolean(8), mayMakeTables: row.isNull(9) ? nil : try row.boolean(9),
                forbiddenTables: try row.text(10).split(separator: " ").map(String.init))
        } catch { throw StoreError(reading: error) }
    }

    /// The least work that a round trip can do.
    public func ping() async throws(StoreError) { _ = try await read(PostgresQuery(InspectionStatements.ping)) }
}

enum InspectionStatements {
    static let ping = PostgresStatement("ping", "SELECT 1")

    /// `$1` schema or NULL.
    static let facts = PostgresStatement(
        "server_facts",
        """
        SELECT current_setting('server_version_num')::bigint,
            pg_is_in_recovery(),
            current_setting('transaction_read_only') = 'on',
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
            current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
            (
                SELECT count(*)
                FROM pg_catalog.pg_stat_activity AS a
                WHERE a.backend_type = 'client backend'
            ),
            pg_database_size(current_database()),
            COALESCE((
                SELECT s.ssl
                FROM pg_catalog.pg_stat_ssl AS s
                WHERE s.pid = pg_backend_pid()
            ), FALSE),
            has_database_privilege(current_database(), 'CREATE'),
            (
                SELECT has_schema_privilege(n.oid, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE')
                FROM pg_catalog.pg_namespace AS n
                WHERE n.nspname = COALESCE($1::text, current_schema()::text)
            ),
            COALESCE((
                SELECT string_agg(c.relname::text, ' ' ORDER BY c.relname)
                FROM pg_catalog.pg_class AS c
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = COALESCE($1::text, current_schema()::text)
                  AND c.relkind IN ('r', 'p')
                  AND (c.relname LIKE 'turnledger\\_%'
                    OR c.relname IN ('checkpoints', 'checkpoint_blobs', 'checkpoint_writes'))
                  AND NOT (has_table_privilege(c.oid, 'SELECT')
                    AND has_table_privilege(c.oid, 'INSERT')
                    AND (c.relname = 'turnledger_audit' OR has_table_privilege(c.oid, 'UPDATE')
                        AND has_table_privilege(c.oid, 'DELETE')))
            ), '')
        """)
}
