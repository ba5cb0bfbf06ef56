// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Marks on runs that are to stop. The index holds nothing most of the time: servers look into it again and again.
    static let stops = SchemaMigration(
        id: "0005-stops",
        sql: """
            ALTER TABLE turnledger_runs ADD COLUMN stop_requested_at INTEGER;
            CREATE INDEX turnledger_runs_to_stop
                ON turnledger_runs (run_id)
                WHERE status = 'running'
                  AND stop_requested_at IS NOT NULL;
            """
    )
}
