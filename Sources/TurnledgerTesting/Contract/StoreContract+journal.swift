// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
public import TurnledgerStore

extension StoreContract {
    /// A store of conversations and of what their turns have done.
    public typealias JournalingStore = ConversationStore & TurnJournalStore
    typealias JournalRule = Rule<any JournalingStore>

    /// Promises of every `TurnJournalStore`.
    public static let journals: [Rule<any JournalingStore>] = [
        JournalRule("a turn's entries come back in order, each thread's and each base's for itself") { store in
            let (first, second) = (CheckpointID("1"), CheckpointID("2"))
            try await store.append(entries(0..<2), toJournalOf: "j-a", base: nil, at: 0, fence: nil)
            try await store.append(entries(2..<3), toJournalOf: "j-a", base: nil, at: 2, fence: nil)
            try await store.append(entries(7..<8), toJournalOf: "j-b", base: first, at: 0, fence: nil)
            #expect(try await store.journal(of: "j-a", base: nil) == entries(0..<3))
            #expect(try await store.journal(of: "j-a", base: first) == [])
            #expect(try await store.journal(of: "j-b", base: first) == entries(7..<8))
            try await store.append(entries(4..<5), toJournalOf: "j-a", base: second, at: 0, fence: nil)
            #expect(try await store.journal(of: "j-a", base: nil) == [])
            #expect(try await store.journal(of: "j-a", base: second) == entries(4..<5))
            try await store.delete("j-a")
            #expect(try await store.journal(of: "j-a", base: second) == [])
            #expect(try await store.journal(of: "j-b", base: first) == entries(7..<8))
        },
        JournalRule("a repeated entry changes nothing, another one in its place is a conflict") { store in
            try await store.append(entries(0..<2), toJournalOf: "j-repeat", base: nil, at: 0, fence: nil)
            try await store.append(entries(0..<2), toJournalOf: "j-repeat", base: nil, at: 0, fence: nil)
            await #expect(throws: StoreError.self) {
                try await store.append(entries(5..<6), toJournalOf: "j-repeat", base: nil, at: 1, fence: nil)
            }
            #expect(try await store.journal(of: "j-repeat", base: nil) == entries(0..<2))
        },
        JournalRule("an entry under a fence needs the lease") { store in
            let new = NewRun(
                id: RunID("run_journal"), thread: "j-fence", owner: "o", input: [], holder: "h",
                createdAt: Timestamp(microseconds: 1))
            let lease = try #require(try await store.create(new).lease)
            let fence = Fence(epoch: lease.epoch)
            try await store.append(entries(0..<1), toJournalOf: "j-fence", base: nil, at: 0, fence: fence)
            for epoch in [lease.epoch + 1, lease.epoch - 1] {
                await #expect(throws: StoreError.self) {
                    try await store.append(
                        entries(1..<2), toJournalOf: "j-fence", base: nil, at: 1, fence: Fence(epoch: epoch))
                }
            }
            #expect(try await store.journal(of: "j-fence", base: nil) == entries(0..<1))
        },
    ]

    private static func entries(_ numbers: Range<Int64>) -> [Payload] {
        numbers.map { Payload(["n": .integer($0), "text": "二"]) }
    }
}
