// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Cuts a message into sentences, each as it was written.
///
/// A sentence ends at `.`, `!`, `?`, `;`, their Chinese twins, and at the end of a line; not inside a decimal, a clause
/// number, an address of the web, or after an abbreviation such as "Dr.". A list's bullet is not part of its sentence.
enum SentenceSplitter {
    static func sentences(of text: String) -> [String] {
        var sentences: [String] = []
        for line in text.unicodeScalars.split(whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\u{2028}" }) {
            split(dropBullet(Array(line)), into: &sentences)
        }
        return sentences
    }

    private static func split(_ scalars: ArraySlice<Unicode.Scalar>, into sentences: inout [String]) {
        var start = scalars.startIndex
        var index = start
        func close(at end: Int) {
            let sentence = String(String.UnicodeScalarView(scalars[start..<end])).trimmed()
            if sentence.unicodeScalars.contains(where: { $0.isWordPart || $0.isHan }) { sentences.append(sentence) }
            start = end
        }
        while index < scalars.endIndex {
            guard endsSentence(scalars, index) else {
                index += 1
                continue
            }
            index += 1
            while index < scalars.endIndex, isClosing(scalars[index]) { index += 1 }
            close(at: index)
        }
        close(at: scalars.endIndex)
    }

    /// Marks that belong to the sentence before them.
    private static func isClosing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ".", "!", "?", "。", "！", "？", "\"", "”", "’", "）", ")", "」", "』", "…": true
        default: false
        }
    }

    private static func endsSentence(_ scalars: ArraySlice<Unicode.Scalar>, _ index: Int) -> Bool {
        switch scalars[index] {
        case "。", "！", "？", "；", "…": return true
        case "!", "?", ";":
            return index + 1 >= scalars.endIndex || !scalars[index + 1].isWordPart
        case ".":
            guard index + 1 < scalars.endIndex else { return true }
            let next = scalars[index + 1]
            if next.isHan { return !(index > scalars.startIndex && scalars[index - 1].isASCIIDigit) }
            guard next.isSpace || isClosing(next) else { return false }
            return !isAbbreviation(scalars, dot: index)
        default: return false
        }
    }

    /// Whether the dot ends an abbreviation rather than a sentence.
    private static func isAbbreviation(_ scalars: ArraySlice<Unicode.Scalar>, dot: Int) -> Bool {
        var begin = dot
        while begin > scalars.startIndex, scalars[begin - 1].isWordPart || scalars[begin - 1] == "." { begin -= 1 }
        let word = String(String.UnicodeScalarView(scalars[begin..<dot])).lowercased()
        let rest = scalars[(dot + 1)...].drop { $0.isSpace }
        guard let next = rest.first else { return false }
        if word == "no" || word == "nr" || word == "art" || word == "fig" || word == "sec" {
            return next.isASCIIDigit
        }
        if always.contains(word) { return true }
        let nextWord = String(String.UnicodeScalarView(rest.prefix { $0.isWordPart })).lowercased()
        if sometimes.contains(word) { return !starters.contains(nextWord) }
        // An initial: "J. Smith"; but not the pronoun "I".
        let isInitial = word.count == 1 && scalars[begin].properties.isUppercase && word != "i"
        return isInitial && !starters.contains(nextWord)
    }

    private static let always: Set<String> = [
        "dr", "mr", "mrs", "ms", "prof", "mx", "e.g", "i.e", "vs", "approx", "gen", "sen", "rev", "hon", "cf", "ca",
        "para", "sgt", "capt", "col", "lt",
    ]
    private static let sometimes: Set<String> = [
        "st", "ave", "rd", "blvd", "co", "inc", "ltd", "corp", "jr", "sr", "etc", "a.m", "p.m", "am", "pm", "jan",
        "feb",
        "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s", "u.k", "mt", "ft", "apt", "dept",
        "tel", "ext", "max", "min", "hr", "hrs", "mins", "mon", "tue", "wed", "thu", "fri", "sat", "sun",
    ]
    private static let starters: Set<String> = [
        "i", "my", "we", "our", "the", "it", "he", "she", "they", "what", "where", "when", "how", "who", "which", "is",
        "are", "do", "does", "can", "and", "but", "please", "his", "her", "their", "this", "that", "there", "why",
    ]

    /// Without the bullet or number of a list.
    private static func dropBullet(_ line: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar> {
        let body = line[...].drop { $0.isSpace }
        guard let first = body.first else { return body }
        if ["-", "*", "•", "·", "–", "—", "▪", "‣", "+"].contains(first) {
            let rest = body.dropFirst()
            if rest.first?.isSpace == true || first == "•" || first == "·" { return rest.drop { $0.isSpace } }
            return body
        }
        let digits = body.prefix { $0.isASCIIDigit }
        let rest = body.dropFirst(digits.count)
        if !digits.isEmpty, digits.count <= 2, let mark = rest.first {
            if mark == "、" || mark == "）" { return rest.dropFirst().drop { $0.isSpace } }
            if mark == "." || mark == ")" || mark == "．" {
                let after = rest.dropFirst()
                if let next = after.first, next.isSpace || next.isHan { return after.drop { $0.isSpace } }
            }
        }
        return body
    }
}
