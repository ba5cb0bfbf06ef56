// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

/// A server on an in-memory store and a scripted model.
struct ServerFixture: Sendable {
    let store: any ConversationStore
    let model: ScriptedModel
    let service: AgentService
    let server: ChatServer

    init(
        _ answers: [ScriptedModel.Answer] = [], model: ScriptedModel? = nil,
        tools: [any Tool] = [AddTool(), FindTool()], settings: ServerSettings = ServerSettings(),
        store: any ConversationStore = InMemoryStore(), clauses: (any ClauseLookup)? = nil,
        clientTools: [ClientTool] = [], approval: [ApprovalRule] = [], masksErrors: Bool = true,
        metrics: MetricsEndpoint? = nil
    ) throws {
        self.store = store
        self.model = model ?? ScriptedModel(answers)
        service = try AgentService(
            store: store, model: self.model, tools: tools, clientTools: clientTools,
            configuration: AgentConfiguration(masksErrors: masksErrors, approval: approval), logger: .quiet,
            metrics: metrics.map { AgentMetrics(factory: $0.registry) } ?? .none)
        let routes = TurnledgerRoutes(
            service: service, store: store, clauses: clauses,
            identity: ServerIdentity(version: "1.2.3", store: "memory:", model: "scripted"), chat: settings.chat,
            stopDeadline: settings.stopDeadline, metrics: metrics)
        server = try ChatServer(routes: routes, settings: settings, logger: .quiet)
    }

    func test(
        _ kind: TestingSetup = .router, _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        try await server.application.test(kind) { client in try await body(client) }
    }
}

extension Logger {
    static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()
}

/// Adds two numbers.
struct AddTool: Tool {
    struct Arguments: Decodable { var a: Int, b: Int }
    struct Output: Encodable { var sum: Int }

    let name = "add"
    let description = "Adds two numbers."

    func call(arguments: Arguments) async throws -> Output {
        if arguments.a < 0 { throw ToolError("'a' must not be negative.") }
        return Output(sum: arguments.a + arguments.b)
    }
}

/// Counts up to a number and shows each step.
struct CountTool: Tool {
    struct Arguments: Decodable { var to: Int }

    let name = "count"
    let description = "Counts."

    func call(arguments: Arguments) async throws -> [String: Int] {
        for number in 1..<arguments.to { try ToolContext.report(["at": number]) }
        return ["at": arguments.to]
    }
}

/// Finds text, with keys in its result that JavaScript clients refuse.
struct FindTool: Tool {
    struct Arguments: Decodable { var text: String }

    let name = "find"
    let description = "Finds text."

    func call(arguments: Arguments) async throws -> [String: [String: String]] {
        ["__proto__": ["a": "b"], "constructor": ["prototype": "x"], "found": ["text": arguments.text]]
    }
}

extension ToolCall {
    static func add(_ a: Int, _ b: Int, id: String = "call_1") -> ToolCall {
        ToolCall(id: id, name: "add", arguments: ["a": .integer(Int64(a)), "b": .integer(Int64(b))])
    }

    static func find(_ text: String, id: String = "call_2") -> ToolCall {
        ToolCall(id: id, name: "find", arguments: ["text": .string(text)])
    }
}

extension TestClientProtocol {
    /// Posts a body to the chat route.
    func chat(_ body: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await execute(
            uri: "/api/ai-sdk/chat", method: .post, headers: headers, body: ByteBuffer(string: body)
        ) { $0 }
    }

    /// Says something in a thread and returns the stream, which must pass the checkers.
    @discardableResult
    func say(
        _ text: String, id: String, thread: String = "t", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let response = try await chat(ChatBody.last(text, id: id, thread: thread))
        #expect(response.status == .ok, "\(response.text)", sourceLocation: sourceLocation)
        try await StreamCheck.verify(stream: response.text, sourceLocation: sourceLocation)
        return response.text
    }

    /// The thread's UI messages, which must pass the checker.
    func history(_ thread: String = "t", sourceLocation: SourceLocation = #_sourceLocation) async throws -> [JSONValue]
    {
        let response = try await execute(uri: "/api/threads/\(thread)/messages", method: .get) { $0 }
        #expect(response.status == .ok, "\(response.text)", sourceLocation: sourceLocation)
        try await StreamCheck.verify(history: response.text, sourceLocation: sourceLocation)
        return try JSONValue.parse(response.text)["messages"]?.array ?? []
    }

    func get(_ uri: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await execute(uri: uri, method: .get, headers: headers) { $0 }
    }

    func send(_ method: HTTPRequest.Method, _ uri: String, _ body: String = "") async throws -> TestResponse {
        try await execute(uri: uri, method: method, body: ByteBuffer(string: body)) { $0 }
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }
    var json: JSONValue { (try? JSONValue.parse(text)) ?? .null }
}

/// Bodies as clients send them.
enum ChatBody {
    static func user(_ text: String, id: String) -> JSONValue {
        ["id": .string(id), "role": "user", "parts": [["type": "text", "text": .string(text)]]]
    }

    /// Only the last message, as the persistence guide of the AI SDK has it.
    static func last(_ text: String, id: String, thread: String = "t") -> String {
        let body: JSONValue = ["id": .string(thread), "message": user(text, id: id), "trigger": "submit-message"]
        return body.text
    }

    /// The whole history, as `DefaultChatTransport` sends it.
    static func history(_ messages: [JSONValue], thread: String = "t") -> String {
        let body: JSONValue = [
            "model": "ignored", "id": .string(thread), "messages": .array(messages), "trigger": "submit-message",
        ]
        return body.text
    }
}

/// The chunks of a stream.
func chunks(of stream: String) throws -> [JSONValue] {
    try stream.split(separator: "\n\n").compactMap { line in
        guard line.hasPrefix("data: "), line != "data: [DONE]" else { return nil }
        return try JSONValue.parse(String(line.dropFirst(6)))
    }
}

extension [JSONValue] {
    var types: [String] { map { $0["type"]?.string ?? "" } }
    func first(_ type: String) -> JSONValue? { first { $0["type"]?.string == type } }
    /// The text that a client shows.
    var deltas: String { filter { $0["type"] == "text-delta" }.compactMap { $0["delta"]?.string }.joined() }
}
