// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Says how well a told fact answers a question: 0 is not at all, 1 is in every word.
///
/// The share of the question's demands that the fact meets (by word, by concept, by kind of value), each weighed by how
/// few facts meet it; times how well the persons and things fit that both speak of.
struct FactScorer: Sendable {
    /// Below this a fact is no answer, but for one that stands out.
    static let threshold = 0.5
    /// Where no fact reaches the threshold, one alone that meets what no other meets will do from here on.
    static let faintThreshold = 0.3

    var facts: [Fact]
    private let table = ConceptTable.standard

    init(facts: [Fact]) { self.facts = facts }

    /// The facts that answer a question, in the order in which they were told; at most three.
    ///
    /// Of facts that contradict each other, having the same subject in different messages, the later one wins.
    func answers(to question: Question) -> [Fact] {
        guard !question.demands.isEmpty else { return [] }
        let matches = facts.map { fact in question.demands.map { match($0, in: fact) } }
        let weights = question.demands.indices.map { demand in
            let frequency = matches.count { $0[demand] > 0.5 }
            let isUnknown =
                frequency == 0 && question.demands[demand].links.isEmpty && !question.demands[demand].isEntity
            return (isUnknown ? 0.6 : 1) * question.demands[demand].weight
                / (1 + 0.12 * Double(max(frequency - 1, 0)).squareRoot())
        }
        // "Which storey …" names the kind of the answer: where some fact speaks of one, the others answer less.
        let categories = question.demands.indices.filter { demand in
            question.demands[demand].isCategory && !question.demands[demand].isEntity
                && matches.contains { $0[demand] > 0.8 }
        }
        let isOfUnknownKind = question.demands.indices.contains { demand in
            question.demands[demand].isCategory && !question.demands[demand].links.isEmpty
                && !matches.contains { $0[demand] > 0.4 }
        }
        var scored: [(fact: Fact, score: Double)] = []
        for (index, fact) in facts.enumerated() {
            var score = score(fact, matches: matches[index], weights: weights, of: question)
            if categories.contains(where: { matches[index][$0] < 0.4 }) { score *= 0.7 }
            if isOfUnknownKind { score *= 0.8 }
            if score >= Self.faintThreshold { scored.append((fact, score)) }
        }
        if let alone = alone(in: scored, matches: matches, of: question) { return [alone] }
        scored.removeAll { $0.score < Self.threshold }
        guard let best = scored.max(by: { $0.score < $1.score }) else { return [] }
        let near = scored.filter { $0.score >= best.score * (question.asksForMany(table) ? 0.85 : 0.93) }
        let later = scored.filter { other in
            other.score >= best.score * 0.8 && other.fact.message > best.fact.message
                && other.fact.subjects == best.fact.subjects
        }
        var chosen = near
        if !question.asksForMany(table), let winner = later.last ?? nil {
            chosen = scored.filter { $0.fact.message == winner.fact.message && $0.score >= winner.score * 0.93 }
        } else if !question.asksForMany(table), let last = near.map(\.fact.message).max() {
            chosen = near.filter { one in
                one.fact.message == last
                    || !near.contains { $0.fact.message > one.fact.message && $0.fact.subjects == one.fact.subjects }
            }
        }
        let kept = chosen.sorted { $0.score > $1.score }.prefix(3)
        return kept.map(\.fact).sorted { ($0.message, $0.order) < ($1.message, $1.order) }
    }

    /// The one fact that says something of what is asked, where none says enough of it.
    private func alone(
        in scored: [(fact: Fact, score: Double)], matches: [[Double]], of question: Question
    ) -> Fact? {
        let ranked = scored.sorted { $0.score > $1.score }
        guard let best = ranked.first, best.score < Self.threshold else { return nil }
        if ranked.count > 1, ranked[1].score > best.score * 0.75 { return nil }
        // It must meet a demand of some weight that no other fact meets, and be of the kind that is wanted.
        let isTelling = question.demands.indices.contains { demand in
            question.demands[demand].weight >= 0.6 && !question.demands[demand].isEntity
                && matches[best.fact.order][demand] >= 0.8
                && matches.count { $0[demand] >= 0.5 } == 1
        }
        let meetsEntities = question.demands.indices.allSatisfy { demand in
            !(question.demands[demand].isEntity || question.demands[demand].isAttitude
                || question.demands[demand].isHead)
                || matches[best.fact.order][demand] > 0.4
        }
        let isOfKind = question.wanted.isEmpty || !best.fact.reading.values.isDisjoint(with: question.wanted)
        let meetsAll = question.demands.indices.allSatisfy {
            question.demands[$0].weight < 0.5
                || matches[best.fact.order][$0] > 0.8
                    && !question.demands[$0].links.contains { table.concepts[$0.concept].name == "job" }
        }
        let isStrange =
            !meetsAll && !question.speaksOfOthers && strangeness(of: best.fact, to: question) < 0.5
        // "What is the wifi password?": another password is no answer.
        let asksForNamed = question.demands.contains(where: \.isHead)
        let missesWord = question.demands.indices.contains {
            asksForNamed && question.demands[$0].weight >= 0.9 && matches[best.fact.order][$0] < 0.3
                && question.demands[$0].links.contains { $0.weight >= 0.9 && !table.concepts[$0.concept].isRule }
        }
        guard isTelling, meetsEntities, isOfKind, !isStrange, !missesWord else { return nil }
        return best.fact
    }

    // MARK: One fact

    /// The score of one fact, without regard to how many facts meet a demand.
    func scoreOf(_ fact: Fact, _ question: Question) -> Double {
        score(
            fact, matches: question.demands.map { match($0, in: fact) }, weights: question.demands.map(\.weight),
            of: question)
    }

    private func score(_ fact: Fact, matches: [Double], weights: [Double], of question: Question) -> Double {
        // "Who designed the tower?" is answered by whoever is called the architect.
        let playsRole = question.demands.indices.contains { question.demands[$0].isRole && matches[$0] > 0.8 }
        var entity = 1.0
        var met = 0.0
        var asked = 0.0
        var hasContent = false
        var meetsEntity = false
        var meetsBeing = false
        var namesEntity = false
        var namesBeing = false
        var missesConcept = false
        var missesAttitude = false
        var missesHead = false
        for (index, demand) in question.demands.enumerated() {
            let match = matches[index]
            if demand.isEntity {
                let floor = demand.isBeing ? 0.12 : playsRole ? 0.7 : 0.35
                entity *= floor + (1 - floor) * match
                if match > 0.3 {
                    meetsEntity = true
                    meetsBeing = meetsBeing || demand.isBeing
                }
                if match > 0.9 {
                    namesEntity = true
                    namesBeing = namesBeing || demand.isBeing
                }
            } else {
                if match < 0.4, !demand.links.isEmpty {
                    if demand.isAttitude { missesAttitude = true }
                    if demand.weight >= 0.5 { missesConcept = true }
                }
                if demand.isHead, match < 0.4 { missesHead = true }
                asked += weights[index]
                met += weights[index] * match
                if match > 0.4, demand.weight >= 0.4 { hasContent = true }
            }
        }
        guard hasContent || meetsEntity else { return 0 }
        if question.isFollowUp {
            let own = question.demands.indices.filter { !question.demands[$0].isInherited }
            if !own.isEmpty, !own.contains(where: { matches[$0] > 0.4 }) { return 0 }
        }
        let isFaint = asked < 0.5
        // A value of the right kind does not stand in for the subject: "When is the fair?" is not answered by any date.
        let meetsSubject = isFaint || met >= asked * 0.45 || namesBeing && !missesConcept
        var isOfKind = true
        if !question.wanted.isEmpty {
            let weight = question.wanted == .person ? 0.7 : 0.5
            isOfKind = !fact.reading.values.isDisjoint(with: question.wanted)
            asked += weight
            if isOfKind { met += weight }
        }
        var share = asked > 0 ? met / asked : 1
        // "What make is my car?": the car is what counts.
        if isFaint, namesEntity, isOfKind { share = max(share, 0.65) }
        var score = share * entity
        if !meetsSubject { score *= 0.6 }
        if missesAttitude || missesHead { score *= 0.55 }
        if !isOfKind { score *= question.otherKindFactor }
        // What a follow-up takes from the question before is no reason to name nobody where somebody is asked for.
        if !isOfKind, question.isFollowUp, question.wanted == .person { score *= 0.6 }
        if !meetsBeing, !question.speaksOfOthers { score *= strangeness(of: fact, to: question) }
        if question.isFirstPerson, !meetsEntity, question.wanted != .person {
            let traits = question.traits(table)
            if !traits.isEmpty, fact.speaksOfAnother(than: traits) { score *= 0.6 }
        }
        if !question.isFirstPerson, !meetsEntity, !question.isFollowUp { score *= 0.85 }
        return score
    }

    /// Lowers a fact about somebody whom the question does not speak of.
    private func strangeness(of fact: Fact, to question: Question) -> Double {
        var factor = 1.0
        for subject in fact.subjects {
            let isAsked = question.demands.contains { demand in
                // Of a profession only that one, not "my job".
                if subject == table["profession"] {
                    return fact.mentions(demand.form)
                        || demand.links.contains {
                            fact.direct[$0.concept] != nil
                                && !["job", "profession"].contains(table.concepts[$0.concept].name)
                        }
                }
                return demand.links.contains { $0.concept == subject || table.ancestors[subject].contains($0.concept) }
            }
            // "My doctor prescribed me …" is about the user all the same.
            let concernsUser = fact.reading.forms.contains("me") || fact.reading.forms.contains("us")
            let isOther =
                (table.concepts[subject].kind == .being || subject == table["profession"]) && !concernsUser
            // "Who waters the plants?" asks for somebody.
            let isAnswer = isOther && question.wanted == .person && !question.demands.contains(where: \.isBeing)
            if !isAsked, !isAnswer { factor = min(factor, isOther ? 0.4 : 0.75) }
        }
        return factor
    }

    private func match(_ demand: Question.Demand, in fact: Fact) -> Double {
        if fact.mentions(demand.form) { return 1 }
        var best = fact.inheritedForms.contains(demand.form) ? 0.7 : 0
        // A lawyer is asked for, not any profession.
        for link in demand.links where !demand.isBeing || table.concepts[link.concept].kind == .being {
            if !link.isInstance, let weight = fact.closure[link.concept] {
                best = max(best, weight * link.weight * 0.97)
            }
            for ancestor in table.ancestors[link.concept] {
                if let weight = fact.direct[ancestor], !fact.isOther(than: link.concept, under: ancestor, table) {
                    best = max(best, weight * link.weight * (table.concepts[ancestor].kind == .being ? 0.7 : 0.42))
                }
            }
        }
        if best < 0.7, demand.links.isEmpty { best = max(best, resemblance(demand, fact)) }
        return best
    }

    /// Words with a long beginning in common; runs of Chinese by the pairs of characters that they share.
    private func resemblance(_ demand: Question.Demand, _ fact: Fact) -> Double {
        if demand.isHan {
            let characters = Array(demand.form)
            guard characters.count > 1 else { return 0 }
            let pairs = zip(characters, characters.dropFirst()).map { String([$0.0, $0.1]) }
            return Double(pairs.count { fact.text.contains($0) }) / Double(pairs.count)
        }
        guard demand.form.utf8.count >= 5 else { return 0 }
        for form in fact.forms where form.utf8.count >= 5 {
            let common = zip(form.utf8, demand.form.utf8).prefix { $0.0 == $0.1 }.count
            if common >= 5, common * 4 >= max(form.utf8.count, demand.form.utf8.count) * 3 - 3 { return 0.75 }
        }
        return 0
    }
}

extension Fact {
    /// Whether the fact names another kind of the same: a brother where a sister was asked for.
    func isOther(than concept: ConceptTable.ID, under ancestor: ConceptTable.ID, _ table: ConceptTable) -> Bool {
        direct.keys.contains { $0 != concept && table.ancestors[$0].contains(ancestor) && direct[concept] == nil }
    }
}
