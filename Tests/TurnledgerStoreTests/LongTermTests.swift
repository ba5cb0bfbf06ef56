// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerStore
import TurnledgerTesting

@Suite("In-memory store of long-term values")
struct LongTermTests {
    @Test("keeps the contract of long-term stores", arguments: StoreContract.longTerm)
    func contract(_ rule: StoreContract.Rule<any LongTermStore>) async throws {
        try await rule.verify(InMemoryLongTermStore())
    }

    @Test("gives an item that is read its whole time again, where asked")
    func refreshing() async throws {
        let clock = SteppedClock()
        let store: any LongTermStore = InMemoryLongTermStore(clock: clock)
        try await store.put(["v": 1], for: "k", in: ["a"], timeToLive: .seconds(120), at: clock.now())
        clock.step(by: .seconds(90))
        #expect(try await store.item("k", in: ["a"], refreshesExpiry: false) != nil)
        #expect(try await store.item("k", in: ["a"]) != nil)
        clock.step(by: .seconds(90))
        #expect(try await store.item("k", in: ["a"], refreshesExpiry: false) != nil)
        clock.step(by: .seconds(40))
        #expect(try await store.item("k", in: ["a"]) == nil)
    }
}

/// A clock that a test sets.
private final class SteppedClock: WallClock {
    private let time = Mutex(Timestamp(microseconds: 1_000_000_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func step(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
