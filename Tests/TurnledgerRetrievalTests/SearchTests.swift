// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerRetrieval
import TurnledgerSQLite
import TurnledgerStore

@Suite("Searching regulations")
struct SearchTests {
    @Test(
        "a clause is found by other forms of its words",
        arguments: [
            ("How wide must a door for evacuating be?", "TL-FS 100#5.2.3"),
            ("inspection of a rope", "TL-LF 300#6.1.1"),
            ("冷冻间库温多少", "TL-CS 610#第四条"),
        ])
    func words(question: String, clause: String) async throws {
        let hits = try await RegulationIndex.of().search(ClauseQuery(question))
        let best = try #require(hits.first)
        #expect(best.id.description == clause)
        #expect((0...1.000_001).contains(best.coverage))
        #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
    }

    @Test("a clause that is named by its number comes first")
    func numbers() async throws {
        let index = try await RegulationIndex.of()
        let hits = try await index.search(ClauseQuery("clause 5.2.3 of TL-FS 100"))
        #expect(hits.first?.id.description == "TL-FS 100#5.2.3")
        #expect(hits.filter(\.isNamed).count == 1)
        #expect(try await Set(index.ids("5.2.3").prefix(2)) == ["TL-FS 100#5.2.3", "TL-LF 300#5.2.3"])
        for text in ["第五条", "Article 5 of TL-CS 610"] {
            let best = try #require(try await index.search(ClauseQuery(text)).first)
            #expect(best.id.description == "TL-CS 610#第五条")
            #expect(best.isNamed)
        }
    }

    @Test("filters hold for every hit")
    func filters() async throws {
        let index = try await RegulationIndex.of()
        let text = "doors, ropes, 疏散门"
        #expect(try await index.search(ClauseQuery(text, language: "zh")).map(\.clause.language) == ["zh"])
        #expect(try await index.ids(ClauseQuery(text, document: "TL-LF 300")) == ["TL-LF 300#6.1.1"])
        #expect(try await index.ids(ClauseQuery(text, status: .draft)) == ["TL-BR 700#1.1.1"])
        #expect(try await index.ids(ClauseQuery(text, document: "TL-XX")).isEmpty)
        #expect(try await index.ids(ClauseQuery("5.2.3", document: "TL-LF 300")) == ["TL-LF 300#5.2.3"])
        #expect(try await index.ids(text).contains("TL-BR 700#1.1.1"))
        #expect(try await !index.ids(ClauseQuery(text, date: "2026-01-01")).contains("TL-BR 700#1.1.1"))
        #expect(try await index.ids(ClauseQuery(text, limit: 1)).count == 1)
        #expect(try await index.ids(ClauseQuery(text, limit: 0)).isEmpty)
    }

    @Test(
        "text that looks like a query language is text",
        arguments: [
            "\"", "*", "door*", "NEAR(", "OR", "AND NOT", "text : door", "^door", "{door}", "-door", "(", ")", "'; --",
            "", " \n", "\u{0}", "第条", "5.", "🚪", String(repeating: "door wide ", count: 5000),
            (0..<10_000).map { "word\($0)" }.joined(separator: " "),
        ])
    func oddText(text: String) async throws {
        let index = try await RegulationIndex.of()
        #expect(try await index.search(ClauseQuery(text)).count <= 10)
        #expect(try await index.ids("ropes \(text)").contains("TL-LF 300#6.1.1"))
        #expect(try await index.ids(ClauseQuery(text, document: text, language: text, date: text)).isEmpty)
    }

    @Test("the index follows what is stored, changed and removed")
    func follows() async throws {
        let store = InMemoryStore()
        let index = try RegulationIndex.following(store)
        #expect(try await index.ids("bell").isEmpty)
        func put(_ text: String, removing: [String] = []) async throws {
            try await store.replace(
                documents: [.sample("TL-B 1", "Boats", ["1.1": text])], removing: removing,
                at: Timestamp(microseconds: 5))
        }
        try await put("A boat carries a bell.")
        #expect(try await index.ids("bell") == ["TL-B 1#1.1"])
        try await put("A boat carries an anchor.")
        #expect(try await index.ids("bell").isEmpty)
        #expect(try await index.ids("anchors") == ["TL-B 1#1.1"])
        try await store.replace(documents: [], removing: ["TL-B 1"], at: Timestamp(microseconds: 6))
        #expect(try await index.ids("anchors").isEmpty)
        #expect(try await index.title(of: "TL-B 1") == nil)
    }

    @Test("an index that knows clauses goes on when its store is away")
    func storeAway() async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await store.replace(documents: RegulationImport.library, removing: [], at: Timestamp(microseconds: 1))
        let index = try RegulationIndex.following(store)
        #expect(try await index.ids("ropes") == ["TL-LF 300#6.1.1"])
        try store.close()
        #expect(try await index.ids("ropes") == ["TL-LF 300#6.1.1"])
        let error = await #expect(throws: RegulationError.self) {
            try await index.clause(ClauseID(document: "TL-LF 300", number: "6.1.1"))
        }
        #expect(error?.code == .store)
    }
}
