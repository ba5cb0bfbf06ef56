// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerRetrieval
import TurnledgerStore

@Suite("Importing regulations")
struct ImportTests {
    private let folder: TemporaryFolder
    private let store = InMemoryStore()

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("---\ndocument: TL-A 1\n---\n# Boats\n\n**1.1** A boat has a bell.", to: "a.md")
        try folder.write("Bridges\n\n1.1 A bridge has a rail.\n1.2 It is lit.", to: "b.txt")
        try folder.write("<h1>TL-C 3: Cranes</h1><p>1.1 A crane has a hook.</p>", to: "c.html")
        try folder.write("1.1 Not a regulation.", to: "README.md")
    }

    @discardableResult
    private func run() async throws -> RegulationImporter.Summary {
        try await RegulationImporter(store: store).importRegulations(from: [folder.path])
    }

    private func expect(_ summary: RegulationImporter.Summary, _ counts: [Int]) {
        let found: [Int] = [summary.added, summary.changed, summary.removed, summary.unchanged]
        #expect(found == counts)
    }

    private func expectFailure(_ code: RegulationError.Code, naming text: String, path: String? = nil) async {
        let error = await #expect(throws: RegulationError.self) {
            try await RegulationImporter(store: store).importRegulations(from: [path ?? folder.path])
        }
        #expect(error?.code == code)
        #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    }

    @Test("an import adds, then leaves, changes and removes what the files say")
    func repeated() async throws {
        let first = try await run()
        expect(first, [3, 0, 0, 0])
        #expect(first.clauses == 4)
        #expect(try await store.documents().map(\.id) == ["TL-A 1", "TL-C 3", "b"])
        let version = try await store.clauseVersion()

        let second = try await run()
        expect(second, [0, 0, 0, 3])
        #expect(try await store.clauseVersion() == version)

        try folder.write("---\ndocument: TL-A 1\n---\n# Boats\n\n**1.1** A boat has a horn.", to: "a.md")
        try folder.remove("b.txt")
        let third = try await run()
        expect(third, [0, 1, 1, 1])
        #expect(try await store.documents().map(\.id) == ["TL-A 1", "TL-C 3"])
        #expect(try await store.clauses(of: "TL-A 1").map(\.text) == ["A boat has a horn."])
        #expect(try await store.clauses(of: "b").isEmpty)
    }

    @Test("an import with one damaged file leaves all as it was, and names the file")
    func damaged() async throws {
        try await run()
        let documents = try await store.documents()
        try folder.write("1.1 A bridge has no rail.", to: "b.txt")
        try Data([0x31, 0x2E, 0x31, 0x20, 0xFF, 0xFE]).write(to: folder.url.appending(path: "d.md"))
        await expectFailure(.unreadable, naming: "d.md")
        try folder.write("---\neffective: soon\n---\n**1.1** Text.", to: "d.md")
        await expectFailure(.invalid, naming: "d.md")
        try folder.write("---\ndocument: TL-A 1\n---\n**1.1** Text.", to: "d.md")
        await expectFailure(.invalid, naming: "TL-A 1")
        #expect(try await store.documents() == documents)
    }

    @Test("a path without regulations is a clear error")
    func nothing() async throws {
        let empty = try TemporaryFolder()
        await expectFailure(.nothingFound, naming: "holds no regulation", path: empty.path)
        try empty.write("", to: "empty.md")
        await expectFailure(.nothingFound, naming: "no regulation", path: empty.path)
        await expectFailure(.unreadable, naming: "does not exist", path: empty.path + "/gone")
        try empty.write("x", to: "x.docx")
        await expectFailure(.unreadable, naming: "kind", path: empty.path + "/x.docx")
    }
}
