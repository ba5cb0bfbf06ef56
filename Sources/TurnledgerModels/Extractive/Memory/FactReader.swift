// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Turns the statements of a thread into facts, oldest first.
///
/// A statement that does not say whom it is about ("She lives in Oslo", "今年六岁") takes that from the one before it;
/// a name that was given to somebody ("my sister Anna") stands for them from then on.
struct FactReader: Sendable {
    private(set) var facts: [Fact] = []
    /// Whom a name stands for.
    private(set) var aliases: [String: [ConceptTable.ID]] = [:]
    private let table = ConceptTable.standard

    /// Takes in the statements of one message, in order.
    mutating func read(_ statements: [Statement], message: Int) {
        var previous: Fact?
        for statement in statements {
            var fact = Fact(
                text: statement.text, quotation: statement.text, message: message, reading: Reading(statement.text))
            for item in fact.reading.items where item.role != .stop || !item.links.isEmpty {
                fact.forms.insert(item.form)
                for link in item.links { fact.add(link.concept, weight: link.weight, table: table) }
                for link in item.partLinks {
                    fact.add(link.concept, weight: link.weight * 0.85, table: table)
                }
            }
            findSubject(of: &fact)
            addImplied(to: &fact)
            if let previous { inherit(from: previous, to: &fact, statement) }
            applyAliases(to: &fact)
            learnAliases(from: fact)
            fact.order = facts.count
            facts.append(fact)
            previous = fact
        }
    }

    // MARK: Subjects

    private func findSubject(of fact: inout Fact) {
        for item in fact.reading.items.prefix(8) {
            if item.kind == .mark { continue }
            if item.form == "be" || item.form == "have" || ["是", "有", "叫", "姓"].contains(item.form) { break }
            if ["i", "we", "我", "我们", "咱们"].contains(item.form), item.kind == .word || !startsPossessive(fact, item) {
                break
            }
            // "The carpenter comes on Friday" is about the carpenter.
            let beings = item.links.filter {
                (item.kind == .word && $0.concept == table["profession"] || table.concepts[$0.concept].kind != .plain)
                    && $0.weight >= 0.9
            }
            fact.subjects += beings.map(\.concept)
            if item.isName, fact.subjects.isEmpty || !beings.isEmpty || item.kind == .word {
                fact.subjectNames.insert(item.form)
            }
            if item.kind == .word, item.role == .content, beings.isEmpty, !item.isCapitalised { break }
            if item.kind == .han, item.role == .content, beings.isEmpty { break }
        }
    }

    /// "我女儿" and "我的车" speak of a daughter and a car, "我住" of the user.
    private func startsPossessive(_ fact: Fact, _ item: Item) -> Bool {
        guard let index = fact.reading.items.firstIndex(of: item) else { return false }
        var rest = fact.reading.items[(index + 1)...]
        if rest.first?.form == "的" || rest.first?.form == "家" { rest = rest.dropFirst() }
        guard let next = rest.first else { return false }
        return next.links.contains { table.concepts[$0.concept].kind != .plain }
    }

    private func inherit(from previous: Fact, to fact: inout Fact, _ statement: Statement) {
        let first = fact.reading.items.first { $0.kind != .mark && !["and", "but", "also", "so"].contains($0.form) }
        guard let first else { return }
        let isPronoun =
            first.kind == .word
            ? Vocabulary.thirdPerson.contains(first.form) || ["this", "that", "these", "those"].contains(first.form)
                || first.form == "the" && fact.reading.forms.prefix(4).contains("one")
            : ["他", "她", "它", "他们", "她们", "它们", "这", "那"].contains(first.form)
        let isElliptic =
            statement.continuesSentence && fact.reading.items.contains { $0.kind == .han } && fact.subjects.isEmpty
            && !first.surface.hasPrefix("我")
        let things = previous.direct.keys.filter { table.concepts[$0].kind != .plain }
        guard isPronoun || isElliptic && !things.isEmpty else { return }
        if isElliptic, previous.subjects.isEmpty {
            // "我养了一只猫，叫小黑": of the cat, or of the user.
            for thing in things { fact.add(thing, weight: 0.9, table: table) }
            if let joined = statement.withPrevious(previous.quotation) { fact.quotation = joined }
            return
        }
        if isPronoun {
            for (concept, weight) in previous.direct
            where table.concepts[concept].kind == .being || first.form != "they" {
                fact.add(concept, weight: weight * (table.concepts[concept].kind == .plain ? 0.6 : 1), table: table)
            }
            fact.inheritedForms = Set(previous.reading.items.filter { $0.role == .content }.map(\.form))
            fact.inheritedForms.formUnion(previous.inheritedForms)
        }
        for subject in previous.subjects { fact.add(subject, weight: 1, table: table) }
        let beings = previous.direct.keys.filter { table.concepts[$0].kind == .being }
        fact.subjects = previous.subjects.isEmpty ? beings : previous.subjects
        fact.subjectNames.formUnion(previous.subjectNames)
        fact.forms.formUnion(previous.subjectNames)
        if let joined = statement.withPrevious(previous.quotation) { fact.quotation = joined }
    }

    // MARK: What a statement says without the word

    private func addImplied(to fact: inout Fact) {
        let values = fact.reading.values
        if values.contains(.money) { fact.add("money", weight: 0.8, table: table) }
        if values.contains(.email) { fact.add("email", weight: 0.9, table: table) }
        if values.contains(.date) { fact.add("date", weight: 0.5, table: table) }
        if values.contains(.time) { fact.add("timeofday", weight: 0.6, table: table) }
        if values.contains(.age) { fact.add("age", weight: 0.9, table: table) }
        if values.contains(.phone), values.isDisjoint(with: [.date, .money]) {
            fact.add("phone", weight: 0.7, table: table)
        }
        let items = fact.reading.items
        for (item, next) in zip(items, items.dropFirst()) where next.kind == .number || item.kind == .number {
            // "at Quayside 12", "12 Mill Lane"
            let name = next.kind == .number ? item : next
            if name.isName, name.links.isEmpty, values.contains(.place) {
                fact.add("address", weight: 0.7, table: table)
            }
        }
        if items.contains(where: { $0.kind == .number && $0.form.unicodeScalars.count >= 3 }) {
            fact.add("number", weight: 0.6, table: table)
        }
        for (index, item) in items.enumerated() where item.form == "be" || item.form == "turn" || item.form == "am" {
            let before = index > 0 ? items[index - 1] : nil
            let after = items[(index + 1)...].drop { ["now", "just", "already", "called", "not"].contains($0.form) }
            guard let next = after.first else { continue }
            let then = after.dropFirst().first
            if isAge(next), before.map({ $0.kind == .word && $0.role == .stop || $0.isName || isBeing($0) }) ?? true,
                then == nil || then?.kind == .mark || ["and", "now", "in", "this", "year", "next"].contains(then!.form)
            {
                fact.add("age", weight: 0.8, table: table)
            }
            if before?.form == "i", then?.form == ",", let age = after.dropFirst(2).first, isAge(age) {
                fact.add("age", weight: 0.8, table: table)
            }
            guard before?.form == "i" || before?.form == "this" else { continue }
            if next.isCapitalised, next.kind == .word,
                !next.links.contains(where: { table.concepts[$0.concept].name == "nation" }),
                next.role == .content
            {
                fact.add("name", weight: 0.8, table: table)
            }
            if next.form == "a" || next.form == "an", fact.direct.keys.allSatisfy({ table.concepts[$0].isRule }) {
                fact.add("job", weight: 0.6, table: table)
            }
        }
        for (index, item) in items.enumerated() where item.form == "from" || item.form == "come from" {
            if index + 1 < items.count, items[index + 1].isName { fact.add("origin", weight: 0.9, table: table) }
        }
        addWork(to: &fact)
        addNames(to: &fact)
    }

    /// What somebody does for a living, and where, without the word.
    private func addWork(to fact: inout Fact) {
        let items = fact.reading.items
        let forms = items.map(\.form)
        if forms.first == "i", let verb = forms.dropFirst().first(where: { $0 != "be" && $0 != "now" }),
            Self.livelihoods.contains(verb)
        {
            fact.add("job", weight: 0.7, table: table)
        }
        if fact.text.contains("在"), fact.text.contains("上班") || fact.text.contains("工作") {
            fact.add("employer", weight: 0.8, table: table)
        }
        // "I studied at TU Delft", "my husband is a sailor", "我丈夫是海员"
        for (index, item) in items.enumerated() {
            let rest = items[(index + 1)...].prefix(4)
            if item.links.contains(where: { $0.concept == table["study"] }) || item.form.hasPrefix("study"),
                let at = rest.firstIndex(where: { $0.form == "at" || $0.form == "from" }), at + 1 < items.count,
                items[at + 1].isName
            {
                fact.add("university", weight: 0.9, table: table)
            }
            if isBeing(item),
                rest.contains(where: { Self.livelihoods.contains($0.form) || $0.form == EnglishStem.stem("drive") })
            {
                fact.add("job", weight: 0.6, table: table)
            }
            guard isBeing(item), let verb = rest.first(where: { $0.form == "be" || $0.form == "是" }) else { continue }
            let after = rest.drop { $0 != verb }.dropFirst()
            if let article = after.first, ["a", "an"].contains(article.form), after.count > 1,
                after.dropFirst().first?.links.isEmpty ?? false
            {
                fact.add("job", weight: 0.6, table: table)
            }
            if verb.form == "是", let what = after.first, what.kind == .han, what.links.isEmpty, what.role == .content,
                what.form.unicodeScalars.count > 1, after.dropFirst().first?.form != "的"
            {
                fact.add("job", weight: 0.6, table: table)
            }
        }
        // Who drinks or plays something of their own will likes it, more or less.
        if forms.first == "i" || forms.first == "我", forms.allSatisfy({ !Vocabulary.negations.contains($0) }),
            fact.direct.keys.contains(where: { ["drink", "sport", "music"].contains(table.concepts[$0].name) })
        {
            fact.add("like", weight: 0.42, table: table)
        }
        if forms.first == "i" || forms.first == "我",
            fact.direct.keys.contains(where: { ["want", "plan"].contains(table.concepts[$0].name) })
        {
            fact.add("dream", weight: 0.55, table: table)
        }
        if fact.direct.keys.contains(where: { ["office", "department"].contains(table.concepts[$0].name) }) {
            fact.add("job", weight: 0.6, table: table)
        }
        if fact.direct[table["pregnancy"] ?? -1] ?? 0 > 0.9 {
            fact.add("child", weight: 0.8, table: table)
            fact.add("birth", weight: 0.7, table: table)
        }
        // "奶奶今年八十六了"
        for (index, item) in items.enumerated()
        where item.kind == .number && item.form.unicodeScalars.contains(where: \.isHan) {
            let rest = items[(index + 1)...].filter { $0.kind != .mark && $0.form != "了" }
            if rest.isEmpty, fact.text.contains("今年") || fact.text.contains("快") {
                fact.add("age", weight: 0.8, table: table)
            }
        }
    }

    private static let livelihoods: Set<String> = [
        "teach", "manage", "repair", "sell", "build", "design", "farm", "treat", "interpret", "translate", "edit",
    ].map(EnglishStem.stem).reduce(into: []) { $0.insert($1) }

    private func isBeing(_ item: Item) -> Bool {
        item.links.contains { table.concepts[$0.concept].kind == .being }
    }

    private func isAge(_ item: Item) -> Bool {
        item.kind == .number ? Int(item.form).map { $0 < 130 } ?? false : Vocabulary.englishNumbers.contains(item.form)
    }

    /// Somebody with a name: "my dog Rex", "my boss is Ms. Okafor".
    private func addNames(to fact: inout Fact) {
        let hasName = fact.reading.items.contains { item in
            item.isName
                && !item.links.contains {
                    ["weekday", "month", "cityname", "countryname", "nation", "languagename"]
                        .contains(table.concepts[$0.concept].name)
                }
        }
        if hasName, fact.direct.keys.contains(where: { table.concepts[$0].kind == .being }) {
            fact.add("name", weight: 0.6, table: table)
        }
        // A full name holds the family's.
        let items = fact.reading.items
        if let name = table["name"], fact.direct[name] != nil,
            zip(items, items.dropFirst()).contains(where: {
                $0.isName && $1.isName && $0.links.isEmpty && $1.links.isEmpty
            })
        {
            fact.add("surname", weight: 0.7, table: table)
        }
    }

    // MARK: Names that stand for somebody

    private mutating func learnAliases(from fact: Fact) {
        let items = fact.reading.items
        for (index, item) in items.enumerated() {
            let concepts = item.links.filter { table.concepts[$0.concept].kind == .being && $0.weight >= 0.9 }.map(
                \.concept)
            guard !concepts.isEmpty else { continue }
            var rest = items[(index + 1)...]
            while let next = rest.first,
                ["be", "call", "named", "name", "叫", "名叫", "是", "的", "名字", "叫做", ",", "，"].contains(next.form),
                next.kind != .mark || rest.count > 1
            {
                rest = rest.dropFirst()
            }
            let names = rest.prefix {
                $0.isName && $0.role == .content || $0.kind == .han && $0.links.isEmpty && $0.role == .content
            }
            for name in names.prefix(2) where name.form.unicodeScalars.count > 1 { aliases[name.form] = concepts }
        }
    }

    private func applyAliases(to fact: inout Fact) {
        for (name, concepts) in aliases where fact.mentions(name) {
            for concept in concepts { fact.add(concept, weight: 1, table: table) }
            if fact.subjectNames.contains(name), fact.subjects.isEmpty { fact.subjects = concepts }
        }
    }
}

extension Fact {
    /// Whether the statement holds a form: a stem, or Chinese characters.
    func mentions(_ form: String) -> Bool {
        if forms.contains(form) { return true }
        // A character alone may be part of any word.
        return form.unicodeScalars.first?.isHan == true && form.unicodeScalars.count > 1 && text.contains(form)
    }
}
