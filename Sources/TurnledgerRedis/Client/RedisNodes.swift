// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Synchronization
internal import TurnledgerStore

/// One Redis, or the primaries of a cluster, to read from.
///
/// Which primary has a key's slot is asked once, and again when one says that the slot has moved.
final class RedisNodes: Sendable {
    private struct State {
        var clients: [RedisAddress: RedisClient] = [:]
        /// By slot; empty: not asked yet.
        var owners: [RedisAddress] = []
    }

    /// How often slots may move while a batch is read.
    private static let attempts = 5

    let configuration: RedisConfiguration
    private let single: RedisClient
    private let state = Mutex(State())

    init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        single = RedisClient(configuration)
    }

    func close() async {
        await single.close()
        for client in state.withLock({ Array($0.clients.values) }) { await client.close() }
    }

    /// Those that have keys.
    func primaries() async throws(StoreError) -> [RedisClient] {
        guard configuration.isCluster else { return [single] }
        let owners = Set(try await owners())
        return owners.sorted { $0.description < $1.description }.map { client(at: $0) }
    }

    /// Which primary serves which slots, and how many keys it has of those that are on their way. What is the same before and
    /// after all primaries were walked has not moved in between. Asks anew who the primaries are.
    func placement() async throws(StoreError) -> [RedisAddress: [String]] {
        guard configuration.isCluster else { return [:] }
        state.withLock { $0.owners = [] }
        var placement: [RedisAddress: [String]] = [:]
        for address in Set(try await owners()) {
            let client = client(at: address)
            let nodes = try await client.send(RedisCommand("CLUSTER", "NODES")).string ?? ""
            // ID, address, flags, primary, ping, pong, epoch, state, and slots: `0-5460`, or `[77->-ID]` on their way.
            let own = nodes.split(separator: "\n").map { $0.split(separator: " ") }.first {
                $0.count >= 8 && $0[2].contains("myself")
            }
            guard let own else {
                throw StoreError(.unavailable, "Redis answers CLUSTER NODES with something else.")
            }
            var slots = own.dropFirst(8).map(String.init)
            for slot in slots where slot.hasPrefix("[") {
                let number = String(slot.dropFirst().prefix { $0.isNumber })
                let count = try await client.send(RedisCommand("CLUSTER", "COUNTKEYSINSLOT", number)).integer
                slots.append("\(number): \(count ?? 0) keys")
            }
            placement[address] = slots
        }
        return placement
    }

    /// Sends commands about one key each to where the key is; gives their answers in order.
    func send(_ commands: [(key: String, command: RedisCommand)]) async throws(StoreError) -> [RESPValue] {
        guard configuration.isCluster else { return try await single.send(commands.map(\.command)) }
        var answers = [RESPValue](repeating: .null, count: commands.count)
        var open = Array(commands.indices)
        for _ in 0..<Self.attempts {
            let owners = try await owners()
            var groups: [RedisAddress: [Int]] = [:]
            for index in open { groups[owners[RedisSlot.of(commands[index].key)], default: []].append(index) }
            open = []
            for (address, indices) in groups {
                let part = try await client(at: address).send(indices.map { commands[$0].command })
                for (index, answer) in zip(indices, part) {
                    answers[index] = answer
                    guard let error = answer.error else { continue }
                    if error.hasPrefix("MOVED ") {
                        open.append(index)
                    } else if let other = Self.asked(error, by: address) {
                        // The slot is on its way there, this key has arrived, and the owner is still the same.
                        let asking = [RedisCommand("ASKING"), commands[index].command]
                        answers[index] = try await client(at: other).send(asking)[1]
                        if answers[index].error?.hasPrefix("TRYAGAIN") == true { open.append(index) }
                    }
                }
            }
            guard !open.isEmpty else { return answers }
            state.withLock { $0.owners = [] }
        }
        return answers
    }

    /// Where an answer `ASK SLOT HOST:PORT` sends one; without a host it is that of who said so.
    private static func asked(_ error: String, by address: RedisAddress) -> RedisAddress? {
        let words = error.split(separator: " ")
        guard words.count == 3, words[0] == "ASK", let colon = words[2].lastIndex(of: ":"),
            let port = Int(words[2][words[2].index(after: colon)...])
        else { return nil }
        let host = words[2][..<colon]
        return RedisAddress(host: host.isEmpty ? address.host : String(host), port: port)
    }

    private func client(at address: RedisAddress) -> RedisClient {
        state.withLock { state in
            if let client = state.clients[address] { return client }
            var configuration = configuration
            configuration.address = address
            let client = RedisClient(configuration)
            state.clients[address] = client
            return client
        }
    }

    private func owners() async throws(StoreError) -> [RedisAddress] {
        let known = state.withLock { $0.owners }
        guard known.isEmpty else { return known }
        let answer = try await single.send(RedisCommand("CLUSTER", "SLOTS"))
        var owners = [RedisAddress?](repeating: nil, count: RedisSlot.count)
        for range in answer.array ?? [] {
            guard let parts = range.array, parts.count >= 3, let first = parts[0].integer, let last = parts[1].integer,
                (0...last).contains(first), last < RedisSlot.count, let node = parts[2].array, node.count >= 2,
                let port = node[1].integer
            else { throw StoreError(.unavailable, "Redis answers CLUSTER SLOTS with something else.") }
            // Without a name of its own it is where the answer came from.
            let host = node[0].string.flatMap { $0.isEmpty || $0 == "?" ? nil : $0 } ?? configuration.address.host
            for slot in first...last { owners[Int(slot)] = RedisAddress(host: host, port: Int(port)) }
        }
        let all = owners.compactMap(\.self)
        guard all.count == RedisSlot.count else {
            throw StoreError(.unavailable, "The Redis cluster has slots that no primary serves.")
        }
        state.withLock { $0.owners = all }
        return all
    }
}

/// Which slot of a cluster a key lies in (Redis's manual, page "Redis cluster specification", section "Key distribution
/// model").
enum RedisSlot {
    static let count = 16_384

    static func of(_ key: String) -> Int {
        let bytes = Array(key.utf8)
        var hashed = bytes[...]
        if let open = bytes.firstIndex(of: UInt8(ascii: "{")),
            let close = bytes[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        {
            hashed = bytes[(open + 1)..<close]
        }
        var crc: UInt16 = 0
        for byte in hashed {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return Int(crc) % count
    }
}
