// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The language in which an answer is written.
enum AnswerLanguage: Hashable, Sendable {
    case english, chinese

    /// Chinese where a text has Han characters that weigh at least as much as its Latin words.
    init(of text: String) {
        var han = 0
        var words = 0
        var inWord = false
        for scalar in text.unicodeScalars {
            if scalar.isHan {
                han += 1
                inWord = false
            } else if scalar.isWordPart {
                if !inWord { words += 1 }
                inWord = true
            } else {
                inWord = false
            }
        }
        self = han > 0 && han * 2 >= words ? .chinese : .english
    }
}

extension Unicode.Scalar {
    /// A Chinese character.
    var isHan: Bool {
        switch value {
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF, 0x3007: true
        default: false
        }
    }

    var isASCIIDigit: Bool { value >= 0x30 && value <= 0x39 }

    /// A letter, digit or combining mark of a script that puts spaces between words.
    var isWordPart: Bool {
        if value < 0x80 { return isASCIIDigit || (value | 0x20 >= 0x61 && value | 0x20 <= 0x7A) }
        if isHan { return false }
        return properties.isAlphabetic || properties.canonicalCombiningClass != .notReordered
            || properties.numericType != nil
    }

    var isSpace: Bool { properties.isWhitespace }

    /// An apostrophe as people type it.
    var isApostrophe: Bool { self == "'" || self == "’" || self == "ʼ" || self == "＇" }
}

extension StringProtocol {
    /// Without white space at both ends.
    func trimmed() -> String {
        trimmed { $0.isSpace }
    }

    /// Without the scalars at both ends that the test names.
    func trimmed(while test: (Unicode.Scalar) -> Bool) -> String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !test($0) }),
            let last = scalars.lastIndex(where: { !test($0) })
        else { return "" }
        return String(self[first..<scalars.index(after: last)])
    }
}
