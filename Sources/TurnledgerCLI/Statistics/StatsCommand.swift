// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import TurnledgerStore

/// `turnledger stats`.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Says whether the store is healthy, how large it is, and what conversations were and cost.",
        discussion: """
                turnledger stats
                turnledger stats --days 7 --label team:north
                TURNLEDGER_TOKEN=… turnledger stats --server https://chat.example.org

            Turns, tokens, tools and errors are counted by server a few seconds after each turn, by day (UTC), beside the
            threads: asking costs the same whatever their number. Durations are told as bounds that half, 95 % and 99 % of
            the turns keep.

            The command opens the store itself and counts all owners together, or one. With --server it asks a server for
            what the token's owner has. With --json it prints one JSON object.

            Exit codes: 0 done, 1 failed, 64 the command line is wrong.
            """)

    @OptionGroup var place: ThreadPlace

    @Option(help: "How many days, today included.")
    var days = 30

    @Option(help: "Only conversations of this owner.")
    var owner: String?

    @Option(help: "Only conversations with this label, as name:value.")
    var label: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (1...366).contains(days) else { throw ValidationError("--days must be from 1 to 366.") }
        if let label, !label.contains(":") { throw ValidationError("--label must be name:value.") }
        if owner != nil, place.server != nil {
            throw ValidationError("--owner and --server exclude each other: a server counts the caller's own.")
        }
    }

    func run() async throws {
        if let server = place.server {
            var path = "/api/stats?days=\(days)"
            if let label { path += "&label=" + label.urlEncoded }
            let report = try await RemoteServer(server).json(.GET, path)
            print(json ? report.text : StatsPrinter.text(report: report))
            return
        }
        let values = try place.storeOptions.values()
        let location = try StoreLocation(values)
        let opened = try await StoreOpener.open(location)
        guard let store = opened as? any StatisticsStore else {
            throw CommandFailure(description: "The store \(location) keeps no statistics.")
        }
        let range = StatisticsQuery.lastDays(days, until: SystemWallClock().now())
        let counts = try await readable {
            try await store.statistics(StatisticsQuery(days: range, owner: owner, label: label))
        }
        let report = StatisticsReport(counts, days: range).json
        let health = await StoreHealth(opened, at: location, values: values)
        guard json else {
            print(health.text)
            print(StatsPrinter.text(report: report))
            return
        }
        var object = report.object ?? [:]
        object["store"] = health.json
        print(JSONValue.object(object).text)
    }
}
