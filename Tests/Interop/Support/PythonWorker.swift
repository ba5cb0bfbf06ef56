// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TurnledgerStore

/// LangGraph's packages in a Python process of their own, which does what `worker.py` offers, one request at a time.
final class PythonWorker: Sendable {
    /// Which packages, with which environment.
    enum Packages: String, CaseIterable, Sendable, CustomStringConvertible {
        /// Those of today.
        case today
        /// Those of today, where strict mode rebuilds nothing but what is on LangGraph's list.
        case strict
        /// Those of August 2025.
        case august2025
        /// Those of today, with the saver for Redis.
        case redis

        var description: String {
            switch self {
            case .today: "today's packages"
            case .strict: "today's packages in strict mode"
            case .august2025: "the packages of August 2025"
            case .redis: "today's packages with Redis"
            }
        }

        /// What turns come from: LangChain's agent, or the one of its time.
        var agent: String { self == .august2025 ? "create_react_agent" : "create_agent" }

        var python: String? {
            let name =
                switch self {
                case .today, .strict: "TURNLEDGER_INTEROP_PYTHON"
                case .august2025: "TURNLEDGER_INTEROP_PYTHON_2025"
                case .redis: "TURNLEDGER_REDIS_PYTHON"
                }
            return ProcessInfo.processInfo.environment[name]
        }
    }

    /// The workers of all tests, started when they are first asked.
    static let today = PythonWorker(.today)
    static let strict = PythonWorker(.strict)
    static let august2025 = PythonWorker(.august2025)
    static let redis = PythonWorker(.redis)

    static func of(_ packages: Packages) -> PythonWorker {
        switch packages {
        case .today: today
        case .strict: strict
        case .august2025: august2025
        case .redis: redis
        }
    }

    let packages: Packages
    private let line: Mutex<PythonLine>

    private init(_ packages: Packages) {
        self.packages = packages
        line = Mutex(PythonLine(packages: packages))
    }

    /// Asks for one operation of `worker.py`.
    /// - Throws: `PythonFailure` with Python's traceback.
    @discardableResult
    func ask(_ operation: String, _ arguments: JSONObject = [:]) async throws -> JSONValue {
        var request: JSONObject = ["do": .string(operation)]
        for member in arguments { request[member.key] = member.value }
        let text = JSONValue.object(request).text
        // On an OS thread of its own: it blocks until Python has answered.
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try self.line.withLock { try $0.ask(text) } })
            }
        }
    }
}

/// What went wrong in Python.
struct PythonFailure: Error, CustomStringConvertible {
    let description: String
}

/// The process and its two pipes; answers come in the order of the requests.
private struct PythonLine {
    let packages: PythonWorker.Packages
    private var process: Process?
    private let requests = Pipe()
    private let answers = Pipe()
    private var received = Data()

    init(packages: PythonWorker.Packages) { self.packages = packages }

    mutating func ask(_ request: String) throws -> JSONValue {
        try start()
        try requests.fileHandleForWriting.write(contentsOf: Data((request + "\n").utf8))
        while !received.contains(UInt8(ascii: "\n")) {
            let part = answers.fileHandleForReading.availableData
            guard !part.isEmpty else { throw PythonFailure(description: "The worker has ended: see its output.") }
            received += part
        }
        let end = received.firstIndex(of: UInt8(ascii: "\n"))!
        let answer = try JSONValue.parse(Array(received[received.startIndex..<end]))
        received = Data(received[received.index(after: end)...])
        if let failure = answer["error"]?.string { throw PythonFailure(description: failure) }
        return answer["ok"] ?? .null
    }

    private mutating func start() throws {
        guard process == nil else { return }
        guard let python = packages.python else {
            throw PythonFailure(description: "Run `source scripts/python.sh --interop` first.")
        }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [Self.folder.appending(path: "worker.py").path()]
        var environment = ProcessInfo.processInfo.environment
        environment["LANGGRAPH_STRICT_MSGPACK"] = packages == .strict ? "true" : nil
        environment["PYTHONWARNINGS"] = "ignore"
        process.environment = environment
        process.standardInput = requests
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Python")
}
