// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A regulation that was read and cut, before it becomes records.
struct ReadDocument {
    var metadata: SourceMetadata
    /// Where it was read from.
    var source: String
    /// What it is called where it says nothing itself: the file's name.
    var name: String
    var pieces: [ClauseCutter.Piece] = []

    /// Makes the records; the language is told from the text where nothing gives it.
    func records() -> RegulationImport {
        let id = Self.identifier(metadata.id ?? name)
        let language =
            metadata.language ?? CharacterClass.language(of: pieces.prefix(40).map(\.text).joined(separator: " "))
        let document = RegulationDocument(
            id: id, title: metadata.title ?? name, language: language, status: metadata.status ?? .current,
            effectiveFrom: metadata.effectiveFrom, effectiveUntil: metadata.effectiveUntil, source: source
        )
        let clauses = pieces.enumerated().map { position, piece in
            Clause(
                id: ClauseID(document: id, number: Self.identifier(piece.number, maximumLength: 300)),
                headingPath: piece.headingPath, text: piece.text, language: language, status: document.status,
                effectiveFrom: document.effectiveFrom, effectiveUntil: document.effectiveUntil, position: position
            )
        }
        return RegulationImport(document, clauses: clauses)
    }

    /// Leaves out what an ID may not hold.
    private static func identifier(_ text: String, maximumLength: Int = 240) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.replacing("#", with: " ").unicodeScalars where scalar.properties.generalCategory != .control
        {
            scalars.append(scalar)
        }
        var id = String(scalars).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        while id.utf8.count > maximumLength { id.removeLast() }
        return id.isEmpty ? "unnamed" : id
    }
}
