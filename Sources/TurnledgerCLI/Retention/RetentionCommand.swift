// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import TurnledgerOperations
import TurnledgerStore

/// `turnledger retention …`.
struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Removes conversations that nobody used for long, and keeps the others.",
        discussion: """
                turnledger retention plan                  what would go now, and how much; nothing changes
                turnledger retention run                   does it once
                turnledger retention status                how the last sweep went
                turnledger retention pin demo              retention leaves the thread alone
                turnledger retention hold demo --reason "case 4711"
                turnledger retention keep demo --days 30 --action keep_latest=5

            What goes is in the configuration: `ttl_days` of the block `postgresql`, or `retention.ttl_days`, and the other
            keys of `retention`. `turnledger serve` sweeps by itself, one server of a database at a time. Threads with a run
            that has not ended are never touched, nor pinned ones, nor those on legal hold, nor, by default, those whose
            question waits for an answer. docs/retention.md tells the rest.

            Exit codes: 0 done, 1 failed or some threads could not be done, 64 the command line is wrong.
            """,
        subcommands: [Plan.self, Run.self, Status.self, Pin.self, Unpin.self, Hold.self, Release.self, Keep.self])

    /// Flags of the commands that go by the policy.
    struct PolicyOptions: ParsableArguments {
        @OptionGroup var storeOptions: StoreOptions

        @Option(help: "After so many days without activity, in place of the configuration's.")
        var ttlDays: Int?

        @Flag(help: "Print one JSON object.")
        var json = false

        func open() async throws -> (
            store: any RetentionKeeper.Store, settings: RetentionSettings, sweep: RetentionSweep
        ) {
            let values = try storeOptions.values(flags: ["retention.ttl_days": ttlDays.map(String.init)])
            let settings = try RetentionSettings(values)
            let store = try await RetentionCommand.open(values)
            guard let sweep = settings.sweep(store) else {
                throw CommandFailure(
                    description:
                        "No term is configured: set 'ttl_days' in the block `postgresql`, or 'retention.ttl_days', "
                        + "or give --ttl-days.")
            }
            return (store, settings, sweep)
        }
    }

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints what a sweep would remove now: threads, checkpoints, bytes, by age. Nothing changes.")

        @OptionGroup var options: PolicyOptions

        func run() async throws {
            var (_, _, sweep) = try await options.open()
            sweep.pace.share = 1
            let report = try await readable { try await sweep.plan(at: SystemWallClock().now()) }
            print(options.json ? JSONValue.object(report.json).text : RetentionPrinter.text(report, isPlan: true))
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sweeps once, beside servers that run.",
            discussion: """
                Where a server sweeps already the command says so and does nothing. With --reclaim the space of removed rows
                is made free at once: VACUUM on PostgreSQL, on SQLite a rewrite of the file.
                """)

        @OptionGroup var options: PolicyOptions

        @Flag(help: "Make the space of removed rows free at once.")
        var reclaim = false

        func run() async throws {
            let (store, settings, sweep) = try await options.open()
            let keeper = RetentionKeeper(
                store, sweep: sweep, interval: settings.interval, leaseDuration: .seconds(15),
                holder: Operator.holder, logger: .forCommand(level: .warning))
            try await readable { try await store.publish(sweep.policy) }
            guard let report = try await readable({ try await keeper.sweepOnce() }) else {
                throw CommandFailure(description: "A server is sweeping now: see `turnledger retention status`.")
            }
            if reclaim, let store = store as? any ReclaimingStore {
                try await readable { try await store.reclaimSpace() }
            }
            print(options.json ? JSONValue.object(report.json).text : RetentionPrinter.text(report, isPlan: false))
            if report.failed > 0 { throw ExitCode.failure }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Prints who sweeps, how the last sweep went, what is pinned, and which deleted threads were written again."
        )

        @OptionGroup var storeOptions: StoreOptions

        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            let values = try storeOptions.values()
            let settings = try RetentionSettings(values)
            let store = try await RetentionCommand.open(values)
            let chore = try await readable { try await store.chore(RetentionKeeper.chore) }
            let said = try await readable { try await store.retentions() }
            let revived = try await readable { try await store.revivedThreads(limit: 1000) }
            let status = RetentionStatus(policy: settings.policy, chore: chore, said: said, revived: revived)
            print(json ? status.json.text : status.text)
        }
    }

    struct Pin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Keeps a thread until it is unpinned.")
        @OptionGroup var options: ThreadOptions
        func run() async throws { try await options.change(.pinned) { $0.isPinned = true } }
    }

    struct Unpin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a pin away.")
        @OptionGroup var options: ThreadOptions
        func run() async throws { try await options.change(.unpinned) { $0.isPinned = false } }
    }

    struct Hold: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lays a legal hold on a thread: nobody deletes or erases it until it is released.")
        @OptionGroup var options: ThreadOptions
        @Option(help: "Why, for whoever asks later.")
        var reason: String
        func run() async throws { try await options.change(.held, ["reason": .string(reason)]) { $0.hold = reason } }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a legal hold away.")
        @OptionGroup var options: ThreadOptions
        func run() async throws { try await options.change(.released) { $0.hold = nil } }
    }

    struct Keep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives a thread a term of its own, or takes it away.",
            discussion: "turnledger retention keep demo --days 30 --action archive; --forever; --default.")
        @OptionGroup var options: ThreadOptions
        @Option(help: "For so many days from its last activity.")
        var days: Int?
        @Option(help: "What happens then: `delete`, `archive` or `keep_latest=N`.")
        var action = "delete"
        @Flag(help: "For ever.")
        var forever = false
        @Flag(name: .customLong("default"), help: "As the configuration says.")
        var standard = false

        func validate() throws {
            guard [days != nil, forever, standard].count(where: { $0 }) == 1 else {
                throw ValidationError("Give one of --days, --forever and --default.")
            }
            guard standard || term != nil else {
                throw ValidationError(
                    "--days must be from 1 to 100000, --action `delete`, `archive` or `keep_latest=N`.")
            }
        }

        private var term: RetentionTerm? {
            standard ? nil : RetentionSettings.term(days: forever ? "forever" : "\(days ?? 0)", action: action)
        }

        func run() async throws {
            let term = term
            let words = term.map { "\($0.idle.map { "\($0)" } ?? "forever") \($0.action.word)" } ?? "default"
            try await options.change(.kept, ["term": .string(words)]) { $0.term = term }
        }
    }

    /// The store of a command, as retention needs it.
    static func open(_ values: ConfigurationValues) async throws -> any RetentionKeeper.Store {
        let opened = try await StoreOpener.open(values)
        guard let store = opened as? any RetentionKeeper.Store else {
            throw CommandFailure(description: "The store keeps no threads for a term.")
        }
        return store
    }
}

/// A thread of which something is said.
struct ThreadOptions: ParsableArguments {
    @OptionGroup var storeOptions: StoreOptions

    @Argument(help: "The thread's id.")
    var thread: String

    /// Changes what is said about the thread's keeping, and writes it down in the audit table.
    func change(
        _ action: AuditEntry.Action, _ details: JSONObject = [:], _ body: @Sendable (inout ThreadRetention) -> Void
    ) async throws {
        let id = try threadID(thread)
        let store = try await RetentionCommand.open(storeOptions.values())
        let now = SystemWallClock().now()
        try await readable {
            var retention = try await store.retention(of: id)
            body(&retention)
            try await store.setRetention(retention, of: id, at: now)
        }
        try await Operator.record(action, of: [id.rawValue], details: details, at: now, in: store)
        print(MessagePrinter.clean("\(thread): \(action.rawValue)"))
    }
}
