// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import TurnledgerStore
import TurnledgerTransfer

/// The flags that name the two stores of a mirror.
struct MirrorOptions: ParsableArguments {
    @Option(help: "The configuration file with `store: {mirror: …}`, and other settings of the stores.")
    var config: String?

    @Option(help: "In place of the configuration: the store that is configured as primary.")
    var from: String?

    @Option(help: "In place of the configuration: the store that is configured as secondary.")
    var to: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (from == nil) == (to == nil) else { throw ValidationError("--from and --to come together.") }
    }

    func location() throws -> MirrorLocation {
        let values = try ConfigurationValues.load(flags: [:], path: config)
        if let from, let to {
            return try MirrorLocation(
                first: StoreLocation(from, values: values), second: StoreLocation(to, values: values))
        }
        return try MirrorLocation(values)
    }

    /// The mirror, which is not set up yet.
    func store() throws -> MirrorStore {
        let location = try location()
        guard let store = try location.makeStore(observer: nil, logger: .forCommand(level: .warning)) as? MirrorStore
        else { throw ConfigurationError("The mirror moves threads when they are used: there is nothing to switch.") }
        return store
    }

    func report(_ result: MirrorSwitch, took duration: Duration) throws {
        if json {
            print(result.json.text)
            return
        }
        let location = try location()
        let (primary, secondary) =
            result.roles.primary == .first ? (location.first, location.second) : (location.second, location.first)
        guard result.isNew else {
            print(
                "\(primary) is the primary already (epoch \(result.roles.epoch)), and \(secondary) the secondary. Nothing "
                    + "was done.")
            return
        }
        print(
            """
            \(primary) is the primary now (epoch \(result.roles.epoch)), and \(secondary) the secondary.
            \(result.brought) threads and logs were brought in \(duration.microseconds / 1000) ms; writes waited for \
            \(result.waited.microseconds / 1000) ms.
            """)
    }
}

/// `turnledger transfer switch`.
struct TransferSwitchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch", abstract: "Makes the secondary of a mirror the primary, while servers go on.",
        discussion: """
            First brings what the secondary lacks, then keeps writes waiting for a moment, brings the last of them and has \
            the stores change places. May be repeated after a kill at any point. A server does the same for \
            POST /api/transfer/switch.

                turnledger transfer switch --config config.yaml
                turnledger transfer switch --from redis://127.0.0.1 --to postgresql://…

            Exit codes: 0 the secondary is the primary now, 1 failed and nothing has changed, 64 wrong command line.
            """)

    @OptionGroup var options: MirrorOptions

    @Option(help: "How many seconds it may take to bring what the secondary lacks.")
    var catchUp = 3600

    func run() async throws { try await change(to: .second, options, catchUp: catchUp) }
}

/// `turnledger transfer rollback`.
struct TransferRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Makes the store that was the primary at first the primary again.",
        discussion: """
            As `switch`, the other way. The flags stay as they were: --from names the store configured as primary.

            Exit codes: 0 it is the primary now, 1 failed and nothing has changed, 64 wrong command line.
            """)

    @OptionGroup var options: MirrorOptions

    @Option(help: "How many seconds it may take to bring what it lacks.")
    var catchUp = 3600

    func run() async throws { try await change(to: .first, options, catchUp: catchUp) }
}

private func change(to side: MirrorSide, _ options: MirrorOptions, catchUp: Int) async throws {
    let store = try options.store()
    let begun = ContinuousClock.now
    let result = try await readable {
        try await store.setUp()
        return try await store.switchRoles(to: side, actor: Operator.name, catchUp: .seconds(catchUp))
    }
    try options.report(result, took: .now - begun)
}

/// `turnledger transfer unmirror`.
struct TransferUnmirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmirror", abstract: "Ends a mirror: its primary can be served by itself.",
        discussion: """
            Stop all servers of the mirror first; what the secondary lacks nothing brings any more. The secondary stays \
            marked as one, so that no server is started on old conversations by mistake; --both takes that mark away, too. \
            No conversation is touched. Where the secondary is gone for good, --secondary-is-lost ends the mirror without it.

            Exit codes: 0 done, 1 failed and nothing has changed, 64 wrong command line.
            """)

    @OptionGroup var options: MirrorOptions

    @Flag(help: "Let the secondary be any store again: as a target of `copy`, or of another mirror.")
    var both = false

    @Flag(help: "The store that does not answer is gone for good, and was the secondary: do not ask it.")
    var secondaryIsLost = false

    func run() async throws {
        let store = try options.store()
        let left = try await readable {
            for part in [store.first, store.second] {
                do throws(StoreError) {
                    try await part.setUp()
                } catch {
                    guard secondaryIsLost, error.code == .unavailable else { throw error }
                }
            }
            return try await store.end(forgettingSecondary: both, secondaryIsLost: secondaryIsLost)
        }
        if options.json {
            print(#"{"mirror":false,"left":\#(left)}"#)
        } else {
            print(
                left == 0
                    ? "The mirror has ended. The secondary has all that the primary has."
                    : "The mirror has ended. The secondary lacks \(left) threads and logs as they are in the primary.")
        }
    }
}
