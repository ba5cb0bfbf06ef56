// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation

/// Scores a clause for a query: BM25 over weighted fields, concept by concept, more for clauses that have more of them.
///
/// BM25F as in S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.6.
struct ClauseScorer {
    private static let saturation = 2.0
    private static let lengthShare = 0.6
    private static let headingWeight = 1.8
    private static let titleWeight = 0.8

    private struct Alternative {
        var terms: [Int]
        var weight: Double
    }

    private let counts: TermCounts
    private let rarity: [Double]
    private let concepts: [[Alternative]]
    private let conceptWeights: [Double]
    private let totalWeight: Double

    /// - `rarity`: The weight of each term (its inverse document frequency).
    init(_ concepts: [QueryPlan.Concept], terms: [String], rarity: [Double]) {
        let places = Dictionary(uniqueKeysWithValues: terms.enumerated().map { ($1, $0) })
        counts = TermCounts(terms)
        self.rarity = rarity
        self.concepts = concepts.map { concept in
            concept.alternatives.map { Alternative(terms: $0.terms.compactMap { places[$0] }, weight: $0.weight) }
        }
        conceptWeights = self.concepts.map { alternatives in
            alternatives.map { alternative in
                alternative.weight * alternative.terms.map { rarity[$0] }.reduce(0, +)
                    / sqrt(Double(max(1, alternative.terms.count)))
            }.max() ?? 0
        }
        totalWeight = max(conceptWeights.reduce(0, +), 1e-9)
    }

    /// The greatest score that counts; a clause that is named by its number gets as much more.
    var ceiling: Double { totalWeight * (1 + Self.saturation) }

    /// - `averages`: The lengths of clauses in the clause's language.
    func score(
        text: String, heading: String, title: String, averages: Catalogue.Totals?
    ) -> (score: Double, coverage: Double) {
        let averageText = max(1, averages?.textLength ?? 1)
        let averageHeading = max(1, averages?.headingLength ?? 1)
        let (inText, textLength) = counts.count(text)
        let (inHeading, headingLength) = counts.count(heading)
        let (inTitle, _) = counts.count(title)
        let textNorm = 1 - Self.lengthShare + Self.lengthShare * Double(textLength) / averageText
        let headingNorm = 0.7 + 0.3 * Double(headingLength) / averageHeading

        func value(_ term: Int) -> Double {
            let frequency =
                Double(inText[term]) / textNorm + Self.headingWeight * Double(min(inHeading[term], 2)) / headingNorm
                + Self.titleWeight * Double(min(inTitle[term], 1))
            return frequency == 0 ? 0 : rarity[term] * frequency * (1 + Self.saturation) / (frequency + Self.saturation)
        }

        var score = 0.0
        var covered = 0.0
        for (index, alternatives) in concepts.enumerated() {
            var best = 0.0
            for alternative in alternatives where !alternative.terms.isEmpty {
                var sum = 0.0
                var matched = 0
                for term in alternative.terms {
                    let value = value(term)
                    if value > 0 { matched += 1 }
                    sum += value
                }
                guard matched > 0 else { continue }
                // Half a word says less than half of it.
                let share = Double(matched) / Double(alternative.terms.count)
                best = max(best, alternative.weight * sum * share / sqrt(Double(alternative.terms.count)))
            }
            if best > 0 {
                score += best
                covered += min(best, conceptWeights[index])
            }
        }
        let coverage = min(1, covered / totalWeight)
        return (score * (0.5 + 0.5 * coverage), coverage)
    }
}
