// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerStore

/// `turnledger doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what is wrong with a set-up, and what to do about it.",
        discussion: """
                turnledger doctor
                turnledger doctor --config config.yaml --json

            It looks at the configuration; at the way to PostgreSQL (name, port, TLS and its certificate, login) or at the
            SQLite file; at the server's version, the schema, rights, clocks, latency and connections; at disks, the model's
            endpoint, the regulations and their search index, retention and backups, the port and the limit of open files.
            It makes no table, and may be run beside a server.

            Each line is `ok`, `warning` or `failed`; below the last two stands the cure. What needs something that failed
            is left out. `serve` looks at the same when it starts, and logs what is not `ok`.

            Exit codes: 0 nothing failed, 1 something did, 64 the command line is wrong.
            """)

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var modelOptions: ModelOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let json = json
        let findings = try await Doctor.examine {
            try storeOptions.values(flags: modelOptions.flags)
        } report: {
            if !json { print($0.line) }
        }
        if json { print(findings.json.text) }
        if findings.status == .failed { throw ExitCode.failure }
    }
}
