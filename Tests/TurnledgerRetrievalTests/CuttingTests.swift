// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerRetrieval

@Suite("Cutting regulations into clauses")
struct CuttingTests {
    typealias Piece = ClauseCutter.Piece

    @Test("Markdown gives its front matter, and a clause for each number under its headings")
    func markdown() throws {
        let source = try MarkdownReader.read(
            """
            ---
            document: TL-X 1
            title: Small Workshops
            language: English
            status: superseded
            effective: 2024-7-1
            ---

            # Small Workshops

            An introduction.

            ## 5 Exits

            ### 5.2 Doors

            **5.2.3** A door is at least 900 mm
            wide and *never* locked.

            - It opens outwards.

            **5.2.4** A step is [marked](marks.md).

            ### 5.3 Windows stay shut
            """)
        #expect(source.metadata.id == "TL-X 1")
        #expect(source.metadata.title == "Small Workshops")
        #expect(source.metadata.language == "en")
        #expect(source.metadata.status == .superseded)
        #expect(source.metadata.effectiveFrom == "2024-07-01")
        let doors = ["5 Exits", "5.2 Doors"]
        #expect(
            ClauseCutter.cut(source) == [
                Piece(number: "preface", headingPath: [], text: "An introduction."),
                Piece(
                    number: "5.2.3", headingPath: doors,
                    text: "A door is at least 900 mm wide and never locked.\n- It opens outwards."),
                Piece(number: "5.2.4", headingPath: doors, text: "A step is marked."),
                Piece(number: "5.3", headingPath: ["5 Exits", "5.3 Windows stay shut"], text: "Windows stay shut"),
            ])
    }

    @Test("Chinese articles in bold are clauses, and the language is told from the text")
    func chinese() throws {
        let source = try MarkdownReader.read(
            """
            # 冷库办法

            ## 第一章 总则

            **第十一条** 本办法适用于
            冷库。

            **第十二条** 库温不高于零下19℃。
            """)
        let read = ReadDocument(
            metadata: source.metadata, source: "a.md", name: "a", pieces: ClauseCutter.cut(source))
        let records = read.records()
        #expect(records.document.title == "冷库办法")
        #expect(records.document.language == "zh")
        #expect(records.clauses.map(\.id.description) == ["a#第十一条", "a#第十二条"])
        #expect(records.clauses.map(\.text) == ["本办法适用于冷库。", "库温不高于零下19℃。"])
        #expect(records.clauses.map(\.headingPath) == [["第一章 总则"], ["第一章 总则"]])
    }

    @Test("plain text is cut at its numbers; page numbers are no text")
    func plainText() throws {
        let source = try PlainTextReader.read(
            """
            Rules for Boats

            Chapter 1   Scope
            1.1 Boats are vessels.
            1.2 A boat has

            - 3 -
            """)
        #expect(source.metadata.title == "Rules for Boats")
        #expect(
            ClauseCutter.cut(source) == [
                Piece(number: "1.1", headingPath: ["Chapter 1 Scope"], text: "Boats are vessels."),
                Piece(number: "1.2", headingPath: ["Chapter 1 Scope"], text: "A boat has"),
            ])
    }

    @Test("HTML gives headings, paragraphs and characters, but no scripts and menus")
    func html() throws {
        let source = try HTMLReader.read(
            """
            <html lang="en-GB"><head><title>Boat &amp; Ship Act</title><style>p {}</style></head>
            <body><nav>Home</nav><h1>Boat &amp; Ship Act</h1><h2>Chapter I</h2>
            <p>Article 1. Boats are <b>vessels</b>.</p>
            <p>Article 2<br>Bells weigh &lt; 5&nbsp;kg.</p><script>alert("x")</script></body></html>
            """)
        #expect(source.metadata.title == "Boat & Ship Act")
        #expect(source.metadata.language == "en")
        #expect(
            ClauseCutter.cut(source) == [
                Piece(number: "Article 1", headingPath: ["Chapter I"], text: "Boats are vessels."),
                Piece(number: "Article 2", headingPath: ["Chapter I"], text: "Bells weigh < 5 kg."),
            ])
        let broken = ClauseCutter.cut(try HTMLReader.read("<p>Article 3 Ropes <b"))
        #expect(broken == [Piece(number: "Article 3", headingPath: [], text: "Ropes")])
    }

    @Test("a clause that is too long becomes parts, and a number that comes twice stays unique")
    func partsAndRepeats() {
        let text = String(repeating: "A boat has a bell. ", count: 500)
        let parts = ClauseCutter.parts(Piece(number: "12", headingPath: [], text: text))
        #expect(parts.prefix(3).map(\.number) == ["12", "12/2", "12/3"])
        #expect(parts.allSatisfy { $0.text.utf8.count <= ClauseCutter.maximumLength })
        #expect(parts.map(\.text).joined(separator: " ").count == text.count - 1)

        let piece = Piece(number: "1", headingPath: ["Annex I"], text: "")
        #expect(ClauseCutter.unique([piece, piece, piece]).map(\.number) == ["1", "Annex I > 1", "Annex I > 1 (2)"])
    }

    @Test("what is no date is refused")
    func dates() {
        let error = #expect(throws: RegulationError.self) {
            try MarkdownReader.read("---\neffective: soon\n---\n1.1 Text.")
        }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains("soon") == true)
    }
}
