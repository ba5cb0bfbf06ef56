// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Marks on runs that are to stop.
    static let stops = SchemaMigration(id: "0005-stops", purpose: "marks on runs that are to stop") { tables in
        [
            """
            ALTER TABLE \(tables.runs)
                ADD COLUMN stop_requested_at BIGINT
            """
        ]
    }

    /// Holds nothing most of the time: servers look into it again and again.
    static let stopsIndex = SchemaMigration(
        id: "0006-stops-index", purpose: "an index of runs that are to stop", isConcurrent: true
    ) { tables in
        [
            """
            CREATE INDEX CONCURRENTLY IF NOT EXISTS turnledger_runs_to_stop
                ON \(tables.runs) (thread_id, run_id)
                WHERE status = 'running'
                  AND stop_requested_at IS NOT NULL
            """
        ]
    }
}
