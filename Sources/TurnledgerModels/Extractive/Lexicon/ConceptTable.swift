// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Groups of English and Chinese words that speak of the same thing, and which groups are kinds of others.
///
/// Each line of the tables is `name flags < parents : English words | Chinese words`. The English ones are parted by
/// commas, the Chinese by spaces; a word marked `~` belongs to its group only half. The flag `@` is for persons and
/// animals, `#` for things that have properties of their own, `*` for what one has many of, `=` for
/// lists of which only the concept's own name, and then the first
/// Chinese word, stands for all. A line that begins with
/// a space goes on with the one before. A word may be in several groups.
struct ConceptTable: Sendable {
    typealias ID = Int

    enum Kind: Hashable, Sendable { case plain, being, thing }

    /// A word's place in a group.
    struct Link: Hashable, Sendable {
        var concept: ID
        var weight: Double
        /// One of a list, as "red" is of colours: another of the list is another thing.
        var isInstance = false
    }

    struct Concept: Sendable {
        var name: String
        var kind = Kind.plain
        var hasMany = false
        /// Its words come from the table of rules and buildings.
        var isRule = false
        var parents: [ID] = []
        var english: [String] = []
        var chinese: [String] = []
    }

    private(set) var concepts: [Concept] = []
    /// By stems with spaces between them.
    private(set) var english: [String: [Link]] = [:]
    /// The number of words of the longest entry that begins with a stem.
    private(set) var englishReach: [String: Int] = [:]
    private(set) var chinese: [String: [Link]] = [:]
    private(set) var chineseReach: [Unicode.Scalar: Int] = [:]
    /// A concept's ancestors, nearest first.
    private(set) var ancestors: [[ID]] = []
    private var ids: [String: ID] = [:]

    static let standard = ConceptTable()

    private init() {
        for (text, isRule) in [
            (Self.people, false), (Self.places, false), (Self.work, false), (Self.body, false), (Self.things, false),
            (Self.leisure, false), (Self.relations, false), (Self.regulations, true),
        ] {
            var line = ""
            for next in text.split(separator: "\n") {
                if next.first != " ", !line.isEmpty {
                    read(line, isRule: isRule)
                    line = ""
                }
                line += next
            }
            read(line, isRule: isRule)
        }
        ancestors = concepts.indices.map { concept in
            var found: [ID] = []
            var next = concepts[concept].parents
            while !next.isEmpty {
                found += next.filter { !found.contains($0) }
                next = next.flatMap { concepts[$0].parents }.filter { !found.contains($0) }
            }
            return found
        }
    }

    /// The concept of a name that stands in the tables.
    subscript(name: String) -> ID? { ids[name] }

    private mutating func id(of name: String, isRule: Bool) -> ID {
        if let id = ids[name] { return id }
        concepts.append(Concept(name: name, isRule: isRule))
        ids[name] = concepts.count - 1
        return concepts.count - 1
    }

    private mutating func read(_ line: String, isRule: Bool) {
        guard let colon = line.firstIndex(of: ":") else { return }
        let head = line[..<colon].split(separator: "<", maxSplits: 1)
        let parts = head[0].split(separator: " ")
        guard let first = parts.first else { return }
        // A rule's "smoke" is not a smoker's.
        let concept = id(of: isRule ? "rule." + first : String(first), isRule: isRule)
        if parts.contains("@") { concepts[concept].kind = .being }
        if parts.contains("#") { concepts[concept].kind = .thing }
        let isList = parts.contains("=")
        let listHead = EnglishStem.stem(String(first))
        var hasHead = false
        if parts.contains("*") { concepts[concept].hasMany = true }
        if head.count > 1 {
            for parent in head[1].split(separator: ",") {
                let parent = id(of: parent.trimmed(), isRule: isRule)
                concepts[concept].parents.append(parent)
            }
        }
        let sides = line[line.index(after: colon)...].split(
            separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        for entry in sides[0].split(separator: ",") {
            let (word, weight) = Self.weighed(entry.trimmed())
            let stems = Tokenizer.tokens(of: word).filter { $0.kind != .mark || $0.form == "+" }.map(\.form)
            guard let head = stems.first else { continue }
            let link = Link(
                concept: concept, weight: weight, isInstance: isList && stems != [listHead])
            Self.insert(link, into: &english[stems.joined(separator: " "), default: []])
            englishReach[head] = max(englishReach[head] ?? 0, stems.count)
            concepts[concept].english.append(word)
            if stems == [listHead] { hasHead = true }
        }
        guard sides.count > 1 else { return }
        for entry in sides[1].split(separator: " ") {
            let (word, weight) = Self.weighed(String(entry))
            guard let head = word.unicodeScalars.first else { continue }
            let link = Link(
                concept: concept, weight: weight, isInstance: isList && !(hasHead && concepts[concept].chinese.isEmpty))
            Self.insert(link, into: &chinese[word, default: []])
            chineseReach[head] = max(chineseReach[head] ?? 0, word.unicodeScalars.count)
            concepts[concept].chinese.append(word)
        }
    }

    private static func weighed(_ word: String) -> (String, Double) {
        word.hasSuffix("~") ? (String(word.dropLast()), 0.4) : (word, 1)
    }

    private static func insert(_ link: Link, into links: inout [Link]) {
        if let index = links.firstIndex(where: { $0.concept == link.concept }) {
            links[index].weight = max(links[index].weight, link.weight)
            links[index].isInstance = links[index].isInstance && link.isInstance
        } else {
            links.append(link)
        }
    }
}
