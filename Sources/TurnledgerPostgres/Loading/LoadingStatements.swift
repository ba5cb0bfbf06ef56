// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements that load whole threads.
struct LoadingStatements: Sendable {
    /// `$1` threads as `text[]`. Returns those of which nothing is there and that were not deleted.
    let absent: PostgresStatement
    let blobs: PostgresStatement
    let checkpoints: PostgresStatement
    let writes: PostgresStatement

    init(_ tables: TableNames) {
        let parts = [tables.checkpoints, tables.blobs, tables.writes, tables.tombstones].map {
            """
            NOT EXISTS (
                SELECT 1
                FROM \($0) AS x
                WHERE x.thread_id = u.thread_id
            )
            """
        }
        absent = PostgresStatement(
            "load_absent",
            """
            SELECT u.thread_id
            FROM unnest($1::text[]) AS u (thread_id)
            WHERE \(parts.joined(separator: " AND "))
            """)
        blobs = PostgresStatement(
            "",
            """
            COPY \(tables.blobs) (thread_id, checkpoint_ns, channel, version, type, blob)
            FROM STDIN (FORMAT binary)
            """)
        checkpoints = PostgresStatement(
            "",
            """
            COPY \(tables.checkpoints)
                (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
            FROM STDIN (FORMAT binary)
            """)
        writes = PostgresStatement(
            "",
            """
            COPY \(tables.writes)
                (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, channel, type, idx, blob)
            FROM STDIN (FORMAT binary)
            """)
    }
}
