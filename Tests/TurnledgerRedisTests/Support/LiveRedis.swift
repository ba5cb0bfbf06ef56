// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerStore

@testable import TurnledgerRedis

/// The servers that `scripts/redis.sh` starts. `scripts/test.sh` does so; by hand:
///
///     source scripts/python.sh --interop; eval "$(scripts/redis.sh start /tmp/turnledger-redis)"
enum LiveRedis: String, Sendable, CustomTestStringConvertible {
    /// With RedisJSON.
    case json
    /// Without modules.
    case plain
    /// With RedisJSON, and TLS before it.
    case sealed
    /// Without modules, with 16 MB: for faults, one test at a time.
    case small

    /// Where the contracts run.
    static let places: [LiveRedis] = [.json, .plain, .sealed]

    private static let environment = ProcessInfo.processInfo.environment

    static var isThere: Bool {
        environment["TURNLEDGER_TEST_REDIS"] != nil || environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
    }

    static var hasCluster: Bool { cluster != nil || environment["TURNLEDGER_REQUIRE_SERVICES"] == "1" }

    /// One node of a cluster that `scripts/redis.sh cluster` starts.
    static var cluster: String? { environment["TURNLEDGER_TEST_REDIS_CLUSTER"] }

    static let howToCluster: Comment =
        "TURNLEDGER_TEST_REDIS_CLUSTER is not set. Run eval \"$(scripts/redis.sh cluster FOLDER)\" first, or scripts/test.sh."

    static let howTo: Comment =
        "TURNLEDGER_TEST_REDIS is not set. Run eval \"$(scripts/redis.sh start FOLDER)\" first, or scripts/test.sh."

    var testDescription: String { rawValue }

    var url: String {
        get throws {
            let name =
                switch self {
                case .json: "TURNLEDGER_TEST_REDIS"
                case .plain: "TURNLEDGER_TEST_REDIS_PLAIN"
                case .sealed: "TURNLEDGER_TEST_REDIS_TLS"
                case .small: "TURNLEDGER_TEST_REDIS_SMALL"
                }
            return try #require(Self.environment[name], "\(name) is not set. Run scripts/redis.sh start FOLDER first.")
        }
    }

    /// An address under which nobody else's keys lie.
    func configuration(_ name: String = uniqueName()) throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: url)
        configuration.checkpointPrefix = "\(name)_c"
        configuration.writePrefix = "\(name)_w"
        // All rules at once, values of 10 MB among them, on a few connections and a busy machine.
        configuration.replyDeadline = .seconds(300)
        return configuration
    }

    /// A store of one's own.
    func store(_ change: (inout RedisStoreSettings) -> Void = { _ in }) throws -> RedisStore {
        let name = Self.uniqueName()
        var settings = RedisStoreSettings(layout: self == .plain || self == .small ? .plain : .json, prefix: name)
        change(&settings)
        return try RedisStore(configuration(name), settings: settings)
    }

    /// Runs `body` with a store of its own that is set up, and closes it.
    func withStore<Value>(
        _ change: (inout RedisStoreSettings) -> Void = { _ in }, _ body: (RedisStore) async throws -> Value
    ) async throws -> Value {
        let store = try store(change)
        do {
            try await store.setUp()
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// The store that all rules of a contract share: each has threads of its own.
    func shared() async throws -> RedisStore { try await Self.stores[self]!.value }

    private static let stores: [LiveRedis: Task<RedisStore, any Error>] = Dictionary(
        uniqueKeysWithValues: places.map { place in
            (
                place,
                Task {
                    let store = try place.store()
                    try await store.setUp()
                    return store
                }
            )
        })

    static func uniqueName() -> String { "t" + UniqueID.random().replacing("-", with: "") }
}
