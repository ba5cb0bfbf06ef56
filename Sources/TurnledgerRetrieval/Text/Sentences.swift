// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Cuts text behind sentences and lines.
enum Sentences {
    /// Returns the sentences of a text, in order, each with what follows it up to the next; joined they are the text.
    ///
    /// None has more bytes of UTF-8 than `maximumLength`: one that would is cut between characters.
    static func split(_ text: String, maximumLength: Int = .max) -> [String] {
        var sentences: [String] = []
        var current = ""
        var length = 0
        var ended = false
        for character in text {
            let size = character.utf8.count
            if (ended && !character.isWhitespace && !"”’」』)）\"".contains(character)) || length + size > maximumLength {
                sentences.append(current)
                current = ""
                length = 0
                ended = false
            }
            if character.isNewline || "。！？；".contains(character) {
                ended = true
            } else if character.isWhitespace {
                // A dot ends a sentence only before white space: 5.5.18 has none.
                if let last = current.last, ".!?;".contains(last) { ended = true }
            }
            current.append(character)
            length += size
        }
        if !current.isEmpty { sentences.append(current) }
        return sentences
    }
}
