// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements on long-term values. Times come as microseconds since 1970.
struct LongTermStatements: Sendable {
    /// Whether the list of steps is there.
    let history: PostgresStatement
    /// The number of the newest step that was taken.
    let version: PostgresStatement
    /// `$1` number of a step.
    let noteVersion: PostgresStatement
    /// `$1` prefix, `$2` key, `$3` now.
    let item: PostgresStatement
    /// `$1` prefix, `$2` keys, `$3` now. Gives those that expire their whole time again.
    let refresh: PostgresStatement
    /// `$1` prefixes, `$2` keys, `$3` now: as `refresh`, for items of several namespaces.
    let refreshAll: PostgresStatement
    /// `$1` prefix, `$2` key, `$3` now.
    let removeExpiredItem: PostgresStatement
    /// `$1` prefix, `$2` key, `$3` value, `$4` time, `$5` minutes or NULL.
    let put: PostgresStatement
    /// `$1` prefix, `$2` key.
    let delete: PostgresStatement
    /// `$1` prefix, `$2` pattern of the prefixes below it, `$3` what the values contain, `$4` now, `$5` limit or NULL,
    /// `$6` offset.
    let search: PostgresStatement
    /// `$1` now.
    let prefixes: PostgresStatement
    /// `$1` time.
    let removeExpired: PostgresStatement

    init(_ prefix: String) {
        let table = prefix + "store"
        func time(_ place: String) -> String { "(TIMESTAMPTZ 'epoch' + \(place)::bigint * INTERVAL '1 microsecond')" }
        func isAlive(_ place: String) -> String { "(s.expires_at IS NULL OR s.expires_at > \(time(place)))" }
        let columns = """
            s.prefix, s.key, s.value, (EXTRACT(EPOCH FROM s.created_at) * 1000000)::bigint,
                (EXTRACT(EPOCH FROM s.updated_at) * 1000000)::bigint
            """
        history = PostgresStatement(
            "long_term_history",
            """
            SELECT to_regclass('\(prefix.replacing("'", with: "''"))store_migrations') IS NOT NULL
            """)
        version = PostgresStatement(
            "long_term_version",
            """
            SELECT max(m.v)
            FROM \(prefix)store_migrations AS m
            """)
        noteVersion = PostgresStatement(
            "long_term_note_version",
            """
            INSERT INTO \(prefix)store_migrations (v)
            VALUES ($1)
            ON CONFLICT (v) DO NOTHING
            """)
        item = PostgresStatement(
            "long_term_item",
            """
            SELECT \(columns)
            FROM \(table) AS s
            WHERE s.prefix = $1
              AND s.key = $2
              AND \(isAlive("$3"))
            """)
        refresh = PostgresStatement(
            "long_term_refresh",
            """
            UPDATE \(table) AS s
            SET expires_at = \(time("$3")) + s.ttl_minutes * INTERVAL '1 minute'
            WHERE s.prefix = $1
              AND s.key = $2
              AND s.ttl_minutes IS NOT NULL
              AND \(isAlive("$3"))
            """)
        refreshAll = PostgresStatement(
            "long_term_refresh_all",
            """
            UPDATE \(table) AS s
            SET expires_at = \(time("$3")) + s.ttl_minutes * INTERVAL '1 minute'
            FROM unnest($1::text[], $2::text[]) AS u (prefix, key)
            WHERE s.prefix = u.prefix
              AND s.key = u.key
              AND s.ttl_minutes IS NOT NULL
            """)
        removeExpiredItem = PostgresStatement(
            "long_term_remove_expired_item",
            """
            DELETE FROM \(table) AS s
            WHERE s.prefix = $1
              AND s.key = $2
              AND s.expires_at <= \(time("$3"))
            """)
        put = PostgresStatement(
            "long_term_put",
            """
            INSERT INTO \(table) (prefix, key, value, created_at, updated_at, expires_at, ttl_minutes)
            VALUES (
                $1, $2, $3, \(time("$4")), \(time("$4")), \(time("$4")) + $5::int * INTERVAL '1 minute', $5::int
            )
            ON CONFLICT (prefix, key) DO UPDATE SET
                value = EXCLUDED.value,
                updated_at = EXCLUDED.updated_at,
                expires_at = EXCLUDED.expires_at,
                ttl_minutes = EXCLUDED.ttl_minutes
            """)
        delete = PostgresStatement(
            "long_term_delete",
            """
            DELETE FROM \(table) AS s
            WHERE s.prefix = $1
              AND s.key = $2
            """)
        search = PostgresStatement(
            "long_term_search",
            """
            SELECT \(columns)
            FROM \(table) AS s
            WHERE (s.prefix = $1 OR s.prefix LIKE $2)
              AND s.value @> $3::jsonb
              AND \(isAlive("$4"))
            ORDER BY s.updated_at DESC, s.prefix COLLATE "C", s.key COLLATE "C"
            LIMIT $5::bigint
            OFFSET $6::bigint
            """)
        prefixes = PostgresStatement(
            "long_term_prefixes",
            """
            SELECT DISTINCT s.prefix
            FROM \(table) AS s
            WHERE \(isAlive("$1"))
            """)
        removeExpired = PostgresStatement(
            "long_term_remove_expired",
            """
            WITH removed AS (
                DELETE FROM \(table) AS s
                WHERE s.expires_at <= \(time("$1"))
                RETURNING 1
            )
            SELECT count(*)
            FROM removed
            """)
    }
}
