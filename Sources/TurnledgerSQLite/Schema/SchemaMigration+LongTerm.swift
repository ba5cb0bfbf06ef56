// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Values that outlive their threads: LangGraph's table `store`, without its vectors.
    static let longTerm = SchemaMigration(
        id: "0004-long-term",
        sql: """
            CREATE TABLE store (
                prefix TEXT NOT NULL,
                key TEXT NOT NULL,
                value TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                expires_at INTEGER,
                ttl_minutes INTEGER,
                PRIMARY KEY (prefix, key)
            );
            CREATE INDEX store_by_expiry
                ON store (expires_at)
                WHERE expires_at IS NOT NULL;
            """
    )
}
