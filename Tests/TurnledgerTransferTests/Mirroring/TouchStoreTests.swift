// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerTransfer

@Suite("A store that takes threads over when they are used", .timeLimit(.minutes(5)))
struct TouchStoreTests {
    @Test("keeps the store contract", arguments: StoreContract.all)
    func contract(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await rule.verify(TouchStore(new: InMemoryStore(), old: InMemoryStore()))
    }

    @Test("moves a thread as a whole with its first use, lists both, and leaves the old store as it is")
    func moves() async throws {
        let (new, old) = (InMemoryStore(), InMemoryStore())
        for name in ["a", "b", "c", "d", "e"] { try await converse(old, in: ThreadID(name), turns: 2) }
        let before = try await old.list(CheckpointQuery()).collect()
        let store = TouchStore(new: new, old: old)
        try await store.setUp()
        #expect(try await all(store) == ["e", "d", "c", "b", "a"])
        #expect(try await new.threads(ThreadQuery()).threads.isEmpty)
        #expect(try await store.list(CheckpointQuery()).collect().count == 20)
        let record = try #require(try await old.thread("b"))
        #expect(try await store.thread("b") == record)
        #expect(try await new.image(of: "b") == (try await old.image(of: "b")))
        try await converse(store, in: "b", turns: 1)
        try await converse(store, in: "f", turns: 1)
        #expect(try await all(store) == ["f", "b", "e", "d", "c", "a"])
        #expect(try await store.list(CheckpointQuery()).collect().count == 24)
        #expect(try await new.list(CheckpointQuery(thread: "b")).collect().count == 6)
        for run in try #require(try await old.image(of: "b")).runs {
            #expect(try await store.events(of: run.id, from: 0, limit: 9).count == 2)
        }
        #expect(try await old.list(CheckpointQuery()).collect() == before)
        #expect(store.movedThreads == 1)
        // A run of the old store is found by its ID alone.
        let run = try #require(try await old.image(of: "c")?.runs.first)
        #expect(try await store.run(run.id) == run)
        #expect(try await new.thread("c") != nil)
        try await store.delete("c")
        #expect(try await TouchStore(new: new, old: old).thread("c") == nil)
    }

    @Test("takes unfinished runs along with their leases")
    func unfinished() async throws {
        let (new, old) = (InMemoryStore(), InMemoryStore())
        try await converse(old, in: "t", turns: 1, hold: true)
        let store = TouchStore(new: new, old: old)
        let run = try #require(try await store.unfinishedRuns(in: nil).first)
        #expect(run.lease != nil)
        let (taken, lease) = try await store.takeOver(
            run.run.id, observed: run.lease, holder: "other", duration: .seconds(1), at: SystemWallClock().now())
        #expect(taken.attempt == 2)
        try await store.finish(
            taken.id, as: .succeeded, failure: nil, at: SystemWallClock().now(), fence: Fence(epoch: lease.epoch))
        try await converse(store, in: "t", turns: 1)
    }

    @Test("makes a move again that was killed, and undoes nothing that another server has gone on with")
    func killed() async throws {
        for position in 1...12 {
            for takingEffect in [false, true] {
                let (new, old) = (InMemoryStore(), InMemoryStore())
                try await converse(old, in: "t", turns: 2)
                let dying = MirrorOutage(new)
                dying.die(at: position, takingEffect: takingEffect)
                _ = try? await TouchStore(new: dying, old: old).thread("t")
                let store = TouchStore(new: new, old: old)
                try await converse(store, in: "t", turns: 1)
                _ = try await TouchStore(new: new, old: old).thread("t")
                #expect(try await store.list(CheckpointQuery(thread: "t")).collect().count == 6, "\(position)")
                #expect(try await new.image(of: "t")?.runs.count == 3)
            }
        }
    }

    private func all(_ store: any RunStore) async throws -> [ThreadID] {
        var (query, result) = (ThreadQuery(limit: 2), [ThreadID]())
        repeat {
            let page = try await store.threads(query)
            result += page.threads.map(\.id)
            query.cursor = page.next
        } while query.cursor != nil
        return result
    }
}
