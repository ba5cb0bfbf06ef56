// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A clause that a question names by its number, with its document where the question says it.
struct ClauseReference: Hashable, Sendable {
    /// As written: "GB 50016", "TL-FS 100".
    var document: String?
    /// "5.5.18", "12", "第十二条".
    var number: String

    /// The clauses named in a text, in order.
    ///
    /// A number counts where "clause", "article", "section", "§" or 第…条 says so, or where it has two dots or more.
    static func all(in text: String) -> [ClauseReference] {
        let scalars = Array(text.unicodeScalars)
        let document = documents(in: scalars).first
        var references: [ClauseReference] = []
        var index = 0
        func add(_ number: String) {
            let reference = ClauseReference(document: document, number: number)
            if !references.contains(reference) { references.append(reference) }
        }
        while index < scalars.count {
            if scalars[index] == "第", let end = chineseNumberEnd(scalars, index) {
                add(chineseNumber(scalars[index..<end]))
                index = end
                continue
            }
            guard scalars[index].isASCIIDigit, index == 0 || !scalars[index - 1].isWordPart || announced(scalars, index)
            else {
                index += 1
                continue
            }
            var end = index
            while end < scalars.count,
                scalars[end].isASCIIDigit
                    || scalars[end] == "." && end + 1 < scalars.count && scalars[end + 1].isASCIIDigit
                    || end > index && scalars[end].isASCII && scalars[end].properties.isAlphabetic
                        && scalars[end - 1].isASCIIDigit
                        && (end + 1 == scalars.count || !scalars[end + 1].isWordPart)
            { end += 1 }
            let number = String(String.UnicodeScalarView(scalars[index..<end]))
            let dots = number.count { $0 == "." }
            let isWhole = end == scalars.count || !scalars[end].isWordPart
            if isWhole,
                dots >= 2 || announced(scalars, index)
                    || dots == 1 && document != nil && followsDocument(scalars, index)
            {
                add(number)
            }
            index = max(end, index + 1)
        }
        return references
    }

    private static func followsDocument(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
        index > 0
            && (scalars[index - 1] == "#" || scalars[index - 1].isSpace && index > 1 && scalars[index - 2].isASCIIDigit)
    }

    /// Whether "clause", "§" or the like stands before the number.
    private static func announced(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
        var end = index
        while end > 0, scalars[end - 1].isSpace || scalars[end - 1] == "." { end -= 1 }
        guard end > 0 else { return false }
        if scalars[end - 1] == "§" || scalars[end - 1] == "#" { return true }
        var start = end
        while start > 0, scalars[start - 1].isWordPart { start -= 1 }
        let word = String(String.UnicodeScalarView(scalars[start..<end])).lowercased()
        return ["clause", "clauses", "article", "section", "paragraph", "art", "sec", "cl", "para", "rule"].contains(
            word)
            || end >= 2 && scalars[end - 2] == "条" && scalars[end - 1] == "款"
    }

    private static func chineseNumberEnd(_ scalars: [Unicode.Scalar], _ start: Int) -> Int? {
        var end = start + 1
        while end < scalars.count, end - start < 14,
            scalars[end].isASCIIDigit || scalars[end] == "." || Vocabulary.chineseNumerals.contains(scalars[end])
                || scalars[end].isSpace
        { end += 1 }
        guard end > start + 1, end < scalars.count, ["条", "款", "节"].contains(scalars[end]) else { return nil }
        return end + 1
    }

    /// 第5.5.18条 is 5.5.18; 第十二条 stays as it is.
    private static func chineseNumber(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        let inner = scalars.dropFirst().dropLast().filter { !$0.isSpace }
        let text = inner.allSatisfy { $0.isASCIIDigit || $0 == "." } ? inner : scalars.filter { !$0.isSpace }
        return String(String.UnicodeScalarView(text))
    }

    /// Codes of documents: capital letters, then a number: "GB 50016-2014", "GB/T 50016", "TL-FS 100", "ISO9001".
    static func documents(in text: String) -> [String] { documents(in: Array(text.unicodeScalars)) }

    /// Whether two codes mean the same document: "GB50016" and "GB 50016-2014" do.
    static func isSame(_ first: String, _ second: String) -> Bool {
        func plain(_ text: String) -> String {
            String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.isWordPart || $0.isHan })).lowercased()
        }
        let (one, other) = (plain(first), plain(second))
        return !one.isEmpty && !other.isEmpty && (one.hasPrefix(other) || other.hasPrefix(one))
    }

    private static func documents(in scalars: [Unicode.Scalar]) -> [String] {
        var found: [String] = []
        var index = 0
        func isCapital(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x41 && scalar.value <= 0x5A }
        while index < scalars.count {
            guard isCapital(scalars[index]), index == 0 || !scalars[index - 1].isWordPart else {
                index += 1
                continue
            }
            var end = index
            while end < scalars.count,
                isCapital(scalars[end])
                    || (scalars[end] == "-" || scalars[end] == "/") && end + 1 < scalars.count
                        && isCapital(scalars[end + 1])
            { end += 1 }
            var digits = end
            while digits < scalars.count, scalars[digits].isSpace || scalars[digits] == "-" { digits += 1 }
            guard end - index >= 2, digits - end <= 1, digits < scalars.count, scalars[digits].isASCIIDigit else {
                index = end + 1
                continue
            }
            var last = digits
            while last < scalars.count,
                scalars[last].isASCIIDigit
                    || (scalars[last] == "-" || scalars[last] == ".") && last + 1 < scalars.count
                        && scalars[last + 1].isASCIIDigit
            { last += 1 }
            found.append(String(String.UnicodeScalarView(scalars[index..<last])))
            index = last
        }
        return found
    }
}
