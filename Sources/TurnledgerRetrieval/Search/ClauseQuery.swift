// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Says what to look for in the regulations. Every filter that is set must hold.
public struct ClauseQuery: Hashable, Sendable {
    /// A question or words, in any language; text that looks like a query language is text.
    public var text: String
    /// Only this document, by ID.
    public var document: String?
    /// Only this language, as `en`.
    public var language: String?
    /// Only with this status.
    public var status: RegulationStatus?
    /// Only what holds on this day, `YYYY-MM-DD`; what has no dates always holds.
    public var date: String?
    /// The most hits.
    public var limit: Int

    public init(
        _ text: String, document: String? = nil, language: String? = nil, status: RegulationStatus? = nil,
        date: String? = nil, limit: Int = 10
    ) {
        self.text = text
        self.document = document
        self.language = language
        self.status = status
        self.date = date
        self.limit = limit
    }
}

/// A clause that a search found.
public struct ClauseHit: Hashable, Sendable {
    /// The whole clause.
    public var clause: Clause
    /// The title of its document.
    public var title: String
    /// Greater fits better; comparable within one search only.
    public var score: Double
    /// The share of the query's terms, by their weight, that the clause has: from 0 to 1.
    public var coverage: Double
    /// Whether the query named this clause by its number.
    public var isNamed: Bool
    /// The query's terms, with their weights, for the excerpt.
    let terms: [String]
    let rarity: [Double]

    /// What to cite.
    public var id: ClauseID { clause.id }

    /// The part of the text that fits best; all of it where it is short. Made when it is asked for: a long text takes a
    /// millisecond.
    public var excerpt: String { excerpt(maximumLength: 1500) }

    /// - Parameter maximumLength: In bytes of UTF-8, without the marks where text is left out.
    public func excerpt(maximumLength: Int) -> String {
        Excerpt.make(clause.text, terms: terms, rarity: rarity, maximumLength: maximumLength)
    }
}
