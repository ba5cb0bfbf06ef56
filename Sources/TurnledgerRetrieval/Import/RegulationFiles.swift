// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

/// Finds the files that an import names, and reads each by its kind.
enum RegulationFiles {
    private static let documents: Set<String> = ["md", "markdown", "txt", "text", "html", "htm", "xhtml", "pdf"]
    private static let mappings: Set<String> = ["yaml", "yml", "json"]

    /// Returns the files that paths name, folders opened, in the order of their names.
    static func find(_ paths: [String]) throws(RegulationError) -> [URL] {
        guard !paths.isEmpty else { throw RegulationError(.nothingFound, "No path was given.") }
        var files: [URL] = []
        for path in paths {
            let url = URL(fileURLWithPath: path).standardizedFileURL
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
                throw RegulationError(.unreadable, "\(path) does not exist.")
            }
            guard isFolder.boolValue else {
                let kind = url.pathExtension.lowercased()
                guard documents.contains(kind) || mappings.contains(kind) else {
                    throw RegulationError(
                        .unreadable,
                        "\(path) is of a kind that cannot be imported. Name .md, .txt, .html, .pdf, or a mapping file (.yaml)."
                    )
                }
                files.append(url)
                continue
            }
            let inside = contents(of: url)
            guard !inside.isEmpty else {
                throw RegulationError(
                    .nothingFound, "The folder \(path) holds no regulation (.md, .txt, .html, .pdf).")
            }
            files += inside
        }
        var seen: Set<String> = []
        return files.filter { seen.insert($0.path).inserted }
    }

    /// The absolute paths behind which an import owns everything.
    static func roots(_ paths: [String]) -> [String] {
        paths.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    }

    private static func contents(of folder: URL) -> [URL] {
        let walker = FileManager.default.enumerator(
            at: folder, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
        var files: [URL] = []
        while let file = walker?.nextObject() as? URL {
            let name = file.deletingPathExtension().lastPathComponent.uppercased()
            guard documents.contains(file.pathExtension.lowercased()),
                !name.hasPrefix("README"), !name.hasPrefix("LICENSE"),
                (try? file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
            else { continue }
            files.append(file.standardizedFileURL)
        }
        return files.sorted { $0.path < $1.path }
    }

    /// Reads one file: one document, or all those of a mapping.
    static func read(_ file: URL) throws(RegulationError) -> [ReadDocument] {
        let kind = file.pathExtension.lowercased()
        do {
            if mappings.contains(kind) { return try SQLiteMapping.read(file).regulations(beside: file) }
            let source =
                switch kind {
                case "pdf": try PDFReader.read(file)
                case "html", "htm", "xhtml": try HTMLReader.read(try text(of: file))
                case "txt", "text": try PlainTextReader.read(try text(of: file))
                default: try MarkdownReader.read(try text(of: file))
                }
            let name = file.deletingPathExtension().lastPathComponent
            return [
                ReadDocument(metadata: source.metadata, source: file.path, name: name, pieces: ClauseCutter.cut(source))
            ]
        } catch {
            guard !error.description.contains(file.lastPathComponent) else { throw error }
            throw RegulationError(error.code, "\(file.lastPathComponent): \(error.description)")
        }
    }

    private static func text(of file: URL) throws(RegulationError) -> String {
        guard let data = try? Data(contentsOf: file) else {
            throw RegulationError(.unreadable, "\(file.lastPathComponent) cannot be read.")
        }
        let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data[...]
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RegulationError(
                .unreadable, "\(file.lastPathComponent) is no UTF-8 text. Convert it, with iconv for instance.")
        }
        // NUL and other controls have no place in text, and PostgreSQL would refuse the first.
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 && !"\n\r\t\u{C}".unicodeScalars.contains($0) })
        else {
            return text
        }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.value >= 0x20 || "\n\r\t".unicodeScalars.contains($0) }))
    }
}
