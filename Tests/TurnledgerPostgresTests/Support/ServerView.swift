// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerPostgres

/// What the server itself says about its connections, asked as the superuser.
enum ServerView {
    struct StillThere: Error {}

    /// Waits until the server has no connection of this name, or none that does something.
    static func untilGone(application name: String, onlyActive: Bool = false) async throws {
        try await LivePostgres.withClient(LivePostgres.adminParameters()) { client in
            for _ in 0..<500 {
                let rows = try await client.execute(
                    .text(
                        """
                        SELECT count(*) FILTER (WHERE NOT $2 OR state = 'active'), pg_sleep(0.01)
                        FROM pg_stat_activity WHERE application_name = $1
                        """, .text(name), .boolean(onlyActive)))
                if try rows[0].integer(0) == 0 { return }
            }
            throw StillThere()
        }
    }

    /// Waits until a connection of this name is in `pg_sleep`, and gives its process.
    static func processAsleep(application name: String) async throws -> Int32 {
        try await LivePostgres.withClient(LivePostgres.adminParameters()) { client in
            for _ in 0..<500 {
                let rows = try await client.execute(
                    .text(
                        """
                        SELECT pid, (SELECT pg_sleep(0.01)) FROM pg_stat_activity
                        WHERE application_name = $1 AND wait_event = 'PgSleep'
                        """, .text(name)))
                if let row = rows.first { return Int32(try row.integer(0)) }
            }
            throw StillThere()
        }
    }

    /// The process of this name that listens.
    static func processListening(application name: String) async throws -> Int32 {
        try await LivePostgres.withClient(LivePostgres.adminParameters()) { client in
            let rows = try await client.execute(
                .text(
                    """
                    SELECT pid FROM pg_stat_activity
                    WHERE application_name = $1 AND query LIKE 'LISTEN %'
                    """, .text(name)))
            return Int32(try #require(rows.first).integer(0))
        }
    }

    static func process(of client: PostgresClient) async throws -> Int32 {
        Int32(try await client.execute(.text("SELECT pg_backend_pid()"))[0].integer(0))
    }

    /// Ends a connection as an administrator does.
    static func terminate(_ process: Int32) async throws {
        try await LivePostgres.withClient(LivePostgres.adminParameters()) { client in
            _ = try await client.execute(.text("SELECT pg_terminate_backend($1::int, 5000)", .integer(Int64(process))))
        }
    }
}
