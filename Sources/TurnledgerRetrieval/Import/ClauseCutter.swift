// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Cuts a regulation into clauses.
///
/// A clause begins at a numbered heading or paragraph (`5.5.18`, `Article 12`, `第十二条`, `Annex III`) and ends before the
/// next one or the next heading. Text without a number belongs to its heading and has the headings' path as number.
struct ClauseCutter {
    /// The most bytes of UTF-8 of a clause; a longer one is cut into parts `12`, `12/2`, `12/3`, ….
    static let maximumLength = 4000

    struct Piece: Hashable {
        var number: String
        var headingPath: [String]
        var text: String
    }

    private var pieces: [Piece] = []
    /// The headings that are open; a heading's clause marker is in it, for paragraphs that follow.
    private var headings: [(level: Int, text: String, marker: ClauseNumber.Marker?)] = []
    private var number: String?
    private var paragraphs: [String] = []
    /// A numbered heading that has no text yet: what it says is the clause, should nothing come.
    private var headingText: String?
    private let title: String?

    private init(title: String?) { self.title = title }

    static func cut(_ source: SourceText) -> [Piece] {
        var cutter = ClauseCutter(title: source.metadata.title)
        for block in source.blocks {
            switch block {
            case .heading(let level, let text): cutter.open(level, text)
            case .paragraph(let text): cutter.add(text)
            }
        }
        cutter.close()
        return unique(cutter.pieces.flatMap(parts))
    }

    // MARK: Steps

    private mutating func open(_ level: Int, _ text: String) {
        let marker = ClauseNumber.marker(of: text)
        // A heading that is followed by a deeper one, or by numbered paragraphs, is a chapter and no clause.
        close(keepingHeadingText: headings.last.map { $0.level >= level } ?? true)
        headings.removeAll { $0.level >= level }
        headings.append((level, text, marker))
        number = marker?.number
        headingText = marker.flatMap { $0.rest.isEmpty ? nil : $0.rest }
    }

    private mutating func add(_ text: String) {
        guard let marker = ClauseNumber.marker(of: text), begins(marker) else {
            paragraphs.append(text)
            return
        }
        close(keepingHeadingText: false)
        number = marker.number
        if marker.kind == .annex { headings.removeAll { $0.level > 1 } }
        if !marker.rest.isEmpty { paragraphs.append(marker.rest) }
    }

    /// A plain `3.` numbers a clause only where no greater number is above it: in an article it is a paragraph.
    private func begins(_ marker: ClauseNumber.Marker) -> Bool {
        guard marker.kind == .plain else { return true }
        guard !marker.rest.isEmpty else { return false }
        guard let number else { return true }
        return ClauseNumber.marker(of: number + " X")?.kind == .plain && headings.last?.marker == nil
    }

    private mutating func close(keepingHeadingText: Bool = true) {
        defer {
            paragraphs = []
            headingText = nil
        }
        if paragraphs.isEmpty {
            guard keepingHeadingText, let headingText, number != nil else { return }
            paragraphs = [headingText]
        }
        let path = headings.map(\.text).filter { !isTitle($0) }
        let text = paragraphs.joined(separator: "\n")
        pieces.append(Piece(number: number ?? Self.name(of: path), headingPath: path, text: text))
    }

    /// The document's title is said once, in the document.
    private func isTitle(_ heading: String) -> Bool {
        guard let title, headings.first?.text == heading else { return false }
        return heading.hasSuffix(title)
    }

    private static func name(of path: [String]) -> String {
        path.isEmpty ? "preface" : path.joined(separator: " > ")
    }

    // MARK: Parts and numbers

    /// Cuts a piece that is too long, at the ends of paragraphs or sentences where it can.
    static func parts(_ piece: Piece) -> [Piece] {
        guard piece.text.utf8.count > maximumLength else { return [piece] }
        var texts: [String] = []
        var current = ""
        for sentence in Sentences.split(piece.text, maximumLength: maximumLength) {
            if !current.isEmpty, current.utf8.count + sentence.utf8.count > maximumLength {
                texts.append(String(current.trimmed))
                current = ""
            }
            current += sentence
        }
        if !current.trimmed.isEmpty { texts.append(String(current.trimmed)) }
        return texts.enumerated().map { index, text in
            let number = index == 0 ? piece.number : "\(piece.number)/\(index + 1)"
            return Piece(number: number, headingPath: piece.headingPath, text: text)
        }
    }

    /// Gives a number that comes a second time the heading it stands under, or an ordinal.
    static func unique(_ pieces: [Piece]) -> [Piece] {
        var seen: Set<String> = []
        return pieces.map { piece in
            var piece = piece
            if !seen.insert(piece.number).inserted {
                let base = piece.headingPath.last.map { "\($0) > \(piece.number)" } ?? piece.number
                var candidate = base
                var ordinal = 2
                while !seen.insert(candidate).inserted {
                    candidate = "\(base) (\(ordinal))"
                    ordinal += 1
                }
                piece.number = candidate
            }
            return piece
        }
    }
}
