// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation

/// A PDF file written by hand: a page for each list of lines, its texts as glyph ids with a map to Unicode.
///
/// Nothing is drawn from an embedded font: a reader of text needs only the map, for English and for Chinese. Source:
/// ISO 32000-1, 7.5 (file structure) and 9.10 (extraction of text content).
struct HandmadePDF {
    var pages: [[String]]

    var data: Data {
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [\(pages.indices.map { "\(7 + 2 * $0) 0 R" }.joined(separator: " "))] "
                + "/Count \(pages.count) >>",
            "<< /Type /Font /Subtype /Type0 /BaseFont /Test /Encoding /Identity-H /DescendantFonts [4 0 R] "
                + "/ToUnicode 6 0 R >>",
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Test /FontDescriptor 5 0 R /DW 1000 /W [32 126 500] "
                + "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
            "<< /Type /FontDescriptor /FontName /Test /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 "
                + "/Descent -200 /CapHeight 700 /StemV 80 >>",
            Self.stream(map),
        ]
        for (index, lines) in pages.enumerated() {
            objects.append(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1200 842] /Contents \(8 + 2 * index) 0 R "
                    + "/Resources << /Font << /F1 3 0 R >> >> >>")
            objects.append(Self.stream(content(of: lines)))
        }
        var file = "%PDF-1.4\n"
        var offsets: [Int] = []
        for (index, object) in objects.enumerated() {
            offsets.append(file.utf8.count)
            file += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let table = file.utf8.count
        file += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for offset in offsets { file += String(repeating: "0", count: 10 - "\(offset)".count) + "\(offset) 00000 n \n" }
        file += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(table)\n%%EOF\n"
        return Data(file.utf8)
    }

    /// Glyph ids are UTF-16 code units; the map says so.
    private var map: String {
        let units = Set(pages.joined().joined().utf16).sorted()
        var lines = [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CMapName /Test def /CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange",
        ]
        for start in stride(from: 0, to: units.count, by: 100) {
            let part = units[start..<min(start + 100, units.count)]
            lines.append("\(part.count) beginbfchar")
            lines += part.map { "<\(Self.hex($0))> <\(Self.hex($0))>" }
            lines.append("endbfchar")
        }
        lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
        return lines.joined(separator: "\n")
    }

    private func content(of lines: [String]) -> String {
        let shown = lines.map { "<\($0.utf16.map(Self.hex).joined())> Tj 0 -20 Td" }
        return "BT /F1 10 Tf 40 800 Td\n\(shown.joined(separator: "\n"))\nET"
    }

    private static func stream(_ text: String) -> String {
        "<< /Length \(text.utf8.count) >>\nstream\n\(text)\nendstream"
    }

    private static func hex(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
