// Turnledger. SPDX-License-Identifier: Apache-2.0

extension FactScorer {
    /// Below this a fact has nothing to do with the question.
    static let nearThreshold = 0.15

    /// Where no fact answers a question: those nearest to it, in the order in which they were told; at most three.
    ///
    /// Near is what shares a word or a concept with the question, or holds a value of the kind that it asks for: a
    /// date where it asks when. A word of the question's own is enough, whatever else it may stand for: "covers".
    func nearest(to question: Question) -> [Fact] {
        var scored: [(fact: Fact, score: Double)] = []
        for fact in facts {
            var score = max(scoreOf(fact, question), sharedWords(fact, question))
            if !question.wanted.isEmpty, question.isFirstPerson || score > 0,
                !fact.reading.values.isDisjoint(with: question.wanted)
            {
                score += 0.3
            }
            if score >= Self.nearThreshold { scored.append((fact, score)) }
        }
        scored.sort { ($0.score, $0.fact.order) > ($1.score, $1.fact.order) }
        return scored.prefix(3).map(\.fact).sorted { ($0.message, $0.order) < ($1.message, $1.order) }
    }

    /// The share of the question's words that the fact has too, or has in another form: "compete" of a competitor.
    private func sharedWords(_ fact: Fact, _ question: Question) -> Double {
        let content = question.content
        guard !content.isEmpty else { return 0 }
        let shared = content.map { demand in
            if fact.mentions(demand.form) { return 1.0 }
            let isFamily = fact.forms.contains { form in
                !demand.isHan && zip(form.utf8, demand.form.utf8).prefix { $0.0 == $0.1 }.count >= 5
            }
            return isFamily ? 0.8 : 0
        }
        return shared.reduce(0, +) / Double(content.count)
    }
}
