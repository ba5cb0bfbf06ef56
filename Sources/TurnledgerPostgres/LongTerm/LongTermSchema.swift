// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The tables of LangGraph's long-term store (`langgraph/store/postgres/base.py` of langgraph-checkpoint-postgres 3.2),
/// without vectors.
///
/// `store_migrations.v` numbers the steps as LangGraph's `setup()` does, and nothing else is written there: a higher
/// number would make Python pass its own later steps by.
enum LongTermSchema {
    /// A step; `isConcurrent`: PostgreSQL takes it only outside of a transaction.
    struct Step: Sendable {
        let version: Int
        let sql: String
        let isConcurrent: Bool
    }

    static func history(_ prefix: String) -> String {
        """
        CREATE TABLE IF NOT EXISTS \(prefix)store_migrations (
            v INTEGER PRIMARY KEY
        )
        """
    }

    static func steps(_ prefix: String) -> [Step] {
        [
            Step(
                version: 0,
                sql: """
                    CREATE TABLE IF NOT EXISTS \(prefix)store (
                        prefix TEXT NOT NULL,
                        key TEXT NOT NULL,
                        value JSONB NOT NULL,
                        created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
                        updated_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
                        PRIMARY KEY (prefix, key)
                    )
                    """,
                isConcurrent: false),
            Step(
                version: 1,
                sql: """
                    CREATE INDEX CONCURRENTLY IF NOT EXISTS store_prefix_idx
                        ON \(prefix)store USING btree (prefix text_pattern_ops)
                    """,
                isConcurrent: true),
            Step(
                version: 2,
                sql: """
                    ALTER TABLE \(prefix)store
                        ADD COLUMN IF NOT EXISTS expires_at TIMESTAMP WITH TIME ZONE,
                        ADD COLUMN IF NOT EXISTS ttl_minutes INT
                    """,
                isConcurrent: false),
            Step(
                version: 3,
                sql: """
                    CREATE INDEX IF NOT EXISTS idx_store_expires_at
                        ON \(prefix)store (expires_at)
                        WHERE expires_at IS NOT NULL
                    """,
                isConcurrent: false),
        ]
    }
}
