// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import TurnledgerRetrieval
import TurnledgerStore

/// `turnledger regulations search`.
struct RegulationsSearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Finds the clauses that fit a question best.",
        discussion: """
                turnledger regulations search "How wide must an evacuation door be?"
                turnledger regulations search "疏散门应该多宽？" --limit 3
                turnledger regulations search "clause 5.2.3 of TL-FS 100" --json

            With --json each clause is a line: id, document, title, number, heading, text, language, status, score.
            """)

    @OptionGroup var storeOptions: StoreOptions

    @Option(help: "Only this document, by its id.")
    var document: String?

    @Option(help: "Only this language: en, zh, ….")
    var language: String?

    @Option(help: "Only this status: current, superseded, repealed, draft.")
    var status: String?

    @Option(help: "Only what holds on this day: YYYY-MM-DD.")
    var date: String?

    @Option(help: "How many clauses.")
    var limit = 5

    @Flag(help: "Print JSON lines.")
    var json = false

    @Argument(help: "A question or words.")
    var text: [String]

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit takes 1 to 1000.") }
        if let date, date.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) == nil {
            throw ValidationError("--date takes a day as 2026-01-31.")
        }
    }

    func run() async throws {
        let library = try await RegulationLibrary(storeOptions)
        let index = try library.index(logger: Logger(label: "turnledger.regulations"))
        let query = ClauseQuery(
            text.joined(separator: " "), document: document, language: language,
            status: status.map { RegulationStatus(rawValue: $0) }, date: date, limit: limit)
        let hits = try await index.search(query)
        if json {
            for hit in hits { print(try JSONLine.text(ScoredClause(hit))) }
        } else if hits.isEmpty {
            print("No clause fits.")
        } else {
            print(hits.map(RegulationText.text).joined(separator: "\n\n"))
        }
    }

    private struct ScoredClause: Encodable {
        let clause: ClauseResult
        let score: Double

        init(_ hit: ClauseHit) {
            clause = ClauseResult(hit.clause, title: hit.title)
            score = (hit.score * 1000).rounded() / 1000
        }

        private enum CodingKeys: String, CodingKey { case score }

        func encode(to encoder: any Encoder) throws {
            try clause.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(score, forKey: .score)
        }
    }
}

/// Clauses as people read them.
enum RegulationText {
    static func text(_ hit: ClauseHit) -> String { text(hit.clause, title: hit.title, body: hit.excerpt) }

    static func text(_ clause: Clause, title: String, body: String) -> String {
        var lines = ["\(clause.id)"]
        lines.append("  " + ([title] + clause.headingPath).joined(separator: " > "))
        if clause.status != .current { lines.append("  status: \(clause.status)") }
        lines += body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { "    " + $0 }
        return lines.joined(separator: "\n")
    }
}
