// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Synchronization
public import TurnledgerStore

extension PostgresStore: RunAnnouncing {
    /// How many run IDs go into one notification: PostgreSQL takes less than 8,000 bytes.
    private static let runsInNotice = 150

    /// `NOTIFY` on a connection of its own: the server takes one lock for all notifying transactions of a cluster.
    public func announce(_ runs: Set<RunID>) async throws(StoreError) {
        var rest = runs.map(\.rawValue)[...]
        var queries: [PostgresQuery] = []
        while !rest.isEmpty {
            let schema = PostgresValue.optional(statements.tables.schema)
            queries.append(
                PostgresQuery(.notify, [schema, .text(rest.prefix(Self.runsInNotice).joined(separator: ","))]))
            rest = rest.dropFirst(Self.runsInNotice)
        }
        do throws(PostgresError) {
            _ = try await notices.execute(queries)
        } catch { throw StoreError(postgres: error) }
    }

    /// `LISTEN` on a connection that does nothing else; `nil` behind a pooler in transaction mode, which would give the
    /// session to others.
    public var announcements: AsyncStream<RunNews>? {
        guard client.configuration.pooling == .session else { return nil }
        return AsyncStream { continuation in
            notices.hear { text in
                continuation.yield(.changed(Set(text.split(separator: ",").map { RunID(String($0)) })))
            }
            let task = Task { [notices, schema = statements.tables.schema] in
                await Listener(client: notices, schema: schema).run(into: continuation)
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// Keeps a session that listens, and makes another when it is lost.
    private struct Listener: Sendable {
        let client: PostgresClient
        let schema: String?

        /// How often the session is asked whether it is still there.
        private static let interval = Duration.seconds(5)
        private static let shortestPause = Duration.seconds(1)
        private static let longestPause = Duration.seconds(30)

        func run(into continuation: AsyncStream<RunNews>.Continuation) async {
            var pause = Self.shortestPause
            while !Task.isCancelled {
                try? await client.withSession { session in
                    let name = try await session.execute(PostgresQuery(.channel, [.optional(schema)]))
                    let channel = TableNames.quoted(try name.first?.text(0) ?? "")
                    _ = try await session.execute(PostgresQuery(PostgresStatement("", "LISTEN \(channel)")))
                    continuation.yield(.hearing)
                    pause = Self.shortestPause
                    while true {
                        try await Task.sleep(for: Self.interval)
                        _ = try await session.execute(PostgresQuery(PostgresStatement("", "")))
                    }
                }
                continuation.yield(.deaf)
                try? await Task.sleep(for: pause)
                // A standby does not let anybody listen.
                pause = min(pause * 2, Self.longestPause)
            }
            continuation.finish()
        }
    }
}

extension PostgresStatement {
    /// One channel for each schema. `$1` schema or NULL.
    private static let channelName = "'turnledger_runs_' || hashtext(COALESCE($1::text, current_schema()::text))"

    fileprivate static let channel = PostgresStatement("", "SELECT \(channelName)")

    /// `$2` runs, with commas between them.
    fileprivate static let notify = PostgresStatement("", "SELECT pg_notify(\(channelName), $2)")
}
