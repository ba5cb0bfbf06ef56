// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The functions of retention that live in the database.
enum CleanupFunction {
    /// When a checkpoint was made, in microseconds since 1970: the time in its ID, else in its `ts`; NULL where neither
    /// is one.
    static func checkpointTime(_ tables: TableNames) -> String {
        """
        CREATE FUNCTION \(tables.checkpointTime)(checkpoint_id text, ts text) RETURNS bigint
        LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
        BEGIN
            IF checkpoint_id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-6[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
                RETURN (
                    ('x0' || substr(checkpoint_id, 1, 8) || substr(checkpoint_id, 10, 4) || substr(checkpoint_id, 16, 3))
                        ::bit(64)::bigint - 122192928000000000
                ) / 10;
            END IF;
            IF ts !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$' THEN
                RETURN NULL;
            END IF;
            RETURN (extract(epoch FROM ts::timestamptz) * 1000000)::bigint;
        EXCEPTION
            WHEN data_exception THEN RETURN NULL;
        END
        $body$
        """
    }

    /// Deletes threads by the rules of `RetentionPolicy`, in one transaction: for cron, pg_cron and psql.
    ///
    /// Of the policy's rules, which servers leave in a table, those count that delete; threads whose term archives or
    /// shortens are left to the service, and so are those with a waiting interrupt. A thread that somebody writes at the
    /// moment is left for the next call.
    static func cleanup(_ tables: TableNames) -> String {
        let retire = RetentionStatements.retire(
            tables,
            RetentionStatements.RetireValues(
                thread: "due.thread_id", newest: "due.newest", updatedAt: "due.updated_at", sparesWaiting: "true",
                time: "now_at", reason: "'retention'"))
        return """
            CREATE FUNCTION \(tables.cleanup)(retention interval DEFAULT '7 days')
            RETURNS TABLE (threads bigint, checkpoints bigint, blobs bigint, writes bigint)
            LANGUAGE plpgsql SET search_path FROM CURRENT AS $body$
            #variable_conflict use_column
            DECLARE
                now_at bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
                cutoff bigint := (extract(epoch FROM clock_timestamp() - retention) * 1000000)::bigint;
                due record;
                gone record;
                is_locked boolean;
            BEGIN
                threads := 0;
                checkpoints := 0;
                blobs := 0;
                writes := 0;
                FOR due IN
                    SELECT f.thread_id, f.newest, COALESCE(f.updated_at, -1) AS updated_at, f.owner
                    FROM (
            \(RetentionStatements.facts(tables, begin: "''", limit: nil))
                    ) AS f
                    LEFT JOIN LATERAL (
                        SELECT r.labels, r.action, r.idle
                        FROM \(tables.retentionRules) AS r
                        WHERE COALESCE(f.labels, '{}'::jsonb) @> r.labels
                        ORDER BY r.position
                        LIMIT 1
                    ) AS r ON true
                    WHERE NOT f.is_active
                      AND NOT f.is_waiting
                      AND NOT COALESCE(f.pinned, false)
                      AND f.hold IS NULL
                      AND CASE
                          WHEN f.action IS NOT NULL THEN
                              f.action = 'delete' AND f.last_activity <= now_at - f.idle
                          WHEN COALESCE(r.labels, '{}'::jsonb) <> '{}'::jsonb THEN
                              r.action = 'delete' AND f.last_activity <= now_at - r.idle
                          ELSE COALESCE(r.action, 'delete') = 'delete' AND f.last_activity <= cutoff
                      END
                LOOP
                    PERFORM 1
                    FROM \(tables.threads) AS t
                    WHERE t.thread_id = due.thread_id
                    FOR UPDATE SKIP LOCKED;
                    is_locked := FOUND;
                    CONTINUE WHEN due.owner IS NOT NULL AND NOT is_locked;
            \(retire)
                    INTO gone;
                    CONTINUE WHEN NOT gone.is_due;
                    threads := threads + 1;
                    checkpoints := checkpoints + gone.checkpoints;
                    blobs := blobs + gone.blobs;
                    writes := writes + gone.writes;
                END LOOP;
                RETURN NEXT;
            END
            $body$
            """
    }
}
