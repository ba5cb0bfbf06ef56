// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// The statements on the records of threads.
///
/// A record's head is read from the checkpoints, so that it is true whoever wrote them.
struct ThreadStatements: Sendable {
    /// `$1` thread.
    let thread: PostgresStatement
    /// `$1` thread, `$2` title, `$3` title as it is searched, `$4` labels, `$5` status (each of them NULL: stays), `$6`
    /// whether it counts as activity, `$7` time.
    let update: PostgresStatement
    /// `$1` thread, `$2` run, `$3` holder, `$4` epoch. Returns whether the thread exists, and the beat where the lease
    /// is held.
    let renew: PostgresStatement
    /// `$1` the thread behind which to begin, `$2` limit. Threads with checkpoints and no record, with the IDs of their
    /// first and last checkpoint in the root namespace: jumps from thread to thread along the index.
    let strays: PostgresStatement
    /// `$1` thread, `$2` owner, `$3` labels, `$4` title, `$5` title as it is searched, `$6` created, `$7` updated, `$8`
    /// epoch.
    let adopt: PostgresStatement

    private let tables: TableNames

    init(_ tables: TableNames) {
        self.tables = tables
        thread = PostgresStatement(
            "thread",
            """
            SELECT \(Self.columns), \(HeadStatements.head(tables, thread: "$1", namespace: "''"))
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
            """)
        update = PostgresStatement(
            "thread_update",
            """
            UPDATE \(tables.threads) AS t
            SET title = COALESCE($2, t.title),
                title_folded = COALESCE($3, t.title_folded),
                labels = COALESCE($4::jsonb, t.labels),
                status = COALESCE($5, t.status),
                updated_at = CASE WHEN $6 THEN $7 ELSE t.updated_at END
            WHERE t.thread_id = $1
            """)
        renew = PostgresStatement(
            "lease_renew",
            """
            WITH renewed AS (
                UPDATE \(tables.threads) AS t
                SET lease_beat = t.lease_beat + 1
                WHERE t.thread_id = $1
                  AND t.lease_run_id = $2
                  AND t.lease_holder = $3
                  AND t.epoch = $4
                RETURNING t.lease_beat, t.lease_duration
            )
            SELECT EXISTS (
                    SELECT 1
                    FROM \(tables.threads) AS t
                    WHERE t.thread_id = $1
                ),
                (SELECT lease_beat FROM renewed), (SELECT lease_duration FROM renewed)
            """)
        strays = PostgresStatement(
            "threads_strays",
            """
            WITH RECURSIVE ids (thread_id) AS (
                (
                    SELECT c.thread_id
                    FROM \(tables.checkpoints) AS c
                    WHERE c.thread_id > $1
                    ORDER BY c.thread_id
                    LIMIT 1
                )
                UNION ALL
                SELECT (
                    SELECT c.thread_id
                    FROM \(tables.checkpoints) AS c
                    WHERE c.thread_id > i.thread_id
                    ORDER BY c.thread_id
                    LIMIT 1
                )
                FROM ids AS i
                WHERE i.thread_id IS NOT NULL
            )
            SELECT i.thread_id, (
                    SELECT min(c.checkpoint_id)
                    FROM \(tables.checkpoints) AS c
                    WHERE c.thread_id = i.thread_id
                      AND c.checkpoint_ns = ''
                ), (
                    SELECT max(c.checkpoint_id)
                    FROM \(tables.checkpoints) AS c
                    WHERE c.thread_id = i.thread_id
                      AND c.checkpoint_ns = ''
                )
            FROM ids AS i
            WHERE i.thread_id IS NOT NULL
              AND NOT EXISTS (
                  SELECT 1
                  FROM \(tables.threads) AS t
                  WHERE t.thread_id = i.thread_id
              )
            LIMIT $2
            """)
        adopt = PostgresStatement(
            "thread_adopt",
            """
            INSERT INTO \(tables.threads) (
                thread_id, owner, labels, title, title_folded, status, created_at, updated_at, epoch
            )
            VALUES ($1, $2, $3::jsonb, $4, $5, 'idle', $6, $7, $8)
            ON CONFLICT (thread_id) DO NOTHING
            """)
    }

    /// One page, and one row more than it holds: a walk along an index.
    func page(of query: ThreadQuery, behind cursor: ThreadCursor?) -> PostgresQuery {
        var places = PlaceCounter()
        var conditions: [String] = []
        var values: [PostgresValue] = []
        var name = "threads_"
        func require(_ letter: String, _ condition: String, _ new: [PostgresValue]) {
            name += letter
            conditions.append(condition)
            values += new
        }
        if let owner = query.owner { require("o", "t.owner = \(places.next())", [.text(owner)]) }
        if let cursor {
            require(
                "c", "(t.updated_at, t.thread_id COLLATE \"C\") < (\(places.next())::bigint, \(places.next())::text)",
                [.integer(cursor.updatedAt.microseconds), .text(cursor.id.rawValue)])
        }
        if !query.labels.isEmpty {
            require("l", "t.labels @> \(places.next())::jsonb", [.utf8(Labels.json(query.labels))])
        }
        if let text = query.text, !text.isEmpty {
            require("t", "strpos(t.title_folded, \(places.next())) > 0", [.text(Titles.folded(text))])
        }
        let filter = conditions.isEmpty ? "" : "\n    WHERE " + conditions.joined(separator: "\n      AND ")
        values.append(.integer(Int64(query.limit.addingReportingOverflow(1).partialValue)))
        return PostgresQuery(
            PostgresStatement(
                name,
                """
                SELECT \(Self.columns), \(HeadStatements.head(tables, thread: "t.thread_id", namespace: "''"))
                FROM (
                    SELECT *
                    FROM \(tables.threads) AS t\(filter)
                    ORDER BY t.updated_at DESC, t.thread_id COLLATE "C" DESC
                    LIMIT \(places.next())::bigint
                ) AS t
                ORDER BY t.updated_at DESC, t.thread_id COLLATE "C" DESC
                """), values)
    }

    var onThreads: [PostgresStatement] { [thread, update, renew, adopt] }

    /// In the order in which `ThreadRecord` reads them; the head follows.
    static let columns = """
        t.thread_id, t.title, t.owner, t.labels, t.status, t.created_at, t.updated_at, t.lease_run_id, t.lease_holder,
            t.epoch, t.lease_beat, t.lease_duration
        """
}
