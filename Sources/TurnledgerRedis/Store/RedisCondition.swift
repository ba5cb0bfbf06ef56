// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// What a Redis says of itself that decides whether it keeps what it is given.
public struct RedisCondition: Hashable, Sendable {
    /// The server's version; Valkey's own where it is one.
    public var version: String
    /// Bytes of memory in use.
    public var usedMemory: Int
    /// The bound of memory in bytes; `nil`: none.
    public var memoryLimit: Int?
    /// What happens at the bound: `noeviction` refuses writes, all others remove keys.
    public var evictionPolicy: String
    /// Whether writes go to an append-only file.
    public var hasAppendOnlyFile: Bool
    /// Whether the server follows another, and takes no writes of clients.
    public var isReplica: Bool

    /// - Parameter info: The answer of `INFO`: a line `name:value` each; lines that begin with `#` are headings.
    init(info: String) {
        var values: [Substring: Substring] = [:]
        for line in info.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[line[..<colon]] = line[line.index(after: colon)...]
        }
        version = String(values["valkey_version"] ?? values["redis_version"] ?? "?")
        usedMemory = values["used_memory"].flatMap { Int($0) } ?? 0
        memoryLimit = values["maxmemory"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        evictionPolicy = String(values["maxmemory_policy"] ?? "noeviction")
        hasAppendOnlyFile = values["aof_enabled"] == "1"
        isReplica = values["role"] == "slave"
    }
}

extension RedisStore {
    /// How the server that writes go to is set. Cost: one round trip.
    ///
    /// - Throws: `.unavailable`; `.unauthorized` where the user may not ask for `INFO`.
    public func condition() async throws(StoreError) -> RedisCondition {
        RedisCondition(info: try await send(RedisCommand("INFO")).string ?? "")
    }
}
