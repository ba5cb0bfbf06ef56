// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of backups.
struct BackupStatements: Sendable {
    static let begin = PostgresStatement("backup_begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    /// A name by which `pg_dump` reads the same snapshot, as long as this transaction lasts.
    static let exportSnapshot = PostgresStatement("backup_export_snapshot", "SELECT pg_export_snapshot()")
    static let end = PostgresStatement("backup_end", "ROLLBACK")

    static func createDatabase(_ name: String) -> String { "CREATE DATABASE \(TableNames.quoted(name))" }
    static func dropDatabase(_ name: String) -> String { "DROP DATABASE IF EXISTS \(TableNames.quoted(name))" }

    /// `table`, `count`.
    let counts: PostgresStatement
    /// `thread_id`, `hash` over the hashes of all rows in their order as text.
    let threads: PostgresStatement

    init(_ tables: TableNames) {
        let own = ArchiveStatements.names.map { ($0, tables.prefix + $0) }
        counts = PostgresStatement(
            "backup_counts",
            own.map { name, table in "SELECT '\(name)', count(*) FROM \(table)" }.joined(separator: "\nUNION ALL\n"))
        let lines = own.map { name, table in
            """
            SELECT l.thread_id,
                '\(name)' || encode(sha256(convert_to(row_to_json(l)::text, 'UTF8')), 'hex') AS line
            FROM \(table) AS l
            """
        }
        threads = PostgresStatement(
            "backup_threads",
            """
            SELECT d.thread_id,
                encode(sha256(convert_to(string_agg(d.line, '' ORDER BY d.line COLLATE "C"), 'UTF8')), 'hex')
            FROM (
            \(lines.joined(separator: "\nUNION ALL\n"))
            ) AS d
            GROUP BY d.thread_id
            """)
    }
}
