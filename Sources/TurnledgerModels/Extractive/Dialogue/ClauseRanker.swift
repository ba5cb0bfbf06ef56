// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Decides which found clauses answer a question, and which of their sentences to quote.
struct ClauseRanker: Sendable {
    /// A clause that meets less of the question than this is no answer.
    static let threshold = 0.55
    /// Clauses longer than this many characters are quoted in part.
    static let wholeLength = 420

    private let table = ConceptTable.standard

    /// A clause with the sentences to quote, each verbatim and in order.
    struct Excerpt: Hashable, Sendable {
        var clause: FoundClause
        var passages: [String]
    }

    /// The clauses that fit, best first; at most three.
    func excerpts(for question: Question, from clauses: [FoundClause]) -> [Excerpt] {
        let named = clauses.filter { clause in
            ClauseReference.documents(in: question.text).contains { ClauseReference.isSame($0, clause.document) }
        }
        let clauses = named.isEmpty ? clauses : named
        var scored: [(clause: FoundClause, score: Double)] = []
        for (rank, clause) in clauses.prefix(12).enumerated() where !scored.contains(where: { $0.clause == clause }) {
            let inText = share(of: question, in: Reading(clause.text))
            let withHeading = share(
                of: question, in: Reading("\(clause.document) . \(clause.title) . \(clause.heading) . \(clause.text)"))
            var score = 0.6 * inText + 0.4 * withHeading - 0.015 * Double(rank)
            if clause.status.contains("superseded") || clause.status.contains("废止") { score -= 0.12 }
            if withHeading >= Self.threshold, inText >= 0.25 { scored.append((clause, score)) }
        }
        scored.sort { $0.score > $1.score }
        guard let best = scored.first, best.score >= Self.threshold * 0.8 else { return [] }
        return scored.filter { $0.score >= best.score * 0.9 }.prefix(3).map { entry in
            Excerpt(clause: entry.clause, passages: passages(of: entry.clause.text, for: question))
        }
    }

    /// A clause that was asked for by its number: all of it, or of a long one what the question is about.
    func excerpt(of clause: FoundClause, for question: Question) -> Excerpt {
        let limit = 1200
        let isShort = clause.text.unicodeScalars.count <= limit
        return Excerpt(
            clause: clause,
            passages: isShort ? [clause.text.trimmed()] : passages(of: clause.text, for: question, most: 6))
    }

    // MARK: Sentences

    private func passages(of text: String, for question: Question, most: Int = 3) -> [String] {
        if text.unicodeScalars.count <= Self.wholeLength { return [text.trimmed()] }
        let sentences = SentenceSplitter.sentences(of: text)
        let scores = sentences.enumerated().map { index, sentence in
            (index, share(of: question, in: Reading(sentence)) - 0.001 * Double(index))
        }
        let best = scores.sorted { $0.1 > $1.1 }.prefix(most)
        guard let top = best.first else { return [text.trimmed()] }
        return best.filter { $0.1 >= max(top.1 * 0.6, 0.2) || $0.0 == top.0 }.map(\.0).sorted().map { sentences[$0] }
    }

    // MARK: Fit

    /// The share of a question's demands that a text meets.
    func share(of question: Question, in reading: Reading) -> Double {
        var forms: Set<String> = []
        var closure: [ConceptTable.ID: Double] = [:]
        for item in reading.items where item.role != .stop || !item.links.isEmpty {
            forms.insert(item.form)
            for link in item.links {
                closure[link.concept] = max(closure[link.concept] ?? 0, link.weight)
                for ancestor in table.ancestors[link.concept] {
                    closure[ancestor] = max(closure[ancestor] ?? 0, link.weight * 0.9)
                }
            }
        }
        var met = 0.0
        var asked = 0.0
        for demand in question.demands {
            asked += demand.weight
            met += demand.weight * match(demand, forms: forms, closure: closure, text: reading.text)
        }
        guard asked > 0 else { return 0 }
        if question.isFollowUp {
            let own = question.demands.filter { !$0.isInherited }
            let meetsOwn = own.contains { match($0, forms: forms, closure: closure, text: reading.text) > 0.4 }
            if !own.isEmpty, !meetsOwn { return 0 }
        }
        let measured: ValueKinds = [.measure, .number, .duration, .time, .date, .money]
        if !question.wanted.isDisjoint(with: measured) {
            asked += 0.8
            if !reading.values.isDisjoint(with: measured) { met += 0.8 }
        }
        return met / asked
    }

    private func match(
        _ demand: Question.Demand, forms: Set<String>, closure: [ConceptTable.ID: Double], text: String
    ) -> Double {
        if forms.contains(demand.form) { return 1 }
        var best = 0.0
        for link in demand.links {
            if let weight = closure[link.concept] { best = max(best, min(weight, link.weight) * 0.9) }
        }
        if demand.isHan {
            if text.contains(demand.form) { return 1 }
            let characters = Array(demand.form)
            if characters.count > 1 {
                let pairs = zip(characters, characters.dropFirst()).map { String([$0.0, $0.1]) }
                best = max(best, Double(pairs.count { text.contains($0) }) / Double(pairs.count))
            }
        } else if best < 0.7, demand.form.utf8.count >= 5 {
            for form in forms where form.utf8.count >= 5 {
                let common = zip(form.utf8, demand.form.utf8).prefix { $0.0 == $0.1 }.count
                if common >= 5, common * 4 >= max(form.utf8.count, demand.form.utf8.count) * 3 - 3 {
                    best = max(best, 0.8)
                }
            }
        }
        return best
    }
}
