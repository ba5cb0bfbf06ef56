// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerStore
import TurnledgerTesting

@Suite("The store contract")
struct StoreContractTests {
    @Test("catches a store that lies", arguments: ForgetfulStore.Lie.allCases)
    func catches(_ lie: ForgetfulStore.Lie) async throws {
        let caught = Mutex(false)
        for rule in StoreContract.all {
            try await withKnownIssue(isIntermittent: true) {
                try await rule.verify(ForgetfulStore(lie: lie))
            } matching: { _ in
                caught.withLock { $0 = true }
                return true
            }
            if caught.withLock({ $0 }) { return }
        }
        for rule in StoreContract.maintainedConversations {
            try await withKnownIssue(isIntermittent: true) {
                try await rule.verify(ForgetfulStore(lie: lie))
            } matching: { _ in
                caught.withLock { $0 = true }
                return true
            }
            if caught.withLock({ $0 }) { return }
        }
        Issue.record("No rule caught a store that \(lie.rawValue).")
    }

    @Test("names each promise once")
    func names() {
        let names =
            StoreContract.all.map(\.testDescription) + StoreContract.maintainedConversations.map(\.testDescription)
        #expect(Set(names).count == names.count)
        #expect(
            StoreContract.checkpoints.count + StoreContract.runs.count + StoreContract.conversations.count
                + StoreContract.maintainedConversations.count
                == names.count)
    }
}

@Suite("A store with injected faults")
struct FaultInjectingStoreTests {
    private func scenario(_ store: any ConversationStore) async throws {
        let thread = ThreadID("thread")
        let creation = try await store.create(
            NewRun(
                id: RunID("run_1"), thread: thread, owner: "ada", idempotencyKey: "k", input: [], holder: "h",
                createdAt: Timestamp(microseconds: 1)))
        let fence = Fence(epoch: try #require(creation.lease).epoch)
        let checkpoint = Checkpoint(
            thread: thread, id: CheckpointID("1"), timestamp: "", metadata: CheckpointMetadata(source: .input, step: -1)
        )
        try await store.commit(Commit(checkpoints: [.init(checkpoint, newVersions: [:])]), fence: fence)
        _ = try await store.list(CheckpointQuery(thread: thread)).collect()
        try await store.finish(
            creation.run.id, as: .succeeded, failure: nil, at: Timestamp(microseconds: 2), fence: fence)
    }

    @Test("counts the calls of a scenario")
    func counts() async throws {
        let store = FaultInjectingStore(InMemoryStore())
        try await scenario(store)
        #expect(store.calls == ["create", "commit", "list", "list.page", "finish"])
        #expect(!store.hasStruck)
    }

    @Test("fails at each call, before or after it took effect", arguments: 1...5, FaultInjectingStore.Fault.allCases)
    func strikes(_ position: Int, _ fault: FaultInjectingStore.Fault) async throws {
        let base = InMemoryStore()
        let store = FaultInjectingStore(base, failingAt: position, with: fault)
        let error = await #expect(throws: StoreError.self) { try await scenario(store) }
        let isDeath = fault == .dieBefore || fault == .dieAfter
        #expect(store.hasStruck)
        #expect(error.map(FaultInjectingStore.isDeath) == isDeath)
        let tookEffect = fault == .failAfter || fault == .dieAfter
        let isStored = try await base.latest(in: "thread", namespace: .root) != nil
        #expect(isStored == (position > 2 || (position == 2 && tookEffect)))
        let run = try await base.run(RunID("run_1"))
        #expect((run?.status == .succeeded) == (position == 5 && tookEffect))
    }

    @Test("lets nothing through once the process is dead")
    func death() async throws {
        let base = InMemoryStore()
        let store = FaultInjectingStore(base, failingAt: 1, with: .dieBefore)
        for _ in 0..<3 {
            let error = await #expect(throws: StoreError.self) { try await store.setUp() }
            #expect(error.map(FaultInjectingStore.isDeath) == true)
        }
        #expect(store.callCount == 1)
    }

    @Test("without a fault keeps the contract", arguments: StoreContract.all)
    func contract(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await rule.verify(FaultInjectingStore(InMemoryStore()))
    }

    @Test("without a fault keeps the contract of maintenance", arguments: StoreContract.maintainedConversations)
    func maintenance(_ rule: StoreContract.Rule<any ConversationStore & CheckpointMaintenance>) async throws {
        try await rule.verify(FaultInjectingStore(InMemoryStore()))
    }
}
