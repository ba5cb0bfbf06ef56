// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Makes the terms by which clauses are indexed and found.
///
/// English words are lower-cased and stemmed; numbers stay whole (`5.5.18`, `0.9`); runs of Chinese, Japanese and Korean
/// become overlapping pairs of characters, and their last character alone, so that each character begins some term. Terms
/// hold letters, digits, dots and ideographs only: nothing in them has a meaning in the query language of FTS5.
enum Tokenizer {
    /// A stretch of text of one kind.
    enum Piece: Hashable {
        /// Letters, folded.
        case word(String)
        /// Digits with single dots between them; thousands separators are gone.
        case number(String)
        case ideographs(String)
    }

    /// Returns a text's terms in their order.
    static func terms(_ text: some StringProtocol) -> [String] {
        var terms: [String] = []
        for piece in pieces(text) {
            switch piece {
            case .word(let word): terms.append(PorterStemmer.stem(word))
            case .number(let number):
                terms.append(number)
                if let short = withoutTrailingZeros(number) { terms.append(short) }
            case .ideographs(let run):
                terms.append(contentsOf: pairs(run))
                if let last = run.last { terms.append(String(last)) }
            }
        }
        return terms
    }

    /// The overlapping pairs of a run; none for a single character.
    static func pairs(_ run: some StringProtocol) -> [String] {
        zip(run, run.dropFirst()).map { String([$0, $1]) }
    }

    static func pieces(_ text: some StringProtocol) -> [Piece] {
        var pieces: [Piece] = []
        var current = String.UnicodeScalarView()
        var kind = CharacterClass.other
        /// A dot or comma behind a digit, which belongs to the number only if a digit follows.
        var held: Unicode.Scalar?
        var isPossessive = false

        func close() {
            defer {
                current = String.UnicodeScalarView()
                kind = .other
                held = nil
            }
            let piece = String(current)
            switch kind {
            case .letter:
                // The s of "company's" is no word.
                if !(isPossessive && piece == "s") { pieces.append(.word(piece)) }
            case .digit: pieces.append(.number(piece))
            case .ideograph: pieces.append(.ideographs(piece))
            case .other: break
            }
            isPossessive = false
        }

        for original in text.unicodeScalars {
            let scalar = CharacterClass.folded(original)
            let scalarKind = CharacterClass(scalar)
            if scalarKind == .other {
                if kind == .digit, held == nil, scalar == "." || scalar == "," {
                    held = scalar
                    continue
                }
                let wasLetter = kind == .letter
                if kind != .other { close() }
                isPossessive = wasLetter && (scalar == "'" || scalar == "\u{2019}")
                continue
            }
            if kind == .digit, scalarKind == .digit, let mark = held {
                if mark == "." { current.append(mark) }
                held = nil
            } else if scalarKind != kind || held != nil {
                let keep = isPossessive
                if kind != .other { close() }
                isPossessive = kind == .other && keep
                kind = scalarKind
            }
            current.append(scalar)
        }
        if kind != .other { close() }
        return pieces
    }

    /// `0.90` is also `0.9`; `5.5.18` and `10` have no shorter form.
    private static func withoutTrailingZeros(_ number: String) -> String? {
        guard number.hasSuffix("0"), number.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 1 else { return nil }
        let short = number.reversed().drop { $0 == "0" }.drop { $0 == "." }
        return String(short.reversed())
    }
}
