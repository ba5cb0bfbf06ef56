// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a commit holds, and so which statement stores it.
struct CommitShape: Hashable, Sendable {
    /// What is checked before anything is written.
    enum FenceCheck: CaseIterable, Sendable {
        /// Nothing: as LangGraph's saver writes.
        case none
        /// That the epoch holds the thread's lease.
        case epoch
        /// That, and that the namespace's newest checkpoint is one of those expected.
        case epochAndHead
    }

    var fence: FenceCheck
    var hasBlobs: Bool
    var hasCheckpoints: Bool
    /// Writes that stay as they are where they exist.
    var hasKeptWrites: Bool
    /// Writes that take the place of those that exist.
    var hasReplacingWrites: Bool

    /// All shapes that check or hold anything.
    static let all: [CommitShape] = FenceCheck.allCases.flatMap { fence in
        (fence == .none ? 1..<16 : 0..<16).map { bits in
            CommitShape(
                fence: fence, hasBlobs: bits & 1 != 0, hasCheckpoints: bits & 2 != 0, hasKeptWrites: bits & 4 != 0,
                hasReplacingWrites: bits & 8 != 0)
        }
    }

    fileprivate var name: String {
        let parts: [(Bool, String)] = [
            (fence == .epoch, "e"), (fence == .epochAndHead, "h"), (hasBlobs, "b"), (hasCheckpoints, "c"),
            (hasKeptWrites, "k"), (hasReplacingWrites, "r"),
        ]
        return "commit_" + parts.filter(\.0).map(\.1).joined()
    }
}

/// The statements that store commits: all rows of one commit, and the check of its fence, in one statement.
///
/// Rows come as arrays, one for each column. Before a fenced one goes `lock` as a statement of its own: what the next
/// statement sees begins when the lock is had, so that it sees the head that an earlier holder of the lock left.
struct CommitStatements: Sendable {
    /// Waits for whoever else writes the thread under a fence. `$1` thread.
    let lock: PostgresStatement
    /// As `lock`, and tells the strict fence's trigger who writes. `$2` epoch as text.
    let lockStrictly: PostgresStatement
    /// Tells the strict fence's trigger that nobody's lease covers what follows.
    let unguarded: PostgresStatement

    private let byShape: [CommitShape: PostgresStatement]

    init(_ tables: TableNames) {
        lock = PostgresStatement(
            "commit_lock",
            """
            SELECT 1
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
            FOR NO KEY UPDATE
            """)
        lockStrictly = PostgresStatement(
            "commit_lock_strictly",
            """
            SELECT set_config('\(StrictFence.setting)', $2, true)
            FROM \(tables.threads) AS t
            WHERE t.thread_id = $1
            FOR NO KEY UPDATE
            """)
        unguarded = PostgresStatement("commit_unguarded", "SELECT set_config('\(StrictFence.setting)', '', true)")
        byShape = Dictionary(
            uniqueKeysWithValues: CommitShape.all.map { ($0, Self.statement($0, tables)) })
    }

    /// Returns a row with two booleans: whether the epoch holds the lease (where none is checked: whether the thread was
    /// not deleted), and whether the head is one of those expected. Nothing was written unless both are true.
    ///
    /// Values: thread; epoch, where it is checked; namespace and heads as `text[]` (`''`: none), where the head is
    /// checked; then the arrays of the parts in the order of `CommitShape`'s properties, as `CommitRows` has them.
    func store(_ shape: CommitShape) -> PostgresStatement {
        guard let statement = byShape[shape] else { preconditionFailure("An empty commit needs no statement.") }
        return statement
    }

    var onThreads: [PostgresStatement] {
        [lock, lockStrictly] + CommitShape.all.map { store($0) }
    }

    private static func statement(_ shape: CommitShape, _ tables: TableNames) -> PostgresStatement {
        var places = PlaceCounter()
        let thread = places.next()
        var parts: [String] = []
        var source = ""
        if shape.fence == .none {
            parts.append(alive(thread: thread, tables))
            source = "alive AS h CROSS JOIN "
        } else {
            parts.append(held(shape.fence, thread: thread, &places, tables))
            source = "held AS h CROSS JOIN "
        }
        let filter = shape.fence == .none ? "" : "\nWHERE h.is_head"
        if shape.hasBlobs {
            parts.append(
                """
                new_blobs AS (
                    INSERT INTO \(tables.blobs) (thread_id, checkpoint_ns, channel, version, type, blob)
                    SELECT \(thread)::text, u.checkpoint_ns, u.channel, u.version, u.type, u.blob
                    FROM \(source)unnest(\(places.arrays(4)), \(places.next())::bytea[])
                        AS u (checkpoint_ns, channel, version, type, blob)\(filter)
                    ON CONFLICT (thread_id, checkpoint_ns, channel, version) DO NOTHING
                )
                """)
        }
        if shape.hasCheckpoints {
            parts.append(
                """
                new_checkpoints AS (
                    INSERT INTO \(tables.checkpoints)
                        (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
                    SELECT \(thread)::text, u.checkpoint_ns, u.checkpoint_id, NULLIF(u.parent, ''), u.document::jsonb,
                        u.metadata::jsonb
                    FROM \(source)unnest(\(places.arrays(5)))
                        AS u (checkpoint_ns, checkpoint_id, parent, document, metadata)\(filter)
                    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
                    DO UPDATE SET checkpoint = EXCLUDED.checkpoint, metadata = EXCLUDED.metadata
                )
                """)
        }
        func writes(_ name: String, _ action: String) -> String {
            """
            \(name) AS (
                INSERT INTO \(tables.writes)
                    (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, channel, type, idx, blob)
                SELECT \(thread)::text, u.checkpoint_ns, u.checkpoint_id, u.task_id, u.task_path, u.channel, u.type,
                    u.idx::integer, u.blob
                FROM \(source)unnest(\(places.arrays(6)), \(places.next())::bigint[], \(places.next())::bytea[])
                    AS u (checkpoint_ns, checkpoint_id, task_id, task_path, channel, type, idx, blob)\(filter)
                ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
                \(action)
            )
            """
        }
        if shape.hasKeptWrites { parts.append(writes("kept_writes", "DO NOTHING")) }
        if shape.hasReplacingWrites {
            parts.append(
                writes(
                    "replacing_writes",
                    "DO UPDATE SET channel = EXCLUDED.channel, type = EXCLUDED.type, blob = EXCLUDED.blob"))
        }
        let verdict =
            shape.fence == .none
            ? "SELECT EXISTS (SELECT 1 FROM alive), true"
            : "SELECT EXISTS (SELECT 1 FROM held), EXISTS (SELECT 1 FROM held WHERE is_head)"
        return PostgresStatement(shape.name, "WITH " + parts.joined(separator: ", ") + "\n" + verdict)
    }

    /// A row unless the thread was deleted.
    private static func alive(thread: String, _ tables: TableNames) -> String {
        """
        alive AS MATERIALIZED (
            SELECT 1 AS one
            WHERE NOT EXISTS (
                SELECT 1
                FROM \(tables.tombstones) AS x
                WHERE x.thread_id = \(thread)
            )
        )
        """
    }

    private static func held(
        _ check: CommitShape.FenceCheck, thread: String, _ places: inout PlaceCounter, _ tables: TableNames
    ) -> String {
        let epoch = places.next()
        let isHead =
            check == .epoch
            ? "true"
            : HeadStatements.isHead(
                tables, thread: thread, namespace: places.next(), heads: places.next())
        return """
            held AS MATERIALIZED (
                SELECT \(isHead) AS is_head
                FROM \(tables.threads) AS t
                WHERE t.thread_id = \(thread)
                  AND t.epoch = \(epoch)
                  AND t.lease_run_id IS NOT NULL
            )
            """
    }
}

/// The parts of statements that speak of a namespace's newest checkpoint.
enum HeadStatements {
    /// The ID of the newest checkpoint; NULL where there is none.
    static func head(_ tables: TableNames, thread: String, namespace: String) -> String {
        """
        (
            SELECT c.checkpoint_id
            FROM \(tables.checkpoints) AS c
            WHERE c.thread_id = \(thread)
              AND c.checkpoint_ns = \(namespace)
            ORDER BY c.checkpoint_id DESC
            LIMIT 1
        )
        """
    }

    /// Whether the newest checkpoint is one of those expected (`''`: none at all).
    static func isHead(_ tables: TableNames, thread: String, namespace: String, heads: String) -> String {
        "COALESCE(\(head(tables, thread: thread, namespace: namespace)), '') = ANY (\(heads)::text[])"
    }
}

/// Numbers the places of a statement that is put together from parts.
struct PlaceCounter {
    private var last = 0

    mutating func next() -> String {
        last += 1
        return "$\(last)"
    }

    /// Places for this many columns of text.
    mutating func arrays(_ count: Int) -> String {
        (0..<count).map { _ in next() + "::text[]" }.joined(separator: ", ")
    }
}
