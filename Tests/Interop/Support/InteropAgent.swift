// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerAgent

/// Turnledger's agent with the tool and the model that `agents.py` has.
struct InteropAgent: Sendable {
    let adder = Adder()
    let store: any ConversationStore
    var form = ThreadStorage.Messages.plain
    var history = RunHistory.superstep

    /// As `AddingModel` of `agents.py`.
    static let model = ScriptedModel(name: "adding") { request, _ in
        let question = request.messages.lastIndex { $0.role == .human } ?? 0
        let turn = request.messages[question...]
        let results = turn.filter { $0.role == .tool }.map(\.text)
        if !results.isEmpty { return .text("The sums: " + results.joined(separator: ", ")) }
        let calls = turn[question].text.matches(of: #/(\d+)\+(\d+)/#).map { match in
            ToolCall(
                id: "call_\(match.1)_\(match.2)", name: "add",
                arguments: ["a": .integer(Int64(match.1)!), "b": .integer(Int64(match.2)!)])
        }
        if !calls.isEmpty { return .toolCalls(calls) }
        return .text("After \(question) messages you said: \(turn[question].text)")
    }

    /// A whole turn by the service, as the server runs it.
    func talk(_ text: String, in thread: ThreadID) async throws {
        let service = try AgentService(
            store: store, model: Self.model, tools: [adder],
            configuration: AgentConfiguration(storage: ThreadStorage(messages: form, history: history)), logger: .silent
        )
        let follower = try await service.begin(
            Turn(thread: thread, owner: "", message: .human(text, id: UniqueID.random())))
        var failures: [String] = []
        for try await events in follower {
            for case .failed(_, let message) in events { failures.append(message) }
        }
        await service.drain(within: .seconds(10))
        guard failures.isEmpty else { throw PythonFailure(description: "Turnledger's turn failed: \(failures)") }
    }

    /// Goes on with the thread where another stopped, or begins a turn.
    func run(_ input: TurnledgerGraph.RunInput<DynamicState> = .continue, in thread: ThreadID) async throws {
        let run = RunID.new(milliseconds: 1)
        let graph = try AgentGraph(
            model: Self.model, tools: ToolBox([adder]), run: run, thread: thread, systemPrompt: nil,
            form: form, services: GraphServices(store: store), stop: StopSignal(), emit: { _ in },
            trace: RunTrace(run: run, logger: .silent))
        try await graph.graph.invoke(input, thread: thread)
    }

    /// Begins a turn and stops it, as a crash would, while the last of its sums is being added; the others have ended.
    func crash(in thread: ThreadID, asking text: String, duringLastOf sums: [String]) async throws {
        adder.hold(sums.last!)
        let message = Message.human(text, id: "crashed")
        let turn = Task {
            try await run(.values([MessageList.channel: .array([message.payload])]), in: thread)
        }
        try await adder.gate.reached()
        while try await finishedTasks(in: thread) < sums.count - 1 { await Task.yield() }
        turn.cancel()
        _ = await turn.result
    }

    private func finishedTasks(in thread: ThreadID) async throws -> Int {
        let head = try await store.latest(in: thread, namespace: .root)
        return Set(head?.pendingWrites.filter { $0.channel == MessageList.channel }.map(\.taskID) ?? []).count
    }
}

/// The tool `add`: counts which sums it has added.
final class Adder: Tool {
    struct Arguments: Decodable {
        var a: Int
        var b: Int
    }

    let name = "add"
    let description = "Adds two numbers."
    let gate = Gate()
    private let sums = Mutex<[String]>([])
    private let held = Mutex<String?>(nil)

    /// What was added, in order.
    var ran: [String] { sums.withLock { $0.sorted() } }

    /// Makes this sum wait at the gate.
    func hold(_ sum: String) { held.withLock { $0 = sum } }

    func call(arguments: Arguments) async throws -> String {
        let sum = "\(arguments.a)+\(arguments.b)"
        if held.withLock({ $0 }) == sum { try await gate.pass() }
        sums.withLock { $0.append(sum) }
        return String(arguments.a + arguments.b)
    }
}

extension Logger {
    static let silent = Logger(label: "interop") { _ in SwiftLogNoOpLogHandler() }
}
