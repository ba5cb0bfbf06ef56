// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of a mirrored store.
enum MirrorStatements {
    static let record = """
        SELECT standing, beat
        FROM turnledger_mirror
        """

    static let save = """
        INSERT INTO turnledger_mirror (one, standing, beat)
        VALUES (1, ?, ?)
        ON CONFLICT (one) DO UPDATE SET standing = excluded.standing, beat = excluded.beat
        """

    static let remove = "DELETE FROM turnledger_mirror"

    static let mark = """
        INSERT INTO turnledger_mirror_marks (subject, token, since)
        VALUES (?, ?, ?)
        ON CONFLICT (subject) DO UPDATE SET token = excluded.token
        """

    static let backlog = """
        SELECT subject, token, since
        FROM turnledger_mirror_marks
        ORDER BY since, subject
        LIMIT ?
        """

    static let count = "SELECT count(*) AS count FROM turnledger_mirror_marks"

    static let settle = """
        DELETE FROM turnledger_mirror_marks
        WHERE subject = ?
          AND token = ?
        """

    static let postpone = """
        UPDATE turnledger_mirror_marks
        SET since = ?
        WHERE subject = ?
          AND token <> ?
        """

    static let removeRun = """
        DELETE FROM turnledger_runs
        WHERE run_id = ?
        """

    static let saveRun = """
        INSERT INTO turnledger_runs
            (run_id, thread_id, status, attempt, input, idempotency_key, failure, created_at, updated_at,
             stop_requested_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (run_id) DO UPDATE
        SET status = excluded.status, attempt = excluded.attempt, input = excluded.input,
            idempotency_key = excluded.idempotency_key, failure = excluded.failure,
            created_at = excluded.created_at, updated_at = excluded.updated_at,
            stop_requested_at = excluded.stop_requested_at
        """

    static let saveThread = """
        INSERT INTO turnledger_threads
            (thread_id, title, owner, labels, status, created_at, updated_at, head, epoch,
             lease_run_id, lease_holder, lease_beat, lease_duration)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (thread_id) DO UPDATE
        SET title = excluded.title, owner = excluded.owner, labels = excluded.labels, status = excluded.status,
            created_at = excluded.created_at, updated_at = excluded.updated_at, head = excluded.head,
            epoch = excluded.epoch, lease_run_id = excluded.lease_run_id, lease_holder = excluded.lease_holder,
            lease_beat = excluded.lease_beat, lease_duration = excluded.lease_duration
        """
}
