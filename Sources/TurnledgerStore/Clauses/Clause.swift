// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Names a clause for good: what an answer cites. As text `document#number`.
public struct ClauseID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The ID of the clause's document, without `#`.
    public var document: String
    /// The clause's number in its document, as the document writes it: `5.5.18`, `Article 12`, `第十二条`.
    public var number: String

    public init(document: String, number: String) {
        self.document = document
        self.number = number
    }

    /// Reads `document#number`; `nil` where either part is missing.
    public init?(_ text: String) {
        guard let mark = text.firstIndex(of: "#"), mark != text.startIndex else { return nil }
        let number = text[text.index(after: mark)...]
        guard !number.isEmpty else { return nil }
        self.init(document: String(text[..<mark]), number: String(number))
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = ClauseID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A clause ID is document#number.")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public var description: String { "\(document)#\(number)" }
}

/// A piece of a regulation that can be cited on its own.
public struct Clause: Hashable, Sendable {
    /// Unique in the store.
    public var id: ClauseID
    /// The headings above the clause, the outermost first.
    public var headingPath: [String]
    /// What an answer quotes. The headings above it are in `headingPath`.
    public var text: String
    /// `en`, `zh`, …: a language tag of BCP 47.
    public var language: String
    /// Whether it holds.
    public var status: RegulationStatus
    /// The first day on which it holds, `YYYY-MM-DD`.
    public var effectiveFrom: String?
    /// The last day on which it holds, `YYYY-MM-DD`.
    public var effectiveUntil: String?
    /// Its place in the document, from 0.
    public var position: Int

    public init(
        id: ClauseID, headingPath: [String] = [], text: String, language: String,
        status: RegulationStatus = .current, effectiveFrom: String? = nil, effectiveUntil: String? = nil, position: Int
    ) {
        self.id = id
        self.headingPath = headingPath
        self.text = text
        self.language = language
        self.status = status
        self.effectiveFrom = effectiveFrom
        self.effectiveUntil = effectiveUntil
        self.position = position
    }
}

/// Whether a regulation holds: one of four words, or the publisher's own.
public struct RegulationStatus: Hashable, Sendable, RawRepresentable, Codable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// It holds, from its first day on.
    public static let current = RegulationStatus(rawValue: "current")
    /// A later version has taken its place.
    public static let superseded = RegulationStatus(rawValue: "superseded")
    /// It holds no longer, and nothing has taken its place.
    public static let repealed = RegulationStatus(rawValue: "repealed")
    /// It does not hold yet.
    public static let draft = RegulationStatus(rawValue: "draft")

    public var description: String { rawValue }
}
