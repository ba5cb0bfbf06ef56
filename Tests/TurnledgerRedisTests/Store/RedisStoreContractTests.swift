// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerRedis
import TurnledgerStore
import TurnledgerTesting

@Suite("Redis store", .enabled(if: LiveRedis.isThere, LiveRedis.howTo))
struct RedisStoreContractTests {
    @Test("keeps the store contract in Python's documents", arguments: StoreContract.all)
    func json(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await rule.verify(LiveRedis.json.shared())
    }

    @Test("keeps the store contract on a server without modules", arguments: StoreContract.all)
    func plain(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await rule.verify(LiveRedis.plain.shared())
    }

    @Test("keeps the store contract over TLS", arguments: StoreContract.all)
    func sealed(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await rule.verify(LiveRedis.sealed.shared())
    }

    @Test("keeps the contract of clause stores", arguments: LiveRedis.places, StoreContract.clauses)
    func clauses(_ place: LiveRedis, _ rule: StoreContract.Rule<any ClauseStore>) async throws {
        try await place.withStore { try await rule.verify($0) }
    }

    @Test("keeps the contract of moved threads", arguments: LiveRedis.places, StoreContract.moving)
    func moving(
        _ place: LiveRedis, _ rule: StoreContract.Rule<any StoreContract.MovingConversationStore>
    ) async throws {
        try await place.withStore { try await rule.verify($0) }
    }

    @Test("keeps the contract of pruned logs", arguments: LiveRedis.places, StoreContract.logPruning)
    func logPruning(
        _ place: LiveRedis, _ rule: StoreContract.Rule<any ConversationStore & RunLogPruning>
    ) async throws {
        try await place.withStore { try await rule.verify($0) }
    }

    @Test("keeps the contract of mirrored stores", arguments: LiveRedis.places, StoreContract.mirroring)
    func mirroring(_ place: LiveRedis, _ rule: StoreContract.Rule<any MirrorableStore>) async throws {
        try await place.withStore { try await rule.verify($0) }
    }
}
