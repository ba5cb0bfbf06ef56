// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerRetrieval
import TurnledgerStore

/// Without `pdftotext` the suite is skipped, but not where services are required: there it fails.
private let readsPDF =
    ProcessInfo.processInfo.environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
    || ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].contains {
        FileManager.default.isExecutableFile(atPath: $0 + "/pdftotext")
    }

@Suite("Importing PDF files", .enabled(if: readsPDF, "pdftotext is not installed"))
struct PDFTests {
    private let folder: TemporaryFolder
    private let store = InMemoryStore()

    init() throws { folder = try TemporaryFolder() }

    private func write(_ pages: [[String]], to name: String) throws {
        try HandmadePDF(pages: pages).data.write(to: URL(fileURLWithPath: folder.path).appendingPathComponent(name))
    }

    @Test("cuts an English PDF of two pages into its clauses")
    func english() async throws {
        try write(
            [
                ["TL-P 7: Ferries", "1 Decks", "1.1 A deck has a rail not less than 1.10 m high."],
                ["1.2 A car deck is lit at night.", "2 Boats", "2.1 A lifeboat holds 40 persons."],
            ], to: "ferries.pdf")
        let summary = try await RegulationImporter(store: store).importRegulations(from: [folder.path])
        #expect(summary.added == 1)
        let document = try #require(try await store.documents().first)
        let clauses = try await store.clauses(of: document.id)
        #expect(clauses.map(\.id.number).filter { $0.contains(".") } == ["1.1", "1.2", "2.1"])
        #expect(clauses.first { $0.id.number == "1.1" }?.text == "A deck has a rail not less than 1.10 m high.")
        #expect(clauses.first { $0.id.number == "2.1" }?.text == "A lifeboat holds 40 persons.")
    }

    @Test("cuts a Chinese PDF into its clauses")
    func chinese() async throws {
        try write(
            [["渡船安全规则", "第一条 甲板应设高度不小于1.10米的栏杆。", "第二条 车辆甲板夜间应有照明。"]], to: "渡船.pdf")
        let summary = try await RegulationImporter(store: store).importRegulations(from: [folder.path])
        #expect(summary.added == 1)
        let document = try #require(try await store.documents().first)
        let clauses = try await store.clauses(of: document.id)
        #expect(clauses.map(\.id.number).contains("第一条"))
        #expect(clauses.contains { $0.text.contains("甲板应设高度不小于1.10米的栏杆") })
        #expect(clauses.contains { $0.text.contains("车辆甲板夜间应有照明") })
    }

    @Test("a PDF without text, and what only calls itself one, are named and change nothing")
    func unreadable() async throws {
        try write([["1.1 A deck has a rail."]], to: "a.pdf")
        _ = try await RegulationImporter(store: store).importRegulations(from: [folder.path])
        let before = try await store.clauseVersion()
        for (name, data) in [("empty.pdf", HandmadePDF(pages: [[]]).data), ("false.pdf", Data("%PDF-1.4 no".utf8))] {
            let file = URL(fileURLWithPath: folder.path).appendingPathComponent(name)
            try data.write(to: file)
            let error = await #expect(throws: RegulationError.self) {
                try await RegulationImporter(store: store).importRegulations(from: [folder.path])
            }
            #expect(error?.code == .unreadable)
            #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
            try FileManager.default.removeItem(at: file)
        }
        #expect(try await store.clauseVersion() == before)
    }
}
