// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// What the answerer does next: asks for tools, or says something.
enum Decision: Hashable, Sendable {
    case call([ToolCall])
    case say(String)
}

/// Decides what to do with the state of a conversation; the same state gives the same decision.
struct Planner: Sendable {
    static let searchTool = "search_regulations"
    static let clauseTool = "get_clause"
    /// Calls of one turn.
    static let mostCalls = 8

    var conversation: Conversation
    var tools: [ToolDescription]
    private let ranker = ClauseRanker()

    init(conversation: Conversation, tools: [ToolDescription]) {
        self.conversation = conversation
        self.tools = tools
    }

    /// A question with what is known of its answer so far.
    struct Inquiry: Sendable {
        var question: Question
        var recalled: [Fact]
        /// Clauses asked for by number.
        var references: [ClauseReference]
        /// Whether the regulations should be searched.
        var searches: Bool
    }

    func decide() -> Decision {
        let inquiries = inquiries()
        var calls: [ToolCall] = []
        for (index, inquiry) in inquiries.enumerated() { calls += self.calls(for: inquiry, index: index) }
        let answered = Set(conversation.calls.map(\.call.id))
        let open = calls.filter { !answered.contains($0.id) }
        if !open.isEmpty, conversation.rounds < 3, answered.count < Self.mostCalls {
            return .call(Array(open.prefix(Self.mostCalls - answered.count)))
        }
        let answers = inquiries.enumerated().map { index, inquiry in answer(to: inquiry, index: index) }
        let composer = Composer(conversation: conversation)
        return .say(composer.text(answers: answers))
    }

    // MARK: Questions

    private func inquiries() -> [Inquiry] {
        let reader = QuestionReader(aliases: conversation.facts.aliases)
        let scorer = FactScorer(facts: conversation.facts.facts)
        var previous: Question?
        // A chain of follow-ups rests on the last question that stood by itself.
        for text in conversation.earlierQuestions.suffix(12) { previous = reader.read(text, after: previous) }
        var inquiries: [Inquiry] = []
        for case .question(let text) in conversation.utterances {
            let question = reader.read(text, after: previous)
            let references = ClauseReference.all(in: text)
            let recalled = references.isEmpty ? scorer.answers(to: question) : []
            let searches =
                references.isEmpty && !question.demands.isEmpty
                && (recalled.isEmpty ? !isOnlyAboutUser(question) : !question.isFirstPerson && question.asksForRule)
            inquiries.append(
                Inquiry(question: question, recalled: recalled, references: references, searches: searches))
            previous = question
        }
        return inquiries
    }

    /// Asks for something of the user's own that no rule can tell: their name, their sister's birthday.
    private func isOnlyAboutUser(_ question: Question) -> Bool {
        guard question.isFirstPerson, !question.asksForRule else { return false }
        let table = ConceptTable.standard
        let content = question.content
        return !content.isEmpty
            && content.contains { demand in
                demand.isBeing || demand.links.contains { !table.concepts[$0.concept].isRule && $0.weight >= 0.9 }
            }
            && !content.contains { demand in
                !demand.links.isEmpty && demand.links.allSatisfy { table.concepts[$0.concept].isRule }
            }
    }

    // MARK: Tool calls

    private func has(_ tool: String) -> Bool { tools.contains { $0.name == tool } }

    /// The calls that a question needs, those of earlier rounds included.
    private func calls(for inquiry: Inquiry, index: Int) -> [ToolCall] {
        var calls: [ToolCall] = []
        for (place, reference) in inquiry.references.prefix(4).enumerated() {
            if has(Self.clauseTool), let document = reference.document {
                let call = call(
                    Self.clauseTool, arguments(for: reference, document: document), "\(index).\(place).clause")
                calls.append(call)
                guard let result = result(of: call), clauses(in: result).isEmpty else { continue }
            }
            // The number alone, or a document that is not found under that name: the search knows numbers too.
            if has(Self.searchTool) {
                let query =
                    reference.document == nil ? inquiry.question.text : "\(reference.document!) \(reference.number)"
                calls.append(call(Self.searchTool, ["query": .string(query)], "\(index).\(place).number"))
            }
        }
        guard inquiry.searches, has(Self.searchTool) else { return calls }
        let first = call(Self.searchTool, ["query": .string(query(for: inquiry.question))], "\(index).search")
        calls.append(first)
        if let result = result(of: first), case .clauses(let found) = result,
            ranker.excerpts(for: inquiry.question, from: found).isEmpty, let other = otherWords(for: inquiry.question)
        {
            calls.append(call(Self.searchTool, ["query": .string(other)], "\(index).words"))
        }
        return calls
    }

    private func call(_ tool: String, _ arguments: JSONObject, _ place: String) -> ToolCall {
        ToolCall(id: "call_" + StableHash.hex("\(conversation.messageID)/\(place)"), name: tool, arguments: arguments)
    }

    private func result(of call: ToolCall) -> ToolResult? {
        conversation.calls.last { $0.call.id == call.id }?.result
    }

    private func clauses(in result: ToolResult) -> [FoundClause] {
        if case .clauses(let clauses) = result { clauses } else { [] }
    }

    /// The arguments of `get_clause` by the names that its schema has.
    private func arguments(for reference: ClauseReference, document: String) -> JSONObject {
        let schema = tools.first { $0.name == Self.clauseTool }?.parameters
        let names = schema?["properties"]?.object?.keys ?? []
        var arguments = JSONObject()
        for name in names {
            switch name {
            case "document": arguments[name] = .string(document)
            case "number", "clause": arguments[name] = .string(reference.number)
            case "id":
                if !names.contains("number"), !names.contains("clause") {
                    arguments[name] = .string("\(document)#\(reference.number)")
                }
            default: break
            }
        }
        return arguments.isEmpty ? ["document": .string(document), "number": .string(reference.number)] : arguments
    }

    /// The question's own words; a follow-up's with those of the question before it.
    private func query(for question: Question) -> String {
        guard question.isFollowUp else { return question.text }
        return question.demands.map(\.form).isEmpty ? question.text : words(of: question)
    }

    private func words(of question: Question) -> String {
        let own = Set(question.reading.items.map(\.form))
        let added = question.demands.filter { !own.contains($0.form) }.map(\.word)
        return ([question.text] + added).joined(separator: " ")
    }

    /// The question in the other words of the same concepts, English and Chinese.
    private func otherWords(for question: Question) -> String? {
        let table = ConceptTable.standard
        var words: [String] = []
        for demand in question.demands where demand.weight >= 0.5 {
            for link in demand.links where link.weight >= 0.9 && table.concepts[link.concept].isRule {
                words += table.concepts[link.concept].english.prefix(3) + table.concepts[link.concept].chinese.prefix(3)
            }
        }
        var seen: Set<String> = []
        let other = words.filter { seen.insert($0).inserted }
        return other.isEmpty ? nil : other.joined(separator: " ")
    }

    // MARK: Answers

    private func answer(to inquiry: Inquiry, index: Int) -> Answer {
        var answer = Answer(question: inquiry.question, recalled: inquiry.recalled)
        let calls = calls(for: inquiry, index: index)
        answer.needsTool = calls.isEmpty && (inquiry.searches || !inquiry.references.isEmpty)
        var failed = false
        for call in calls {
            guard let result = result(of: call) else { continue }
            guard case .clauses(let found) = result else {
                // A clause that is not there may be an error of its tool; the search decides.
                if call.name == Self.searchTool || !has(Self.searchTool) { failed = true }
                continue
            }
            answer.hasSearched = true
            if inquiry.references.isEmpty {
                guard answer.excerpts.isEmpty else { continue }
                answer.excerpts = ranker.excerpts(for: inquiry.question, from: found)
            } else {
                let named = found.filter { clause in inquiry.references.contains { $0.names(clause) } }
                for clause in named.prefix(3) where !answer.excerpts.contains(where: { $0.clause == clause }) {
                    answer.excerpts.append(ranker.excerpt(of: clause, for: inquiry.question))
                }
            }
        }
        answer.hasFailed = failed && answer.excerpts.isEmpty
        answer.references = inquiry.references
        if answer.recalled.isEmpty, answer.excerpts.isEmpty, answer.references.isEmpty {
            answer.nearest = FactScorer(facts: conversation.facts.facts).nearest(to: inquiry.question)
        }
        return answer
    }
}

extension ClauseReference {
    /// Whether a clause is the one that was named.
    func names(_ clause: FoundClause) -> Bool {
        func plain(_ text: String) -> String {
            String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.isWordPart || $0.isHan || $0 == "." }))
                .lowercased()
        }
        let number = plain(number)
        let found = plain(clause.number)
        guard found == number || found == "第\(number)条" else { return false }
        guard let document else { return true }
        return Self.isSame(document, clause.document)
    }
}

/// What is known of a question's answer.
struct Answer: Sendable {
    var question: Question
    var recalled: [Fact]
    /// Facts that do not answer it but come nearest; only where nothing else is found.
    var nearest: [Fact] = []
    var excerpts: [ClauseRanker.Excerpt] = []
    var references: [ClauseReference] = []
    var hasSearched = false
    /// Every search failed.
    var hasFailed = false
    /// A search was needed, and there is no tool for it.
    var needsTool = false
}
