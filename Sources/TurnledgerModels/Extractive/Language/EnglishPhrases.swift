// Turnledger. SPDX-License-Identifier: Apache-2.0

/// How English sentences ask, tell, greet and thank.
enum EnglishPhrases {
    // MARK: What is said by the way

    /// A sentence that is neither a question about something nor a statement.
    static func meta(_ sentence: String) -> Utterance? {
        let words = plainWords(sentence)
        let line = words.joined(separator: " ")
        guard !words.isEmpty else { return nil }
        if words.count <= 5, greetings.contains(line) || words.allSatisfy(greetingWords.contains) { return .greeting }
        if words.count <= 8, ["thanks", "thank", "thx", "cheers"].contains(words[0]), !words.contains("my") {
            return .thanks
        }
        if ["bye", "goodbye", "see you", "see you later", "good night", "bye bye"].contains(line) { return .farewell }
        if words.count <= 4, words.allSatisfy(assents.contains) { return .assent }
        if capabilities.contains(line) { return .capability }
        if isHistory(words, line) { return .history }
        if inventories.contains(line) { return .inventory }
        return nil
    }

    private static func isHistory(_ words: [String], _ line: String) -> Bool {
        guard words.count <= 14 else { return false }
        for phrase in [
            "did i ask", "have i asked", "i asked you", "i have asked", "was my question", "were my questions",
        ]
        where line.contains(phrase) && !line.contains("asked you to") && !line.contains("ask you to") { return true }
        for adjective in ["last", "previous", "earlier", "first", "former"] {
            for noun in ["question", "questions"] where line.contains("my \(adjective) \(noun)") { return true }
        }
        return line.contains("my questions so far")
    }

    /// Whether a sentence begins with a greeting, and what follows it.
    static func greeting(of sentence: String) -> (Bool, String) {
        let lower = sentence.lowercased()
        for word in [
            "hello there", "hi there", "good morning", "good afternoon", "good evening", "hello", "hey", "hi",
            "dear all",
        ]
        where lower.hasPrefix(word) {
            let rest = sentence.dropFirst(word.count)
            guard let next = rest.unicodeScalars.first, !next.isWordPart, next != "-" else { continue }
            return (true, rest.trimmed { $0.isSpace || $0 == "," || $0 == "!" || $0 == "-" || $0 == "–" })
        }
        return (false, sentence)
    }

    // MARK: Questions and statements

    /// A sentence as questions and statements: "My name is Frank, and where do I live?" is one of each.
    static func parts(of sentence: String) -> [MessageReader.Part] {
        let hasMark = sentence.trimmed { $0.isSpace || $0 == "\"" || $0 == "”" || $0 == ")" || $0 == "!" }.hasSuffix(
            "?")
        let isQuestion = hasMark || asks(words(sentence))
        guard isQuestion else {
            let list = words(sentence)
            return [isStatement(list, sentence) ? .statement(MessageReader.withoutEnd(sentence)) : .fragment(sentence)]
        }
        var parts: [MessageReader.Part] = []
        let pieces = piecesOfQuestion(sentence)
        for (index, piece) in pieces.enumerated() {
            let list = words(piece)
            let tells =
                index < pieces.count - 1 && !asks(list) && isStatement(list, piece)
                && !(list.first.map(conditions.contains) ?? false)
                && (list.contains { Vocabulary.firstPerson.contains($0) } || list.count > 3)
            if tells {
                parts.append(.statement(MessageReader.withoutEnd(piece)))
            } else if case .question(let before)? = parts.last, !asks(words(before)),
                let joined = join(before, piece, sentence)
            {
                parts[parts.count - 1] = .question(joined)
            } else {
                parts.append(.question(piece))
            }
        }
        return parts
    }

    private static func join(_ first: String, _ second: String, _ whole: String) -> String? {
        guard let start = whole.firstRange(of: first),
            let end = whole[start.upperBound...].firstRange(of: second)
        else { return nil }
        return String(whole[start.lowerBound..<end.upperBound])
    }

    /// Cuts before a question word that follows a comma or "and".
    private static func piecesOfQuestion(_ sentence: String) -> [String] {
        cut(sentence) { left, joint, right in
            guard let first = right.first, !left.isEmpty else { return false }
            if questionWords.contains(first) {
                if joint == .comma || asks(left) || isStatement(left, "") {
                    return right.count > 1 && (asks(right) || asks(left))
                }
                return false
            }
            if joint != .and, auxiliaries.contains(first), right.count > 1, subjects.contains(right[1]) { return true }
            if joint != .and, requests.contains(where: { right.starts(with: $0) }) { return true }
            return false
        }
    }

    /// Whether the words ask: a question word or a verb first, or a request to tell.
    static func asks(_ words: [String]) -> Bool {
        var words = words[...]
        while let first = words.first, leads.contains(first) { words = words.dropFirst() }
        guard let first = words.first else { return false }
        let second = words.dropFirst().first ?? ""
        if questionWords.contains(first) {
            // "When I was five …" and "What I like most is …" tell something.
            return
                !(["i", "we", "my", "our", "he", "she", "they", "you"].contains(second) && first != "why"
                && words.count > 4)
        }
        if auxiliaries.contains(first), subjects.contains(second) { return true }
        if requests.contains(where: { words.starts(with: $0) }) {
            return !(words.starts(with: ["remind", "me", "to"]) || words.starts(with: ["remind", "me", "that"]))
        }
        for phrase in indirect where words.starts(with: phrase) {
            let rest = words.dropFirst(phrase.count)
            if rest.prefix(2).contains(where: {
                questionWords.contains($0) || $0 == "if" || $0 == "whether" || $0 == "about"
            }) {
                return true
            }
        }
        return false
    }

    private static func isStatement(_ words: [String], _ sentence: String) -> Bool {
        if sentence.contains(":") || sentence.contains("=") || sentence.contains("@") { return true }
        if words.contains(where: { Vocabulary.firstPerson.contains($0) || verbs.contains($0) }) { return true }
        return sentence.unicodeScalars.contains(where: \.isASCIIDigit) && words.count > 1
            && !sentence.contains("clause")
            && ClauseReference.all(in: sentence).isEmpty
    }

    // MARK: Clauses

    /// The clauses of a statement that each have a subject of their own.
    static func clauses(of statement: String) -> [String] {
        cut(statement) { left, joint, right in
            guard left.count >= 2, let first = right.first else { return false }
            guard left.contains(where: { verbs.contains($0) }) else { return false }
            guard !conditions.contains(left[0]) else { return false }
            if first == "i" || first == "we" { return right.count > 1 }
            guard subjects.contains(first), first != "you" else { return false }
            if first == "the" || first == "a" || first == "an", joint == .and { return false }
            return right.prefix(7).dropFirst().contains { verbs.contains($0) }
        }.map(MessageReader.withoutEnd)
    }

    private enum Joint { case comma, commaAnd, and }

    /// Cuts a sentence at the commas and conjunctions that a test accepts; it sees the stems on both sides.
    private static func cut(
        _ sentence: String, where test: (_ left: [String], _ joint: Joint, _ right: [String]) -> Bool
    ) -> [String] {
        let scalars = Array(sentence.unicodeScalars)
        var pieces: [String] = []
        var start = 0
        var index = 0
        func text(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
        while index < scalars.count {
            var end = index
            var joint: Joint?
            if scalars[index] == "," || scalars[index] == "，" || scalars[index] == "–" || scalars[index] == "—" {
                end = index + 1
                joint = .comma
            } else if scalars[index].isSpace {
                end = index
                joint = .and
            }
            guard var kind = joint else {
                index += 1
                continue
            }
            let rest = text(end..<scalars.count).trimmed()
            var skipped = 0
            var hasConjunction = false
            for word in ["and ", "but ", "so ", "while ", "also ", "then "]
            where rest.dropFirst(skipped).lowercased().hasPrefix(word) {
                skipped += word.unicodeScalars.count
                hasConjunction = true
            }
            if kind == .and, !hasConjunction {
                index += 1
                continue
            }
            if kind == .comma, hasConjunction { kind = .commaAnd }
            let right = rest.dropFirst(skipped)
            if test(words(text(start..<index)), kind, words(String(right))) {
                pieces.append(text(start..<index).trimmed())
                start = end
                while start < scalars.count, scalars[start].isSpace { start += 1 }
                start += skipped
                index = max(start, index + 1)
            } else {
                index += 1
            }
        }
        pieces.append(text(min(start, scalars.count)..<scalars.count).trimmed())
        return pieces.filter { !$0.isEmpty }
    }

    // MARK: Words

    /// Stems.
    private static func words(_ text: String) -> [String] {
        Tokenizer.tokens(of: text).filter { $0.kind != .mark }.map(\.form)
    }

    /// Lower-cased words as they are.
    private static func plainWords(_ text: String) -> [String] {
        text.lowercased().unicodeScalars
            .split { !$0.isWordPart && !$0.isApostrophe }
            .map { String(String.UnicodeScalarView($0)).replacing("’", with: "'") }
    }

    private static let greetingWords: Set<String> = [
        "hi", "hello", "hey", "there", "everyone", "all", "again", "greetings",
    ]
    private static let greetings: Set<String> = [
        "good morning", "good afternoon", "good evening", "how are you", "how do you do", "nice to meet you",
        "how's it going",
        "how are you today", "how are you doing",
    ]
    private static let assents: Set<String> = [
        "ok", "okay", "yes", "no", "yeah", "sure", "great", "good", "fine", "nice", "perfect", "cool", "alright",
        "right",
        "got", "it", "understood", "see", "i", "wow", "correct", "exactly",
    ]
    private static let capabilities: Set<String> = [
        "what can you do", "who are you", "what are you", "help", "help me", "how can you help", "how can you help me",
        "what do you do", "how do you work", "how does this work", "what can i ask", "what can i ask you",
        "what is this",
        "can you help me", "can you help", "what can you help me with", "what can you do for me",
        "what are you able to do",
        "what are your abilities", "what are your capabilities", "what do you offer", "tell me what you can do",
        "what's this",
        "are you a bot", "are you an ai", "are you human", "what is your name", "what's your name",
        "what can you tell me",
        "how should i use you", "how do i use this", "please help", "please help me", "what are you good at",
    ]
    private static let inventories: Set<String> = [
        "what do you know about me", "what have i told you", "what did i tell you", "what do you remember",
        "what do you remember about me", "what have i told you so far", "what have i told you about me",
        "what have i told you about myself", "what did i tell you about myself", "what did i tell you about me",
        "what did i say", "what did i say about myself", "what have i said", "list everything i told you",
        "list what i told you", "list all i told you", "tell me what you know about me",
        "tell me everything i told you",
        "what facts do you know", "what did i ask you to remember", "tell me about me", "tell me about myself",
        "what can you tell me about me", "what can you tell me about myself", "list everything you know about me",
    ]
    private static let leads: Set<String> = [
        "and", "but", "so", "please", "now", "then", "ok", "okay", "also", "well", "by", "finally", "next",
    ].map(EnglishStem.stem).reduce(into: []) { $0.insert($1) }
    private static let questionWords: Set<String> = [
        "what", "where", "when", "who", "whom", "whose", "which", "how", "why",
    ]
    private static let auxiliaries: Set<String> = [
        "be", "do", "can", "could", "shall", "should", "must", "may", "might", "will", "would", "have", "need", "dare",
    ]
    private static let subjects: Set<String> = [
        "i", "you", "he", "she", "it", "we", "they", "my", "our", "your", "his", "her", "their", "its", "the", "a",
        "an",
        "there", "this", "that", "these", "those", "any", "all", "every", "each", "one",
    ]
    private static let conditions: Set<String> = [
        "if", "when", "whenever", "for", "in", "as", "since", "because", "given", "while", "according", "unless",
        "under", "at",
        "on", "with", "where", "what", "how", "who", "which", "although", "though", "after", "before",
    ].map(EnglishStem.stem).reduce(into: []) { $0.insert($1) }
    private static let requests: [[String]] = [
        "tell me", "remind me", "show me", "give me", "explain", "find", "search", "look up", "list", "quote", "cite",
        "describe", "define", "what about", "how about", "let me know", "i would like to know", "i want to know",
        "i need to know", "i wonder", "do you know", "do you remember", "can you tell", "could you tell", "name the",
        "check", "state", "read me", "recall", "compare", "summarise", "summarize", "help me find", "is it", "is there",
    ].map { $0.split(separator: " ").map { EnglishStem.stem(String($0)) } }
    private static let indirect: [[String]] = [
        "i forgot", "i have forgotten", "i can not remember", "i do not know", "i do not remember", "i am not sure",
        "i am wondering", "i was wondering", "remember", "you know", "i can not recall", "any idea",
    ].map { $0.split(separator: " ").map { EnglishStem.stem(String($0)) } }
    /// Stems of words that make a sentence of a phrase.
    private static let verbs: Set<String> = Set(
        """
        am is are was were be have has had do does did will would can could shall should must may live work like love hate
        prefer go goes drive own study play speak want need move born call named know think believe hope plan start begin
        end finish get got eat drink take took make made come came sit stand keep kept hide put leave left meet met see saw
        buy bought sell sold pay paid cost cost weigh read write teach learn turn wear sleep wake collect support follow
        enjoy adore dislike detest fear marry married join joined become became grow grew stay visit travel fly use speaks
        suffer smoke remember note remind please run swim belong contain measure arrive depart lose lost find found say said
        tell told ask let give gave lend owe rent share cook bake paint sing dance train coach manage lead report hire open
        close close moved retired works lives graduated signed expires happens ends starts takes said
        """.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { EnglishStem.stem(String($0)) })
}
