// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Checks what the server sent with programs that are not ours: `Tests/Tools`.
///
/// They need the Python of `scripts/python.sh` in TURNLEDGER_CHECKS_PYTHON; without it nothing is checked, which is a
/// failure where TURNLEDGER_REQUIRE_SERVICES is 1.
enum StreamCheck {
    /// Checks a UI message stream by the rules of its oldest client and by the models of another implementation.
    static func verify(stream: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try withFile(stream) { path in
            try run("check-ui-stream.py", [path], sourceLocation)
            try run("check_with_pydantic_ai.py", ["stream", path], sourceLocation)
        }
    }

    /// Checks the body of a thread's messages.
    static func verify(history: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try withFile(history) { path in try run("check_with_pydantic_ai.py", ["history", path], sourceLocation) }
    }

    private static func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try body(file.path())
    }

    private static func run(_ tool: String, _ arguments: [String], _ sourceLocation: SourceLocation) throws {
        let environment = ProcessInfo.processInfo.environment
        guard let python = environment["TURNLEDGER_CHECKS_PYTHON"] else {
            if environment["TURNLEDGER_REQUIRE_SERVICES"] == "1" {
                Issue.record("TURNLEDGER_CHECKS_PYTHON is not set", sourceLocation: sourceLocation)
            }
            return
        }
        let tools = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Tools")
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [tools.appending(path: tool).standardizedFileURL.path()] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(tool): \(said)", sourceLocation: sourceLocation)
    }
}
