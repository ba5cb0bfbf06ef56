// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements on threads, runs and events.
enum RunStatements {
    // MARK: Threads

    static let selectThreads = """
        SELECT thread_id, title, owner, labels, status, created_at, updated_at, head, epoch,
               lease_run_id, lease_holder, lease_beat, lease_duration
        FROM turnledger_threads
        """

    static let thread = """
        \(selectThreads)
        WHERE thread_id = ?
        """

    // Parts of a listing: `selectThreads`, those conditions that are asked for, `lastActiveFirst`.
    static let ofOwner = "owner = ?"
    static let behind = "(updated_at, thread_id) < (?, ?)"
    static let withLabels = "turnledger_contains(labels, ?)"
    static let withText = "turnledger_title_contains(title, ?)"
    static let lastActiveFirst = """
        ORDER BY updated_at DESC, thread_id DESC
        LIMIT ?
        """

    static let insertThread = """
        INSERT INTO turnledger_threads
            (thread_id, owner, labels, status, created_at, updated_at, head, epoch)
        VALUES (?, ?, ?, 'idle', ?, ?, ?, ?)
        """

    static let updateThread = """
        UPDATE turnledger_threads
        SET title = ?, labels = ?, status = ?, updated_at = ?
        WHERE thread_id = ?
        """

    // MARK: Leases

    /// No row where nobody holds the thread.
    static let heldEpoch = """
        SELECT epoch, lease_run_id
        FROM turnledger_threads
        WHERE thread_id = ?
          AND lease_run_id IS NOT NULL
        """

    static let acquire = """
        UPDATE turnledger_threads
        SET epoch = ?, lease_run_id = ?, lease_holder = ?, lease_beat = 0, lease_duration = ?, status = 'busy'
        WHERE thread_id = ?
        """

    static let beat = """
        UPDATE turnledger_threads
        SET lease_beat = lease_beat + 1
        WHERE thread_id = ?
        """

    static let release = """
        UPDATE turnledger_threads
        SET lease_run_id = NULL, lease_holder = NULL, lease_beat = NULL, lease_duration = NULL,
            status = ?, updated_at = ?
        WHERE thread_id = ?
        """

    // MARK: Runs

    static let selectRuns = """
        SELECT run_id, thread_id, status, attempt, input, idempotency_key, failure, created_at, updated_at,
               stop_requested_at
        FROM turnledger_runs
        """

    static let run = """
        \(selectRuns)
        WHERE run_id = ?
        """

    static let runByKey = """
        \(selectRuns)
        WHERE thread_id = ?
          AND idempotency_key = ?
        """

    static let unfinished = """
        \(selectRuns)
        WHERE status IN ('pending', 'running')
        ORDER BY created_at, run_id
        """

    static let unfinishedOfThread = """
        \(selectRuns)
        WHERE thread_id = ?
          AND status IN ('pending', 'running')
        ORDER BY created_at, run_id
        """

    // Without the hint SQLite prefers the index of all the thread's runs, and looks at each.
    static let hasUnfinished = """
        SELECT 1
        FROM turnledger_runs INDEXED BY turnledger_runs_unfinished_of_thread
        WHERE thread_id = ?
          AND status IN ('pending', 'running')
        LIMIT 1
        """

    static let lastUnfinished = """
        SELECT max(created_at) AS created_at
        FROM turnledger_runs INDEXED BY turnledger_runs_unfinished_of_thread
        WHERE thread_id = ?
          AND status IN ('pending', 'running')
        """

    static let insertRun = """
        INSERT INTO turnledger_runs
            (run_id, thread_id, status, attempt, input, idempotency_key, created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    static let touchThread = """
        UPDATE turnledger_threads
        SET updated_at = ?
        WHERE thread_id = ?
        """

    static let requestStop = """
        UPDATE turnledger_runs
        SET stop_requested_at = COALESCE(stop_requested_at, ?1),
            updated_at = CASE status WHEN 'pending' THEN ?1 ELSE updated_at END,
            status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END
        WHERE run_id = ?2
          AND status IN ('pending', 'running')
        """

    static let toStop = """
        SELECT run_id
        FROM turnledger_runs
        WHERE status = 'running'
          AND stop_requested_at IS NOT NULL
        """

    static let updateRun = """
        UPDATE turnledger_runs
        SET status = ?, attempt = ?, failure = ?, updated_at = ?
        WHERE run_id = ?
        """

    // MARK: Events

    static let insertEvent = """
        INSERT INTO turnledger_run_events (run_id, attempt, number, payload)
        SELECT run_id, attempt, ?3, ?4
        FROM turnledger_runs
        WHERE run_id = ?1
          AND attempt = ?2
        ON CONFLICT (run_id, attempt, number) DO NOTHING
        """

    static let events = """
        SELECT e.attempt, e.number, e.payload
        FROM turnledger_runs AS r
        CROSS JOIN turnledger_run_events AS e
        WHERE r.run_id = ?
          AND e.run_id = r.run_id
          AND e.attempt = r.attempt
          AND e.number >= ?
        ORDER BY e.number
        LIMIT ?
        """

    static let deleteEvents = """
        DELETE FROM turnledger_run_events
        WHERE run_id = ?
        """

    /// Steps from one run's events to the next run's: what lies between is not read.
    static let endedLogs = """
        WITH RECURSIVE logged (run_id) AS (
            SELECT min(run_id)
            FROM turnledger_run_events
            UNION ALL
            SELECT (
                SELECT min(e.run_id)
                FROM turnledger_run_events AS e
                WHERE e.run_id > logged.run_id
            )
            FROM logged
            WHERE logged.run_id IS NOT NULL
        )
        SELECT r.run_id
        FROM logged
        CROSS JOIN turnledger_runs AS r
        WHERE r.run_id = logged.run_id
          AND r.status NOT IN ('pending', 'running')
          AND r.updated_at < ?
        LIMIT ?
        """
}
