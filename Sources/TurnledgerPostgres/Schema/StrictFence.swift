// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The trigger that keeps every other writer out of a thread that a run holds (`fence: strict`).
///
/// A commit under a fence sets its epoch for the length of its transaction; whoever has not set the epoch of the
/// thread's lease is refused, Python's savers among them.
enum StrictFence {
    static let trigger = "turnledger_strict_fence"
    static let setting = "turnledger.fence"
    /// What refused writers get.
    static let sqlState = "TL001"

    static func install(_ tables: TableNames) -> [String] {
        let function = """
            CREATE OR REPLACE FUNCTION \(tables.strictFence)() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                IF EXISTS (
                    SELECT 1
                    FROM \(tables.threads) AS t
                    WHERE t.thread_id = NEW.thread_id
                      AND t.lease_run_id IS NOT NULL
                      AND t.epoch::text IS DISTINCT FROM current_setting('\(setting)', true)
                ) THEN
                    RAISE EXCEPTION 'A run of Turnledger holds the thread.'
                        USING ERRCODE = '\(sqlState)', HINT = 'Wait until the run has ended.';
                END IF;
                RETURN NEW;
            END
            $body$
            """
        return [function]
            + [tables.checkpoints, tables.writes].flatMap { table in
                [
                    "DROP TRIGGER IF EXISTS \(trigger) ON \(table)",
                    """
                    CREATE TRIGGER \(trigger)
                    BEFORE INSERT OR UPDATE ON \(table)
                    FOR EACH ROW EXECUTE FUNCTION \(tables.strictFence)()
                    """,
                ]
            }
    }

    static func remove(_ tables: TableNames) -> [String] {
        [tables.checkpoints, tables.writes].map { "DROP TRIGGER IF EXISTS \(trigger) ON \($0)" }
            + ["DROP FUNCTION IF EXISTS \(tables.strictFence)()"]
    }
}
