// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import TurnledgerAgent
import TurnledgerModels
import TurnledgerRetrieval
import TurnledgerStore

/// `turnledger bench`.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures turns, graphs, the paging of threads, and the calls of a store.",
        discussion: """
            `turns` and `threads` run on the in-memory store and on an SQLite file in a temporary folder, with the same
            sizes. Build for release first; the figures of a shared machine are for comparing rows of one run only.

                turnledger bench turns --regulations Examples/regulations
                turnledger bench graph --concurrency 32
                turnledger bench threads --count 100000
                turnledger bench store --store postgresql://… --fill

            Exit codes: 0 done, 1 failed, 64 the command line is wrong.
            """,
        subcommands: [TurnsBench.self, GraphBench.self, ThreadsBench.self, StoreBench.self]
    )
}

/// `turnledger bench turns`.
struct TurnsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "turns",
        abstract: "Runs whole turns, with the extractive answerer and with a model that answers at once.",
        discussion: """
            A turn with the stub is two model calls and one tool call; one with the answerer searches the regulations
            that are imported from --regulations. Prints turns/s, median and 95th percentile of a turn in milliseconds,
            and CPU per turn of the whole process.
            """)

    @Option(help: "A store to measure the stub on instead of new ones; what it holds stays.")
    var store: String?

    @Option(help: "How many turns a row measures.")
    var turns = 400

    @Option(help: "How many threads talk at once.")
    var concurrency = 8

    @Option(help: "A folder of regulations for the answerer.")
    var regulations = "Examples/regulations"

    @Flag(help: "One JSON object a row.")
    var json = false

    func run() async throws {
        let logger = Logger.forCommand(level: .error)
        if let location = store {
            let store = try await StoreOpener.open(ConfigurationValues(flags: ["store": location]))
            let stub = try AgentService(store: store, model: StubModel(), tools: [StubTool()], logger: logger)
            return try await measure(stub, name: "stub on the store", label: UniqueID.random())
        }
        for place in BenchStore.allCases {
            try await place.withStore { store in
                let stub = try AgentService(store: store, model: StubModel(), tools: [StubTool()], logger: logger)
                try await measure(stub, name: "stub on \(place.rawValue)")
            }
            try await place.withStore { store in
                guard let clauses = store as? any ClauseStore else { return }
                _ = try await RegulationImporter(store: clauses).importRegulations(from: [regulations])
                let index = try RegulationIndex(store: clauses, path: ":memory:", logger: logger)
                try await index.refresh()
                let extractive = try AgentService(
                    store: store, model: ExtractiveAnswerer(),
                    tools: [SearchRegulationsTool(index: index), GetClauseTool(index: index)], logger: logger)
                try await measure(extractive, name: "extractive on \(place.rawValue)")
            }
        }
    }

    private func measure(_ service: AgentService, name: String, label: String = "bench") async throws {
        let question = "How wide must an evacuation door be?"
        _ = try await TurnLoad(service: service, question: question, threads: 2, turns: 4).run(label: "warm-\(label)")
        let load = TurnLoad(service: service, question: question, threads: concurrency, turns: turns)
        let measured = try await Measurement { try await load.run(label: label) }
        BenchRow(name: name, figures: measured.figures(per: "turn", cpuIn: ("ms", 1000))).print(asJSON: json)
    }
}

/// `turnledger bench threads`.
struct ThreadsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "threads",
        abstract: "Pages through the threads of one owner among many.",
        discussion: "Prints the median and the 95th percentile of a page of 20 threads, from anywhere in the list.")

    @Option(help: "How many threads there are, of ten owners.")
    var count = 100_000

    @Option(help: "How many pages are read.")
    var pages = 500

    @Flag(help: "One JSON object a row.")
    var json = false

    func run() async throws {
        for place in BenchStore.allCases {
            try await place.withStore { store in
                for index in 0..<count {
                    _ = try await store.create(
                        NewRun(
                            id: .new(milliseconds: Int64(index)), thread: ThreadID("thread-\(index)"),
                            owner: "owner-\(index % 10)", title: "Thread \(index)", input: [], holder: "bench",
                            createdAt: Timestamp(microseconds: Int64(index) * 1_000_000)))
                }
                var latencies: [Double] = []
                var cursor: String?
                let clock = ContinuousClock()
                for _ in 0..<pages {
                    let begun = clock.now
                    let page = try await store.threads(ThreadQuery(owner: "owner-3", cursor: cursor, limit: 20))
                    latencies.append((clock.now - begun).seconds)
                    cursor = page.next
                }
                latencies.sort()
                BenchRow(
                    name: "page of 20 of \(count) threads on \(place.rawValue)",
                    figures: [
                        ("p50 ms", latencies.percentile(0.5) * 1000), ("p95 ms", latencies.percentile(0.95) * 1000),
                    ]
                ).print(asJSON: json)
            }
        }
    }
}
