// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

/// Every store call of a run as the last one that a process makes.
@Suite("A process that dies at a store call")
struct CrashPointTests {
    /// Cases that begin a thread and answer its questions: what time travel does is not repeated by anybody, and failures
    /// that are counted would be counted again.
    private static let cases = InteropCase.all.filter { test in
        test.difference == nil && test.graph["functional"] == nil && test.json["graphs"] == nil
            && !test.graph.sortedText.contains("failing")
            && test.actions.allSatisfy { action in
                let keys = Set((action.object ?? [:]).members.map(\.key))
                return keys.isSubset(of: ["input", "resume", "durability"]) && action["durability"] == nil
            }
    }

    @Test("is followed by one that comes to the same end", arguments: cases)
    func everyCall(_ test: InteropCase) async throws {
        let whole = InteropRun(test, store: InMemoryStore())
        let expected = try await whole.outcomes()
        for fault in [FaultInjectingStore.Fault.dieBefore, .dieAfter] {
            var call = 0
            var hasDied = true
            while hasDied {
                call += 1
                let store = InMemoryStore()
                let dying = FaultInjectingStore(store, failingAt: call, with: fault)
                hasDied = false
                var counts: [String: Int] = [:]
                var last: JSONValue?
                var actions = test.actions[...]
                let first = InteropRun(test, store: dying)
                while let action = actions.popFirst() {
                    let before = try await InteropRows.export(store).count
                    let pending = try await pendingWrites(store)
                    do {
                        last = try await first.outcomes([action]).last
                    } catch let error where FaultInjectingStore.isDeath(error) {
                        hasDied = true
                    }
                    if last?["error"]?.string?.contains("closed") == true { hasDied = true }
                    guard hasDied else { continue }
                    // Somebody else goes on: with what was stored, or with the action again where nothing was.
                    let (rows, writes) = (try await InteropRows.export(store).count, try await pendingWrites(store))
                    let isStored = rows != before || writes != pending
                    let second = InteropRun(test, store: store)
                    last = try await second.outcomes([isStored ? [:] : action] + actions).last
                    for name in first.counts.ran + second.counts.ran { counts[name, default: 0] += 1 }
                    break
                }
                #expect(Self.values(last) == Self.values(expected.last), "\(fault) at call \(call)")
                let once = Dictionary(whole.counts.ran.map { ($0, 1) }, uniquingKeysWith: +)
                for (name, count) in counts {
                    // What had not ended runs again, once.
                    #expect(count <= once[name, default: 0] * 2, "\(fault) at call \(call): \(name)")
                }
            }
            #expect(call > 3)
        }
    }

    private static func values(_ outcome: JSONValue?) -> String {
        InteropForm.withoutIDs((outcome?["state"]?["values"] ?? .null).sortedText)
    }

    private func pendingWrites(_ store: InMemoryStore) async throws -> [PendingWrite] {
        try await store.latest(in: "t", namespace: .root)?.pendingWrites ?? []
    }
}
