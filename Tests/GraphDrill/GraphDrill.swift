// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerGraph
import TurnledgerSQLite
import TurnledgerStore

#if PostgreSQL
    import TurnledgerPostgres
#endif

/// What `Tests/Drills/graph_drill.py` kills: runs a graph on thread after thread, and goes on where a killed process
/// stopped.
///
///     graph-drill STORE EFFECTS THREADS [--verify]
///
/// STORE is a file or a PostgreSQL URL, EFFECTS the file to which each effect is a line, THREADS the names of the threads,
/// by commas. It tells what it finds and does, a line each: `finished TASK`, `asked TASK`, `done THREAD`; with `--verify`
/// nothing but `log THREAD WORDS`.
@main
struct GraphDrill {
    struct Work: GraphState {
        var log: [String] = []

        static var channels: [Channel<Work>] { Channel("log", \.log, .appending) }
    }

    let store: any CheckpointStore
    let effects: Effects

    static func main() async throws {
        let arguments = CommandLine.arguments
        let drill = GraphDrill(
            store: try await open(arguments[1]), effects: try Effects(path: arguments[2]))
        let threads = arguments[3].split(separator: ",").map { ThreadID(String($0)) }
        let graph = try drill.graph()
        if arguments.contains("--verify") {
            for thread in threads {
                let log = try await graph.state(of: thread).values.map?["log"]?.array ?? []
                tell("log \(thread) \(log.compactMap(\.string).joined(separator: ","))")
            }
            return
        }
        tell("ready")
        try await withThrowingTaskGroup { group in
            for lane in 0..<2 {
                group.addTask {
                    for (place, thread) in threads.enumerated() where place % 2 == lane {
                        try await drill.finish(thread, graph)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func open(_ place: String) async throws -> any CheckpointStore {
        #if PostgreSQL
            if place.hasPrefix("postgresql://") {
                var configuration = PostgresConfiguration(parameters: try PostgresConfiguration.parameters(of: place))
                configuration.schema = "graph_drill"
                let store = try PostgresStore(configuration: configuration)
                try await store.setUp()
                return store
            }
        #endif
        let store = try SQLiteStore(path: place)
        try await store.setUp()
        return store
    }

    /// A model that calls three tools at once, twice; a question; a payment. Tools with odd numbers and the payment may
    /// not run twice.
    private func graph() throws -> CompiledGraph<Work> {
        let effects = effects
        return try StateGraph(Work.self) {
            Node("model", leadingTo: ["tools", "ask"]) { state in
                let round = state.log.count { $0 == "model" }
                let calls = round < 2 ? (0..<3).map { Next.send("tools", .integer(Int64(round * 3 + $0))) } : []
                return Update { $0.log = ["model"] }.then(round < 2 ? calls : [.to("ask")])
            }
            Node("tools", receiving: Int.self) { number, task in
                try effects.note(task, "tool\(number)")
                return Update { $0.log = ["tool\(number)"] }
            }.repeatability(.deciding { ($0.sent?.integer ?? 0) % 2 == 0 })
            Node("ask") { _, task in
                let answer: String = try task.interrupt("pay?")
                return Update { $0.log = [answer] }
            }
            Node("pay") { _, task in
                try effects.note(task, "pay")
                return Update { $0.log = ["pay"] }
            }.repeatability(.once)
            Edge(from: .start, to: "model")
            Edge(from: "tools", to: "model")
            Edge(from: "ask", to: "pay")
        }.compile(store: store)
    }

    /// Brings a thread to its end, from wherever it is.
    private func finish(_ thread: ThreadID, _ graph: CompiledGraph<Work>) async throws {
        let rows = try await store.list(CheckpointQuery(thread: thread)).collect().flatMap(\.pendingWrites)
        for task in Set(rows.filter { $0.index >= 0 }.map(\.taskID)) { tell("finished \(task)") }
        while true {
            let state = try await graph.state(of: thread)
            if state.checkpoint == nil {
                try await graph.invoke(.input { $0.log = ["in"] }, thread: thread)
            } else if !state.interrupts.isEmpty {
                var answers: [String: PayloadValue] = [:]
                for asked in state.interrupts { answers[asked.id] = try answer(to: asked.value) }
                try await graph.resume(thread, answering: answers)
            } else if state.next.isEmpty {
                return tell("done \(thread)")
            } else {
                try await graph.invoke(.continue, thread: thread)
            }
        }
    }

    /// What a person answers who looks whether the effect is there.
    private func answer(to question: PayloadValue) throws -> PayloadValue {
        guard let task = question.map?["task"]?.string else { return "yes" }
        tell("asked \(task)")
        guard let effect = try effects.of(task) else { return LostOutcome.runAgain.answer }
        return LostOutcome.result(["log": [.string(effect)]]).answer
    }
}

/// Writes a line at once: what was told is told, whatever happens next.
func tell(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// Effects that outlive the process: a file that grows by whole lines.
struct Effects: Sendable {
    let path: String
    private let file: Int32

    init(path: String) throws {
        self.path = path
        file = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        guard file >= 0 else { throw POSIXError(.EIO) }
    }

    func note(_ task: TaskContext, _ effect: String) throws {
        let line = Array("\(task.thread) \(task.taskID) \(effect)\n".utf8)
        guard write(file, line, line.count) == line.count else { throw POSIXError(.EIO) }
    }

    func of(_ task: String) throws -> String? {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        return lines.map { $0.split(separator: " ") }.first { $0[1] == task }.map { String($0[2]) }
    }
}
