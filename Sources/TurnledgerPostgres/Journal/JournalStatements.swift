// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements on turns' journals.
struct JournalStatements: Sendable {
    /// `$1` thread.
    let removeAll: PostgresStatement
    /// As `removeAll`, where the epoch `$2` holds the lease.
    let removeAllHeld: PostgresStatement
    /// `$1` thread, `$2` base, `$3` positions, `$4` types, `$5` payloads. A row for each entry that is there now as it was
    /// given, also from an earlier attempt at the call.
    let append: PostgresStatement
    /// As `append`, where the epoch `$6` holds the lease; no row otherwise.
    let appendHeld: PostgresStatement
    /// `$1` thread, `$2` base.
    let entries: PostgresStatement

    init(_ tables: TableNames) {
        removeAll = PostgresStatement(
            "journal_remove_all",
            """
            DELETE FROM \(tables.journal) AS d
            WHERE d.thread_id = $1
            """)
        func held(_ epoch: String) -> String {
            """
            EXISTS (
                    SELECT 1
                    FROM \(tables.threads) AS t
                    WHERE t.thread_id = $1
                      AND t.epoch = \(epoch)
                      AND t.lease_run_id IS NOT NULL
                )
            """
        }
        removeAllHeld = PostgresStatement(
            "journal_remove_all_held",
            """
            DELETE FROM \(tables.journal) AS d
            WHERE d.thread_id = $1
              AND \(held("$2"))
            """)
        func append(_ name: String, where condition: String) -> PostgresStatement {
            PostgresStatement(
                name,
                """
                INSERT INTO \(tables.journal) AS j (thread_id, base, position, type, payload)
                SELECT $1, $2, u.position, u.type, u.payload
                FROM unnest($3::bigint[], $4::text[], $5::bytea[]) AS u (position, type, payload)
                \(condition)
                ON CONFLICT (thread_id, base, position) DO UPDATE SET
                    payload = EXCLUDED.payload
                WHERE j.thread_id = $1
                  AND j.payload = EXCLUDED.payload
                RETURNING j.position
                """)
        }
        self.append = append(
            "journal_append",
            where: """
                WHERE NOT EXISTS (
                        SELECT 1
                        FROM \(tables.tombstones) AS x
                        WHERE x.thread_id = $1
                    )
                """)
        appendHeld = append(
            "journal_append_held",
            where: "WHERE " + held("$6"))
        entries = PostgresStatement(
            "journal_entries",
            """
            SELECT j.type, j.payload
            FROM \(tables.journal) AS j
            WHERE j.thread_id = $1
              AND j.base = $2
            ORDER BY j.position
            """)
    }

    var onThreads: [PostgresStatement] { [removeAll, removeAllHeld, append, appendHeld, entries] }
}
