// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerRetrieval
import TurnledgerStore

/// `turnledger regulations list`.
struct RegulationsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the documents that were imported.",
        discussion: "With --json each document is a line: id, title, language, status, dates, clauses.")

    @OptionGroup var storeOptions: StoreOptions

    @Flag(help: "Print JSON lines.")
    var json = false

    func run() async throws {
        let library = try await RegulationLibrary(storeOptions)
        let documents = try await library.store.documents()
        if json {
            for document in documents { print(try JSONLine.text(Line(document))) }
            return
        }
        guard !documents.isEmpty else {
            print("No regulations were imported. `turnledger regulations import PATH` does it.")
            return
        }
        for document in documents {
            let dates = [document.effectiveFrom.map { "from \($0)" }, document.effectiveUntil.map { "until \($0)" }]
            let facts = [document.language, document.status.rawValue] + dates.compactMap(\.self)
            let title = document.title == document.id ? "" : "  \(document.title)"
            print("\(document.id)\(title)  (\(facts.joined(separator: ", ")); \(document.clauseCount) clauses)")
        }
        let clauses = documents.map(\.clauseCount).reduce(0, +)
        print("\(documents.count) documents, \(clauses) clauses.")
    }

    private struct Line: Encodable {
        let id, title, language, status: String
        let effectiveFrom, effectiveUntil: String?
        let clauses: Int

        init(_ document: RegulationDocument) {
            id = document.id
            title = document.title
            language = document.language
            status = document.status.rawValue
            effectiveFrom = document.effectiveFrom
            effectiveUntil = document.effectiveUntil
            clauses = document.clauseCount
        }

        enum CodingKeys: String, CodingKey {
            case id, title, language, status, clauses
            case effectiveFrom = "effective_from"
            case effectiveUntil = "effective_until"
        }
    }
}
