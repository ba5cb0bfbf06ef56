// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Understands how regulations number their clauses.
enum ClauseNumber {
    /// A number found at the beginning of a text, and what follows it.
    struct Marker: Equatable {
        enum Kind { case article, dotted, plain, annex }

        var kind: Kind
        /// As it is written: `Article 12`, `第十二条`, `5.5.18`.
        var number: String
        var rest: String
    }

    // MARK: At the beginning of a text

    /// Returns the marker with which a paragraph or heading begins, or `nil`.
    static func marker(of text: some StringProtocol) -> Marker? {
        let text = String(text)
        // Most text begins with no marker: say so without a pattern.
        guard let first = text.first, first.isNumber || first.isUppercase || "第附§".contains(first) else { return nil }
        if let match = text.prefixMatch(of: chineseArticle) {
            return Marker(kind: .article, number: String(match.1), rest: trimmed(text[match.range.upperBound...]))
        }
        if let match = text.prefixMatch(of: article) {
            let rest = text[match.range.upperBound...]
            // "Article 12 applies" is a sentence, "Article 12 Scope" and "Article 12." are numbers.
            let follower = rest.first { !$0.isWhitespace }
            guard follower?.isLowercase != true, follower != ",", follower != ";" else { return nil }
            return Marker(kind: .article, number: collapsed(match.1), rest: trimmed(rest))
        }
        if let match = text.prefixMatch(of: annex) {
            let rest = text[match.range.upperBound...]
            guard rest.first(where: { !$0.isWhitespace })?.isLowercase != true else { return nil }
            return Marker(kind: .annex, number: collapsed(match.1), rest: trimmed(rest))
        }
        if let match = text.prefixMatch(of: chineseAnnex) {
            return Marker(kind: .annex, number: String(match.1), rest: trimmed(text[match.range.upperBound...]))
        }
        if let match = text.prefixMatch(of: dotted) {
            let rest = text[match.range.upperBound...]
            guard beginsText(rest) else { return nil }
            return Marker(kind: .dotted, number: String(match.1), rest: trimmed(rest))
        }
        if let match = text.prefixMatch(of: plain) {
            let rest = text[match.range.upperBound...]
            guard beginsText(rest) else { return nil }
            return Marker(kind: .plain, number: String(match.1), rest: trimmed(rest))
        }
        return nil
    }

    /// Returns the level of a line that is a heading by its words (`第二章`, `Chapter II`), the outermost 1.
    static func headingLevel(of line: some StringProtocol) -> Int? {
        guard let first = line.first, "第PpTtCcSs".contains(first), line.count <= 120 else { return nil }
        let line = String(line)
        if let match = line.prefixMatch(of: chineseHeading) {
            return ["编": 1, "篇": 1, "章": 2, "节": 3][String(match.1)]
        }
        if let match = line.prefixMatch(of: heading) {
            return ["part": 1, "title": 1, "chapter": 2, "section": 3][match.1.lowercased()]
        }
        return nil
    }

    // MARK: As a key

    /// Returns what is equal for all ways to write a number: `第十二条`, `Article 12` and `12` are `12`.
    static func key(_ number: some StringProtocol) -> String {
        var text = String(number)
        // A part of a long clause is found by the clause's number.
        if let slash = text.lastIndex(of: "/"), Int(text[text.index(after: slash)...]) != nil {
            text = String(text[..<slash])
        }
        if text.utf8.first.map({ (0x30...0x39).contains($0) }) == true { return fold(text) }
        if let match = text.wholeMatch(of: wholeChineseArticle) {
            let main = ChineseNumeral.value(match.1).map(String.init) ?? fold(match.1)
            let insert = match.2.flatMap { ChineseNumeral.value($0) }
            return insert.map { "\(main)-\($0)" } ?? main
        }
        if let match = text.wholeMatch(of: wholeAnnex) {
            let name = String(match.1)
            let number = ChineseNumeral.value(name) ?? roman(name)
            return "annex " + (number.map(String.init) ?? fold(name))
        }
        if let match = text.wholeMatch(of: wholeArticle) {
            return ChineseNumeral.value(match.1).map(String.init) ?? fold(match.1)
        }
        return fold(text)
    }

    /// A clause number that a query names.
    struct Mention: Hashable {
        var key: String
        /// Where the query has it.
        var range: Range<String.Index>
    }

    /// Returns the numbers that a query names: `clause 5.5.18`, `Article 12(3)`, `第五条`, `Annex III`.
    static func mentions(in query: String) -> [Mention] {
        var mentions: [Mention] = []
        func add(_ key: String, _ range: Range<String.Index>) {
            guard !mentions.contains(where: { $0.range.overlaps(range) }) else { return }
            mentions.append(Mention(key: key, range: range))
        }
        for match in query.matches(of: mentionedChineseArticle) { add(key(match.0), match.range) }
        for match in query.matches(of: mentionedArticle) { add(key(match.1), match.range) }
        for match in query.matches(of: mentionedAnnex) { add(key(match.0), match.range) }
        for match in query.matches(of: mentionedDotted) { add(key(match.0), match.range) }
        return mentions
    }

    // MARK: Help

    private static func beginsText(_ rest: Substring) -> Bool {
        guard let first = rest.first(where: { !$0.isWhitespace }) else { return true }
        return !first.isLowercase && !"%°℃.,;)）".contains(first)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace || ".:：—–-、　*_".contains($0) })
    }

    private static func collapsed(_ text: Substring) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func fold(_ text: some StringProtocol) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where !scalar.properties.isWhitespace {
            folded.append(CharacterClass.folded(scalar))
        }
        return String(folded)
    }

    private static func roman(_ text: String) -> Int? {
        let values: [Character: Int] = ["I": 1, "V": 5, "X": 10, "L": 50, "C": 100]
        let numbers = text.uppercased().map { values[$0] ?? 0 }
        guard !numbers.isEmpty, !numbers.contains(0) else { return nil }
        var total = 0
        for (index, number) in numbers.enumerated() {
            total += index + 1 < numbers.count && number < numbers[index + 1] ? -number : number
        }
        return total
    }
}

// The patterns are constants of the program. `Regex` is not marked `Sendable`, but these are never changed and matching
// writes nothing to them.
extension ClauseNumber {
    nonisolated(unsafe) private static let chineseArticle = /(第\s*[零〇一二两三四五六七八九十百千0-9A-Z.]+\s*条(?:之[一二三四五六七八九十]+)?)/
    nonisolated(unsafe) private static let wholeChineseArticle =
        /第\s*([零〇一二两三四五六七八九十百千0-9A-Z.]+)\s*条(?:之([一二三四五六七八九十]+))?/
    nonisolated(unsafe) private static let article =
        /((?:Article|ARTICLE|Art\.|Clause|Rule|§)\s*\d+[a-z]?(?:\.\d+)*(?![\d(]))/
    nonisolated(unsafe) private static let wholeArticle = /(?i:article|art\.?|clause|rule|section|sec\.?|§|条目)\s*(.+)/
    nonisolated(unsafe) private static let annex = /((?:Annex|ANNEX|Appendix|APPENDIX)\s+(?:[IVXLC]+|[A-Z]|\d+)\b)/
    nonisolated(unsafe) private static let chineseAnnex = /((?:附件|附录|附表)\s*(?:[一二三四五六七八九十]+|[A-Z0-9]+))/
    nonisolated(unsafe) private static let wholeAnnex = /(?i:annex|appendix|附件|附录|附表)\s*([一二三四五六七八九十]+|[A-Za-z]+|\d+)/
    nonisolated(unsafe) private static let dotted =
        /((?:[A-Z]\.)?\d{1,3}(?:\.\d{1,3}){1,5}[a-z]?|[A-Z](?:\.\d{1,3}){1,5})(?=[\s.:：*　、]|$)/
    nonisolated(unsafe) private static let plain = /(\d{1,3})(?:[.、．]|\s*(?=\s))(?=\s|$|[^\x00-\x7F])/
    nonisolated(unsafe) private static let chineseHeading = /第\s*[零〇一二两三四五六七八九十百0-9]+\s*(编|篇|章|节)(?=\s|$|[^的之规第、和至及])/
    nonisolated(unsafe) private static let heading =
        /((?i:part|title|chapter|section))\s+(?:[IVXLC]+|\d+|[A-Z])\b(?!\s+[a-z])/
    nonisolated(unsafe) private static let mentionedChineseArticle =
        /第\s*[零〇一二两三四五六七八九十百千0-9A-Z.]+\s*条(?:之[一二三四五六七八九十]+)?/
    nonisolated(unsafe) private static let mentionedArticle =
        /(?i)\b(?:articles?|art\.?|clauses?|sections?|sec\.|rules?|paragraphs?|no\.)\s*((?:[A-Z]\.)?\d+(?:\.\d+)*[a-z]?)/
    nonisolated(unsafe) private static let mentionedAnnex =
        /(?i)(?:\b(?:annex|appendix)\s+(?:[IVXLC]+|[A-Z]|\d+)\b|(?:附件|附录|附表)\s*(?:[一二三四五六七八九十]+|[A-Z0-9]+))/
    nonisolated(unsafe) private static let mentionedDotted = /(?:\b[A-Z]\.)?\d{1,3}(?:\.\d{1,3}){2,5}/
}
