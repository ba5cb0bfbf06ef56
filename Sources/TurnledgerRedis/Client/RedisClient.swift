// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import TurnledgerStore

/// A Redis, over a few connections that carry the commands of everybody in turn.
///
/// A connection that broke is made anew by the next command; nothing is sent twice on its own account, because which of
/// the commands of a broken connection ran is not known.
final class RedisClient: Sendable {
    private struct Slot {
        var connection: RedisConnection?
        var connecting: Task<RedisConnection, any Error>?
    }

    private struct State {
        var slots: [Slot]
        var next = 0
        var isClosed = false
    }

    let configuration: RedisConfiguration
    private let state: Mutex<State>

    init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        state = Mutex(State(slots: Array(repeating: Slot(), count: max(1, configuration.connections))))
    }

    /// Sends commands at once on one connection, and gives their answers in order; a refusal is an answer.
    /// - Throws: `.unavailable` where the server cannot be reached or does not answer in time, `.closed`.
    func send(_ commands: [RedisCommand]) async throws(StoreError) -> [RESPValue] {
        do {
            return try await connection().send(commands)
        } catch {
            throw RedisError.broken(error, configuration.address)
        }
    }

    /// Sends one command.
    /// - Throws: Also what the server refuses.
    func send(_ command: RedisCommand) async throws(StoreError) -> RESPValue {
        let answer = try await send([command])[0]
        if let error = answer.error { throw RedisError.refused(error) }
        return answer
    }

    private func connection() async throws -> RedisConnection {
        enum Found {
            case open(RedisConnection)
            case coming(Task<RedisConnection, any Error>, Int)
        }
        let found: Found = try state.withLock { state in
            guard !state.isClosed else { throw StoreError(.closed, "The Redis client was closed.") }
            let index = state.next
            state.next = (index + 1) % state.slots.count
            if let connection = state.slots[index].connection, connection.isOpen { return .open(connection) }
            state.slots[index].connection = nil
            if let connecting = state.slots[index].connecting { return .coming(connecting, index) }
            let connecting = Task { [configuration] in
                try await RedisConnection.connect(to: RedisPrimary.address(configuration), configuration)
            }
            state.slots[index].connecting = connecting
            return .coming(connecting, index)
        }
        switch found {
        case .open(let connection): return connection
        case .coming(let connecting, let index):
            do {
                let connection = try await connecting.value
                let isClosed = state.withLock { state in
                    state.slots[index].connecting = nil
                    state.slots[index].connection = connection
                    return state.isClosed
                }
                if isClosed { await connection.close() }
                return connection
            } catch {
                state.withLock { $0.slots[index].connecting = nil }
                throw error
            }
        }
    }

    /// Ends all connections; what is under way on them fails.
    func close() async {
        let connections = state.withLock { state in
            state.isClosed = true
            return state.slots.compactMap(\.connection)
        }
        for connection in connections { await connection.close() }
    }
}

/// Where the primary is.
enum RedisPrimary {
    /// The configured address, or what the first sentinel that answers says.
    static func address(_ configuration: RedisConfiguration) async throws -> RedisAddress {
        guard !configuration.sentinels.isEmpty else { return configuration.address }
        var failure: any Error = StoreError(.unavailable, "No sentinel answers.")
        for sentinel in configuration.sentinels {
            do {
                var plain = configuration
                (plain.database, plain.user, plain.password) = (0, nil, nil)
                let connection = try await RedisConnection.connect(to: sentinel, plain)
                let answer = try await connection.send([
                    RedisCommand("SENTINEL", "get-master-addr-by-name", configuration.primaryName)
                ])[0]
                await connection.close()
                if let parts = answer.array, parts.count == 2, let host = parts[0].string,
                    let port = parts[1].integer
                {
                    return RedisAddress(host: host, port: Int(port))
                }
                failure = StoreError(
                    .unavailable, "The sentinel at \(sentinel) knows no primary named '\(configuration.primaryName)'.")
            } catch {
                failure = RedisError.broken(error, sentinel)
            }
        }
        throw failure
    }
}
