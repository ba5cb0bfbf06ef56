// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Something that the user told the thread: one statement, as it was written.
struct Fact: Sendable {
    /// Verbatim.
    var text: String
    /// What to quote: the statement, with those before it that say whom it is about. Verbatim.
    var quotation: String
    /// Which human message of the thread it stands in.
    var message: Int
    /// Its place among the thread's facts.
    var order = 0
    var reading: Reading
    /// Concepts of its words, with the highest weight each.
    var direct: [ConceptTable.ID: Double] = [:]
    /// The same with all that they are kinds of.
    var closure: [ConceptTable.ID: Double] = [:]
    var forms: Set<String> = []
    /// Of the statement before, where this one goes on with it: "She …".
    var inheritedForms: Set<String> = []
    /// Whom or what it is about, where that is not the user.
    var subjects: [ConceptTable.ID] = []
    /// Names of its subject.
    var subjectNames: Set<String> = []

    /// Begins with "the younger one", "she" or "my tablets" rather than with the user and what is theirs by nature.
    func speaksOfAnother(than traits: Set<ConceptTable.ID>) -> Bool {
        let words = reading.items.filter { $0.kind != .mark }
        guard let first = words.first, first.kind == .word else { return false }
        if ["my", "our"].contains(first.form), words.count > 2 {
            let owned = words.dropFirst().prefix { $0.form != "be" }
            return !owned.contains { $0.links.contains { traits.contains($0.concept) } }
        }
        return ["the", "a", "an", "he", "she", "they", "it", "this", "that", "his", "her"].contains(first.form)
    }

    mutating func add(_ concept: ConceptTable.ID, weight: Double, table: ConceptTable) {
        direct[concept] = max(direct[concept] ?? 0, weight)
        closure[concept] = max(closure[concept] ?? 0, weight)
        for ancestor in table.ancestors[concept] {
            closure[ancestor] = max(closure[ancestor] ?? 0, weight * 0.95)
        }
    }

    mutating func add(_ concept: String, weight: Double, table: ConceptTable) {
        if let id = table[concept] { add(id, weight: weight, table: table) }
    }
}
