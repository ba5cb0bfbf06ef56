// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reads the text of a PDF through the command `pdftotext`.
enum PDFReader {
    static func read(_ file: URL) throws(RegulationError) -> SourceText {
        guard let program = program(named: "pdftotext") else {
            throw RegulationError(
                .missingProgram,
                "\(file.lastPathComponent): reading PDF needs the command pdftotext. Install the package poppler-utils."
            )
        }
        let process = Process()
        process.executableURL = program
        process.arguments = ["-enc", "UTF-8", "-nopgbrk", "-q", file.path, "-"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        let data: Data?
        do {
            try process.run()
            data = try output.fileHandleForReading.readToEnd()
        } catch {
            throw RegulationError(.missingProgram, "The command pdftotext does not start. Is poppler-utils whole?")
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw RegulationError(.unreadable, "\(file.lastPathComponent) is no PDF that pdftotext can read.")
        }
        let text = String(decoding: data ?? Data(), as: UTF8.self)
        guard !text.trimmed.isEmpty else {
            throw RegulationError(.unreadable, "\(file.lastPathComponent) holds no text, only pictures of it perhaps.")
        }
        return try PlainTextReader.read(text)
    }

    /// Looks a program up as a shell does.
    static func program(
        named name: String, path: String? = ProcessInfo.processInfo.environment["PATH"]
    ) -> URL? {
        for folder in (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let file = URL(fileURLWithPath: String(folder)).appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: file.path) { return file }
        }
        return nil
    }
}
