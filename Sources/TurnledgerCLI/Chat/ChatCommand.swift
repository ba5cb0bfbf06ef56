// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore

/// `turnledger chat`.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Chats in the terminal, with a store of its own or with a server.",
        discussion: """
            Answers stream; tool calls are shown with `>`, their results with `=`. A line is a message; an empty one is
            passed over, and the end of input (Control-D) ends the chat. With a message on the command line it answers
            that one and ends.

                turnledger chat
                turnledger chat --thread demo "How wide must an evacuation door be?"
                echo "What is my name?" | turnledger chat --thread demo
                TURNLEDGER_TOKEN=… turnledger chat --server https://chat.example.org

            Without --server it opens the configured store and model itself, as `serve` does.

            Exit codes: 0 done, 1 an answer failed or nothing could be opened, 64 the command line is wrong.
            """)

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var modelOptions: ModelOptions

    @Option(
        help: ArgumentHelp(
            "A server to chat with; its token is TURNLEDGER_TOKEN.", valueName: "url"))
    var server: String?

    @Option(help: "The thread to go on with; by default a new one.")
    var thread: String?

    @Option(help: "Whose a new thread is, without --server.")
    var owner = Caller.everybody.owner

    @Argument(help: "One message to answer; without it, messages are read line by line.")
    var message: String?

    func validate() throws {
        if server != nil, storeOptions.store != nil {
            throw ValidationError("--server and --store exclude each other: a server has its own store.")
        }
    }

    func run() async throws {
        let thread = try threadID(self.thread ?? "chat-" + UniqueID.random())
        if let server {
            let remote = RemoteChat(server: try RemoteServer(server), thread: thread)
            try await converse(thread) { try await remote.answer($0) }
            return
        }
        let values = try storeOptions.values(flags: modelOptions.flags)
        let logger = Logger.forCommand(level: .error)
        let assembly = try await AgentAssembly.make(values, logger: logger)
        let local = LocalChat(service: assembly.service, thread: thread, owner: owner)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let services = assembly.services(stopDeadline: .seconds(10))
            let background = ServiceGroup(configuration: .init(services: services, logger: logger))
            group.addTask { try await background.run() }
            do {
                try await converse(thread) { try await local.answer($0) }
            } catch {
                await background.triggerGracefulShutdown()
                throw error
            }
            await background.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    /// Answers the one message, or each line of standard input.
    private func converse(_ thread: ThreadID, answer: (String) async throws -> ChatTurn) async throws {
        if let message {
            let turn = try await answer(message)
            try await ChatPrinter().print(turn)
            return
        }
        let isTerminal = isatty(STDIN_FILENO) == 1
        if isTerminal { print("Thread \(thread). Control-D ends the chat.") }
        var failed = false
        while true {
            if isTerminal { ChatPrinter.write("\nyou: ") }
            guard let line = readLine() else { break }
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            do {
                let turn = try await answer(line)
                try await ChatPrinter().print(turn)
            } catch let error as CommandFailure {
                // One failed answer does not end the chat; the exit code remembers it.
                failed = true
                ChatPrinter.complain(error.description)
            }
        }
        if isTerminal { print() }
        if failed { throw ExitCode.failure }
    }
}

/// The events of one answer, from wherever they come.
typealias ChatTurn = AsyncThrowingStream<[RunEvent], any Error>

/// A chat with a service of this process.
struct LocalChat: Sendable {
    let service: AgentService
    let thread: ThreadID
    let owner: String

    func answer(_ text: String) async throws -> ChatTurn {
        let follower = try await readable {
            try await service.begin(
                Turn(thread: thread, owner: owner, message: .human(text, id: UniqueID.random())))
        }
        let iterator = FollowerIterator(follower)
        return ChatTurn { try await iterator.next() }
    }

    private actor FollowerIterator {
        private var iterator: RunFollower.Iterator

        init(_ follower: RunFollower) { iterator = follower.makeAsyncIterator() }

        func next() async throws -> [RunEvent]? {
            var current = iterator
            let events = try await readable { try await current.next() }
            iterator = current
            return events
        }
    }
}
