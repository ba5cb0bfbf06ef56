// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TurnledgerAgent
import TurnledgerGraph
import TurnledgerStore

#if PostgreSQL
    import TurnledgerPostgres
#endif

/// `turnledger bench graph`.
struct GraphBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Runs turns of the agent's graph: one tool call, and a model that answers at once.",
        discussion: """
            A turn is what LangChain's create_agent does for it: two model calls, one tool call, each a superstep. Without \
            --store the graph runs in memory and on a new SQLite file. Each thread begins with --length messages, of 200 \
            characters. Prints turns/s, median and 95th percentile of a turn in milliseconds, CPU per turn of the whole \
            process, and on PostgreSQL the bytes of WAL a turn; these are the whole server's.

                turnledger bench graph --store postgresql://… --concurrency 32
                turnledger bench graph --store postgresql://… --messages delta --history turn --length 1000
            """)

    @Option(help: "A store to measure instead of new ones; what it holds stays.")
    var store: String?

    @Option(help: "How many turns a row measures.")
    var turns = 400

    @Option(help: "How many threads talk at once.")
    var concurrency = 32

    @Option(help: "How many messages each thread begins with.")
    var length = 0

    @Option(help: "The form of the messages: plain or delta.")
    var messages = "plain"

    @Option(help: "What is stored of a turn's history: superstep or turn.")
    var history = "superstep"

    @Flag(help: "One JSON object a row.")
    var json = false

    func validate() throws {
        guard ["plain", "delta"].contains(messages) else { throw ValidationError("--messages must be plain or delta.") }
        guard RunHistory(rawValue: history) != nil else {
            throw ValidationError("--history must be superstep or turn.")
        }
        guard turns >= concurrency, concurrency > 0 else { throw ValidationError("Give each thread a turn at least.") }
    }

    func run() async throws {
        if let location = store {
            let store = try await StoreOpener.open(ConfigurationValues(flags: ["store": location]))
            return try await measure(store, "the store")
        }
        for place in BenchStore.allCases {
            try await place.withStore { store in try await measure(store, place.rawValue) }
        }
    }

    private func measure(_ store: any ConversationStore, _ name: String) async throws {
        let load = try GraphLoad(store: store, isDelta: messages == "delta", history: RunHistory(rawValue: history)!)
        let label = UniqueID.random()
        let threads = (0..<concurrency).map { ThreadID("bench-\(label)-\($0)") }
        // The first turns open the connections that the others take.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in threads {
                group.addTask {
                    try await load.fill(thread, with: length)
                    try await load.turn(in: thread)
                }
            }
            try await group.waitForAll()
        }
        let wal = try await Self.wal(of: store)
        let each = turns / concurrency
        let measured = try await Measurement {
            try await withThrowingTaskGroup(of: [Double].self) { group in
                for thread in threads {
                    group.addTask {
                        var latencies: [Double] = []
                        for _ in 0..<each {
                            let begun = ContinuousClock.now
                            try await load.turn(in: thread)
                            latencies.append((ContinuousClock.now - begun).seconds)
                        }
                        return latencies
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        }
        var figures = measured.figures(per: "turn", cpuIn: ("ms", 1000))
        if let wal, let after = try await Self.wal(of: store) {
            figures.append(("WAL bytes/turn", Double(after - wal) / Double(measured.latencies.count)))
        }
        BenchRow(
            name: "\(name), \(concurrency) at once, \(length) messages, \(messages), \(history)", figures: figures
        ).print(asJSON: json)
    }

    /// How far a server's WAL has come; `nil` for a store without one.
    private static func wal(of store: any ConversationStore) async throws -> Int64? {
        #if PostgreSQL
            guard let store = store as? PostgresStore else { return nil }
            let place = PostgresStatement("", "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
            return try await store.client.execute(PostgresQuery(place)).first?.integer(0)
        #else
            return nil
        #endif
    }
}

/// The agent's graph, with a model that answers at once and a tool that does nothing.
struct GraphLoad: Sendable {
    private let graph: CompiledGraph<DynamicState>
    private let history: RunHistory

    init(store: any ConversationStore, isDelta: Bool, history: RunHistory) throws {
        self.history = history
        let kind: ChannelKind =
            isDelta ? .messagesDelta(snapshotEvery: ThreadStorage.superstepsBetweenSnapshots) : .messages
        graph = try StateGraph(channels: [("messages", kind)], name: "agent") {
            Node<DynamicState>(raw: "model", leadingTo: ["tools", .end]) { task in
                let last = task["messages"]?.array?.last.flatMap { Message($0) }
                if last?.role == .tool {
                    let answer = Message.ai("The tool said hello.", id: UniqueID.random())
                    return NodeOutput([.init("messages", [answer.payload])])
                }
                let id = UniqueID.random()
                let call = ToolCall(id: id, name: "echo", arguments: ["text": "hello"])
                let message = Message.ai("", id: UniqueID.random(), toolCalls: [call])
                let sent: PayloadValue = [
                    "name": "echo", "args": ["text": "hello"], "id": .string(id), "type": "tool_call",
                ]
                return NodeOutput([.init("messages", [message.payload])], next: [.send("tools", [sent])])
            }
            Node<DynamicState>(raw: "tools", leadingTo: ["model"]) { task in
                let id = task.sent?.array?.first?.map?["id"]?.string ?? ""
                let call = ToolCall(id: id, name: "echo", arguments: [:])
                let message = Message.tool("hello", answering: call, id: task.taskID.rawValue)
                return NodeOutput([.init("messages", [message.payload])], next: [.to("model")])
            }
            Edge(from: .start, to: "model")
        }.compile(store: store)
    }

    func turn(in thread: ThreadID) async throws {
        let question = Message.human("How wide must an evacuation door be?", id: UniqueID.random())
        try await graph.invoke(
            .values(["messages": [question.payload]]), thread: thread, options: .with { $0.history = history })
    }

    /// Begins a thread with this many messages.
    func fill(_ thread: ThreadID, with count: Int) async throws {
        guard count > 0 else { return }
        let words = (0..<40).map { "word\($0)" }
        let list = (0..<count).map { number -> PayloadValue in
            let text = String((0..<40).map { words[($0 * 7 + number) % 40] }.joined(separator: " ").prefix(200))
            return (number % 2 == 0 ? Message.human(text, id: UniqueID.random()) : .ai(text, id: UniqueID.random()))
                .payload
        }
        let update = Update<DynamicState>(raw: NodeOutput([.init("messages", .array(list))]))
        try await graph.update(thread, as: "model", update)
    }
}
