// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// The statements that read checkpoints, and the one that removes a thread.
///
/// A read is one statement and so one snapshot: a page of checkpoints, the blobs of their versions (each once, however
/// many checkpoints share it), their writes. The rows of all three come in one shape, see `CheckpointReader`.
/// Sub-selects that PostgreSQL must not flatten end in `OFFSET 0`: each blob is then found by the whole primary key,
/// whatever the planner believes about the table.
struct CheckpointStatements: Sendable {
    /// The newest of a namespace. `$1` thread, `$2` namespace.
    let latest: PostgresStatement
    /// `$1` thread, `$2` namespace, `$3` checkpoint.
    let one: PostgresStatement
    /// In this order. `$1` thread.
    let delete: [PostgresStatement]

    private let tables: TableNames

    init(_ tables: TableNames) {
        self.tables = tables
        let columns = Self.columns
        latest = PostgresStatement(
            "checkpoint_latest",
            Self.withValues(
                tables, thread: "$1",
                page: """
                    SELECT 1 AS n, \(columns)
                    FROM \(tables.checkpoints) AS c
                    WHERE c.thread_id = $1
                      AND c.checkpoint_ns = $2
                    ORDER BY c.checkpoint_id DESC
                    LIMIT 1
                    """))
        one = PostgresStatement(
            "checkpoint_one",
            Self.withValues(
                tables, thread: "$1",
                page: """
                    SELECT 1 AS n, \(columns)
                    FROM \(tables.checkpoints) AS c
                    WHERE c.thread_id = $1
                      AND c.checkpoint_ns = $2
                      AND c.checkpoint_id = $3
                    """))
        // The record first: from then on no fenced commit adds to what the others remove.
        let names = [
            ("threads", tables.threads), ("events", tables.events), ("runs", tables.runs),
            ("writes", tables.writes), ("blobs", tables.blobs),
            ("checkpoints", tables.checkpoints),
            ("journal", tables.journal), ("retention", tables.retention),
        ]
        delete = names.map { name, table in
            PostgresStatement(
                "delete_\(name)",
                """
                DELETE FROM \(table) AS d
                WHERE d.thread_id = $1
                """)
        }
    }

    /// One page of a listing, one row more than it holds.
    func page(of query: CheckpointQuery, behind cursor: CheckpointListing.Cursor?, size: Int) -> PostgresQuery {
        var places = PlaceCounter()
        var conditions: [String] = []
        var values: [PostgresValue] = []
        var name = "page_"
        func require(_ letter: String, _ condition: String, _ new: [PostgresValue]) {
            name += letter
            conditions.append(condition)
            values += new
        }
        var thread: String?
        if let id = query.thread {
            let place = places.next()
            thread = place
            require("t", "c.thread_id = \(place)", [.text(id.rawValue)])
        }
        if let namespace = query.namespace {
            require("n", "c.checkpoint_ns = \(places.next())", [.text(namespace.rawValue)])
        }
        if let id = query.id { require("i", "c.checkpoint_id = \(places.next())", [.text(id.rawValue)]) }
        if let before = query.before { require("b", "c.checkpoint_id < \(places.next())", [.text(before.rawValue)]) }
        if let cursor {
            require(
                "c",
                "(c.checkpoint_id, c.thread_id, c.checkpoint_ns) < (\(places.next()), \(places.next()), "
                    + "\(places.next()))",
                [.text(cursor.id.rawValue), .text(cursor.thread.rawValue), .text(cursor.namespace.rawValue)])
        }
        if !query.metadata.isEmpty {
            require(
                "m", "c.metadata @> \(places.next())::jsonb", [.utf8(JSONValue.object(query.metadata).serialized())])
        }
        let filter = conditions.isEmpty ? "" : "\nWHERE " + conditions.joined(separator: "\n  AND ")
        let page = """
            SELECT row_number() OVER () AS n, c.*
            FROM (
                SELECT \(Self.columns)
                FROM \(tables.checkpoints) AS c\(filter)
                ORDER BY c.checkpoint_id DESC, c.thread_id DESC, c.checkpoint_ns DESC
                LIMIT \(places.next())::bigint
            ) AS c
            """
        values.append(.integer(Int64(size) + 1))
        if query.includesValues {
            // The row beyond the page is only counted: its values are not read.
            let sql = Self.withValues(tables, thread: thread, page: page, upTo: places.next())
            values.append(.integer(Int64(size)))
            return PostgresQuery(PostgresStatement(name + "v", sql), values)
        }
        let sql = """
            WITH page AS MATERIALIZED (
            \(page)
            )
            \(Self.bare)
            """
        return PostgresQuery(PostgresStatement(name, sql), values)
    }

    var onThreads: [PostgresStatement] { [latest, one] + delete }

    private static let columns =
        "c.thread_id, c.checkpoint_ns, c.checkpoint_id, c.parent_checkpoint_id, c.checkpoint, c.metadata"

    /// The rows of the checkpoints themselves.
    private static let bare = """
        SELECT 0 AS kind, p.n::bigint, p.thread_id, p.checkpoint_ns, p.checkpoint_id, p.parent_checkpoint_id,
            NULL::text, NULL::text, NULL::integer, p.checkpoint, p.metadata, NULL::bytea
        FROM page AS p
        """

    /// `page` with the values of its checkpoints.
    ///
    /// - Parameters:
    ///   - thread: The place of the thread; `nil` where the page is of many.
    ///   - page: Gives `n` and `columns`.
    ///   - upTo: The place of the greatest `n` whose values are read.
    private static func withValues(
        _ tables: TableNames, thread: String?, page: String, upTo bound: String? = nil
    ) -> String {
        let isInPage = bound.map { "\n    WHERE p.n <= \($0)::bigint" } ?? ""
        let andIsInPage = bound.map { "\n      AND p.n <= \($0)::bigint" } ?? ""
        return """
            WITH page AS MATERIALIZED (
            \(page)
            )
            \(bare)
            UNION ALL
            SELECT 1, NULL, v.thread_id, v.checkpoint_ns, v.version, NULL, v.channel, b.type, NULL, NULL, NULL, b.blob
            FROM (
                SELECT DISTINCT p.thread_id, p.checkpoint_ns, e.key AS channel, e.value AS version
                FROM page AS p
                CROSS JOIN LATERAL jsonb_each_text(
                    CASE jsonb_typeof(p.checkpoint -> 'channel_versions')
                        WHEN 'object' THEN p.checkpoint -> 'channel_versions'
                    END
                ) AS e\(isInPage)
            ) AS v
            CROSS JOIN LATERAL (
                SELECT b.type, b.blob
                FROM \(tables.blobs) AS b
                WHERE b.thread_id = \(thread ?? "v.thread_id")
                  AND b.checkpoint_ns = v.checkpoint_ns
                  AND b.channel = v.channel
                  AND b.version = v.version
                  AND b.type <> 'empty'
                OFFSET 0
            ) AS b
            UNION ALL
            SELECT 2, p.n, NULL, w.task_path, w.task_id, NULL, w.channel, w.type, w.idx, NULL, NULL, w.blob
            FROM page AS p
            CROSS JOIN LATERAL (
                SELECT w.task_id, w.task_path, w.channel, w.type, w.idx, w.blob
                FROM \(tables.writes) AS w
                WHERE w.thread_id = \(thread ?? "p.thread_id")
                  AND w.checkpoint_ns = p.checkpoint_ns
                  AND w.checkpoint_id = p.checkpoint_id
                OFFSET 0
            ) AS w\(bound.map { "\nWHERE p.n <= \($0)::bigint" } ?? "")
            UNION ALL
            SELECT 3, p.n, NULL, w.task_path, w.task_id, NULL, w.channel, w.type, w.idx, NULL, NULL, w.blob
            FROM (
                SELECT p.n, p.thread_id, p.parent_checkpoint_id
                FROM page AS p
                WHERE p.parent_checkpoint_id IS NOT NULL
                  AND COALESCE(p.checkpoint -> 'v', '1') < '4'::jsonb\(andIsInPage)
                OFFSET 0
            ) AS p
            CROSS JOIN LATERAL (
                SELECT w.task_id, w.task_path, w.channel, w.type, w.idx, w.blob
                FROM \(tables.writes) AS w
                WHERE w.thread_id = \(thread ?? "p.thread_id")
                  AND w.checkpoint_id = p.parent_checkpoint_id
                  AND w.channel = '__pregel_tasks'
                OFFSET 0
            ) AS w
            """
    }
}
