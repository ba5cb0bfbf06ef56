// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A piece of a sentence that means something: a word, a phrase of the concept table, a number, a run of Chinese.
struct Item: Hashable, Sendable {
    enum Role: Hashable, Sendable {
        /// Says what the sentence is about.
        case content
        /// Says little: nearly any sentence can have it.
        case generic
        /// Grammar.
        case stop
    }

    var kind: Token.Kind
    /// Stems with spaces between them, or Chinese characters.
    var form: String
    /// As written, of the first token.
    var surface: String
    var links: [ConceptTable.Link] = []
    /// Of a phrase: concepts of its words.
    var partLinks: [ConceptTable.Link] = []
    var role: Role
    var isCapitalised = false
    /// Capitalised within a sentence, or unknown and capitalised: probably somebody's or something's name.
    var isName = false
}

/// A sentence as it is compared: its items and what kinds of values stand in it.
struct Reading: Sendable {
    var text: String
    var items: [Item]
    /// Lower-cased word forms with grammar words, for patterns.
    var forms: [String]
    var values: ValueKinds = []

    init(_ text: String, table: ConceptTable = .standard) {
        self.text = text
        let tokens = Tokenizer.tokens(of: text)
        forms = tokens.map(\.form)
        items = ItemReader(tokens: tokens, table: table).items()
        values = ValueKinds(in: items)
    }

    /// Speaks of the user: I, my, we, 我.
    var isFirstPerson: Bool {
        items.contains { item in
            item.kind == .word
                ? Vocabulary.firstPerson.contains(item.form)
                : item.surface.hasPrefix("我") || item.form == "咱"
                    || item.form == "咱们"
        }
    }

    func has(_ concept: String, table: ConceptTable = .standard) -> Bool {
        guard let id = table[concept] else { return false }
        return items.contains { item in
            item.links.contains { $0.concept == id || table.ancestors[$0.concept].contains(id) }
        }
    }
}

/// Joins tokens to items: the longest phrase of the table first, then single words; Chinese by longest match.
private struct ItemReader {
    var tokens: [Token]
    var table: ConceptTable

    func items() -> [Item] {
        var items: [Item] = []
        var index = 0
        while index < tokens.count {
            switch tokens[index].kind {
            case .word: index = word(at: index, into: &items)
            case .han: index = han(at: index, into: &items)
            case .number, .mark:
                let token = tokens[index]
                items.append(
                    Item(
                        kind: token.kind, form: token.form, surface: token.surface,
                        role: token.kind == .number ? .content : .stop))
                index += 1
            }
        }
        negate(&items)
        wish(&items)
        return items
    }

    private func word(at index: Int, into items: inout [Item]) -> Int {
        let first = tokens[index]
        let isFirst = items.last.map { $0.kind == .mark && [".", ":", "!", "?", "\""].contains($0.form) } ?? true
        if let reach = table.englishReach[first.form] {
            var key = first.form
            var best: (count: Int, links: [ConceptTable.Link], key: String)?
            if let links = table.english[key] { best = (1, links, key) }
            for count in 1..<max(reach, 1) where index + count < tokens.count {
                let next = tokens[index + count]
                guard next.kind != .mark, next.kind != .han else { break }
                key += " " + next.form
                if let links = table.english[key] { best = (count + 1, links, key) }
            }
            if let best {
                let role: Item.Role =
                    best.count > 1
                    ? .content
                    : Vocabulary.stop.contains(best.key)
                        ? .stop : Vocabulary.generic.contains(best.key) ? .generic : .content
                var links = best.links
                if best.count == 1, role == .stop { links = links.map { .init(concept: $0.concept, weight: 0.4) } }
                items.append(
                    Item(
                        kind: .word, form: best.key, surface: surface(index, best.count), links: links, role: role,
                        isCapitalised: first.isCapitalised, isName: first.isCapitalised && !isFirst && best.count == 1))
                if best.count > 1 {
                    items[items.count - 1].partLinks = tokens[index..<(index + best.count)].flatMap { token in
                        Vocabulary.stop.contains(token.form) ? [] : table.english[token.form] ?? []
                    }
                }
                return index + best.count
            }
        }
        if first.surface == "May", isMonth(at: index) {
            let links = ["month", "spring"].compactMap { table[$0] }.map { ConceptTable.Link(concept: $0, weight: 1) }
            items.append(Item(kind: .word, form: "may.", surface: first.surface, links: links, role: .content))
            return index + 1
        }
        let role: Item.Role =
            Vocabulary.stop.contains(first.form) || first.form.unicodeScalars.count == 1 && !first.isCapitalised
            ? .stop : Vocabulary.generic.contains(first.form) ? .generic : .content
        items.append(
            Item(
                kind: .word, form: first.form, surface: first.surface, role: role, isCapitalised: first.isCapitalised,
                isName: first.isCapitalised && role == .content))
        return index + 1
    }

    /// A phrase as written; a contraction is one word of it.
    private func surface(_ index: Int, _ count: Int) -> String {
        var words: [String] = []
        for token in tokens[index..<(index + count)] where token.surface != words.last { words.append(token.surface) }
        return words.joined(separator: " ")
    }

    private func isMonth(at index: Int) -> Bool {
        if index + 1 < tokens.count, tokens[index + 1].kind == .number { return true }
        guard index > 0 else { return false }
        let before = tokens[index - 1]
        return before.kind == .number
            || [
                "in", "on", "of", "by", "until", "since", "last", "next", "th", "st", "nd", "rd", "this", "early",
                "late",
            ]
            .contains(before.form)
    }

    private func han(at index: Int, into items: inout [Item]) -> Int {
        if let (word, links, isStop) = known(at: index) {
            items.append(Item(kind: .han, form: word, surface: word, links: links, role: isStop ? .stop : .content))
            return index + word.unicodeScalars.count
        }
        // A run that the table does not know: a name, a rare word.
        var end = index
        var run = ""
        let isNumber = isNumeral(index)
        while end < tokens.count, tokens[end].kind == .han, isNumeral(end) == isNumber {
            if end > index, !isNumber, known(at: end) != nil { break }
            run += tokens[end].surface
            end += 1
        }
        items.append(Item(kind: isNumber ? .number : .han, form: run, surface: run, role: .content))
        return end
    }

    private func isNumeral(_ index: Int) -> Bool {
        tokens[index].surface.unicodeScalars.first.map(Vocabulary.chineseNumerals.contains) ?? false
    }

    /// The longest word of the tables that begins here.
    private func known(at index: Int) -> (String, [ConceptTable.Link], Bool)? {
        guard let head = tokens[index].surface.unicodeScalars.first else { return nil }
        let reach = max(table.chineseReach[head] ?? 0, 4)
        var word = ""
        var found: (String, [ConceptTable.Link], Bool)?
        for offset in 0..<reach where index + offset < tokens.count {
            guard tokens[index + offset].kind == .han else { break }
            word += tokens[index + offset].surface
            if let links = table.chinese[word] {
                found = (word, links, false)
            } else if Vocabulary.chineseStop.contains(word) {
                found = (word, [], true)
            }
        }
        return found
    }

    /// "would like" is a wish, also with the subject between.
    private func wish(_ items: inout [Item]) {
        guard let like = table["like"], let want = table["want"] else { return }
        for index in items.indices where items[index].form == "would" {
            for next in items.indices[(index + 1)...].prefix(2) where items[next].form == "like" {
                items[next].links.removeAll { $0.concept == like }
                items[next].links.append(.init(concept: want, weight: 1))
            }
        }
    }

    /// "do not like" is a dislike, and what one does not eat or drink one avoids.
    private func negate(_ items: inout [Item]) {
        guard let like = table["like"], let dislike = table["dislike"], let avoid = table["avoid"],
            let eat = table["eat"], let drink = table["drink"]
        else { return }
        for index in items.indices where Vocabulary.negations.contains(items[index].form) {
            for next in items.indices[(index + 1)...].prefix(4) {
                let concepts = items[next].links.map(\.concept)
                if items[next].kind == .mark { break }
                if concepts.contains(like) {
                    items[next].links.removeAll { $0.concept == like }
                    items[next].links.append(.init(concept: dislike, weight: 1))
                    break
                }
                if concepts.contains(eat) || concepts.contains(drink) {
                    items[next].links.append(.init(concept: avoid, weight: 1))
                    break
                }
            }
        }
    }
}
