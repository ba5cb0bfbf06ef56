// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import Tracing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

/// Adds two numbers, and counts how often it did.
struct AddTool: Tool {
    struct Arguments: Decodable { var a: Int, b: Int }
    struct Output: Encodable { var sum: Int }

    let name = "add"
    let description = "Adds two numbers."
    var isRepeatable = true
    var keys = Recorder()
    var gate: Gate?

    func call(arguments: Arguments) async throws -> Output {
        keys.add(ToolContext.current?.idempotencyKey ?? "none")
        try await gate?.pass()
        if arguments.a < 0 { throw ToolError("'a' must not be negative.") }
        return Output(sum: arguments.a + arguments.b)
    }
}

/// Remembers texts in the order in which they came.
final class Recorder: Sendable {
    private let state = Mutex<[String]>([])

    var all: [String] { state.withLock { $0 } }
    func add(_ text: String) { state.withLock { $0.append(text) } }
}

extension ToolCall {
    static func add(_ a: Int, _ b: Int, id: String = "call_1") -> ToolCall {
        ToolCall(id: id, name: "add", arguments: ["a": .integer(Int64(a)), "b": .integer(Int64(b))])
    }
}

extension AgentService {
    static func make(
        store: any ConversationStore = InMemoryStore(), model: ScriptedModel, tools: [any Tool] = [AddTool()],
        configuration: AgentConfiguration = .init(), tracer: (any Tracer)? = nil
    ) throws -> AgentService {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try AgentService(
            store: store, model: model, tools: tools, configuration: configuration, logger: logger, tracer: tracer)
    }

    /// Runs a turn to its end and returns its events.
    @discardableResult
    func turn(_ text: String, id: String = "u1", thread: ThreadID = "t") async throws -> [RunEvent] {
        try await begin(Turn(thread: thread, owner: "", message: .human(text, id: id))).all()
    }
}

extension RunStore {
    /// Waits until no run of the thread, or of any, is unfinished.
    func untilIdle(_ thread: ThreadID? = nil) async throws {
        while try await !unfinishedRuns(in: thread).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    }
}

extension RunFollower {
    /// All events to the end.
    func all() async throws -> [RunEvent] {
        var events: [RunEvent] = []
        for try await batch in self { events += batch }
        return events
    }
}

extension [RunEvent] {
    /// The text that a follower sees.
    var text: String {
        compactMap { if case .textDelta(_, let text) = $0 { text } else { nil } }.joined()
    }
}
