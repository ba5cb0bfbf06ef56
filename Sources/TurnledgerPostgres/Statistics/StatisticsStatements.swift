// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of statistics.
struct StatisticsStatements: Sendable {
    /// Arrays of one length: `$1` owners, `$2` labels, `$3` days, `$4` metrics, `$5` by how much, as text. In the order of
    /// the key, so that two servers that add at once wait for each other and never in a circle.
    let add: PostgresStatement
    /// `$1` owner, `$2` label, `$3` first day, `$4` last day.
    let range: PostgresStatement
    /// `$1` owner.
    let forget: PostgresStatement

    init(_ tables: TableNames) {
        add = PostgresStatement(
            "statistics_add",
            """
            INSERT INTO \(tables.statistics) AS s (owner, label, day, metric, value)
            SELECT n.owner, n.label, n.day, n.metric, n.value::bigint
            FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
                AS n (owner, label, day, metric, value)
            ORDER BY n.owner, n.label, n.day, n.metric
            ON CONFLICT (owner, label, day, metric) DO UPDATE
            SET value = s.value + excluded.value
            """)
        range = PostgresStatement(
            "statistics_range",
            """
            SELECT s.day, s.metric, s.value
            FROM \(tables.statistics) AS s
            WHERE s.owner = $1
              AND s.label = $2
              AND s.day BETWEEN $3 AND $4
            """)
        forget = PostgresStatement(
            "statistics_forget",
            """
            DELETE FROM \(tables.statistics) AS s
            WHERE s.owner = $1
            """)
    }
}
