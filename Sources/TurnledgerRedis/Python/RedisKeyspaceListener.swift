// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Synchronization
public import TurnledgerStore

extension PythonRedisSource: AnnouncingSource {
    /// `PSUBSCRIBE` to the events of keys, where the server is set to tell them (`notify-keyspace-events` with `K` and
    /// either `A` or `g` and `d`), and lets the setting be read.
    public func announcements() async throws(StoreError) -> (any TransferAnnouncements)? {
        for primary in try await nodes.primaries() {
            let answer = try await primary.send([RedisCommand("CONFIG", "GET", "notify-keyspace-events")])[0]
            guard let parts = answer.array, parts.count == 2, let flags = parts[1].string, flags.contains("K"),
                flags.contains("A") || (flags.contains("g") && flags.contains("d"))
            else { return nil }
        }
        return try await RedisKeyspaceListener.listen(for: self)
    }
}

/// Hears which documents are written, on connections of its own, one for each primary.
final class RedisKeyspaceListener: TransferAnnouncements {
    private struct Heard {
        var keys: Set<String> = []
        /// Whether more was said than could be kept.
        var hasMissed = false
    }

    /// How many keys wait at most.
    private static let limit = 200_000
    /// What is written in so short a time is told together.
    private static let pause = Duration.milliseconds(20)
    /// What says that a key is gone: the target keeps what it has.
    private static let ends: Set<String> = ["del", "expired", "evicted", "unlink"]

    private let source: PythonRedisSource
    private let connections: [RedisConnection]
    private let heard: HeardKeys

    /// Shared with the connection's event loop.
    private final class HeardKeys: Sendable {
        let state = Mutex(Heard())
    }

    private init(_ source: PythonRedisSource, _ connections: [RedisConnection], _ heard: HeardKeys) {
        self.source = source
        self.connections = connections
        self.heard = heard
    }

    static func listen(for source: PythonRedisSource) async throws(StoreError) -> RedisKeyspaceListener {
        let configuration = source.nodes.configuration
        let heard = HeardKeys()
        var connections: [RedisConnection] = []
        do {
            for primary in try await source.nodes.primaries() {
                connections.append(
                    try await listen(at: RedisPrimary.address(primary.configuration), configuration, source, heard))
            }
            return RedisKeyspaceListener(source, connections, heard)
        } catch {
            for connection in connections { await connection.close() }
            throw RedisError.broken(error, configuration.address)
        }
    }

    private static func listen(
        at address: RedisAddress, _ configuration: RedisConfiguration, _ source: PythonRedisSource, _ heard: HeardKeys
    ) async throws -> RedisConnection {
        let start = "__keyspace@\(configuration.database)__:"
        let connection = try await RedisConnection.connect(
            to: address, configuration,
            hear: { parts in
                guard parts.count == 4, parts[0].string == "pmessage", let channel = parts[2].string,
                    let event = parts[3].string, channel.hasPrefix(start), !ends.contains(event)
                else { return }
                heard.state.withLock { state in
                    if state.keys.count < limit {
                        state.keys.insert(String(channel.dropFirst(start.count)))
                    } else {
                        state.hasMissed = true
                    }
                }
            })
        let names = [configuration.checkpointPrefix, configuration.writePrefix, source.records.prefix + ":thread"]
        try await connection.tell(
            RedisCommand(["PSUBSCRIBE"] + names.map { start + PythonRedisSource.escaped($0) + ":*" }))
        // Answered behind the subscription: what is written from now on is heard.
        _ = try await connection.send([RedisCommand("PING")])
        return connection
    }

    func next(within deadline: Duration) async throws(StoreError) -> TransferFindings {
        let end = ContinuousClock.now + deadline
        while heard.state.withLock({ $0.keys.isEmpty && !$0.hasMissed }), ContinuousClock.now < end {
            do { try await Task.sleep(for: Self.pause) } catch {
                throw StoreError(.unavailable, "The transfer was stopped.", underlying: error)
            }
        }
        do {
            for connection in connections { _ = try await connection.send([RedisCommand("PING")]) }
        } catch {
            throw RedisError.broken(error, source.nodes.configuration.address)
        }
        let taken = heard.state.withLock { state in
            defer { state = Heard() }
            return state
        }
        guard !taken.hasMissed else { throw StoreError(.unavailable, "More was written than could be remembered.") }
        return try await source.findings(of: taken.keys)
    }

    func close() async {
        for connection in connections { await connection.close() }
    }
}
