// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTesting

@Suite("SQLite store")
struct SQLiteStoreContractTests {
    @Test("keeps the store contract", arguments: StoreContract.all)
    func contract(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of maintenance", arguments: StoreContract.maintainedConversations)
    func maintenance(_ rule: StoreContract.Rule<any ConversationStore & CheckpointMaintenance>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of retention", arguments: StoreContract.retention)
    func retention(_ rule: StoreContract.Rule<any StoreContract.RetainingStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of moved threads", arguments: StoreContract.moving)
    func moving(_ rule: StoreContract.Rule<any StoreContract.MovingConversationStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of merges", arguments: StoreContract.merging)
    func merging(_ rule: StoreContract.Rule<any StoreContract.MergingConversationStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of a spool's journal", arguments: StoreContract.spoolJournals)
    func spoolJournal(_ rule: StoreContract.Rule<any SpoolJournal>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of statistics", arguments: StoreContract.statistics)
    func statistics(_ rule: StoreContract.Rule<any StatisticsStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of pruned logs", arguments: StoreContract.logPruning)
    func logPruning(_ rule: StoreContract.Rule<any ConversationStore & RunLogPruning>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of mirrored stores", arguments: StoreContract.mirroring)
    func mirroring(_ rule: StoreContract.Rule<any MirrorableStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("lets all rules share one file, through two stores")
    func shared() async throws {
        let folder = try TemporaryFolder()
        let stores = [try await folder.store(), try await folder.store()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, rule) in StoreContract.all.enumerated() {
                group.addTask { try await rule.verify(stores[number % 2]) }
            }
            for (number, rule) in StoreContract.maintainedConversations.enumerated() {
                group.addTask { try await rule.verify(stores[number % 2]) }
            }
            try await group.waitForAll()
        }
    }
}
