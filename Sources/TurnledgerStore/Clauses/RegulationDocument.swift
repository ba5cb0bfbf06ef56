// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A regulation that was imported: a law, a standard, a house rule.
public struct RegulationDocument: Hashable, Sendable, Identifiable {
    /// What it is cited as: 1 to 256 bytes of UTF-8 without `#` and control characters, such as `GB 50016`.
    public var id: String
    /// What people call it.
    public var title: String
    /// A language tag of BCP 47.
    public var language: String
    /// Whether it holds.
    public var status: RegulationStatus
    /// The first day on which it holds, `YYYY-MM-DD`.
    public var effectiveFrom: String?
    /// The last day on which it holds, `YYYY-MM-DD`.
    public var effectiveUntil: String?
    /// Where it was read from; a later import from there replaces or removes it.
    public var source: String?
    /// Differs when anything that an import reads differs.
    public var contentHash: String
    /// How many clauses it has.
    public var clauseCount: Int
    /// The store's version with which the document last changed.
    public var version: Int64

    public init(
        id: String, title: String, language: String, status: RegulationStatus = .current, effectiveFrom: String? = nil,
        effectiveUntil: String? = nil, source: String? = nil, contentHash: String = "", clauseCount: Int = 0,
        version: Int64 = 0
    ) {
        self.id = id
        self.title = title
        self.language = language
        self.status = status
        self.effectiveFrom = effectiveFrom
        self.effectiveUntil = effectiveUntil
        self.source = source
        self.contentHash = contentHash
        self.clauseCount = clauseCount
        self.version = version
    }
}

/// A document with its clauses, as an import stores it.
public struct RegulationImport: Hashable, Sendable {
    /// Its `contentHash`, `clauseCount` and `version` are what the clauses and the store make them.
    public var document: RegulationDocument
    /// In the document's order; no number twice.
    public var clauses: [Clause]

    /// Counts the clauses and takes the hash of all that was read.
    public init(_ document: RegulationDocument, clauses: [Clause]) {
        self.document = document
        self.clauses = clauses
        self.document.clauseCount = clauses.count
        self.document.contentHash = Self.hash(document, clauses)
    }

    /// Checks what a store relies on.
    /// - Throws: `.invalid` with the rule that was broken.
    public func validate() throws(StoreError) {
        let id = document.id
        guard (1...256).contains(id.utf8.count), !id.contains("#"),
            !id.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw StoreError(.invalid, "A document's id has 1 to 256 bytes without # and control characters.")
        }
        var numbers: Set<ExactText> = []
        for clause in clauses {
            guard ExactText(clause.id.document) == ExactText(id) else {
                throw StoreError(.invalid, "A clause of \(id) names another document.")
            }
            guard !clause.id.number.isEmpty, numbers.insert(ExactText(clause.id.number)).inserted else {
                throw StoreError(
                    .invalid, "The document \(id) has the clause number \(clause.id.number) twice or empty.")
            }
        }
    }

    /// Checks all documents of a change, and that each is there once.
    /// - Throws: As `validate()`.
    package static func validatedIDs(of documents: [RegulationImport]) throws(StoreError) -> Set<ExactText> {
        var ids: Set<ExactText> = []
        for item in documents {
            try item.validate()
            guard ids.insert(ExactText(item.document.id)).inserted else {
                throw StoreError(.invalid, "The import has the document \(item.document.id) twice.")
            }
        }
        return ids
    }

    private static func hash(_ document: RegulationDocument, _ clauses: [Clause]) -> String {
        var bytes: [UInt8] = []
        func add(_ text: String?) {
            // A separator that text cannot hold keeps neighbouring fields apart.
            bytes.append(contentsOf: (text ?? "\u{1}").utf8)
            bytes.append(0)
        }
        for text in [document.title, document.language, document.status.rawValue] { add(text) }
        add(document.effectiveFrom)
        add(document.effectiveUntil)
        for clause in clauses {
            add(clause.id.number)
            add(clause.headingPath.joined(separator: "\u{2}"))
            add(clause.text)
            add(clause.language)
            add(clause.status.rawValue)
            add(clause.effectiveFrom)
            add(clause.effectiveUntil)
        }
        return XXH3.hexadecimal(of: bytes)
    }
}
