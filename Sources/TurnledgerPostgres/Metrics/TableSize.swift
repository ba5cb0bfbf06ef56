// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// How large a table is.
public struct TableSize: Hashable, Sendable {
    public var table: String
    /// With its indexes and what lies out of line.
    public var bytes: Int64
    /// As the planner estimates them: exact only behind VACUUM or ANALYZE. -1: the table was never looked at.
    public var rows: Int64
}

extension PostgresStore {
    /// The sizes of LangGraph's and Turnledger's tables in the store's schema. Cost: one round trip; files are measured,
    /// rows are not read.
    public func tableSizes() async throws(StoreError) -> [TableSize] {
        let rows = try await read(PostgresQuery(StorageStatements.sizes, [.optional(statements.tables.schema)]))
        do {
            return try rows.all.map { row in
                TableSize(table: try row.text(0), bytes: try row.integer(1), rows: try row.integer(2))
            }
        } catch { throw StoreError(reading: error) }
    }

    /// What the pool of connections does.
    public func poolStatistics() async -> PoolStatistics { await client.statistics() }
}

enum StorageStatements {
    static let sizes = PostgresStatement(
        "storage_sizes",
        """
        SELECT c.relname::text, pg_total_relation_size(c.oid), c.reltuples::bigint
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = coalesce($1::text, current_schema())
            AND c.relkind IN ('r', 'p')
            AND (c.relname LIKE 'turnledger\\_%'
                OR c.relname IN ('checkpoints', 'checkpoint_blobs', 'checkpoint_writes', 'checkpoint_migrations'))
        ORDER BY c.relname
        """)
}
