// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import TurnledgerAgent
import TurnledgerModels
import TurnledgerOperations
import TurnledgerServer
import TurnledgerStore

/// `turnledger threads …`: works on the store itself and sees the threads of all owners, or asks a server.
struct ThreadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "threads",
        abstract: "Lists, shows and deletes conversations.",
        discussion: """
                turnledger threads list --query evacuation
                turnledger threads show demo
                turnledger threads delete demo
                turnledger threads convert --messages delta demo
                TURNLEDGER_TOKEN=… turnledger threads list --server https://chat.example.org

            The commands open the store themselves and see the threads of all owners. With --server they ask a server
            and see the threads of whoever the token belongs to. With --json each line is one JSON object.

            Exit codes: 0 done, 1 failed or there is no such thread, 64 the command line is wrong.
            """,
        subcommands: [List.self, Show.self, Delete.self, ConvertCommand.self] + postgresCommands)

    #if PostgreSQL
        private static let postgresCommands: [any ParsableCommand.Type] = [AdoptCommand.self]
    #else
        private static let postgresCommands: [any ParsableCommand.Type] = []
    #endif

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists conversations, the last active first.")

        @OptionGroup var place: ThreadPlace

        @Option(help: "Only titles that contain this text; letters are compared without case.")
        var query: String?

        @Option(help: "Only threads of this owner.")
        var owner: String?

        @Option(help: "How many at most.")
        var limit = 20

        @Flag(help: "Print one JSON object a line.")
        var json = false

        func validate() throws {
            guard limit >= 1 else { throw ValidationError("--limit must be at least 1.") }
            if owner != nil, place.server != nil {
                throw ValidationError(
                    "--owner and --server exclude each other: a server shows the caller's own threads.")
            }
        }

        func run() async throws {
            if let server = try place.remote() {
                return try await server.list(query: query, limit: limit) { thread in
                    print(json ? thread.text : row(thread))
                }
            }
            let store = try await StoreOpener.open(place.storeOptions.values())
            var left = limit
            var query = ThreadQuery(owner: owner, text: query, limit: min(left, 100))
            while left > 0 {
                let page = try await readable { try await store.threads(query) }
                for thread in page.threads.map(ThreadJSON.thread) { print(json ? thread.text : row(thread)) }
                left -= page.threads.count
                guard let next = page.next else { break }
                query.cursor = next
                query.limit = min(left, 100)
            }
        }

        private func row(_ thread: JSONValue) -> String {
            MessagePrinter.clean(
                ["updatedAt", "status", "id", "title"].map { thread[$0]?.string ?? "" }.joined(separator: "  "))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints a conversation.")

        @OptionGroup var place: ThreadPlace

        @Argument(help: "The thread's id.")
        var thread: String

        @Flag(help: "Print one message a line, as the chat's JSON.")
        var json = false

        func run() async throws {
            if let server = try place.remote() { return try await show(server) }
            let store = try await StoreOpener.open(place.storeOptions.values())
            let record = try await store.record(of: thread)
            let reader = try AgentService(
                store: store, model: ExtractiveAnswerer(), tools: [], logger: .forCommand(level: .warning))
            let messages = try await readable { try await reader.messages(of: record.id) }
            if json {
                for message in UIMessages.messages(from: messages) { print(message.text) }
                return
            }
            print("\(record.title ?? thread)  (\(thread), owner \(record.owner), \(record.updatedAt.rfc3339))")
            for message in messages { print("\n" + MessagePrinter.text(of: message)) }
        }

        private func show(_ server: RemoteThreads) async throws {
            let id = try threadID(thread)
            let messages = try await server.messages(of: id)
            if json {
                for message in messages { print(message.text) }
                return
            }
            let record = try await server.thread(id)
            let facts = ["title", "owner", "updatedAt"].map { MessagePrinter.clean(record[$0]?.string ?? "") }
            print("\(facts[0].isEmpty ? thread : facts[0])  (\(thread), owner \(facts[1]), \(facts[2]))")
            for message in messages {
                for line in MessagePrinter.texts(ofClient: message) { print("\n" + line) }
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes a conversation: its messages, checkpoints and runs, for good.")

        @OptionGroup var place: ThreadPlace

        @Argument(help: "The thread's id.")
        var thread: String

        @Flag(help: "Print the deleted thread as JSON.")
        var json = false

        func run() async throws {
            if let server = try place.remote() {
                let id = try threadID(thread)
                let record = try await server.thread(id)
                try await server.delete(id)
                return print(json ? record.text : "Deleted \(thread).")
            }
            let store = try await StoreOpener.open(place.storeOptions.values())
            let record = try await store.record(of: thread)
            try await readable {
                try await ThreadRemoval.remove(
                    record.id, from: store, actor: Operator.name, at: SystemWallClock().now())
            }
            print(json ? ThreadJSON.thread(record).text : "Deleted \(thread).")
        }
    }
}

/// Where threads are: in a store that the command opens, or behind a server.
struct ThreadPlace: ParsableArguments {
    @OptionGroup var storeOptions: StoreOptions

    @Option(
        help: ArgumentHelp("A server to ask instead of a store; its token is TURNLEDGER_TOKEN.", valueName: "url"))
    var server: String?

    func validate() throws {
        if server != nil, storeOptions.store != nil {
            throw ValidationError("--server and --store exclude each other: a server has its own store.")
        }
    }

    func remote() throws -> RemoteThreads? { try server.map { RemoteThreads(server: try RemoteServer($0)) } }
}

extension RunStore {
    /// The record of a thread that the command line names.
    /// - Throws: `NoSuchThread`, or an error whose description is one clear sentence.
    fileprivate func record(of thread: String) async throws -> ThreadRecord {
        let id = try threadID(thread)
        guard let record = try await readable({ try await self.thread(id) }) else { throw NoSuchThread(id: thread) }
        return record
    }
}

/// A thread that is not in the store.
struct NoSuchThread: Error, CustomStringConvertible {
    let id: String

    var description: String { "There is no thread '\(id)' in the store." }
}

/// A failure of the store or the service, as a sentence for whoever runs the command.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
}

/// Says the store's and the service's failures with their detail: who runs a command is an operator.
@discardableResult
func readable<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch let error as StoreError {
        throw CommandFailure(description: error.detail)
    } catch let error as AgentError {
        throw CommandFailure(description: error.message)
    } catch let error as OperationError {
        throw CommandFailure(description: error.description)
    }
}

/// Checks a thread id of the command line.
func threadID(_ text: String) throws -> ThreadID {
    do {
        return try ThreadID(validating: text)
    } catch {
        throw ValidationError(error.detail)
    }
}
