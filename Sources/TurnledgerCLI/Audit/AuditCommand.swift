// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerStore

/// `turnledger audit …`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Shows and verifies who deleted, erased, archived, restored, pinned or exported what.",
        discussion: """
                turnledger audit list --limit 50
                turnledger audit verify
                turnledger audit verify --expect HASH     the hash that an earlier verify printed

            Each row has the hash of the one before it: a row that was changed, removed or put in between is found. Rows
            removed from the end are found with --expect: note the hash down somewhere else.

            Exit codes: 0 done, 1 failed or the chain is broken, 64 the command line is wrong.
            """,
        subcommands: [List.self, Verify.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints rows, one a line as JSON, the oldest first.")

        @OptionGroup var storeOptions: StoreOptions

        @Option(help: "Begin behind this number.")
        var behind: Int64 = 0

        @Option(help: "How many at most.")
        var limit = 1000

        func run() async throws {
            let store = try await AuditCommand.open(storeOptions.values())
            let rows = try await readable { try await store.auditRows(behind: behind, limit: max(1, limit)) }
            for row in rows { print(row.json.text) }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Recomputes the chain and says whether it is intact.")

        @OptionGroup var storeOptions: StoreOptions

        @Option(help: "A hash that a row must have.")
        var expect: String?

        func run() async throws {
            let store = try await AuditCommand.open(storeOptions.values())
            let verdict = try await readable { try await store.verifyAudit(expecting: expect) }
            for fault in verdict.faults { print(fault) }
            guard verdict.isIntact else { throw ExitCode.failure }
            print("\(verdict.count) rows, intact. The last: \(verdict.head?.hash ?? "none")")
        }
    }

    static func open(_ values: ConfigurationValues) async throws -> any AuditStore {
        guard let store = try await StoreOpener.open(values) as? any AuditStore else {
            throw CommandFailure(description: "The store keeps no audit table.")
        }
        return store
    }
}
