// Turnledger. SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// llama.cpp's server with a small model, as a child process on a free port of 127.0.0.1.
///
/// `scripts/llama.sh` installs both and names them in `TURNLEDGER_LLAMA_SERVER` and `TURNLEDGER_LLAMA_MODEL`. Tests are
/// `.enabled(if: LlamaServer.isWanted)` and run inside `LlamaServer.use { server in … }`.
package final class LlamaServer: Sendable {
    package static let serverVariable = "TURNLEDGER_LLAMA_SERVER"
    package static let modelVariable = "TURNLEDGER_LLAMA_MODEL"

    /// Whether the environment names server and model, or says that every service must be there: then a missing one
    /// is a failure and not a skip.
    package static var isWanted: Bool {
        let environment = ProcessInfo.processInfo.environment
        if environment["TURNLEDGER_REQUIRE_SERVICES"] == "1" { return true }
        return environment[serverVariable] != nil && environment[modelVariable] != nil
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let port: Int
    /// What a client takes as its base URL.
    package var url: String { "http://127.0.0.1:\(port)/v1" }

    private let process: Process
    private let log: URL

    /// Starts a server, runs the operation when it is ready, and kills it.
    package static func use<Result>(_ operation: (LlamaServer) async throws -> Result) async throws -> Result {
        let server = try await start()
        defer { server.stop() }
        return try await operation(server)
    }

    /// Starts a server and waits until it has loaded its model.
    package static func start(within limit: Duration = .seconds(60)) async throws -> LlamaServer {
        let environment = ProcessInfo.processInfo.environment
        guard let binary = environment[serverVariable], let model = environment[modelVariable] else {
            throw Failure(
                description: "\(serverVariable) and \(modelVariable) are not set: eval \"$(scripts/llama.sh)\".")
        }
        let server = try LlamaServer(binary: binary, model: model, port: try await freePort())
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end, server.process.isRunning {
            if await server.isReady() { return server }
            try await Task.sleep(for: .milliseconds(100))
        }
        let said = (try? String(contentsOf: server.log, encoding: .utf8)) ?? ""
        server.stop()
        throw Failure(description: "llama-server did not start: \(said.suffix(500))")
    }

    private init(binary: String, model: String, port: Int) throws {
        self.port = port
        log = FileManager.default.temporaryDirectory.appendingPathComponent("turnledger-llama-\(UUID().uuidString).log")
        try Data().write(to: log)
        process = Process()
        process.executableURL = URL(fileURLWithPath: binary)
        // One OS thread: several wait for each other busily, and on a machine with other work are ten times slower.
        process.arguments = [
            "--model", model, "--host", "127.0.0.1", "--port", String(port), "--jinja", "-c", "4096", "-np", "1",
            "--threads", "1",
        ]
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try output.close()
    }

    /// Kills the server and waits until it is gone.
    package func stop() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: log)
    }

    /// What the server's only slot does: `GET /slots`.
    package struct Slot: Decodable, Sendable {
        struct Token: Decodable, Sendable {
            var hasNextToken: Bool

            enum CodingKeys: String, CodingKey { case hasNextToken = "has_next_token" }
        }

        package var isProcessing: Bool
        var nextToken: [Token]

        /// Whether the slot's last answer was stopped before its end.
        package var wasStopped: Bool { !isProcessing && nextToken.contains { $0.hasNextToken } }

        enum CodingKeys: String, CodingKey {
            case isProcessing = "is_processing"
            case nextToken = "next_token"
        }
    }

    package func slot() async throws -> Slot {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/slots")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 20)
        guard let slot = try JSONDecoder().decode([Slot].self, from: Data(body.readableBytesView)).first else {
            throw Failure(description: "llama-server has no slot.")
        }
        return slot
    }

    private func isReady() async -> Bool {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/health")
        let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(2))
        return response?.status.code == 200
    }

    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port
        try await channel.close().get()
        guard let port else { throw Failure(description: "The machine has no free port.") }
        return port
    }
}
