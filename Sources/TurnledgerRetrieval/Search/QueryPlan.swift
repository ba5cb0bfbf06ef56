// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What a question asks for, in the terms of the index.
struct QueryPlan {
    /// One way to say a concept: terms that should stand together in a clause.
    struct Alternative: Hashable {
        var terms: [String]
        var weight: Double
    }

    /// A word of the question: itself first, then words that mean the same.
    struct Concept: Hashable {
        var alternatives: [Alternative]
    }

    static let maximumConcepts = 400

    var concepts: [Concept] = []
    /// Keys of clause numbers that the question names.
    var numbers: [String] = []
    /// IDs of documents that the question names.
    var documents: Set<String> = []

    init(_ text: String, catalogue: Catalogue) {
        // A question is not longer; the rest of a pasted text adds time, not sense.
        let text = String(text.prefix(4000))
        documents = catalogue.documents(namedIn: text)
        let (numbers, rest) = Self.takeNumbers(text, documents: documents, catalogue: catalogue)
        self.numbers = numbers
        var words: [Concept] = []
        var stopped: [Concept] = []
        for piece in Tokenizer.pieces(rest) {
            switch piece {
            case .word(let word):
                let concept = Self.concept(word: word)
                if StopWords.english.contains(word) { stopped.append(concept) } else { words.append(concept) }
            case .number(let number):
                words.append(Self.concept(number: number, isChinese: catalogue.hasChinese))
            case .ideographs(let run):
                let found = Self.concepts(run: run)
                if found.isEmpty {
                    stopped += Tokenizer.terms(run).map { Self.single($0) }
                } else {
                    words += found
                }
            }
        }
        var seen: Set<Concept> = []
        let chosen = words.isEmpty && numbers.isEmpty ? stopped : words
        concepts = Array(chosen.filter { seen.insert($0).inserted }.prefix(Self.maximumConcepts))
    }

    /// All terms, each once.
    var terms: [String] {
        var seen: Set<String> = []
        return concepts.flatMap(\.alternatives).flatMap(\.terms).filter { seen.insert($0).inserted }
    }

    // MARK: Numbers

    /// Returns the clause numbers of the text, and the text without them.
    private static func takeNumbers(
        _ text: String, documents: Set<String>, catalogue: Catalogue
    ) -> (keys: [String], rest: String) {
        var mentions = ClauseNumber.mentions(in: text)
        if !documents.isEmpty, mentions.isEmpty {
            // "TL-FS 100, 5.2": with a document beside it, a number with one dot is a clause's.
            mentions = text.matches(of: /\b\d{1,3}\.\d{1,3}\b(?!\.\d|\s*(?:mm|cm|m|kg|%|°))/).map {
                ClauseNumber.Mention(key: String($0.0), range: $0.range)
            }
        }
        var rest = text
        for mention in mentions.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            rest.replaceSubrange(mention.range, with: " ")
        }
        return (mentions.map(\.key), rest)
    }

    // MARK: Words

    private static let synonymWeight = 0.55

    private static func single(_ term: String) -> Concept {
        Concept(alternatives: [Alternative(terms: [term], weight: 1)])
    }

    private static func concept(word: String) -> Concept {
        let stem = PorterStemmer.stem(word)
        var concept = single(stem)
        for other in Synonyms.english[stem] ?? [] {
            concept.alternatives.append(Alternative(terms: other, weight: synonymWeight))
        }
        return concept
    }

    /// Laws in Chinese write small numbers in characters.
    private static func concept(number: String, isChinese: Bool) -> Concept {
        var concept = single(number)
        if isChinese, let value = Int(number), let text = ChineseNumeral.text(value), text.count > 1 {
            concept.alternatives.append(Alternative(terms: Tokenizer.pairs(text), weight: 0.8))
        }
        return concept
    }

    /// Cuts a run at the words of questions; of what is left, known words stay whole and the rest becomes pairs.
    private static func concepts(run: String) -> [Concept] {
        let characters = Array(run)
        var concepts: [Concept] = []
        var segment: [Character] = []
        var index = 0

        func close() {
            switch segment.count {
            case 0: break
            case 1:
                // A single character begins pairs of the index: `宽*`.
                concepts.append(Concept(alternatives: [Alternative(terms: [prefix(segment[0])], weight: 0.4)]))
            default: concepts += Tokenizer.pairs(String(segment)).map(single)
            }
            segment = []
        }

        while index < characters.count {
            if let word = synonym(in: characters, at: index) {
                close()
                var concept = Concept(alternatives: [Alternative(terms: terms(of: word), weight: 1)])
                for other in Synonyms.chinese[word] ?? [] {
                    concept.alternatives.append(Alternative(terms: terms(of: other), weight: synonymWeight))
                }
                concepts.append(concept)
                index += word.count
            } else if let length = stopWord(in: characters, at: index) {
                close()
                index += length
            } else {
                segment.append(characters[index])
                index += 1
            }
        }
        close()
        return concepts
    }

    private static func terms(of word: String) -> [String] {
        word.count == 1 ? [prefix(word.first!)] : Tokenizer.pairs(word)
    }

    /// How a query for all terms that begin with a character is written; see `MatchExpression`.
    private static func prefix(_ character: Character) -> String { "\(character)*" }

    private static func synonym(in characters: [Character], at index: Int) -> String? {
        Synonyms.chineseByFirst[characters[index]]?.first { word in
            // A single character is a word only where nothing stands beside it.
            word.count > 1 && word.count <= characters.count - index
                && characters[index..<index + word.count].elementsEqual(word)
        }
    }

    private static func stopWord(in characters: [Character], at index: Int) -> Int? {
        for length in stride(from: min(StopWords.longestChinese, characters.count - index), to: 0, by: -1)
        where StopWords.chinese.contains(String(characters[index..<index + length])) {
            return length
        }
        return nil
    }
}
