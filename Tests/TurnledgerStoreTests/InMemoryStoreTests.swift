// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore
import TurnledgerTesting

@Suite("In-memory store")
struct InMemoryStoreTests {
    @Test("keeps the store contract", arguments: StoreContract.all)
    func contract(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of pruned logs", arguments: StoreContract.logPruning)
    func logPruning(_ rule: StoreContract.Rule<any ConversationStore & RunLogPruning>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of turns' journals", arguments: StoreContract.journals)
    func journals(_ rule: StoreContract.Rule<any StoreContract.JournalingStore>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of maintenance", arguments: StoreContract.maintainedConversations)
    func maintenance(_ rule: StoreContract.Rule<any ConversationStore & CheckpointMaintenance>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of retention", arguments: StoreContract.retention)
    func retention(_ rule: StoreContract.Rule<any StoreContract.RetainingStore>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of moved threads", arguments: StoreContract.moving)
    func moving(_ rule: StoreContract.Rule<any StoreContract.MovingConversationStore>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of merges", arguments: StoreContract.merging)
    func merging(_ rule: StoreContract.Rule<any StoreContract.MergingConversationStore>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of a spool's journal", arguments: StoreContract.spoolJournals)
    func spoolJournal(_ rule: StoreContract.Rule<any SpoolJournal>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of statistics", arguments: StoreContract.statistics)
    func statistics(_ rule: StoreContract.Rule<any StatisticsStore>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("keeps the contract of mirrored stores", arguments: StoreContract.mirroring)
    func mirroring(_ rule: StoreContract.Rule<any MirrorableStore>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("lets all rules share one store")
    func shared() async throws {
        let store = InMemoryStore()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for rule in StoreContract.all { group.addTask { try await rule.verify(store) } }
            for rule in StoreContract.maintainedConversations { group.addTask { try await rule.verify(store) } }
            try await group.waitForAll()
        }
    }
}
