// Turnledger. SPDX-License-Identifier: Apache-2.0

public import ArgumentParser

/// The command line.
public struct TurnledgerCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "turnledger",
        abstract: "Keeps every turn of every agent conversation, and serves chat.",
        discussion: """
            Without any configuration it answers from the imported regulations, keeps conversations in
            data/turnledger.sqlite, and listens on loopback:

                turnledger regulations import Examples/regulations
                turnledger serve

            Flags come before the environment (TURNLEDGER_SERVER_PORT sets server.port), that before config.yaml, that
            before the defaults; `turnledger config check` shows what came of it.

            Exit codes: 0 done, 1 failed (with the reason on standard error), 64 the command line is wrong.
            """,
        version: "turnledger \(TurnledgerVersion.current)",
        subcommands: [
            ServeCommand.self, ChatCommand.self, ThreadsCommand.self, RegulationsCommand.self, ConfigCommand.self,
            DoctorCommand.self, StatsCommand.self, GraphCommand.self, RetentionCommand.self, ArchiveCommand.self,
            RestoreCommand.self, EraseCommand.self,
            AuditCommand.self, BackupCommand.self,
        ] + postgresCommands + [TransferCommand.self, PayloadCommand.self, BenchCommand.self]
    )

    #if PostgreSQL
        private static let postgresCommands: [any ParsableCommand.Type] = [SchemaCommand.self]
    #else
        private static let postgresCommands: [any ParsableCommand.Type] = []
    #endif

    public init() {}
}
