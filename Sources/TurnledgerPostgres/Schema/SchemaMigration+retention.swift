// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// What retention needs: what was said about single threads, the policy's rules, tombstones, chores, and the function
    /// that cron calls. Times are microseconds since 1970, durations microseconds.
    ///
    /// Autovacuum looks at LangGraph's tables when a fiftieth of their rows is dead, not a fifth: the space of what is
    /// removed each day serves the next day's rows.
    static let retention = SchemaMigration(
        id: "0008-retention", purpose: "keeping threads for a term, and langgraph_cleanup_old_data()"
    ) { tables in
        [
            """
            CREATE TABLE \(tables.retention) (
                thread_id TEXT NOT NULL PRIMARY KEY,
                pinned BOOLEAN NOT NULL DEFAULT false,
                hold TEXT,
                action TEXT,
                idle BIGINT,
                kept INTEGER,
                updated_at BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE \(tables.retentionRules) (
                position INTEGER NOT NULL PRIMARY KEY,
                labels JSONB NOT NULL,
                action TEXT NOT NULL,
                idle BIGINT,
                kept INTEGER
            )
            """,
            """
            CREATE TABLE \(tables.tombstones) (
                thread_id TEXT NOT NULL PRIMARY KEY,
                deleted_at BIGINT NOT NULL,
                reason TEXT NOT NULL
            )
            """,
            """
            CREATE TABLE \(tables.chores) (
                name TEXT NOT NULL PRIMARY KEY,
                holder TEXT,
                epoch BIGINT NOT NULL,
                beat BIGINT NOT NULL,
                duration BIGINT NOT NULL,
                note TEXT NOT NULL DEFAULT '',
                updated_at BIGINT NOT NULL
            )
            """,
            CleanupFunction.checkpointTime(tables),
            // Deployments have functions of this name whose results differ; only dropping makes room.
            "DROP FUNCTION IF EXISTS \(tables.cleanup)(interval)",
            CleanupFunction.cleanup(tables),
        ]
            + tables.langGraph.map { table in
                """
                ALTER TABLE \(table) SET (
                    autovacuum_vacuum_scale_factor = 0.02,
                    autovacuum_vacuum_insert_scale_factor = 0.05,
                    autovacuum_analyze_scale_factor = 0.05,
                    toast.autovacuum_vacuum_scale_factor = 0.02
                )
                """
            }
    }
}
