// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerStore

/// Python's LangGraph in a process of its own: answers a line for each line.
actor PythonPeer {
    /// Where the python with LangGraph is: scripts/python.sh names it, with `--interop` one that reaches PostgreSQL.
    static var python: String? {
        let environment = ProcessInfo.processInfo.environment
        return environment["TURNLEDGER_INTEROP_PYTHON"] ?? environment["TURNLEDGER_LANGGRAPH_PYTHON"]
    }
    /// Tests that need it run where it is named; with TURNLEDGER_REQUIRE_SERVICES=1 they fail without it.
    static var isNeeded: Bool {
        python != nil || ProcessInfo.processInfo.environment["TURNLEDGER_REQUIRE_SERVICES"] == "1"
    }
    static let shared = PythonPeer()

    private var process: Process?
    private var input: FileHandle?
    private var output: FileHandle?
    private var rest = Data()

    /// - Throws: Where there is no python, and what the peer failed with.
    func ask(_ request: JSONValue) throws -> JSONValue {
        if process == nil { try start() }
        try input!.write(contentsOf: Data(request.serialized() + [UInt8(ascii: "\n")]))
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(rest[rest.startIndex..<end])
                rest = Data(rest[rest.index(after: end)...])
                let answer = try JSONValue.parse(line)
                if let failure = answer["failed"]?.string { throw PeerFailure(text: failure) }
                return answer
            }
            let more = output!.availableData
            guard !more.isEmpty else {
                throw PeerFailure(text: "The peer ended.")
            }
            rest.append(more)
        }
    }

    private func start() throws {
        guard let python = Self.python else { throw PeerFailure(text: "TURNLEDGER_LANGGRAPH_PYTHON names no python.") }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [
            InteropCase.folder.appending(path: "peer.py").path, InteropCase.folder.appending(path: "cases.json").path,
        ]
        let (incoming, outgoing) = (Pipe(), Pipe())
        process.standardInput = incoming
        process.standardOutput = outgoing
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        input = incoming.fileHandleForWriting
        output = outgoing.fileHandleForReading
    }
}

struct PeerFailure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
