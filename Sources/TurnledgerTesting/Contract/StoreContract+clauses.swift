// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let clauseReadingRules: [ClauseRule] = [
        ClauseRule("a store that was never written has no documents and version 0") { store in
            let version = try await store.clauseVersion()
            #expect(version == 0)
            #expect(try await store.documents().isEmpty)
            #expect(try await store.clauses(of: "none").isEmpty)
            #expect(try await store.clause(ClauseID(document: "none", number: "1")) == nil)
            #expect(try await store.changes(since: 0) == ClauseChanges(version: 0, changed: [], removed: []))
        },
        ClauseRule("a document comes back as it was stored, its clauses in their order") { store in
            let item = sample("GB 1-2020", numbers: ["5.10", "5.9", "第十二条", "Annex III", "a > b/2"])
            let version = try await store.replace(documents: [item], removing: [], at: Timestamp(microseconds: 1))
            var document = item.document
            document.version = version
            #expect(try await store.documents() == [document])
            #expect(document.clauseCount == 5)
            #expect(try await store.clauses(of: "GB 1-2020") == item.clauses)
            for clause in item.clauses { #expect(try await store.clause(clause.id) == clause) }
        },
        ClauseRule("dates and sources that are not there stay away") { store in
            let document = RegulationDocument(id: "bare", title: "", language: "en")
            let clause = Clause(id: ClauseID(document: "bare", number: "1"), text: "", language: "en", position: 0)
            try await store.replace(
                documents: [RegulationImport(document, clauses: [clause])], removing: [], at: Timestamp(microseconds: 1)
            )
            let stored = try #require(try await store.documents().first)
            #expect(stored.effectiveFrom == nil && stored.effectiveUntil == nil && stored.source == nil)
            #expect(try await store.clause(clause.id) == clause)
        },
        ClauseRule("documents and numbers that look alike are different") { store in
            let items = awkwardNames.map { sample("id~\($0)~", numbers: ["n~\($0)~"]) }
            try await store.replace(documents: items, removing: [], at: Timestamp(microseconds: 1))
            #expect(try await store.documents().count == items.count)
            for item in items {
                let found = try await store.clauses(of: item.document.id)
                #expect(found.map { ExactText($0.id.number) } == item.clauses.map { ExactText($0.id.number) })
            }
            let crowd = sample("crowd", numbers: awkwardNames.map { "n~\($0)~" })
            try await store.replace(documents: [crowd], removing: [], at: Timestamp(microseconds: 2))
            for clause in crowd.clauses { #expect(try await store.clause(clause.id)?.position == clause.position) }
        },
        ClauseRule("a clause of a megabyte comes back whole") { store in
            var item = sample("large", numbers: ["1"])
            item.clauses[0].text = String(repeating: "条文 clause\n", count: 70_000)
            try await store.replace(documents: [item], removing: [], at: Timestamp(microseconds: 1))
            #expect(try await store.clauses(of: "large").first?.text.utf8.count == item.clauses[0].text.utf8.count)
        },
    ]

    static let clauseChangeRules: [ClauseRule] = [
        ClauseRule("a document takes the place of the one with its ID, with all its clauses") { store in
            let old = sample("a", numbers: ["1", "2", "3"])
            try await store.replace(
                documents: [old, sample("b", numbers: ["1"])], removing: [], at: Timestamp(microseconds: 1))
            let new = sample("a", numbers: ["2", "4"], text: "new")
            try await store.replace(documents: [new], removing: [], at: Timestamp(microseconds: 2))
            #expect(try await store.clauses(of: "a") == new.clauses)
            #expect(try await store.clause(ClauseID(document: "a", number: "1")) == nil)
            #expect(try await store.documents().map(\.id) == ["a", "b"])
        },
        ClauseRule("a document that is removed is gone, and can come back") { store in
            let item = sample("a", numbers: ["1"])
            try await store.replace(documents: [item], removing: [], at: Timestamp(microseconds: 1))
            try await store.replace(documents: [], removing: ["a"], at: Timestamp(microseconds: 2))
            #expect(try await store.documents().isEmpty)
            #expect(try await store.clauses(of: "a").isEmpty)
            #expect(try await store.clause(ClauseID(document: "a", number: "1")) == nil)
            try await store.replace(documents: [item], removing: [], at: Timestamp(microseconds: 3))
            #expect(try await store.clauses(of: "a") == item.clauses)
            let changes = try await store.changes(since: 0)
            #expect(changes.changed.map(\.id) == ["a"] && changes.removed.isEmpty)
        },
        ClauseRule("every change has a greater version, at least the time that the caller gives") { store in
            let item = sample("a", numbers: ["1"])
            let first = try await store.replace(documents: [item], removing: [], at: Timestamp(microseconds: 500))
            #expect(first >= 500)
            let second = try await store.replace(documents: [item], removing: [], at: Timestamp(microseconds: 3))
            #expect(second > first)
            let third = try await store.replace(documents: [], removing: ["a"], at: Timestamp(microseconds: 900_000))
            #expect(third > second && third >= 900_000)
            #expect(try await store.clauseVersion() == third)
        },
        ClauseRule("a call that changes nothing leaves the version as it is") { store in
            let version = try await store.replace(
                documents: [sample("a", numbers: ["1"])], removing: [], at: Timestamp(microseconds: 5))
            #expect(try await store.replace(documents: [], removing: [], at: Timestamp(microseconds: 9)) == version)
            #expect(try await store.replace(documents: [], removing: ["x"], at: Timestamp(microseconds: 9)) == version)
            #expect(try await store.clauseVersion() == version)
        },
        ClauseRule("changes since a version are those behind it: new, changed and removed") { store in
            let first = try await store.replace(
                documents: ["a", "b", "c"].map { sample($0, numbers: ["1"]) }, removing: [],
                at: Timestamp(microseconds: 10))
            let second = try await store.replace(
                documents: [sample("b", numbers: ["2"]), sample("d", numbers: ["1"])], removing: ["c"],
                at: Timestamp(microseconds: 20))
            let all = try await store.changes(since: 0)
            #expect(all.changed.map(\.id) == ["a", "b", "d"] && all.version == second)
            let later = try await store.changes(since: first)
            #expect(later.changed.map(\.id) == ["b", "d"] && later.removed == ["c"] && later.version == second)
            #expect(
                try await store.changes(since: second) == ClauseChanges(version: second, changed: [], removed: []))
        },
        ClauseRule("a change that breaks a rule changes nothing at all") { store in
            let good = sample("good", numbers: ["1"])
            try await store.replace(
                documents: [sample("kept", numbers: ["1"])], removing: [], at: Timestamp(microseconds: 1))
            let version = try await store.clauseVersion()
            var foreign = sample("a", numbers: ["1"])
            foreign.clauses[0].id.document = "other"
            var empty = sample("a", numbers: ["1"])
            empty.clauses[0].id.number = ""
            let broken = [
                [good, sample("a", numbers: ["1", "1"])], [good, foreign], [good, empty], [good, good],
                [good, sample("", numbers: ["1"])], [good, sample("a#b", numbers: ["1"])],
                [good, sample("a\u{0}", numbers: ["1"])],
                [good, sample(String(repeating: "x", count: 257), numbers: ["1"])],
            ]
            for documents in broken {
                let error = await #expect(throws: StoreError.self) {
                    try await store.replace(documents: documents, removing: ["kept"], at: Timestamp(microseconds: 9))
                }
                #expect(error?.code == .invalid)
            }
            #expect(try await store.documents().map(\.id) == ["kept"])
            #expect(try await store.clauseVersion() == version)
        },
        ClauseRule("changes at the same time all take place, each with a version of its own") { store in
            let versions = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await store.replace(
                            documents: [sample("d\(number)", numbers: ["1", "2"])], removing: [],
                            at: Timestamp(microseconds: 7))
                    }
                }
                return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
            }
            #expect(versions.count == 20)
            #expect(try await store.documents().count == 20)
            #expect(try await store.clauseVersion() == versions.max())
        },
    ]

    private static func sample(_ id: String, numbers: [String], text: String = "text") -> RegulationImport {
        let document = RegulationDocument(
            id: id, title: "Title of \(id)", language: "zh", status: .draft, effectiveFrom: "2024-07-01",
            effectiveUntil: "2030-12-31", source: "folder/\(id).md")
        let clauses = numbers.enumerated().map { position, number in
            Clause(
                id: ClauseID(document: id, number: number), headingPath: ["5 Exits", "第\"五\"章"],
                text: "\(text) \(number) 条", language: "zh", status: .draft, effectiveFrom: "2024-07-01",
                effectiveUntil: "2030-12-31", position: position)
        }
        return RegulationImport(document, clauses: clauses)
    }
}
