// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerServer
import TurnledgerStore

/// Checks what the server sent with programs that are not ours: `Tests/Tools`.
///
/// They need the Python of `scripts/python.sh` in TURNLEDGER_CHECKS_PYTHON; without it nothing is checked, which is a
/// failure where TURNLEDGER_REQUIRE_SERVICES is 1.
enum StreamCheck {
    /// Checks a UI message stream by the rules of its oldest client and by the models of another implementation.
    ///
    /// - Parameters:
    ///   - profile: Says which client is the oldest.
    ///   - known: Calls of earlier requests, which may get their results here.
    ///   - message: The message that the stream goes on with.
    static func verify(
        stream: String, for profile: ClientProfile = .conservative, known: [String] = [],
        continuing message: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let clients: [ClientProfile: JSONValue] = [
            .conservative: "5.0.92", .v5: "5.0.216", .v6: "6.0.230", .v7: "7.0.77",
        ]
        var options: JSONObject = ["client": clients[profile] ?? "", "known": .array(known.map(JSONValue.string))]
        if let message { options["continues"] = .string(message) }
        try await expectNothingWrong("stream", stream, options, sourceLocation)
    }

    /// Checks a data stream of version 4, or a text stream.
    static func verify(data: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expectNothingWrong("data", data, [:], sourceLocation)
    }

    static func verify(text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expectNothingWrong("text", text, [:], sourceLocation)
    }

    /// Checks the body of a thread's messages.
    static func verify(history: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expectNothingWrong("history", history, [:], sourceLocation)
    }

    private static func expectNothingWrong(
        _ kind: String, _ text: String, _ options: JSONObject, _ sourceLocation: SourceLocation
    ) async throws {
        guard let wrong = try await wrong(kind, text, options, sourceLocation) else { return }
        #expect(wrong == [], sourceLocation: sourceLocation)
    }

    /// What is wrong with a text; `nil` where nothing can be checked.
    static func wrong(
        _ kind: String, _ text: String, _ options: JSONObject = [:],
        _ sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [JSONValue]? {
        let environment = ProcessInfo.processInfo.environment
        guard let python = environment["TURNLEDGER_CHECKS_PYTHON"] else {
            if environment["TURNLEDGER_REQUIRE_SERVICES"] == "1" {
                Issue.record("TURNLEDGER_CHECKS_PYTHON is not set", sourceLocation: sourceLocation)
            }
            return nil
        }
        var request = options
        request["kind"] = .string(kind)
        request["text"] = .string(text)
        let answer = try await CheckProcess.shared.ask(JSONValue.object(request).text, python: python)
        return try JSONValue.parse(answer)["wrong"]?.array
    }
}

/// One process of the checkers for the whole test run: starting Python takes longer than all checks together.
private final class CheckProcess: @unchecked Sendable {
    static let shared = CheckProcess()

    // Everything below is used on this queue only.
    private let queue = DispatchQueue(label: "turnledger.tests.checks")
    private var process: Process?
    private let input = Pipe()
    private let output = Pipe()
    private var rest = Data()

    /// Sends one line and returns the line that answers it, without holding a thread of Swift tasks.
    func ask(_ line: String, python: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try self.answer(line, python: python) }) }
        }
    }

    private func answer(_ line: String, python: String) throws -> String {
        if process == nil { process = try start(python) }
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                defer { rest = Data(rest[(end + 1)...]) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw CheckerStopped() }
            rest += data
        }
    }

    private func start(_ python: String) throws -> Process {
        let tool = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Tools/check_with_pydantic_ai.py").standardizedFileURL
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [tool.path(), "serve"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        return process
    }

    private struct CheckerStopped: Error {}
}
