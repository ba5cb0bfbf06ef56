// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerAgent
import TurnledgerStore

/// `turnledger threads convert`.
struct ConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Changes the form in which conversations keep their messages.",
        discussion: """
                turnledger threads convert --messages delta demo
                turnledger threads convert --messages plain --all

            `plain` is LangGraph's ordinary list, which any Python graph reads; `delta` is its DeltaChannel, whose cost \
            does not grow with the conversation. One checkpoint is added; history stays as it is. A conversation with a \
            turn under way, or with a question that waits, is left for later.

            Exit codes: 0 done, 1 failed, or a conversation was left or is not there, 64 the command line is wrong.
            """)

    @OptionGroup var storeOptions: StoreOptions

    @Option(
        help: "The form: plain or delta.",
        transform: { text in
            guard let form = ThreadStorage.Messages(rawValue: text) else {
                throw ValidationError("--messages must be plain or delta.")
            }
            return form
        })
    var messages: ThreadStorage.Messages

    @Flag(help: "Convert all conversations of the store.")
    var all = false

    @Flag(help: "Print one JSON object a line.")
    var json = false

    @Argument(help: "The threads' ids.")
    var threads: [String] = []

    func validate() throws {
        guard all != !threads.isEmpty else { throw ValidationError("Give the threads' ids, or --all.") }
    }

    func run() async throws {
        let store = try await StoreOpener.open(storeOptions.values())
        var isDone = true
        if all {
            var query = ThreadQuery(limit: 100)
            repeat {
                let page = try await readable { [query] in try await store.threads(query) }
                for thread in page.threads where try await !convert(thread.id, store) { isDone = false }
                query.cursor = page.next
            } while query.cursor != nil
        }
        for name in threads {
            let id = try threadID(name)
            guard try await readable({ try await store.latest(in: id, namespace: .root) }) != nil else {
                throw NoSuchThread(id: name)
            }
            if try await !convert(id, store) { isDone = false }
        }
        if !isDone { throw ExitCode.failure }
    }

    /// - Returns: Whether the thread has the form now.
    private func convert(_ thread: ThreadID, _ store: any ConversationStore) async throws -> Bool {
        let form = messages
        let outcome = try await readable { try await ThreadConversion.convert(thread, to: form, in: store) }
        if json {
            let line: JSONValue = ["id": .string(thread.rawValue), "outcome": .string("\(outcome)")]
            print(line.text)
        } else {
            print(MessagePrinter.clean("\(thread)  \(outcome)"))
        }
        return outcome != .busy
    }
}
