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

            `copy --follow` goes on taking up what is written; `copy --until-quiet` ends when nothing is left, once the \
            service writes no more.

            `switch` and `rollback` have the two stores of a mirror (`store.mirror`) change places while servers go on; \
            `unmirror` ends it.

            A Redis is read in the layout of Python's langgraph-checkpoint-redis, any version, and needs RedisJSON.
            """,
        subcommands: [
            TransferPlanCommand.self, TransferCopyCommand.self, TransferVerifyCommand.self,
            TransferSwitchCommand.self, TransferRollbackCommand.self, TransferUnmirrorCommand.self,
        ])
}

/// The flags that say from where to where.
struct TransferOptions: ParsableArguments {
    @Option(help: "From where: `redis://…`, `rediss://…`, `postgresql://…`, `sqlite:PATH` or `archive:FOLDER`.")
    var from: String

    @Option(help: "To where: `postgresql://…`, `sqlite:PATH`, `redis://…` or `archive:FOLDER`.")
    var to: String

    @Option(help: "The configuration file, for the settings that the addresses do not have.")
    var config: String?

    @Option(help: "The file that remembers what was found and moved.")
    var journal = "turnledger-transfer.sqlite"

    @Option(help: "How many groups of threads are on their way at once.")
    var parallel = 4

    @Option(help: "How many records of the source are read in a second at most.")
    var readsPerSecond: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel must be from 1 to 64.") }
        guard readsPerSecond.map({ (1...10_000_000).contains($0) }) ?? true else {
            throw ValidationError("--reads-per-second must be from 1 to 10000000.")
        }
    }
}
