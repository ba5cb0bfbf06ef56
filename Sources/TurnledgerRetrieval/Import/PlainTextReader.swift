// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Reads plain text, such as `pdftotext` makes it: paragraphs are parted by empty lines or begin with a number.
enum PlainTextReader {
    static func read(_ text: String) throws(RegulationError) -> SourceText {
        var source = SourceText()
        var paragraph: [String] = []

        func close() {
            if !paragraph.isEmpty { source.blocks.append(.paragraph(MarkdownReader.joined(paragraph))) }
            paragraph = []
        }

        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let content = line.trimmed
            if content.isEmpty || isPageNumber(content) {
                close()
            } else if let level = ClauseNumber.headingLevel(of: content) {
                close()
                source.blocks.append(.heading(level: level + 1, spaced(content)))
            } else if try source.takeMetadata(content) {
                continue
            } else if source.blocks.isEmpty, paragraph.isEmpty, isTitle(content) {
                source.blocks.append(.heading(level: 1, String(content)))
            } else {
                if startsParagraph(content) { close() }
                paragraph.append(String(content))
            }
        }
        close()
        source.takeTitleFromHeading()
        return source
    }

    /// A new paragraph begins with a clause's number, or with the mark of a list item.
    private static func startsParagraph(_ line: Substring) -> Bool {
        ClauseNumber.marker(of: line).map { $0.kind != .plain || $0.rest.count > 20 } ?? false
    }

    private static func isTitle(_ line: Substring) -> Bool {
        line.count <= 120 && !".。;；,，".contains(line.last!) && ClauseNumber.marker(of: line) == nil
    }

    private static func isPageNumber(_ line: Substring) -> Bool {
        line.count <= 12 && line.contains(where: \.isNumber)
            && line.allSatisfy { ($0.isASCII && $0.isNumber) || "-–— /·第页共".contains($0) }
    }

    /// Printed laws set wide gaps between a chapter's number and its name.
    private static func spaced(_ line: Substring) -> String {
        line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
