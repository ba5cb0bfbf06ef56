// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
public import TurnledgerStore

extension StoreContract {
    typealias LongTermRule = Rule<any LongTermStore>

    /// Promises of every `LongTermStore`.
    public static let longTerm: [Rule<any LongTermStore>] = [
        LongTermRule("an item comes back as it was stored, and its change keeps when it was made") { store in
            let (first, second) = (Timestamp(microseconds: 1_000_000), Timestamp(microseconds: 2_000_000))
            try await store.put(["a": 1], for: "k", in: ["lt", "one"], timeToLive: nil, at: first)
            try await store.put(["a": [1, "二"]], for: "k", in: ["lt", "one"], timeToLive: nil, at: second)
            let item = LongTermItem(
                namespace: ["lt", "one"], key: "k", value: ["a": [1, "二"]], createdAt: first, updatedAt: second)
            #expect(try await store.item("k", in: ["lt", "one"]) == item)
            #expect(try await store.item("k", in: ["lt"]) == nil)
            #expect(try await store.item("K", in: ["lt", "one"]) == nil)
        },
        LongTermRule("what was deleted is gone, and deleting nothing is no error") { store in
            try await store.put(["a": 1], for: "k", in: ["lt-delete"])
            try await store.deleteItem("k", in: ["lt-delete"])
            try await store.deleteItem("k", in: ["lt-delete"])
            #expect(try await store.item("k", in: ["lt-delete"]) == nil)
        },
        LongTermRule("a search finds what lies below a namespace and fits, the last changed first") { store in
            for number in 0..<6 {
                try await store.put(
                    ["n": .integer(Int64(number)), "kind": number < 3 ? "low" : "high"], for: "k\(number)",
                    in: number == 5 ? ["lt-search-not"] : ["lt-search", "s\(number % 2)"], timeToLive: nil,
                    at: Timestamp(microseconds: Int64(number)))
            }
            let keys = { (query: LongTermQuery) in try await store.search(query).map(\.key) }
            #expect(try await keys(LongTermQuery(below: ["lt-search"])) == ["k4", "k3", "k2", "k1", "k0"])
            #expect(try await keys(LongTermQuery(below: ["lt-search", "s1"])) == ["k3", "k1"])
            #expect(try await keys(LongTermQuery(below: ["lt-search"], limit: 2, offset: 1)) == ["k3", "k2"])
            #expect(try await keys(LongTermQuery(below: ["lt-search"], filter: ["kind": "high"])) == ["k4", "k3"])
            #expect(
                try await keys(LongTermQuery(below: ["lt-search"], filter: ["n": ["$gte": 1, "$lt": 3]])) == [
                    "k2", "k1",
                ])
            #expect(
                try await keys(LongTermQuery(below: ["lt-search"], filter: ["kind": ["$ne": "low"]])) == ["k4", "k3"])
            await #expect(throws: StoreError.self) {
                try await store.search(LongTermQuery(below: ["lt-search"], filter: ["n": ["$near": 1]]))
            }
        },
        LongTermRule("namespaces are listed by prefix, suffix and depth") { store in
            for namespace in [["lt-ns", "a", "x"], ["lt-ns", "a", "y"], ["lt-ns", "b", "x"]] {
                try await store.put(["v": 1], for: "k", in: namespace)
            }
            #expect(
                try await store.namespaces(LongTermNamespaceQuery(prefix: ["lt-ns"], suffix: ["x"])) == [
                    ["lt-ns", "a", "x"], ["lt-ns", "b", "x"],
                ])
            #expect(
                try await store.namespaces(LongTermNamespaceQuery(prefix: ["lt-ns", "*", "y"])) == [
                    ["lt-ns", "a", "y"]
                ])
            #expect(
                try await store.namespaces(LongTermNamespaceQuery(prefix: ["lt-ns"], maximumDepth: 2)) == [
                    ["lt-ns", "a"], ["lt-ns", "b"],
                ])
        },
        LongTermRule("what has expired is neither found nor listed, and is removed") { store in
            let past = Timestamp(microseconds: 1)
            try await store.put(["v": 1], for: "old", in: ["lt-ttl"], timeToLive: .seconds(60), at: past)
            try await store.put(["v": 2], for: "new", in: ["lt-ttl"], timeToLive: .seconds(3600))
            #expect(try await store.item("old", in: ["lt-ttl"]) == nil)
            #expect(try await store.search(LongTermQuery(below: ["lt-ttl"])).map(\.key) == ["new"])
            try await store.removeExpired(at: SystemWallClock().now())
            #expect(try await store.item("new", in: ["lt-ttl"])?.value == ["v": 2])
        },
        LongTermRule("namespaces and keys that cannot be kept apart are refused") { store in
            for namespace in [[], [""], ["a.b"], ["langgraph", "x"], ["a\0"]] {
                await #expect(throws: StoreError.self) { try await store.put(["v": 1], for: "k", in: namespace) }
            }
        },
    ]
}
