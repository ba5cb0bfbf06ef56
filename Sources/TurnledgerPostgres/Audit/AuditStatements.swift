// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of the audit table and of archives.
struct AuditStatements: Sendable {
    let last: PostgresStatement
    /// `$1` number, `$2` time, `$3` actor, `$4` action, `$5` subject, `$6` details, `$7` previous, `$8` hash: no row
    /// where the number is taken.
    let append: PostgresStatement
    /// `$1` behind this number, `$2` limit.
    let page: PostgresStatement

    init(_ tables: TableNames) {
        let columns = "a.number, a.time, a.actor, a.action, a.subject, a.details, a.previous, a.hash"
        last = PostgresStatement(
            "audit_last",
            """
            SELECT \(columns)
            FROM \(tables.audit) AS a
            ORDER BY a.number DESC
            LIMIT 1
            """)
        append = PostgresStatement(
            "audit_append",
            """
            INSERT INTO \(tables.audit) AS a (number, time, actor, action, subject, details, previous, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (number) DO NOTHING
            RETURNING a.number
            """)
        page = PostgresStatement(
            "audit_page",
            """
            SELECT \(columns)
            FROM \(tables.audit) AS a
            WHERE a.number > $1
            ORDER BY a.number
            LIMIT $2
            """)
    }
}

/// The statements of archives: rows as they are, table by table.
struct ArchiveStatements: Sendable {
    /// Names as archives have them, in the order in which they are restored.
    static let names = [
        "turnledger_threads", "turnledger_runs", "turnledger_run_events", "checkpoints", "checkpoint_blobs",
        "checkpoint_writes", "turnledger_turn_journal", "turnledger_retention",
    ]

    /// `$1` thread: `table`, `row`, of one snapshot.
    let rows: PostgresStatement
    /// `$1` thread: whether anything of it is there.
    let isKnown: PostgresStatement
    /// By table: `$1` thread, `$2` rows as JSON texts.
    let insert: [String: PostgresStatement]
    /// One for each table; each stands alone.
    let vacuum: [String]

    var onThreads: [PostgresStatement] { [rows, isKnown] }

    init(_ tables: TableNames) {
        let own = Self.names.map { ($0, tables.prefix + $0) }
        rows = PostgresStatement(
            "archive_rows",
            own.enumerated().map { number, table in
                """
                SELECT '\(table.0)', row_to_json(d\(number))::text
                FROM \(table.1) AS d\(number)
                WHERE d\(number).thread_id = $1
                """
            }.joined(separator: "\nUNION ALL\n") + "\nORDER BY 1, 2")
        isKnown = PostgresStatement(
            "archive_is_known",
            "SELECT "
                + own.filter { $0.0 != "turnledger_retention" }.map { _, table in
                    "EXISTS (SELECT 1 FROM \(table) AS k WHERE k.thread_id = $1)"
                }.joined(separator: "\n    OR "))
        insert = Dictionary(
            uniqueKeysWithValues: own.map { name, table in
                (
                    name,
                    PostgresStatement(
                        "archive_insert_" + name,
                        """
                        INSERT INTO \(table)
                        SELECT p.*
                        FROM unnest($2::text[]) AS r (row)
                        CROSS JOIN LATERAL json_populate_record(NULL::\(table), r.row::json) AS p
                        WHERE p.thread_id = $1
                        """)
                )
            })
        vacuum = own.map { "VACUUM (ANALYZE) \($0.1)" }
    }
}
