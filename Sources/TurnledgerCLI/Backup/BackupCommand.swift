// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerOperations
import TurnledgerStore

/// Backups as the configuration describes them.
struct BackupSettings: Sendable {
    var folder: String
    var keep: Int
    /// `nil`: by command alone.
    var interval: Duration?
    var scratch: String?

    init(_ values: ConfigurationValues) throws(ConfigurationError) {
        folder = try values.text("backup.folder") ?? ""
        keep = try values.integer("backup.keep", in: 1...10_000)
        if try values.text("backup.interval") != nil {
            interval = try values.seconds("backup.interval", in: 60...(365 * 86_400))
        }
        scratch = try values.text("backup.scratch")
    }
}

/// `turnledger backup …`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Dumps the store, and proves that the dump can be restored.",
        discussion: """
                turnledger backup run
                turnledger backup verify
                turnledger backup list

            PostgreSQL is dumped by pg_dump, SQLite by its own backup, both beside readers and writers. `verify` restores the
            newest dump into a scratch database (`backup.scratch`, or one beside the store), compares the count of rows of each
            table and the checksum of each thread with what the live store had at the dump's moment, decodes every checkpoint,
            and removes the scratch database. With `backup.interval` a server takes backups by itself.

            Exit codes: 0 done, 1 failed or the dump is not sound, 64 the command line is wrong.
            """,
        subcommands: [Run.self, Verify.self, List.self])

    struct FolderOptions: ParsableArguments {
        @OptionGroup var storeOptions: StoreOptions

        @Option(help: "The folder of backups, in place of `backup.folder`.")
        var folder: String?

        @Flag(help: "Print one JSON object a line.")
        var json = false

        func settings() throws -> BackupSettings {
            try BackupSettings(storeOptions.values(flags: ["backup.folder": folder]))
        }

        func store() async throws -> any BackupStore {
            guard let store = try await StoreOpener.open(storeOptions.values()) as? any BackupStore else {
                throw CommandFailure(description: "The store cannot be dumped; SQLite and PostgreSQL can.")
            }
            return store
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a dump, and removes the oldest beyond `backup.keep`.")

        @OptionGroup var options: FolderOptions

        func run() async throws {
            let settings = try options.settings()
            let store = try await options.store()
            let folder = BackupFolder(path: settings.folder)
            let backup = try await readable { try await folder.take(of: store, keeping: settings.keep) }
            try await Operator.record(
                .backedUp, of: [backup.file], details: ["sha256": .string(backup.sha256)], in: store)
            print(options.json ? backup.line.text : backup.text(in: folder.path))
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Restores the newest dump elsewhere and compares.")

        @OptionGroup var options: FolderOptions

        func run() async throws {
            let settings = try options.settings()
            let store = try await options.store()
            let folder = BackupFolder(path: settings.folder)
            let verdict = try await readable {
                try await folder.verifyNewest(with: store, scratch: settings.scratch)
            }
            if options.json {
                print(verdict.json.text)
            } else {
                for fault in verdict.faults { print(MessagePrinter.clean(fault)) }
                print(
                    "\(verdict.backup.file): \(verdict.isSound ? "sound" : "NOT SOUND"); "
                        + "\(verdict.backup.digest.threads.count) threads compared, \(verdict.decoded) checkpoints decoded."
                )
            }
            if !verdict.isSound { throw ExitCode.failure }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the dumps, the oldest first.")

        @OptionGroup var options: FolderOptions

        func run() async throws {
            let folder = BackupFolder(path: try options.settings().folder)
            for backup in try await readable({ try folder.backups() }) {
                print(options.json ? backup.line.text : backup.text(in: folder.path))
            }
        }
    }
}

extension BackupFolder.Backup {
    fileprivate func text(in folder: String) -> String {
        "\(createdAt)  \(folder)/\(file)  \(RetentionPrinter.bytes(bytes))  \(digest.threads.count) threads"
    }

    /// `{"file", "createdAt", "bytes", "sha256", "threads", "checkpoints"}`.
    fileprivate var line: JSONValue {
        [
            "file": .string(file), "createdAt": .string(createdAt), "bytes": .integer(Int64(bytes)),
            "sha256": .string(sha256), "threads": .integer(Int64(digest.threads.count)),
            "checkpoints": .integer(Int64(digest.rows["checkpoints"] ?? 0)),
        ]
    }
}
