// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A word, number or Chinese character as it stands in a text.
struct Token: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case word, number, han, mark }

    var kind: Kind
    /// As written.
    var surface: String
    /// Lower-cased and stemmed: equal for words that count as equal.
    var form: String
    /// Begins with a capital letter.
    var isCapitalised = false
}

/// Cuts a text into tokens: English words with their contractions undone, numbers with their decimals and times whole,
/// Chinese characters one by one.
enum Tokenizer {
    static func tokens(of text: some StringProtocol) -> [Token] {
        let scalars = Array(text.unicodeScalars)
        var tokens: [Token] = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar.isHan {
                let surface = String(scalar)
                tokens.append(Token(kind: .han, surface: surface, form: surface))
                index += 1
            } else if scalar.isWordPart {
                var end = index
                while end < scalars.count, continues(scalars, end) { end += 1 }
                append(scalars[index..<end], to: &tokens)
                index = end
            } else {
                if !scalar.isSpace {
                    let surface = String(scalar)
                    tokens.append(Token(kind: .mark, surface: surface, form: surface))
                }
                index += 1
            }
        }
        return tokens
    }

    /// Whether the scalar belongs to the word or number that is being read.
    private static func continues(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
        let scalar = scalars[index]
        if scalar.isWordPart { return true }
        guard index > 0, index + 1 < scalars.count, scalars[index + 1].isWordPart else { return false }
        let before = scalars[index - 1]
        guard before.isWordPart else { return false }
        if scalar.isApostrophe { return true }
        let digits = before.isASCIIDigit && scalars[index + 1].isASCIIDigit
        switch scalar {
        case ".", ",", ":", "/": return digits
        case "-": return true
        case "@", "_": return true
        default: return false
        }
    }

    private static func append(_ scalars: ArraySlice<Unicode.Scalar>, to tokens: inout [Token]) {
        let surface = String(String.UnicodeScalarView(scalars))
        let isCapitalised = scalars.first!.properties.isUppercase
        if scalars.first!.isASCIIDigit {
            // "40kg", "3pm" and "5th": the number and its unit are two tokens.
            let digits = scalars.prefix {
                $0.isASCIIDigit || $0 == "." || $0 == "," || $0 == ":" || $0 == "/" || $0 == "-"
            }
            let unit = scalars.dropFirst(digits.count)
            let number = String(String.UnicodeScalarView(digits))
            if unit.allSatisfy({ $0.isWordPart && !$0.isASCIIDigit }), unit.count <= 12 {
                tokens.append(Token(kind: .number, surface: number, form: number))
                if !unit.isEmpty {
                    let text = String(String.UnicodeScalarView(unit))
                    tokens.append(Token(kind: .word, surface: text, form: EnglishStem.stem(text.lowercased())))
                }
            } else {
                tokens.append(Token(kind: .number, surface: surface, form: surface.lowercased()))
            }
            return
        }
        let lower = String(String.UnicodeScalarView(scalars.map { $0.isApostrophe ? "'" : $0 })).lowercased()
        for part in undone(lower) {
            tokens.append(
                Token(kind: .word, surface: surface, form: EnglishStem.stem(part), isCapitalised: isCapitalised))
        }
    }

    /// The words of a contraction; a possessive's ending goes.
    private static func undone(_ word: String) -> [String] {
        if word == "cannot" { return ["can", "not"] }
        guard let mark = word.lastIndex(of: "'") else { return word.contains("-") ? hyphenated(word) : [word] }
        if let known = contractions[word] { return known }
        let base = String(word[..<mark])
        switch word[mark...] {
        case "'s": return saysIs.contains(base) ? [base, "is"] : [base]
        case "'m": return [base, "am"]
        case "'re": return [base, "are"]
        case "'ve": return [base, "have"]
        case "'ll": return [base, "will"]
        case "'d": return [base, "would"]
        case "'t" where base.hasSuffix("n"): return [String(base.dropLast()), "not"]
        default: return [word.replacing("'", with: "")]
        }
    }

    private static func hyphenated(_ word: String) -> [String] {
        let parts = word.split(separator: "-").map(String.init)
        return parts.allSatisfy({ $0.count > 1 }) ? parts : [word]
    }

    /// Words whose "'s" is "is"; after any other it is a possessive.
    private static let saysIs: Set<String> = [
        "what", "who", "where", "when", "how", "that", "it", "he", "she", "there", "here",
    ]

    private static let contractions: [String: [String]] = [
        "can't": ["can", "not"], "won't": ["will", "not"], "shan't": ["shall", "not"], "let's": ["let", "us"],
        "ain't": ["is", "not"], "o'clock": ["o'clock"], "y'all": ["you"],
    ]
}
