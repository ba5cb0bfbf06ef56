// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements that look at a schema and guard its changes.
struct SchemaStatements: Sendable {
    /// `$1` schema or NULL; tables: `$2` LangGraph's list of migrations, `$3` Turnledger's, `$4` checkpoints.
    ///
    /// One row: the schema that new tables go to, whether it exists, the isolation of transactions, whether the two lists
    /// exist, whether the strict fence is there, whether Citus is.
    static let catalog = PostgresStatement(
        "schema_catalog",
        """
        SELECT COALESCE($1::text, current_schema()::text),
            COALESCE(to_regnamespace(quote_ident($1::text)) IS NOT NULL, current_schema() IS NOT NULL),
            current_setting('default_transaction_isolation'),
            to_regclass($2) IS NOT NULL,
            to_regclass($3) IS NOT NULL,
            EXISTS (
                SELECT 1
                FROM pg_catalog.pg_trigger AS g
                WHERE g.tgrelid = to_regclass($4)
                  AND g.tgname = '\(StrictFence.trigger)'
                  AND g.tgenabled <> 'D'
            ),
            EXISTS (
                SELECT 1
                FROM pg_catalog.pg_extension AS x
                WHERE x.extname = 'citus'
            )
        """)

    /// `$1` tables. Table and column.
    static let columns = PostgresStatement(
        "schema_columns",
        """
        SELECT t.name, a.attname::text
        FROM unnest($1::text[]) AS t (name)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = to_regclass(t.name)
        WHERE a.attnum > 0
          AND NOT a.attisdropped
        """)

    /// `$1` tables. Index, quoted as needed, and its bare name.
    static let invalidIndexes = PostgresStatement(
        "schema_invalid_indexes",
        """
        SELECT i.indexrelid::regclass::text, c.relname::text
        FROM unnest($1::text[]) AS t (name)
        JOIN pg_catalog.pg_index AS i ON i.indrelid = to_regclass(t.name)
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        WHERE NOT i.indisvalid
        """)

    let langGraphVersion: PostgresStatement
    let history: PostgresStatement

    init(_ tables: TableNames) {
        langGraphVersion = PostgresStatement(
            "schema_langgraph_version",
            """
            SELECT max(m.v)
            FROM \(tables.langGraphMigrations) AS m
            """)
        history = PostgresStatement(
            "schema_history",
            """
            SELECT m.id, m.checksum
            FROM \(tables.migrations) AS m
            ORDER BY m.position
            """)
    }

    // MARK: Changing

    static let begin = PostgresStatement("schema_begin", "BEGIN")
    static let commit = PostgresStatement("schema_commit", "COMMIT")
    static let rollback = PostgresStatement("schema_rollback", "ROLLBACK")

    /// `$1` key. Asked again and again, each time in a new transaction: one that waited for the lock would have the
    /// building of an index wait for it. Within a transaction, because a pooler may give each its own session.
    static let tryLock = PostgresStatement("schema_try_lock", "SELECT pg_try_advisory_xact_lock($1)")

    /// Goes behind `tryLock`. A statement that was read to its end keeps its snapshot until the next one comes, and the
    /// building of an index waits for snapshots; this one has none.
    static let letSnapshotGo = PostgresStatement("schema_let_snapshot_go", "SAVEPOINT locked")

    static func createSchema(_ name: String) -> String { "CREATE SCHEMA IF NOT EXISTS \(TableNames.quoted(name))" }

    static func createHistory(_ tables: TableNames) -> String {
        """
        CREATE TABLE IF NOT EXISTS \(tables.migrations) (
            position INTEGER NOT NULL PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            checksum TEXT NOT NULL
        )
        """
    }

    static func dropIndex(_ name: String) -> String { "DROP INDEX CONCURRENTLY IF EXISTS \(name)" }
}
