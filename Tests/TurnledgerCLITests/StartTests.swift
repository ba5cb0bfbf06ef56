// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Testing
import TurnledgerStore

@testable import TurnledgerCLI

@Suite("Starting")
struct StartTests {
    /// Runs a command line and returns the error that it ends with, as standard error has it.
    private func failure(_ arguments: [String]) async -> String {
        do {
            var command = try TurnledgerCommand.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return "no error"
        } catch {
            return "\(TurnledgerCommand.exitCode(for: error).rawValue): \(TurnledgerCommand.message(for: error))"
        }
    }

    /// A folder for one test.
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test(
        "serve refuses with one line",
        arguments: [
            (["--host", "0.0.0.0"], "1: The server will not listen on 0.0.0.0 without `auth`"),
            (["--port", "eighty"], "1: 'server.port' in the command line must be a whole number"),
            (["--store", "nonsense"], "1: The store must be"),
            (["--model", "oracle"], "1: 'model.kind' in the command line must be"),
            (["--model", "openai"], "1: The model `openai` needs 'model.url'"),
            (["--config", "/no/such/file.yaml"], "1: The configuration file /no/such/file.yaml cannot be read."),
            (
                [
                    "--store", "memory:", "--model", "openai", "--model-url", "http://127.0.0.1:9/v1", "--model-name",
                    "m",
                ],
                "1: The model (openai: m) does not answer"
            ),
            (["--bogus"], "64: Unknown option '--bogus'"),
        ])
    func refusals(_ arguments: [String], _ says: String) async {
        let said = await failure(["serve"] + arguments)
        #expect(said.hasPrefix(says), "\(said)")
        #expect(arguments == ["--bogus"] || !said.contains("\n"))
    }

    @Test("serve refuses a database that is away, where no spool is to take its place")
    func away() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "turnledger.yaml")
            try Data("postgresql: { fallback: off }".utf8).write(to: file)
            let said = await failure([
                "serve", "--config", file.path(), "--store", "postgresql://me:secret@127.0.0.1:1/x",
            ])
            #expect(
                said.hasPrefix(
                    "1: The store postgresql://127.0.0.1:1/x cannot be opened: PostgreSQL cannot be reached"), "\(said)"
            )
            #expect(!said.contains("\n"))
        }
    }

    @Test("serve refuses a port in use, and an address that is not this machine's")
    func addresses() async throws {
        let socket = try ListeningSocket()
        let inUse = await failure(["serve", "--store", "memory:", "--port", "\(socket.port)"])
        #expect(
            inUse
                == "1: Port \(socket.port) on 127.0.0.1 is in use. Stop the other server, or choose another port with --port."
        )
        try await withFolder { folder in
            let file = folder.appending(path: "open.yaml")
            try Data("auth: none".utf8).write(to: file)
            for host in ["192.0.2.1", "no-such-host.invalid"] {
                let said = await failure([
                    "serve", "--store", "memory:", "--port", "0", "--host", host, "--config", file.path(),
                ])
                #expect(said.hasPrefix("1: The server cannot listen on \(host)"), "\(said)")
            }
        }
    }

    @Test("a file that is no database is refused and stays as it is")
    func corruptStore() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "store.sqlite")
            let rubbish = Data(String(repeating: "rubbish ", count: 1000).utf8)
            try rubbish.write(to: file)
            let said = await failure(["threads", "list", "--store", "sqlite:\(file.path())"])
            #expect(said.hasPrefix("1: The store sqlite:"), "\(said)")
            #expect(try Data(contentsOf: file) == rubbish)
        }
    }

    @Test("the store's folder is made; a thread that is not there is an error")
    func newStore() async throws {
        try await withFolder { folder in
            let path = folder.appending(path: "new/folder/store.sqlite").path()
            #expect(await failure(["threads", "list", "--store", "sqlite:\(path)"]) == "no error")
            #expect(FileManager.default.fileExists(atPath: path))
            let said = await failure(["threads", "show", "nobody", "--store", "sqlite:\(path)"])
            #expect(said == "1: There is no thread 'nobody' in the store.")
        }
    }

    @Test("chat needs either a server or a store, and says when a server is not there")
    func chat() async {
        #expect(
            await failure(["chat", "--server", "http://127.0.0.1:9", "--store", "memory:", "Hi"]).hasPrefix("64: "))
        let said = await failure(["chat", "--server", "http://127.0.0.1:9", "Hi"])
        #expect(said == "1: The server at http://127.0.0.1:9 cannot be reached.")
    }
}

/// A socket of 127.0.0.1 that listens for as long as it is referenced.
private final class ListeningSocket {
    let port: Int
    private let descriptor: Int32

    struct Failed: Error {}

    init() throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard bound else { throw Failed() }
    }

    deinit { close(descriptor) }
}
