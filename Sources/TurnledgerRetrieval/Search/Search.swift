// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import TurnledgerStore

/// One search: candidates from FTS5, then a finer order among them.
struct Search {
    /// How many candidates FTS5 chooses.
    private static let candidateLimit = 150
    /// How often the terms of a match may be listed together: the rarest terms come first, the rest only rank. FTS5 looks up
    /// the lengths of each clause that matches, about 3 microseconds a clause.
    private static let matchBudget = 2_000
    /// How many concepts of a very long query count.
    private static let conceptLimit = 40

    private let query: ClauseQuery
    private let catalogue: Catalogue

    init(query: ClauseQuery, catalogue: Catalogue) {
        self.query = query
        self.catalogue = catalogue
    }

    func run(on reader: any DatabaseReader) async throws -> [ClauseHit] {
        guard query.limit > 0, catalogue.clauseCount > 0 else { return [] }
        return try await reader.read { db in try hits(db) }
    }

    private func hits(_ db: Database) throws -> [ClauseHit] {
        var plan = QueryPlan(query.text, catalogue: catalogue)
        var frequencies: [String: Catalogue.Frequency] = [:]
        for term in plan.terms {
            frequencies[term] = try catalogue.frequency(of: term) { try Self.frequency(of: term, db) }
        }
        plan.concepts = mostTelling(plan.concepts, frequencies)
        let terms = plan.terms
        let rarity = terms.map { catalogue.rarity(of: $0, frequency: frequencies[$0]?.clauses ?? 0) }
        let scorer = ClauseScorer(plan.concepts, terms: terms, rarity: rarity)

        let numbered = try numberedClauses(plan, db)
        let matched = try matchedClauses(terms, frequencies, db)
        let ids = Array(Set(matched).union(numbered))
        guard !ids.isEmpty else { return [] }
        let best = try ranked(ids, plan, scorer, db).prefix(query.limit)
        return try complete(Array(best), terms, rarity, db)
    }

    // MARK: Terms

    private static func frequency(of term: String, _ db: Database) throws -> Catalogue.Frequency {
        if term.hasSuffix("*") {
            let start = String(term.dropLast())
            let row = try Row.fetchOne(
                db, sql: IndexStatements.frequencyOfPrefix, arguments: [start, start + "\u{10FFFF}"])
            return Catalogue.Frequency(clauses: row?["most"] ?? 0, listed: row?["sum"] ?? 0)
        }
        let count = try Int.fetchOne(db, sql: IndexStatements.frequency, arguments: [term]) ?? 0
        return Catalogue.Frequency(clauses: count, listed: count)
    }

    /// Of a very long query the concepts that the fewest clauses have; concepts without any clause say nothing.
    private func mostTelling(
        _ concepts: [QueryPlan.Concept], _ frequencies: [String: Catalogue.Frequency]
    ) -> [QueryPlan.Concept] {
        let known = concepts.filter { concept in
            concept.alternatives.contains { $0.terms.contains { frequencies[$0]?.clauses ?? 0 > 0 } }
        }
        guard known.count > Self.conceptLimit else { return known }
        let weights = known.map { concept in
            concept.alternatives[0].terms.map { frequencies[$0]?.clauses ?? 0 }.min() ?? 0
        }
        let chosen = known.indices.filter { weights[$0] > 0 }.sorted { (weights[$0], $0) < (weights[$1], $1) }
        return chosen.prefix(Self.conceptLimit).sorted().map { known[$0] }
    }

    // MARK: Candidates

    private func matchedClauses(
        _ terms: [String], _ frequencies: [String: Catalogue.Frequency], _ db: Database
    ) throws -> [Int64] {
        let present = terms.map { (term: $0, listed: frequencies[$0]?.listed ?? 0) }.filter { $0.listed > 0 }
            .sorted { ($0.listed, $0.term) < ($1.listed, $1.term) }
        guard let first = present.first else { return [] }
        var chosen = [first.term]
        var total = first.listed
        for (term, listed) in present.dropFirst() {
            total += listed
            if total > Self.matchBudget { break }
            chosen.append(term)
        }
        let match = MatchExpression.any(of: chosen)
        guard hasFilters else {
            return try Int64.fetchAll(
                db.cachedStatement(sql: IndexStatements.candidates), arguments: [match, Self.candidateLimit])
        }
        return try Int64.fetchAll(
            db.cachedStatement(sql: IndexStatements.filteredCandidates),
            arguments: [
                match, query.document, query.language, query.status?.rawValue, query.date, Self.candidateLimit,
            ])
    }

    private var hasFilters: Bool {
        query.document != nil || query.language != nil || query.status != nil || query.date != nil
    }

    private func numberedClauses(_ plan: QueryPlan, _ db: Database) throws -> [Int64] {
        guard !plan.numbers.isEmpty else { return [] }
        func json(_ texts: some Sequence<String>) -> String { JSONValue.array(texts.map { .string($0) }).text }
        return try Int64.fetchAll(
            db.cachedStatement(sql: IndexStatements.numbered),
            arguments: [
                json(plan.numbers), plan.documents.isEmpty ? nil : json(plan.documents.sorted()), query.document,
                query.language, query.status?.rawValue, query.date,
            ])
    }

    // MARK: Order

    private struct Ranked {
        var id: Int64
        var score: Double
        var coverage: Double
        var isNamed: Bool
        var name: ClauseID
    }

    private func ranked(
        _ ids: [Int64], _ plan: QueryPlan, _ scorer: ClauseScorer, _ db: Database
    ) throws -> [Ranked] {
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: IndexStatements.candidateTerms), arguments: [Self.json(ids)])
        var ranked: [Ranked] = []
        while let row = try rows.next() {
            let document: String = row["document_id"]
            var (score, coverage) = scorer.score(
                text: row["text_terms"], heading: row["heading_terms"], title: row["title_terms"],
                averages: catalogue.totals[row["language"]])
            if plan.documents.contains(document) { score *= 1.6 }
            // What does not hold any more, and text around the clauses, is found, but later.
            if (row["status"] as String) != RegulationStatus.current.rawValue { score *= 0.85 }
            let number: String = row["number"]
            if !number.contains(where: \.isNumber), ClauseNumber.marker(of: number) == nil { score *= 0.8 }
            let isNamed =
                plan.numbers.contains(row["number_key"])
                && (plan.documents.isEmpty || plan.documents.contains(document))
            if isNamed { score += scorer.ceiling + 1 }
            ranked.append(
                Ranked(
                    id: row["id"], score: score, coverage: coverage, isNamed: isNamed,
                    name: ClauseID(document: document, number: number)))
        }
        return ranked.sorted { left, right in
            left.score != right.score
                ? left.score > right.score
                : (left.name.document, left.id) < (right.name.document, right.id)
        }
    }

    private func complete(
        _ best: [Ranked], _ terms: [String], _ rarity: [Double], _ db: Database
    ) throws -> [ClauseHit] {
        let rows = try Row.fetchAll(
            db.cachedStatement(sql: IndexStatements.clauses), arguments: [Self.json(best.map(\.id))])
        let clauses = Dictionary(uniqueKeysWithValues: rows.map { ($0["id"] as Int64, Clause(indexed: $0)) })
        return best.compactMap { ranked -> ClauseHit? in
            guard let clause = clauses[ranked.id] else { return nil }
            return ClauseHit(
                clause: clause, title: catalogue.documents[clause.id.document]?.title ?? clause.id.document,
                score: ranked.score, coverage: ranked.coverage, isNamed: ranked.isNamed, terms: terms, rarity: rarity)
        }
    }

    private static func json(_ ids: [Int64]) -> String { "[\(ids.map(String.init).joined(separator: ","))]" }
}
