// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore: RunAnnouncing {
    /// `PUBLISH` in a channel of the prefix's own (`PREFIX:changes`).
    public func announce(_ runs: Set<RunID>) async throws(StoreError) {
        guard !runs.isEmpty else { return }
        _ = try await send(
            RedisCommand("PUBLISH", RedisListener.channel(of: settings), runs.map(\.rawValue).joined(separator: "\n")))
    }

    /// `SUBSCRIBE` on a connection that does nothing else.
    public var announcements: AsyncStream<RunNews>? {
        AsyncStream { continuation in
            let task = Task { [configuration = client.configuration, settings] in
                await RedisListener(configuration: configuration, settings: settings).run(into: continuation)
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// Keeps a connection that listens, and makes another when it is lost.
struct RedisListener: Sendable {
    let configuration: RedisConfiguration
    let settings: RedisStoreSettings

    /// How often the server is asked whether it is still there.
    private static let interval = Duration.seconds(5)
    private static let shortestPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(30)

    static func channel(of settings: RedisStoreSettings) -> String { "\(settings.prefix):changes" }

    func run(into continuation: AsyncStream<RunNews>.Continuation) async {
        var pause = Self.shortestPause
        while !Task.isCancelled {
            if await listen(continuation) { pause = Self.shortestPause }
            continuation.yield(.deaf)
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
        continuation.finish()
    }

    /// Listens until the connection breaks. - Returns: Whether there was one.
    private func listen(_ continuation: AsyncStream<RunNews>.Continuation) async -> Bool {
        let connection = try? await RedisConnection.connect(
            to: RedisPrimary.address(configuration), configuration,
            hear: { parts in
                if parts.first?.string == "subscribe" { continuation.yield(.hearing) }
                guard parts.count == 3, parts[0].string == "message", let text = parts[2].string else { return }
                continuation.yield(.changed(Set(text.split(separator: "\n").map { RunID(String($0)) })))
            })
        guard let connection else { return false }
        do {
            try await connection.tell(RedisCommand("SUBSCRIBE", Self.channel(of: settings)))
            while true {
                try await Task.sleep(for: Self.interval)
                _ = try await connection.send([RedisCommand("PING")])
            }
        } catch {}
        await connection.close()
        return true
    }
}
