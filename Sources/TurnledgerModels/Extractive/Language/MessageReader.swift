// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Reads a message as a list of utterances: questions, statements and what is said by the way.
enum MessageReader {
    static func utterances(of message: String) -> [Utterance] {
        let sentences = SentenceSplitter.sentences(of: message)
        var utterances: [Utterance] = []
        var fragments: [(place: Int, text: String)] = []
        for sentence in sentences {
            let isChinese = AnswerLanguage(of: sentence) == .chinese
            if let phrase = isChinese ? ChinesePhrases.meta(sentence) : EnglishPhrases.meta(sentence) {
                utterances.append(phrase)
                continue
            }
            let (greeting, body) =
                isChinese ? ChinesePhrases.greeting(of: sentence) : EnglishPhrases.greeting(of: sentence)
            if greeting { utterances.append(.greeting) }
            guard !body.isEmpty else { continue }
            if let phrase = greeting ? (isChinese ? ChinesePhrases.meta(body) : EnglishPhrases.meta(body)) : nil {
                utterances.append(phrase)
                continue
            }
            for part in isChinese ? ChinesePhrases.parts(of: body) : EnglishPhrases.parts(of: body) {
                switch part {
                case .question(let text): utterances.append(.question(text))
                case .fragment(let text):
                    fragments.append((utterances.count, text))
                    utterances.append(.question(text))
                case .statement(let text):
                    let clauses = isChinese ? ChinesePhrases.clauses(of: text) : EnglishPhrases.clauses(of: text)
                    for (index, clause) in clauses.enumerated() {
                        utterances.append(
                            .statement(Statement(text: clause, message: message, continuesSentence: index > 0)))
                    }
                }
            }
        }
        // A bare phrase is something to look up only where it stands alone; in a list of facts it is one more.
        let tells = utterances.contains { if case .statement = $0 { true } else { false } }
        if tells || fragments.count > 2 {
            for (place, text) in fragments {
                utterances[place] = .statement(Statement(text: withoutEnd(text), message: message))
            }
        }
        return utterances
    }

    /// A part of a sentence.
    enum Part: Hashable, Sendable {
        case question(String), statement(String)
        /// No verb and nothing of the user.
        case fragment(String)
    }

    /// Without the marks at the end; "p.m." keeps its dot.
    static func withoutEnd(_ text: String) -> String {
        var trimmed = text.trimmed()
        while let last = trimmed.unicodeScalars.last, ends.contains(last) {
            if last == ".", Self.endsInAbbreviation(trimmed) { break }
            trimmed.unicodeScalars.removeLast()
            trimmed = trimmed.trimmed()
        }
        return trimmed
    }

    private static let ends: Set<Unicode.Scalar> = [".", "!", ";", ",", "。", "！", "；", "，", "、", ":", "："]

    private static func endsInAbbreviation(_ text: String) -> Bool {
        let tail = Array(text.unicodeScalars.suffix(4))
        return tail.count == 4 && tail[1] == "." && tail[0].isWordPart && tail[2].isWordPart
    }
}
