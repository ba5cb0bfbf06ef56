// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerAgent
public import TurnledgerStore

/// A clause as tools and commands give it out.
public struct ClauseResult: Codable, Hashable, Sendable {
    /// What to cite: `document#number`.
    public var id: String
    /// The document's ID: what `SearchRegulationsTool.Arguments` takes as a filter.
    public var document: String
    /// The document's title.
    public var title: String
    /// The clause's number as the document writes it.
    public var number: String
    /// The headings above, the outermost first, with ` > ` between.
    public var heading: String
    /// The clause's text, or the part of it that `isExcerpt` speaks of.
    public var text: String
    /// A language tag of BCP 47.
    public var language: String
    /// `current`, `superseded`, `repealed`, `draft` or the publisher's own word.
    public var status: String
    /// Whether `text` is only a part of the clause.
    public var isExcerpt: Bool?

    enum CodingKeys: String, CodingKey {
        case id, document, title, number, heading, text, language, status
        case isExcerpt = "excerpt"
    }

    /// - Parameters:
    ///   - clause: The clause.
    ///   - title: The title of its document, which the clause does not hold.
    ///   - excerpt: The part of the text to give; `nil`: all of it.
    public init(_ clause: Clause, title: String, excerpt: String? = nil) {
        id = clause.id.description
        document = clause.id.document
        self.title = title
        number = clause.id.number
        heading = clause.headingPath.joined(separator: " > ")
        text = excerpt ?? clause.text
        language = clause.language
        status = clause.status.rawValue
        isExcerpt = excerpt == nil || excerpt == clause.text ? nil : true
    }

    /// A clause as tools have given it out, by its ID or as "document, number".
    static func source(_ json: JSONValue) -> CitableSource? {
        guard let id = json["id"]?.string, let document = json["document"]?.string,
            let number = json["number"]?.string
        else { return nil }
        let title = [json["title"]?.string ?? document, number].joined(separator: ", ")
        return CitableSource(AnswerSource(id: id, title: title), names: [id, "\(document), \(number)"])
    }
}

/// Lets the model search the regulations.
public struct SearchRegulationsTool: SourceTool {
    /// What the model gives. An empty `document` or `language` counts as none.
    public struct Arguments: Codable, Hashable, Sendable {
        /// A question or search words, in English or Chinese; a clause number finds that clause.
        public var query: String
        /// Only clauses of this document, by its id.
        public var document: String?
        /// Only clauses in this language: `en` or `zh`.
        public var language: String?
        /// How many clauses at most; 5 without it, never more than 20.
        public var limit: Int?

        public init(query: String, document: String? = nil, language: String? = nil, limit: Int? = nil) {
            self.query = query
            self.document = document
            self.language = language
            self.limit = limit
        }
    }

    /// What the model reads: an object, so that it can grow.
    public struct Output: Codable, Hashable, Sendable {
        /// The best first; long clauses as excerpts.
        public var results: [ClauseResult]
    }

    /// The most results of a call, whatever the model asks for.
    public static let maximumResults = 20

    public let name = "search_regulations"
    public let description = """
        Searches the imported regulations and returns the clauses that fit best, each with its id, document, number and \
        text. Ask in the words of the question and in the language of the regulations; a clause's number works, too. \
        Quote the clauses you rely on and cite their ids. Where a result says excerpt, get_clause has the whole text.
        """
    public let argumentDescriptions = [
        "query": "What to look for: a question, words, or a clause's number.",
        "document": "Only search the document with this id.",
        "language": "Only search regulations in this language: en, zh, ….",
        "limit": "How many clauses to return, at most 20; 5 without it.",
    ]

    private let index: RegulationIndex

    public init(index: RegulationIndex) { self.index = index }

    /// The clauses that were found.
    public func sources(in result: JSONValue) -> [CitableSource] {
        (result["results"]?.array ?? []).compactMap(ClauseResult.source)
    }

    public func call(arguments: Arguments) async throws -> Output {
        guard !arguments.query.allSatisfy(\.isWhitespace) else {
            throw ToolError("The query is empty. Say what to look for.")
        }
        let query = ClauseQuery(
            arguments.query, document: arguments.document.flatMap { $0.isEmpty ? nil : $0 },
            language: arguments.language.flatMap { $0.isEmpty ? nil : SourceMetadata.language($0) },
            limit: min(max(arguments.limit ?? 5, 1), Self.maximumResults)
        )
        do {
            let hits = try await index.search(query)
            if hits.isEmpty, let document = query.document, try await index.title(of: document) == nil {
                throw ToolError("There is no document \"\(document.prefix(100))\". Search without it.")
            }
            return Output(results: hits.map { ClauseResult($0.clause, title: $0.title, excerpt: $0.excerpt) })
        } catch let error as RegulationError {
            throw ToolError(error.description)
        }
    }
}

/// Gives the model one clause in full.
public struct GetClauseTool: SourceTool {
    /// What the model gives.
    public struct Arguments: Codable, Hashable, Sendable {
        /// `document#number`, as `ClauseResult.id` has it.
        public var id: String

        public init(id: String) { self.id = id }
    }

    public typealias Output = ClauseResult

    public let name = "get_clause"
    public let description = "Returns one clause of the regulations in full, by its id as search_regulations gives it."
    public let argumentDescriptions = ["id": "The clause's id: document#number."]

    private let index: RegulationIndex

    public init(index: RegulationIndex) { self.index = index }

    public func sources(in result: JSONValue) -> [CitableSource] { [ClauseResult.source(result)].compactMap { $0 } }

    public func call(arguments: Arguments) async throws -> ClauseResult {
        guard let id = ClauseID(arguments.id.trimmingWhitespace) else {
            throw ToolError("An id is written document#number. Take one from the results of search_regulations.")
        }
        do {
            guard let clause = try await index.clause(id) else {
                throw ToolError(
                    "There is no clause \"\(String(arguments.id.prefix(200)))\". Find its id with search_regulations.")
            }
            return ClauseResult(clause, title: try await index.title(of: id.document) ?? id.document)
        } catch let error as RegulationError {
            throw ToolError(error.description)
        }
    }
}

extension String {
    fileprivate var trimmingWhitespace: String { String(trimmed) }
}
