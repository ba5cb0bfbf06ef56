// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Yams

/// Reads Markdown: front matter, headings, paragraphs, lists and tables.
enum MarkdownReader {
    static func read(_ text: String) throws(RegulationError) -> SourceText {
        var source = SourceText()
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        if lines.first?.trimmed == "---", let end = lines.dropFirst().firstIndex(where: { $0.trimmed == "---" }) {
            try readFrontMatter(lines[lines.startIndex + 1..<end].joined(separator: "\n"), into: &source.metadata)
            lines = lines[(end + 1)...]
        }
        var paragraph: [String] = []
        var fence: Substring?

        func close() {
            if !paragraph.isEmpty { source.blocks.append(.paragraph(joined(paragraph))) }
            paragraph = []
        }

        for line in lines {
            let content = line.trimmed
            if let open = fence {
                if content.hasPrefix(open) { fence = nil } else { paragraph.append("\n" + content) }
            } else if content.hasPrefix("```") || content.hasPrefix("~~~") {
                fence = content.prefix(3)
            } else if content.isEmpty {
                close()
            } else if let (level, title) = heading(line) {
                close()
                source.blocks.append(.heading(level: level, plain(title)))
            } else if content.hasPrefix("|") {
                // A row stays a line of its own; the rule under a table's head says nothing.
                if content.contains(where: { !"|-: ".contains($0) }) { paragraph.append("\n" + plain(content)) }
            } else if isRule(content) || content.hasPrefix("<!--") && content.hasSuffix("-->") {
                close()
            } else if try source.takeMetadata(content) {
                continue
            } else {
                let item = listItem(content)
                paragraph.append(item.map { "\n- " + plain($0) } ?? plain(content))
            }
        }
        close()
        source.takeTitleFromHeading()
        return source
    }

    private static func readFrontMatter(_ yaml: String, into metadata: inout SourceMetadata) throws(RegulationError) {
        let node: Yams.Node?
        do { node = try Yams.compose(yaml: yaml) } catch {
            throw RegulationError(.invalid, "The front matter between the --- lines is no YAML.")
        }
        guard let node else { return }
        guard let mapping = node.mapping else {
            throw RegulationError(.invalid, "The front matter is not a list of \"key: value\".")
        }
        for (key, value) in mapping {
            // The scalar's own text: YAML would make a date or a number of it.
            guard let key = key.scalar?.string, let value = value.scalar?.string else { continue }
            _ = try metadata.set(key, value)
        }
    }

    private static func heading(_ line: Substring) -> (level: Int, title: String)? {
        guard line.prefix(while: { $0 == " " }).count <= 3 else { return nil }
        let content = line.trimmed
        let level = content.prefix { $0 == "#" }.count
        guard (1...6).contains(level), content.dropFirst(level).first.map(\.isWhitespace) ?? true else { return nil }
        var title = content.dropFirst(level).trimmed
        while title.hasSuffix("#") { title = title.dropLast().trimmed }
        return (level, String(title))
    }

    private static func isRule(_ content: Substring) -> Bool {
        content.count >= 3
            && (Set(content) == ["-"] || Set(content) == ["*"] || Set(content) == ["_"] || Set(content) == ["="])
    }

    private static func listItem(_ content: Substring) -> Substring? {
        for bullet in ["- ", "* ", "+ "] where content.hasPrefix(bullet) { return content.dropFirst(2).trimmed }
        return nil
    }

    /// Takes emphasis, code marks, links and escapes away.
    static func plain(_ text: some StringProtocol) -> String {
        var text = String(text)
        if text.contains("](") {
            text = text.replacing(/!?\[([^\]]*)\]\([^)]*\)/) { String($0.1) }
        }
        for mark in ["**", "__", "`"] { text = text.replacingOccurrences(of: mark, with: "") }
        if text.contains("*") { text = text.replacing(/\*([^*\s][^*]*)\*/) { String($0.1) } }
        if text.contains("\\") { text = text.replacing(/\\([\\`*_{}\[\]()#+\-.!|>])/) { String($0.1) } }
        return text
    }

    /// Joins a paragraph's lines: with a space, but without one between ideographs.
    static func joined(_ lines: [String]) -> String {
        var text = ""
        for line in lines {
            if let last = text.unicodeScalars.last, let first = line.unicodeScalars.first, first != "\n" {
                let wide = last.value >= 0x2E80 && first.value >= 0x2E80
                if !wide { text += " " }
            }
            text += line
        }
        return String(text.trimmed)
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}

extension SourceText {
    /// Takes the first heading as the title, and a code that begins it (`GB 50016-2014`) as the ID, where nothing else
    /// gave them.
    mutating func takeTitleFromHeading() {
        var title: String?
        for case .heading(let level, let text) in blocks where level == 1 {
            title = text
            break
        }
        if title == nil, case .heading(_, let text)? = blocks.first { title = text }
        if let title {
            if metadata.id == nil,
                let match = title.prefixMatch(
                    of: /([A-Z]{1,8}(?:[\/\-][A-Z]{1,4})*[ \-]?\d[\dA-Za-z.\-]*)(?=[\s:：　]|$)/)
            {
                metadata.id = String(match.1)
                let rest = title[match.range.upperBound...].drop { $0.isWhitespace || ":：-–—".contains($0) }
                if metadata.title == nil, !rest.isEmpty { metadata.title = String(rest) }
            }
            if metadata.title == nil { metadata.title = title }
        }
    }

    /// Takes a line of `status: in force` near a text's beginning as metadata; returns whether it was one.
    mutating func takeMetadata(_ line: Substring) throws(RegulationError) -> Bool {
        guard blocks.count < 4 else { return false }
        let parts = line.drop { "-*• ".contains($0) }.split(maxSplits: 1) { ":：".contains($0) }
        guard parts.count == 2, parts[0].count <= 24 else { return false }
        return try metadata.set(String(parts[0].filter { $0 != "*" }), String(parts[1].filter { $0 != "*" }))
    }
}
