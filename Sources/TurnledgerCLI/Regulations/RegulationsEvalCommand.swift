// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import TurnledgerRetrieval
import TurnledgerStore

/// `turnledger regulations eval`.
struct RegulationsEvalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measures the search with questions whose clauses are known.",
        discussion: """
            The file has JSON lines: {"question": "…", "clauses": ["document#number", …]}. Printed are Recall@k and
            nDCG@k for k = 1, 5, 10 and how long a search took, for all questions and for each language.

                turnledger regulations eval Examples/regulations/questions.jsonl

            Exit code 1 for a line that is none, or that names a clause which is not in the store.
            """)

    @OptionGroup var storeOptions: StoreOptions

    @Flag(help: "Print one line of JSON.")
    var json = false

    @Flag(help: "Print, too, the questions whose clauses are not all among the first ten.")
    var misses = false

    @Argument(help: "The file with questions.")
    var file: String

    func run() async throws {
        guard let data = FileManager.default.contents(atPath: file), let text = String(validating: data, as: UTF8.self)
        else { throw RegulationError(.unreadable, "\(file) cannot be read.") }
        let questions = try EvaluationQuestion.read(jsonLines: text)
        let library = try await RegulationLibrary(storeOptions)
        let index = try library.index(logger: Logger(label: "turnledger.regulations"))
        let evaluation = try await RetrievalEvaluation(questions, store: library.store, index: index)
        var groups = [("all", evaluation.report())]
        for language in evaluation.languages { groups.append((language, evaluation.report(language: language))) }
        if json {
            let lines = groups.map { ($0.0, Line($0.1)) }
            print(try JSONLine.text(Dictionary(uniqueKeysWithValues: lines)))
        } else {
            print(Self.table(groups))
        }
        if misses {
            for outcome in evaluation.outcomes where !outcome.missed.isEmpty {
                let found = outcome.found.prefix(3).map(\.description).joined(separator: ", ")
                print(
                    "missed \(outcome.missed.map(\.description).joined(separator: ", ")): "
                        + "\(outcome.question.text) — found \(found)")
            }
        }
    }

    private static func table(_ groups: [(String, RetrievalEvaluation.Report)]) -> String {
        let depths = RetrievalEvaluation.depths
        func column(_ text: String) -> String { String(repeating: " ", count: max(1, 11 - text.count)) + text }
        var lines = [
            "     questions" + depths.map { column("Recall@\($0)") }.joined()
                + depths.map { column("nDCG@\($0)") }.joined()
                + column("p50 ms") + column("p95 ms")
        ]
        for (name, report) in groups {
            let figures = depths.map { report.recall[$0] ?? 0 } + depths.map { report.ndcg[$0] ?? 0 }
            let times = [report.p50, report.p95].map { column(String(format: "%.1f", $0)) }.joined()
            let label = name + String(repeating: " ", count: max(0, 5 - name.count))
            let count = "\(report.questions)"
            lines.append(
                label + String(repeating: " ", count: max(0, 9 - count.count)) + count
                    + figures.map { column(String(format: "%.3f", $0)) }.joined() + times)
        }
        return lines.joined(separator: "\n")
    }

    private struct Line: Encodable {
        let questions: Int
        let recall, ndcg: [String: Double]
        let p50, p95: Double

        init(_ report: RetrievalEvaluation.Report) {
            questions = report.questions
            recall = Dictionary(uniqueKeysWithValues: report.recall.map { ("\($0)", $1) })
            ndcg = Dictionary(uniqueKeysWithValues: report.ndcg.map { ("\($0)", $1) })
            p50 = report.p50
            p95 = report.p95
        }

        enum CodingKeys: String, CodingKey {
            case questions, recall, ndcg
            case p50 = "p50_ms"
            case p95 = "p95_ms"
        }
    }
}
