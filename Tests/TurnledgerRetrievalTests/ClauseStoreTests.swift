// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("What every store of clauses does")
struct ClauseStoreTests {
    enum Kind: CaseIterable, Sendable { case memory, sqlite }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ kind: Kind) async throws -> any ClauseStore {
        switch kind {
        case .memory: InMemoryStore()
        case .sqlite: try await folder.store()
        }
    }

    private let boats = RegulationImport.sample(
        "TL-A 1", "Boats", from: "2024-07-01", ["1.1": "A boat has a bell.", "第二条": "船上有钟。"])
    private let cranes = RegulationImport.sample("TL-C 3", "Cranes", status: .draft, ["1.1": "A crane has a hook."])

    @Test("what was stored is read as it was", arguments: Kind.allCases)
    func reading(kind: Kind) async throws {
        let store = try await open(kind)
        #expect(try await store.clauseVersion() == 0)
        #expect(try await store.documents().isEmpty)
        let version = try await store.replace(
            documents: [cranes, boats], removing: [], at: Timestamp(microseconds: 70))
        #expect(version == 70)
        #expect(try await store.clauseVersion() == 70)
        var expected = [boats.document, cranes.document]
        for index in expected.indices { expected[index].version = 70 }
        #expect(try await store.documents() == expected)
        #expect(try await store.clauses(of: "TL-A 1") == boats.clauses)
        #expect(try await store.clause(ClauseID(document: "TL-A 1", number: "第二条")) == boats.clauses[1])
        #expect(try await store.clause(ClauseID(document: "TL-A 1", number: "9")) == nil)
        #expect(try await store.clauses(of: "TL-X").isEmpty)
    }

    @Test(
        "a change replaces whole documents, and is told to those who know an earlier version", arguments: Kind.allCases)
    func changes(kind: Kind) async throws {
        let store = try await open(kind)
        let first = try await store.replace(documents: [boats, cranes], removing: [], at: Timestamp(microseconds: 70))
        let shorter = RegulationImport.sample("TL-A 1", "Boats", ["1.1": "A boat has a horn."])
        // The clock went back; the version does not.
        let second = try await store.replace(
            documents: [shorter], removing: ["TL-C 3", "TL-X"], at: Timestamp(microseconds: 20))
        #expect(second > first)
        #expect(try await store.clauses(of: "TL-A 1") == shorter.clauses)
        #expect(try await store.clauses(of: "TL-C 3").isEmpty)

        let since = try await store.changes(since: first)
        #expect(since.version == second)
        #expect(since.changed.map(\.id) == ["TL-A 1"])
        #expect(since.changed.first?.contentHash == shorter.document.contentHash)
        #expect(since.removed == ["TL-C 3"])
        #expect(try await store.changes(since: second) == ClauseChanges(version: second, changed: [], removed: []))

        let third = try await store.replace(documents: [cranes], removing: [], at: Timestamp(microseconds: 20))
        let back = try await store.changes(since: first)
        #expect(back.version == third)
        #expect(back.changed.map(\.id) == ["TL-A 1", "TL-C 3"])
        #expect(back.removed.isEmpty)
        let none = try await store.replace(documents: [], removing: ["TL-X"], at: Timestamp(microseconds: 900))
        #expect(none == third)
    }

    @Test("a change that breaks a rule changes nothing", arguments: Kind.allCases)
    func rules(kind: Kind) async throws {
        let store = try await open(kind)
        let version = try await store.replace(documents: [boats], removing: [], at: Timestamp(microseconds: 70))
        let stranger = RegulationImport(cranes.document, clauses: boats.clauses)
        let unnamed = RegulationImport.sample("", "Nothing", [:])
        let marked = RegulationImport.sample("TL#1", "Mark", [:])
        let twice = RegulationImport.sample("TL-D 4", "Twice", ["1.1": "a", "1.1": "b"])
        for wrong in [[stranger], [unnamed], [marked], [twice], [cranes, cranes]] {
            let error = await #expect(throws: StoreError.self) {
                try await store.replace(documents: wrong, removing: ["TL-A 1"], at: Timestamp(microseconds: 80))
            }
            #expect(error?.code == .invalid)
        }
        #expect(try await store.clauseVersion() == version)
        #expect(try await store.documents().map(\.id) == ["TL-A 1"])
    }
}
