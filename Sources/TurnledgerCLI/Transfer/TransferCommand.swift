// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `turnledger transfer`: everything about moving conversations to another store.
struct TransferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Moves conversations to another store.",
        discussion: """
                turnledger transfer plan   --from redis://127.0.0.1 --to postgresql://…
                turnledger transfer copy   --from redis://127.0.0.1 --to postgresql://…
                turnledger transfer verify --from redis://127.0.0.1 --to postgresql://…

            The source is read and never written. `copy` may be killed and started again, and again later: it takes up \
            what has changed. What it remembers lies in the journal.

            A Redis is read in the layout of Python's langgraph-checkpoint-redis, any version, and needs RedisJSON.
            """,
        subcommands: [TransferPlanCommand.self, TransferCopyCommand.self, TransferVerifyCommand.self])
}

/// The flags that say from where to where.
struct TransferOptions: ParsableArguments {
    @Option(help: "From where: `redis://…`, `rediss://…`, `postgresql://…` or `sqlite:PATH`.")
    var from: String

    @Option(help: "To where: `postgresql://…` or `sqlite:PATH`.")
    var to: String

    @Option(help: "The configuration file, for the settings that the addresses do not have.")
    var config: String?

    @Option(help: "The file that remembers what was found and moved.")
    var journal = "turnledger-transfer.sqlite"

    @Flag(help: "Print one JSON object.")
    var json = false
}
