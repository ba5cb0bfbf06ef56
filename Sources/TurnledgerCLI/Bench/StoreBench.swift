// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TurnledgerStore

/// `turnledger bench store`.
struct StoreBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Makes one kind of call on a store, as often as it can.",
        discussion: """
            The payload is that of an agent: 20 messages of 500 characters. Fill the store once, then measure:

                turnledger bench store --store postgresql://… --fill
                turnledger bench store --store postgresql://… --operation put --concurrency 8

            Prints calls/s, median and 95th percentile in milliseconds, and CPU of this process per call. With --pgbench
            it writes a script instead that has pgbench send the same statements with the same values: see
            Benchmarks/README.md.
            """)

    @OptionGroup var storeOptions: StoreOptions

    @Option(help: "What is done: \(StoreLoad.Operation.allCases.map(\.rawValue).joined(separator: ", ")).")
    var operation = StoreLoad.Operation.put

    @Option(help: "How many calls are under way at once.")
    var concurrency = 8

    @Option(help: "For how long.")
    var seconds = 3.0

    @Option(help: "How many threads there are.")
    var threads = 200

    @Flag(help: "Puts the threads there, and measures nothing.")
    var fill = false

    @Option(help: ArgumentHelp("Writes OPERATION.sql and OPERATION.json here.", valueName: "folder"))
    var pgbench: String?

    @Flag(help: "One JSON object a row.")
    var json = false

    func validate() throws {
        guard threads > StoreLoad.writers else {
            throw ValidationError("--threads must be greater than \(StoreLoad.writers).")
        }
        guard (1...StoreLoad.writers).contains(concurrency) else {
            throw ValidationError("--concurrency must be between 1 and \(StoreLoad.writers).")
        }
        guard seconds > 0 else { throw ValidationError("--seconds must be greater than 0.") }
    }

    func run() async throws {
        let store = try await StoreOpener.open(storeOptions.values())
        let load = StoreLoad(store: store, operation: operation, threads: threads)
        if fill {
            try await readable { try await load.fill() }
        } else if let pgbench {
            #if PostgreSQL
                try PgbenchScript(load).write(to: pgbench)
            #else
                throw CommandFailure(description: "This build has no PostgreSQL.")
            #endif
        } else {
            try await measure(load)
        }
    }

    private func measure(_ load: StoreLoad) async throws {
        try await readable {
            _ = try await load.run(concurrency: concurrency, for: .milliseconds(300))
            let measured = try await Measurement {
                try await load.run(concurrency: concurrency, for: .seconds(seconds))
            }
            BenchRow(
                name: "\(operation.rawValue) at \(concurrency)",
                figures: measured.figures(per: "call", cpuIn: ("us", 1_000_000))
            ).print(asJSON: json)
        }
    }
}
