// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reads the headings and paragraphs of HTML; never fails on markup that is not well formed.
enum HTMLReader {
    static func read(_ html: String) throws(RegulationError) -> SourceText {
        var reader = Parser(html)
        reader.run()
        var source = SourceText()
        source.metadata.title = reader.title
        source.metadata.language = reader.language.map(SourceMetadata.language)
        for block in reader.blocks {
            if case .paragraph(let text) = block, try source.takeMetadata(text[...]) { continue }
            if case .paragraph(let text) = block, let level = ClauseNumber.headingLevel(of: text) {
                source.blocks.append(.heading(level: level + 1, text))
            } else {
                source.blocks.append(block)
            }
        }
        source.takeTitleFromHeading()
        return source
    }

    /// Goes through the text once, from `<` to `<`.
    private struct Parser {
        var blocks: [SourceText.Block] = []
        var title: String?
        var language: String?
        private var rest: Substring
        private var text = ""
        /// Of the heading that is open.
        private var level: Int?

        private static let hidden: Set<String> = ["script", "style", "template", "noscript", "svg", "nav", "head"]
        private static let inline: Set<String> = [
            "a", "abbr", "b", "big", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
            "label",
            "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
        ]

        init(_ html: String) { rest = html[...] }

        mutating func run() {
            while let open = rest.firstIndex(of: "<") {
                text += HTMLReader.decoded(rest[..<open])
                rest = rest[open...]
                if rest.hasPrefix("<!--") {
                    skip(past: "-->")
                } else if let first = rest.dropFirst().first, first.isLetter || "/!?".contains(first) {
                    readTag()
                } else {
                    text += "<"
                    rest = rest.dropFirst()
                }
            }
            text += HTMLReader.decoded(rest)
            close()
        }

        private mutating func readTag() {
            guard let end = rest.firstIndex(of: ">") else {
                rest = rest[rest.endIndex...]
                return
            }
            let tag = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
            let isEnd = tag.hasPrefix("/")
            if name == "html", !isEnd { language = attribute("lang", of: tag) }
            if name == "head", !isEnd {
                // Only the title of a head is text.
                let head = rest.range(of: "</head", options: .caseInsensitive).map { rest[..<$0.lowerBound] } ?? ""
                if let open = head.range(of: "<title", options: .caseInsensitive),
                    let start = head[open.upperBound...].firstIndex(of: ">"),
                    let close = head.range(of: "</title", options: .caseInsensitive), start < close.lowerBound
                {
                    title = HTMLReader.collapsed(HTMLReader.decoded(head[head.index(after: start)..<close.lowerBound]))
                }
            }
            if Self.hidden.contains(name), !isEnd, !tag.hasSuffix("/") {
                skip(past: "</\(name)")
                skip(past: ">")
            } else if name == "br" {
                text += "\n"
            } else if name == "td" || name == "th" {
                text += " "
            } else if name.count == 2, name.first == "h", let number = name.last?.wholeNumberValue,
                (1...6).contains(number)
            {
                close()
                level = isEnd ? nil : number
            } else if !Self.inline.contains(name) {
                close()
            }
        }

        private mutating func skip(past mark: String) {
            let end = rest.range(of: mark, options: .caseInsensitive)?.upperBound
            rest = rest[(end ?? rest.endIndex)...]
        }

        private mutating func close() {
            let content = text.split(whereSeparator: \.isNewline).map { HTMLReader.collapsed($0) }
                .filter { !$0.isEmpty }
            text = ""
            guard !content.isEmpty else { return }
            if let level {
                blocks.append(.heading(level: level, content.joined(separator: " ")))
            } else {
                // Line breaks in the source mean nothing, but those of <br> part paragraphs that begin with numbers.
                var paragraph: [String] = []
                for line in content {
                    if ClauseNumber.marker(of: line) != nil, !paragraph.isEmpty {
                        blocks.append(.paragraph(MarkdownReader.joined(paragraph)))
                        paragraph = []
                    }
                    paragraph.append(line)
                }
                blocks.append(.paragraph(MarkdownReader.joined(paragraph)))
            }
        }

        private func attribute(_ name: String, of tag: Substring) -> String? {
            guard
                let match = try? Regex("(?i)\\b\(name)\\s*=\\s*[\"']?([A-Za-z\\-]+)", as: (Substring, Substring).self)
                    .firstMatch(in: tag)
            else { return nil }
            return String(match.output.1)
        }
    }

    private static func collapsed(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static let entities: [String: Character] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "ensp": " ", "emsp": " ",
        "mdash": "—",
        "ndash": "–", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "hellip": "…", "sect": "§", "deg": "°",
        "times": "×", "le": "≤", "ge": "≥", "middot": "·", "copy": "©", "reg": "®", "euro": "€", "sup2": "²",
        "sup3": "³",
    ]

    private static func decoded(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        return String(text).replacing(/&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,7});/) { match in
            let name = match.1
            guard name.hasPrefix("#") else { return entities[String(name)].map { String($0) } ?? String(match.0) }
            let digits = name.dropFirst()
            let value = "xX".contains(digits.first!) ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return value.flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? String(match.0)
        }
    }
}
