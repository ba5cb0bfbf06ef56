// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Finds the part of a long text that fits a query best.
enum Excerpt {
    /// Returns whole sentences that follow one another, of at most `maximumLength` bytes, with marks where text is left
    /// out; all of a text that is short enough.
    static func make(_ text: String, terms: [String], rarity: [Double], maximumLength: Int) -> String {
        guard text.utf8.count > maximumLength else { return text }
        let sentences = Sentences.split(text, maximumLength: maximumLength)
        let counts = TermCounts(terms)
        let found = sentences.map { counts.count(Tokenizer.terms($0).joined(separator: " ")).counts.map { $0 > 0 } }
        let lengths = sentences.map(\.utf8.count)
        var best = (start: 0, end: 1, value: -1.0)
        for start in sentences.indices {
            var end = start
            var length = 0
            var has = [Bool](repeating: false, count: terms.count)
            while end < sentences.count, length + lengths[end] <= maximumLength {
                length += lengths[end]
                for (term, isFound) in found[end].enumerated() where isFound { has[term] = true }
                end += 1
            }
            let value = has.indices.reduce(0.0) { $0 + (has[$1] ? rarity[$1] : 0) }
            if value > best.value { best = (start, max(end, start + 1), value) }
        }
        let part = sentences[best.start..<best.end].joined().trimmed
        return (best.start > 0 ? "… " : "") + part + (best.end < sentences.count ? " …" : "")
    }
}
