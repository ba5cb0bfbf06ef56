// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Writes an answer: what it says about the world is quoted, with its source; the rest is about itself.
struct Composer: Sendable {
    var conversation: Conversation

    /// The answer to the last message.
    func text(answers: [Answer]) -> String {
        let language = language
        let phrases = Phrases(language: language)
        var paragraphs: [String] = []
        var said: Set<String> = []
        func add(_ paragraph: String) { if said.insert(paragraph).inserted { paragraphs.append(paragraph) } }
        var opening = ""
        if conversation.utterances.contains(.greeting) { opening = phrases.greeting }
        if !conversation.toldNow.isEmpty {
            opening += (opening.isEmpty ? "" : phrases.gap) + acknowledgement(phrases, alone: answers.isEmpty)
        }
        if !opening.isEmpty { add(opening) }
        var remaining = answers[...]
        for utterance in conversation.utterances {
            switch utterance {
            case .question:
                if let answer = remaining.popFirst() { add(paragraph(for: answer, language)) }
            case .thanks: add(phrases.welcome)
            case .farewell: add(phrases.farewell)
            case .assent: if conversation.utterances.count == 1 { add(phrases.assent) }
            case .capability: add(phrases.capability)
            case .history: add(history(phrases))
            case .inventory: add(inventory(phrases))
            case .greeting: if conversation.utterances.allSatisfy({ $0 == .greeting }) { add(phrases.capability) }
            case .statement: break
            }
        }
        if paragraphs.isEmpty { add(phrases.capability) }
        return paragraphs.joined(separator: "\n\n")
    }

    /// Of the questions where there are some, else of the whole message.
    private var language: AnswerLanguage {
        let questions = conversation.utterances.compactMap { if case .question(let text) = $0 { text } else { nil } }
        if let last = questions.last { return AnswerLanguage(of: last) }
        return conversation.language
    }

    // MARK: Paragraphs

    private func acknowledgement(_ phrases: Phrases, alone: Bool) -> String {
        let told = conversation.toldNow
        let most = told.count > 4 ? 3 : told.count
        let quotes = told.prefix(most).map(phrases.quote).joined(separator: phrases.comma)
        let rest = told.count > most ? phrases.more(told.count - most) : ""
        return phrases.noted(quotes + rest) + (alone ? phrases.gap + phrases.askLater : "")
    }

    private func paragraph(for answer: Answer, _ outer: AnswerLanguage) -> String {
        let phrases = Phrases(language: answer.question.language)
        var lines: [String] = []
        if !answer.recalled.isEmpty { lines.append(phrases.told(quotes(of: answer.recalled, phrases))) }
        for excerpt in answer.excerpts {
            let quotes = excerpt.passages.map(phrases.quote).joined(separator: " … ")
            let note = phrases.status(excerpt.clause.status)
            lines.append("\(quotes) (\(excerpt.clause.source)\(note))")
        }
        if lines.isEmpty {
            if answer.hasFailed {
                lines.append(phrases.searchFailed)
            } else if answer.needsTool {
                lines.append(phrases.noSearch)
            } else if !answer.references.isEmpty {
                lines.append(phrases.noClause(answer.references.map(\.title).joined(separator: phrases.comma)))
            } else if !answer.nearest.isEmpty {
                lines.append(phrases.nearest(quotes(of: answer.nearest, phrases)))
            } else if answer.hasSearched {
                lines.append(phrases.nothingFits)
            } else {
                lines.append(phrases.notTold)
            }
        } else if answer.hasFailed {
            lines.append(phrases.searchFailed)
        }
        return lines.joined(separator: "\n\n")
    }

    private func quotes(of facts: [Fact], _ phrases: Phrases) -> String {
        var quotations: [String] = []
        for fact in facts where !quotations.contains(fact.quotation) { quotations.append(fact.quotation) }
        return quotations.map(phrases.quote).joined(separator: phrases.comma)
    }

    private func history(_ phrases: Phrases) -> String {
        let questions = conversation.earlierQuestions.suffix(8)
        guard !questions.isEmpty else { return phrases.nothingAsked }
        return phrases.asked(questions.map { phrases.quote($0) }.joined(separator: phrases.comma))
    }

    private func inventory(_ phrases: Phrases) -> String {
        let facts = conversation.facts.facts.suffix(40).map(\.text)
        guard !facts.isEmpty else { return phrases.notTold }
        return phrases.told(facts.map { phrases.quote($0) }.joined(separator: phrases.comma))
    }
}

extension Conversation {
    /// The language of the last message.
    var language: AnswerLanguage { AnswerLanguage(of: lastText) }
}

extension Question.Demand {
    /// A word to search for.
    var word: String { surface.isEmpty ? form : surface }
}

extension ClauseReference {
    var title: String { document.map { "\($0), \(number)" } ?? number }
}
