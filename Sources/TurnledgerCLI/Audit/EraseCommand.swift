// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TurnledgerOperations
import TurnledgerStore

/// `turnledger erase`.
struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract:
            "Erases all of an owner's: threads, writes, events, archive and spool entries; and proves it afterwards.",
        discussion: """
                turnledger erase --owner alice --receipt alice.json
                turnledger erase --owner alice --check alice.json

            The receipt says what went where and how much, names neither the owner nor a thread, and has a checksum. --check
            looks whether anything is there of what the receipt says went. Threads on legal hold stay, and those with a run
            that has not ended: the receipt counts them, and the exit code is 1. On SQLite the file is rewritten, so that no
            erased text is left in unused pages; on PostgreSQL the tables are vacuumed. Backups made before still have the
            threads, until they are replaced. Of the spools that servers write while PostgreSQL is away it reaches those of
            this machine that the configuration names.

            Exit codes: 0 all of it is gone, 1 failed or something stays, 64 the command line is wrong.
            """)

    @OptionGroup var storeOptions: StoreOptions

    @Option(help: "Whose threads.")
    var owner: String

    @Option(help: "Where to write the receipt; without it on standard output.")
    var receipt: String?

    @Option(help: "Erase nothing: look whether anything is left of what this receipt says.")
    var check: String?

    func run() async throws {
        let values = try storeOptions.values()
        let settings = try RetentionSettings(values)
        guard let store = try await StoreOpener.open(values) as? any Erasure.Store else {
            throw CommandFailure(description: "The store cannot erase.")
        }
        var places: [any ErasablePlace] = [ArchiveFolder(path: settings.archive)]
        #if PostgreSQL
            if case .postgresql(let settings) = try StoreLocation(values),
                let path = try FallbackSettings(values, settings)?.path
            {
                places.append(SpoolPlace(path))
            }
        #endif
        if let counted = store as? any StatisticsStore { places.append(StatisticsPlace(counted)) }
        let erasure = Erasure(store, places: places)
        if let check {
            let remains = try await readable {
                try await erasure.remains(of: ErasureReceipt(path: check), owner: owner)
            }
            for line in remains { print(MessagePrinter.clean(line)) }
            guard remains.isEmpty else { throw ExitCode.failure }
            print("Nothing is left.")
            return
        }
        let done = try await readable { try await erasure.erase(owner: owner, actor: Operator.name) }
        if let receipt {
            try Data(done.text.utf8).write(to: URL(fileURLWithPath: receipt))
        } else {
            print(done.text, terminator: "")
        }
        guard done.isComplete else {
            throw CommandFailure(
                description: "\(done.held) threads stay on legal hold, and \(done.busy) with a run that has not ended.")
        }
    }
}
