// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Takes the endings off English words, so that "doors" and "door" are one term.
///
/// The algorithm of M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, with the two departures of
/// his own later programs ("logi" to "log", "bli" to "ble").
struct PorterStemmer {
    private var word: [UInt8]

    /// Returns the stem of a word of lower-case ASCII letters; other words come back as they are.
    static func stem(_ word: String) -> String {
        let bytes = Array(word.utf8)
        guard bytes.count > 2, bytes.allSatisfy({ (0x61...0x7A).contains($0) }) else { return word }
        var stemmer = PorterStemmer(word: bytes)
        stemmer.run()
        return String(decoding: stemmer.word, as: UTF8.self)
    }

    private mutating func run() {
        stripPluralsAndParticiples()
        if ends(with: "y"), hasVowel(before: word.count - 1) { word[word.count - 1] = Self.letter("i") }
        replaceFirst(of: Self.doubleSuffixes, minimumMeasure: 1)
        replaceFirst(of: Self.nounAndAdjectiveSuffixes, minimumMeasure: 1)
        stripLongSuffix()
        tidyEnd()
    }

    // MARK: Steps

    /// Step 1a and 1b.
    private mutating func stripPluralsAndParticiples() {
        if ends(with: "sses") || ends(with: "ies") {
            word.removeLast(2)
        } else if ends(with: "s"), !ends(with: "ss") {
            word.removeLast()
        }
        if ends(with: "eed") {
            if measure(word.count - 3) > 0 { word.removeLast() }
            return
        }
        let ending = ends(with: "ed") ? 2 : ends(with: "ing") ? 3 : 0
        guard ending > 0, hasVowel(before: word.count - ending) else { return }
        word.removeLast(ending)
        if ends(with: "at") || ends(with: "bl") || ends(with: "iz") {
            word.append(Self.letter("e"))
        } else if endsWithDoubleConsonant, let last = word.last, !"lsz".utf8.contains(last) {
            word.removeLast()
        } else if measure(word.count) == 1, endsWithShortSyllable(word.count) {
            word.append(Self.letter("e"))
        }
    }

    /// Steps 2 and 3.
    private mutating func replaceFirst(of suffixes: [(String, String)], minimumMeasure: Int) {
        for (suffix, replacement) in suffixes where ends(with: suffix) {
            let stem = word.count - suffix.utf8.count
            if measure(stem) >= minimumMeasure {
                word.removeLast(suffix.utf8.count)
                word.append(contentsOf: replacement.utf8)
            }
            return
        }
    }

    /// Step 4.
    private mutating func stripLongSuffix() {
        for suffix in Self.longSuffixes where ends(with: suffix) {
            let stem = word.count - suffix.utf8.count
            if suffix == "ion", stem == 0 || !"st".utf8.contains(word[stem - 1]) { return }
            if measure(stem) > 1 { word.removeLast(suffix.utf8.count) }
            return
        }
    }

    /// Step 5.
    private mutating func tidyEnd() {
        if ends(with: "e") {
            let measure = measure(word.count - 1)
            if measure > 1 || measure == 1 && !endsWithShortSyllable(word.count - 1) { word.removeLast() }
        }
        if ends(with: "ll"), measure(word.count - 1) > 1 { word.removeLast() }
    }

    // MARK: Conditions

    private static func letter(_ scalar: Unicode.Scalar) -> UInt8 { UInt8(ascii: scalar) }

    private func ends(with suffix: String) -> Bool {
        let bytes = suffix.utf8
        return word.count >= bytes.count && word.suffix(bytes.count).elementsEqual(bytes)
    }

    private func isConsonant(_ index: Int) -> Bool {
        switch word[index] {
        case Self.letter("a"), Self.letter("e"), Self.letter("i"), Self.letter("o"), Self.letter("u"): false
        case Self.letter("y"): index == 0 || !isConsonant(index - 1)
        default: true
        }
    }

    private func hasVowel(before end: Int) -> Bool { (0..<max(0, end)).contains { !isConsonant($0) } }

    /// How many times a vowel sequence is followed by a consonant sequence in the first `end` letters: Porter's m.
    private func measure(_ end: Int) -> Int {
        var count = 0
        var afterVowel = false
        for index in 0..<max(0, end) {
            let consonant = isConsonant(index)
            if consonant, afterVowel { count += 1 }
            afterVowel = !consonant
        }
        return count
    }

    private var endsWithDoubleConsonant: Bool {
        let count = word.count
        return count > 1 && word[count - 1] == word[count - 2] && isConsonant(count - 1)
    }

    /// Consonant, vowel, consonant, the last not w, x or y: Porter's *o.
    private func endsWithShortSyllable(_ end: Int) -> Bool {
        guard end > 2, isConsonant(end - 1), !isConsonant(end - 2), isConsonant(end - 3) else { return false }
        return !"wxy".utf8.contains(word[end - 1])
    }

    // MARK: Suffixes, the longest first where one ends with another

    private static let doubleSuffixes: [(String, String)] = [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
        ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
        ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
        ("iviti", "ive"), ("biliti", "ble"), ("logi", "log"),
    ]

    private static let nounAndAdjectiveSuffixes: [(String, String)] = [
        ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
    ]

    private static let longSuffixes = [
        "ement", "ment", "ance", "ence", "able", "ible", "ant", "ent", "ion", "ism", "ate", "iti", "ous", "ive", "ize",
        "al", "er", "ic", "ou",
    ]
}
