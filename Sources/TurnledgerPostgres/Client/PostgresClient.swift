// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A pool of connections to one database, and the one way to reach it.
///
/// Every call is one or more round trips on one connection; nothing locks the client as a whole.
package final class PostgresClient: Sendable {
    package let configuration: PostgresConfiguration

    package init(configuration: PostgresConfiguration) {
        self.configuration = configuration
    }

    /// Executes queries in order as one pipeline, one implicit transaction and one round trip.
    ///
    /// An error rolls all of them back and carries `queryIndex`. Rows come back one for each query.
    /// - Parameters:
    ///   - deadline: From now, waiting for a connection included; `nil`: the configuration's `statementDeadline`.
    ///   - isShareable: The queries are a small save that may share its commit with those of other callers. Only for
    ///     batches that are repeatable and that fail for a reason of their own by returning rows, not by an error: an
    ///     error of one makes all that shared its commit run again, each alone.
    package func execute(
        _ queries: [PostgresQuery], deadline: Duration? = nil, isShareable: Bool = false
    ) async throws(PostgresError) -> [PostgresRows] {
        throw PostgresError(.closed, "The client has no connections yet.")
    }

    /// One query, one round trip.
    package func execute(_ query: PostgresQuery, deadline: Duration? = nil) async throws(PostgresError) -> PostgresRows {
        try await execute([query], deadline: deadline)[0]
    }

    /// Lends one connection for several round trips. It goes back when `body` ends; whatever transaction is still open
    /// then is rolled back.
    ///
    /// - Throws: `PostgresError` where no connection could be had, and whatever `body` throws.
    package func withSession<Value>(_ body: (PostgresSession) async throws -> Value) async throws -> Value {
        throw PostgresError(.closed, "The client has no connections yet.")
    }

    /// Closes all connections once calls under way have ended. Later calls throw `.closed`.
    package func close() async {
    }
}

/// One connection, lent to one caller: `execute` as often as needed, one call at a time.
package struct PostgresSession: Sendable {
    /// As `PostgresClient.execute`; within a transaction (`BEGIN` … `COMMIT`, as queries) a part of it.
    package func execute(
        _ queries: [PostgresQuery], deadline: Duration? = nil
    ) async throws(PostgresError) -> [PostgresRows] {
        throw PostgresError(.closed, "The client has no connections yet.")
    }

    /// Executes one statement without preparing it and outside of a pipeline's transaction, as
    /// `CREATE INDEX CONCURRENTLY` needs it.
    package func executeAlone(_ sql: String, deadline: Duration? = nil) async throws(PostgresError) -> PostgresRows {
        throw PostgresError(.closed, "The client has no connections yet.")
    }
}
