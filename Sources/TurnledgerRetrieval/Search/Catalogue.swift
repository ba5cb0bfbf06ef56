// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TurnledgerStore

/// What a search knows of the whole index: its documents' names, and how common each term is.
final class Catalogue: Sendable {
    struct Document: Hashable, Sendable {
        var id: String
        var title: String
        var language: String
    }

    /// The clauses of one language. Languages are counted apart: what is common in one is rare beside another.
    struct Totals: Hashable, Sendable {
        var language: String
        var clauses: Int
        /// The mean number of terms.
        var textLength: Double
        var headingLength: Double
    }

    let version: Int64
    let clauseCount: Int
    let documents: [String: Document]
    let totals: [String: Totals]
    let hasChinese: Bool
    private let ideographicClauses: Int
    /// The longest first, in UTF-8.
    private let aliases: [(alias: [UInt8], id: String)]
    private let frequencies = Mutex<[String: Frequency]>([:])

    init(version: Int64, documents: [Document], totals: [Totals]) {
        self.version = version
        self.totals = Dictionary(totals.map { ($0.language, $0) }) { first, _ in first }
        clauseCount = totals.map(\.clauses).reduce(0, +)
        ideographicClauses = totals.filter { ["zh", "ja", "ko"].contains($0.language) }.map(\.clauses).reduce(0, +)
        self.documents = Dictionary(documents.map { ($0.id, $0) }) { first, _ in first }
        hasChinese = documents.contains { $0.language == "zh" }
        aliases = documents.flatMap { document in Self.aliases(of: document).map { ($0, document.id) } }
            .sorted { ($1.0.utf8.count, $0.0, $0.1) < ($0.0.utf8.count, $1.0, $1.1) }
            .map { (Array($0.0.utf8), $0.1) }
    }

    /// The weight of a term that this many clauses have: its inverse document frequency among clauses of its script.
    func rarity(of term: String, frequency: Int) -> Double {
        let isIdeographic = term.unicodeScalars.first.map { CharacterClass($0) == .ideograph } ?? false
        let population = isIdeographic ? ideographicClauses : clauseCount - ideographicClauses
        let count = Double(max(population, frequency))
        return log(1 + (count - Double(frequency) + 0.5) / (Double(frequency) + 0.5))
    }

    /// How many clauses have a term: of the terms behind a beginning the most frequent one, and how many entries they have
    /// together.
    struct Frequency {
        var clauses: Int
        var listed: Int
    }

    /// Read once for each version.
    func frequency(of term: String, read: () throws -> Frequency) rethrows -> Frequency {
        if let known = frequencies.withLock({ $0[term] }) { return known }
        let count = try read()
        frequencies.withLock { table in
            if table.count > 50_000 { table = [:] }
            table[term] = count
        }
        return count
    }

    /// Returns the documents whose ID or title a text has; the longer of two that overlap.
    func documents(namedIn text: String) -> Set<String> {
        let folded = Array(Self.folded(text).utf8)
        var named: Set<String> = []
        var taken: [Range<Int>] = []
        for (alias, id) in aliases {
            guard let range = Self.range(of: alias, in: folded) else { continue }
            if taken.contains(where: { $0 != range && $0.overlaps(range) }) { continue }
            taken.append(range)
            named.insert(id)
        }
        return named
    }

    /// Looks for bytes in bytes: hundreds of names are looked for in every query.
    private static func range(of needle: [UInt8], in text: [UInt8]) -> Range<Int>? {
        guard let first = needle.first, needle.count <= text.count else { return nil }
        return text.withUnsafeBufferPointer { text in
            needle.withUnsafeBufferPointer { needle in
                for start in 0...text.count - needle.count where text[start] == first {
                    var length = 1
                    while length < needle.count, text[start + length] == needle[length] { length += 1 }
                    if length == needle.count { return start..<start + length }
                }
                return nil
            }
        }
    }

    private static func aliases(of document: Document) -> Set<String> {
        var aliases: Set<String> = []
        // "GB 50016-2014" is called GB 50016, too.
        var names = [document.id, document.title]
        if let match = document.id.wholeMatch(of: /(.*\d)[\-:]\d{4}/) { names.append(String(match.1)) }
        for name in names {
            let folded = folded(name)
            let isWord = !folded.contains(where: {
                $0.unicodeScalars.first.map { CharacterClass($0) == .ideograph } ?? false
            })
            if isWord {
                // One common word names nothing: "lifts" is also a word of questions.
                let isCode = name.contains(where: \.isNumber) || name.filter(\.isUppercase).count >= 2
                if isCode || folded.split(separator: " ").count > 1 { aliases.insert(folded) }
            } else {
                aliases.insert(folded)
                let short = folded.replacing("中华人民共和国", with: "").split(separator: " ").joined(separator: " ")
                if short.count >= 2 { aliases.insert(" \(short) ") }
            }
        }
        return aliases.filter { $0.count >= 4 }.reduce(into: []) { set, alias in
            // Between ideographs there are no spaces to match.
            let bare = alias.trimmed
            set.insert(bare.unicodeScalars.contains { CharacterClass($0) == .ideograph } ? String(bare) : alias)
        }
    }

    /// Words and numbers between single spaces; ideographs as they are.
    private static func folded(_ text: String) -> String {
        let pieces = Tokenizer.pieces(text).map { piece in
            switch piece {
            case .word(let text), .number(let text), .ideographs(let text): text
            }
        }
        return " " + pieces.joined(separator: " ") + " "
    }
}
