// Turnledger. SPDX-License-Identifier: Apache-2.0

/// One connection, lent to one caller: `execute` as often as needed, one call at a time.
package struct PostgresSession: Sendable {
    /// Says which connection is whose: a connection that was lost does not serve its session's later calls.
    struct Lease: Sendable {
        var connection: Int
        var id: Int
    }

    let client: PostgresClient
    let lease: Lease

    /// As `PostgresClient.execute`; within a transaction (`BEGIN` … `COMMIT`, as queries) a part of it. Never sent
    /// again on its own.
    package func execute(
        _ queries: [PostgresQuery], deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        try await client.execute(queries, on: lease, deadline: deadline)
    }

    /// One query, one round trip.
    package func execute(_ query: PostgresQuery, deadline: Duration? = nil) async throws(PostgresError) -> PostgresRows
    {
        try await execute([query], deadline: deadline)[0]
    }

    /// Sends rows with `COPY … FROM STDIN`: all of `bytes`, header and end included.
    package func copy(
        _ statement: PostgresStatement, _ bytes: [UInt8], deadline: Duration? = nil
    ) async throws(PostgresError) -> PostgresRows {
        try await client.copy(statement.sql, bytes, on: lease, deadline: deadline)
    }

    /// Executes one statement without preparing it and outside of a pipeline's transaction, as
    /// `CREATE INDEX CONCURRENTLY` needs it.
    package func executeAlone(_ sql: String, deadline: Duration? = nil) async throws(PostgresError) -> PostgresRows {
        try await execute(PostgresQuery(PostgresStatement("", sql)), deadline: deadline)
    }
}
