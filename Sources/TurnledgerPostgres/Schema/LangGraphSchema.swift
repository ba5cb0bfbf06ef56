// Turnledger. SPDX-License-Identifier: Apache-2.0

/// LangGraph's migrations 0 to 9, as its saver makes them (`langgraph-checkpoint-postgres`, 3.2.0).
///
/// `checkpoint_migrations` gets the rows that Python's own `setup()` writes, and never one more: a higher number would
/// make it skip its next migration.
enum LangGraphSchema {
    static let newest = 9

    static func step(_ version: Int, _ tables: TableNames) -> SchemaStep {
        let (purpose, statement) = migration(version, tables)
        let record = """
            INSERT INTO \(tables.langGraphMigrations) (v)
            VALUES (\(version))
            ON CONFLICT (v) DO NOTHING
            """
        return SchemaStep(
            id: "langgraph-\(version)", purpose: purpose, statements: [statement, record],
            isConcurrent: statement.contains(" CONCURRENTLY "))
    }

    /// The tables' columns without which they are not LangGraph's. `task_path` comes with migration 9.
    static func requiredColumns(_ tables: TableNames) -> [(table: String, columns: [String])] {
        [
            (
                tables.checkpoints,
                ["thread_id", "checkpoint_ns", "checkpoint_id", "parent_checkpoint_id", "checkpoint", "metadata"]
            ),
            (tables.blobs, ["thread_id", "checkpoint_ns", "channel", "version", "type", "blob"]),
            (
                tables.writes,
                ["thread_id", "checkpoint_ns", "checkpoint_id", "task_id", "idx", "channel", "type", "blob"]
            ),
        ]
    }

    private static func migration(_ version: Int, _ tables: TableNames) -> (purpose: String, statement: String) {
        switch version {
        case 0:
            (
                "LangGraph's list of migrations",
                """
                CREATE TABLE IF NOT EXISTS \(tables.langGraphMigrations) (
                    v INTEGER PRIMARY KEY
                )
                """
            )
        case 1:
            (
                "checkpoints",
                """
                CREATE TABLE IF NOT EXISTS \(tables.checkpoints) (
                    thread_id TEXT NOT NULL,
                    checkpoint_ns TEXT NOT NULL DEFAULT '',
                    checkpoint_id TEXT NOT NULL,
                    parent_checkpoint_id TEXT,
                    type TEXT,
                    checkpoint JSONB NOT NULL,
                    metadata JSONB NOT NULL DEFAULT '{}',
                    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
                )
                """
            )
        case 2:
            (
                "values of channels",
                """
                CREATE TABLE IF NOT EXISTS \(tables.blobs) (
                    thread_id TEXT NOT NULL,
                    checkpoint_ns TEXT NOT NULL DEFAULT '',
                    channel TEXT NOT NULL,
                    version TEXT NOT NULL,
                    type TEXT NOT NULL,
                    blob BYTEA,
                    PRIMARY KEY (thread_id, checkpoint_ns, channel, version)
                )
                """
            )
        case 3:
            (
                "writes of tasks",
                """
                CREATE TABLE IF NOT EXISTS \(tables.writes) (
                    thread_id TEXT NOT NULL,
                    checkpoint_ns TEXT NOT NULL DEFAULT '',
                    checkpoint_id TEXT NOT NULL,
                    task_id TEXT NOT NULL,
                    idx INTEGER NOT NULL,
                    channel TEXT NOT NULL,
                    type TEXT,
                    blob BYTEA NOT NULL,
                    PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
                )
                """
            )
        case 4: ("channels without a value", "ALTER TABLE \(tables.blobs) ALTER COLUMN blob DROP NOT NULL")
        case 5: ("nothing", "SELECT 1")
        case 6: ("an index of checkpoints by thread", index("checkpoints_thread_id_idx", tables.checkpoints))
        case 7: ("an index of values by thread", index("checkpoint_blobs_thread_id_idx", tables.blobs))
        case 8: ("an index of writes by thread", index("checkpoint_writes_thread_id_idx", tables.writes))
        default:
            (
                "the order of tasks",
                "ALTER TABLE \(tables.writes) ADD COLUMN IF NOT EXISTS task_path TEXT NOT NULL DEFAULT ''"
            )
        }
    }

    private static func index(_ name: String, _ table: String) -> String {
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS \(name) ON \(table) (thread_id)"
    }
}
