// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
public import TurnledgerStore

/// Measures how well and how fast a search finds the clauses that answer questions.
public struct RetrievalEvaluation: Sendable {
    /// What came of one group of questions.
    public struct Report: Hashable, Sendable, Codable {
        /// How many there were.
        public var questions: Int
        /// The share of the right clauses among the first k, by k.
        public var recall: [Int: Double]
        /// The normalised discounted cumulative gain of the first k, each right clause a gain of 1 (K. Järvelin and
        /// J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002), by k.
        public var ndcg: [Int: Double]
        /// Milliseconds of a search at the median.
        public var p50: Double
        /// Milliseconds of a search that one in twenty exceeds.
        public var p95: Double
    }

    /// One question and how it fared.
    public struct Outcome: Hashable, Sendable {
        /// With the clauses that answer it.
        public var question: EvaluationQuestion
        /// What was found, the best first.
        public var found: [ClauseID]
        /// What the search took.
        public var duration: Duration

        /// The right clauses that are not among the first ten.
        public var missed: [ClauseID] { question.clauses.filter { !found.prefix(10).contains($0) } }
    }

    /// Each k at which a report has its figures.
    public static let depths = [1, 5, 10]

    /// One for each question, in their order.
    public let outcomes: [Outcome]

    /// Searches for every question.
    /// - Throws: `.invalid` with the line's number for a clause that the store does not have.
    public init(
        _ questions: [EvaluationQuestion], store: any ClauseStore, index: RegulationIndex
    ) async throws(RegulationError) {
        for question in questions {
            for id in question.clauses {
                do throws(StoreError) {
                    guard try await store.clause(id) == nil else { continue }
                } catch {
                    throw RegulationError(error)
                }
                throw RegulationError(
                    .invalid,
                    "Line \(question.line) names the clause \(id), which is not in the store. Import it first.")
            }
        }
        // The first search builds or updates the index, which is no part of a search.
        try await index.refresh()
        var outcomes: [Outcome] = []
        let clock = ContinuousClock()
        for question in questions {
            let started = clock.now
            let hits = try await index.search(ClauseQuery(question.text, limit: Self.depths.max() ?? 10))
            outcomes.append(Outcome(question: question, found: hits.map(\.id), duration: clock.now - started))
        }
        self.outcomes = outcomes
    }

    /// Takes outcomes of searches that were made elsewhere.
    public init(outcomes: [Outcome]) { self.outcomes = outcomes }

    /// The figures of all questions, or of those in one language.
    public func report(language: String? = nil) -> Report {
        let outcomes = outcomes.filter { language == nil || $0.question.language == language }
        func mean(_ value: (Outcome) -> Double) -> Double {
            outcomes.isEmpty ? 0 : outcomes.map(value).reduce(0, +) / Double(outcomes.count)
        }
        let times = outcomes.map { $0.duration / .milliseconds(1) }.sorted()
        func quantile(_ share: Double) -> Double {
            times.isEmpty ? 0 : times[min(times.count - 1, Int((Double(times.count) * share).rounded(.up)) - 1)]
        }
        return Report(
            questions: outcomes.count,
            recall: Dictionary(
                uniqueKeysWithValues: Self.depths.map { depth in (depth, mean { Self.recall($0, depth) }) }),
            ndcg: Dictionary(uniqueKeysWithValues: Self.depths.map { depth in (depth, mean { Self.ndcg($0, depth) }) }),
            p50: quantile(0.5), p95: quantile(0.95)
        )
    }

    /// The languages of the questions.
    public var languages: [String] { Set(outcomes.map(\.question.language)).sorted() }

    static func recall(_ outcome: Outcome, _ depth: Int) -> Double {
        let right = Set(outcome.question.clauses)
        return Double(right.intersection(outcome.found.prefix(depth)).count) / Double(right.count)
    }

    static func ndcg(_ outcome: Outcome, _ depth: Int) -> Double {
        let right = Set(outcome.question.clauses)
        func discount(_ rank: Int) -> Double { 1 / log2(Double(rank) + 2) }
        let gain = outcome.found.prefix(depth).enumerated().reduce(0.0) { sum, item in
            sum + (right.contains(item.element) ? discount(item.offset) : 0)
        }
        let ideal = (0..<min(depth, right.count)).reduce(0.0) { $0 + discount($1) }
        return gain / ideal
    }
}
