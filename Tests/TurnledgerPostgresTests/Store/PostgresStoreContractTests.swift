// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerPostgres
import TurnledgerStore
import TurnledgerTesting

@Suite("PostgreSQL store", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
struct PostgresStoreContractTests {
    @Test("keeps the store contract", arguments: StoreContract.all)
    func contract(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await StoreSchema.withStore { try await rule.verify($0) }
    }

    @Test("keeps the store contract behind pgbouncer in transaction mode", arguments: StoreContract.all)
    func pooled(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await StoreSchema.withStore(.pooler) { try await rule.verify($0) }
    }

    @Test("keeps the store contract under a strict fence", arguments: StoreContract.conversations)
    func strict(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        // Unguarded writers cannot move the head of a leased thread then: that is what the rule is about.
        let isAboutOthers = ["unguarded", "written late", "refuses every fence", "is refused", "has moved"]
            .contains { rule.testDescription.contains($0) }
        guard !isAboutOthers else { return }
        try await StoreSchema.withStore(fence: .strict) { try await rule.verify($0) }
    }

    @Test(
        "keeps the contract of maintenance", arguments: StorePlace.allCases, StoreContract.maintainedConversations)
    func maintenance(
        _ place: StorePlace, _ rule: StoreContract.Rule<any ConversationStore & CheckpointMaintenance>
    ) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of maintenance under a strict fence", arguments: StoreContract.maintainedConversations)
    func strictMaintenance(
        _ rule: StoreContract.Rule<any ConversationStore & CheckpointMaintenance>
    ) async throws {
        try await StoreSchema.withStore(fence: .strict) { try await rule.verify($0) }
    }

    @Test("keeps the contract of clause stores", arguments: StorePlace.allCases, StoreContract.clauses)
    func clauses(_ place: StorePlace, _ rule: StoreContract.Rule<any ClauseStore>) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of turns' journals", arguments: StorePlace.allCases, StoreContract.journals)
    func journals(_ place: StorePlace, _ rule: StoreContract.Rule<any StoreContract.JournalingStore>) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of retention", arguments: StorePlace.allCases, StoreContract.retention)
    func retention(
        _ place: StorePlace, _ rule: StoreContract.Rule<any StoreContract.RetainingStore>
    ) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of retention under a strict fence", arguments: StoreContract.retention)
    func strictRetention(_ rule: StoreContract.Rule<any StoreContract.RetainingStore>) async throws {
        try await StoreSchema.withStore(fence: .strict) { try await rule.verify($0) }
    }

    @Test("keeps the contract of moved threads", arguments: StorePlace.allCases, StoreContract.moving)
    func moving(
        _ place: StorePlace, _ rule: StoreContract.Rule<any StoreContract.MovingConversationStore>
    ) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of loaded threads", arguments: StorePlace.allCases, StoreContract.loading)
    func loading(_ place: StorePlace, _ rule: StoreContract.Rule<any StoreContract.LoadingStore>) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of loaded threads under a strict fence", arguments: StoreContract.loading)
    func strictLoading(_ rule: StoreContract.Rule<any StoreContract.LoadingStore>) async throws {
        try await StoreSchema.withStore(fence: .strict) { try await rule.verify($0) }
    }

    @Test("keeps the contract of merges", arguments: StorePlace.allCases, StoreContract.merging)
    func merging(
        _ place: StorePlace, _ rule: StoreContract.Rule<any StoreContract.MergingConversationStore>
    ) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of pruned logs", arguments: StorePlace.allCases, StoreContract.logPruning)
    func logPruning(
        _ place: StorePlace, _ rule: StoreContract.Rule<any ConversationStore & RunLogPruning>
    ) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of merges under a strict fence", arguments: StoreContract.merging)
    func strictMerging(_ rule: StoreContract.Rule<any StoreContract.MergingConversationStore>) async throws {
        try await StoreSchema.withStore(fence: .strict) { try await rule.verify($0) }
    }

    @Test("keeps the contract of statistics", arguments: StorePlace.allCases, StoreContract.statistics)
    func statistics(_ place: StorePlace, _ rule: StoreContract.Rule<any StatisticsStore>) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("keeps the contract of mirrored stores", arguments: StorePlace.allCases, StoreContract.mirroring)
    func mirroring(_ place: StorePlace, _ rule: StoreContract.Rule<any MirrorableStore>) async throws {
        try await StoreSchema.withStore(place) { try await rule.verify($0) }
    }

    @Test("lets all rules share one schema, through a store on the server and one behind the pooler")
    func shared() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { first in
                try await first.setUp()
                let pooled = StoreSchema(name: schema.name, place: .pooler)
                try await pooled.withStore { second in
                    try await second.setUp()
                    let stores = [first, second]
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
        }
    }
}
