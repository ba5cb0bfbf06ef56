// Turnledger. SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
    import ArgumentParser
    import TurnledgerPostgres
    import TurnledgerStore

    /// `turnledger threads adopt`.
    struct AdoptCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "adopt",
            abstract: "Lists threads that Python wrote among the others, as an owner's.",
            discussion: """
                    turnledger threads adopt --owner alice --store postgresql://turnledger@db/chat

                Threads of LangGraph's saver belong to nobody and are in no list until somebody says whose they are. Their \
                checkpoints stay as they are; title and times are read from them. A thread that has an owner keeps it.
                """)

        @OptionGroup var storeOptions: StoreOptions

        @Option(help: "Whose the threads become.")
        var owner: String

        @Option(help: "How many at most.")
        var limit = Int.max

        @Flag(help: "Print one thread id a line.")
        var ids = false

        func validate() throws {
            guard limit >= 1 else { throw ValidationError("--limit must be at least 1.") }
            guard !owner.isEmpty else { throw ValidationError("--owner must not be empty.") }
        }

        func run() async throws {
            let store = try await StoreOpener.open(storeOptions.values())
            guard let store = store as? PostgresStore else {
                throw ConfigurationError("Only a PostgreSQL store has threads that Python wrote.")
            }
            let (owner, limit) = (owner, limit)
            let adopted = try await readable {
                try await store.adoptThreads(owner: owner, limit: limit) { FirstMessage.line(of: $0) }
            }
            if ids {
                for id in adopted { print(id) }
            } else {
                print("\(adopted.count) threads adopted.")
            }
            await store.close()
        }
    }

    /// What a thread is called that has no title: the first line that a person wrote, at most 80 characters.
    enum FirstMessage {
        static func line(of stored: StoredCheckpoint) -> String? {
            let messages = try? stored.checkpoint.channelValues["messages"]?.decoded()
            for message in messages?.array ?? [] {
                guard let members = members(of: message), isPersons(members) else { continue }
                let line = text(of: members).split(whereSeparator: \.isNewline)
                    .first { !$0.allSatisfy(\.isWhitespace) }
                if let line { return line.count > 80 ? line.prefix(79) + "…" : String(line) }
            }
            return nil
        }

        /// LangChain's messages are ext nodes of module, name and members; others are the members themselves.
        private static func members(of message: PayloadValue) -> PayloadMap? {
            guard let ext = message.ext else { return message.map }
            let parts = (try? ext.content())?.array ?? []
            return parts.count > 2 ? parts[2].map : nil
        }

        private static func isPersons(_ members: PayloadMap) -> Bool {
            ["human", "user"].contains(members["type"]?.string ?? members["role"]?.string ?? "")
        }

        private static func text(of members: PayloadMap) -> String {
            if let text = members["content"]?.string { return text }
            let blocks = members["content"]?.array ?? []
            return blocks.lazy.compactMap { $0.map?["text"]?.string }.first ?? ""
        }
    }
#endif
