// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore

/// The graphs whose rows `runtime-dumps.txt` holds, and what was done with them.
struct RuntimeScenario: Sendable, CustomTestStringConvertible {
    let thread: String
    /// The dumped threads that it writes: C and its branch L are one.
    var dumped: [String]
    let run: @Sendable (GraphServices, ThreadID) async throws -> Void

    var testDescription: String { dumped.joined(separator: " and ") }

    init(
        _ thread: String, with other: String? = nil,
        run: @escaping @Sendable (GraphServices, ThreadID) async throws -> Void
    ) {
        self.thread = thread
        dumped = [thread] + (other.map { [$0] } ?? [])
        self.run = run
    }

    static let all: [RuntimeScenario] = [
        RuntimeScenario("A") { services, thread in
            let graph = try agent("model", calls: ["call_1", "call_2"], services)
            let users: [JSONObject] = [["user": "u1", "tenant": "t9"], [:]]
            for (text, user) in zip(["1+2?", "again"], users) {
                var options = RunOptions()
                options.metadata = user
                options.metadata["ls_integration"] = "langchain_create_agent"
                try await graph.invoke(question(text), thread: thread, options: options)
            }
        },
        RuntimeScenario("B") { services, thread in
            try await agent("agent", calls: ["call_3"], withState: true, services)
                .invoke(question("1+2?"), thread: thread)
        },
        RuntimeScenario("C", with: "L") { services, thread in
            let graph = try asking(services)
            try await graph.invoke(begin, thread: thread)
            try await graph.resume(thread, with: "yes")
            try await graph.update(thread, Update(raw: NodeOutput([.init("log", ["manual"])])))
            let first = try await graph.history(of: thread).last?.checkpoint?.id
            try await graph.invoke(.continue, thread: thread, options: .with { $0.checkpoint = first })
        },
        RuntimeScenario("D") { services, thread in
            try await asking(services).invoke(
                begin, thread: thread, options: .with { $0.interruptBefore = .only(["ask"]) })
        },
        RuntimeScenario("E") { services, thread in
            let graph = try state(services) {
                node("a", [("x", 2), ("log", ["a"])])
                Node(raw: "boom") { _ in throw PythonError(type: "ValueError", message: "boom") }
                Edge(from: .start, to: "a")
                Edge(from: .start, to: "boom")
            }
            do { try await graph.invoke(begin, thread: thread) } catch is PythonError {}
        },
        RuntimeScenario("F") { services, thread in
            let inner = try state(services) {
                askNode
                Edge(from: .start, to: "ask")
            }
            let graph = try state(services) {
                node("a", [("x", 2), ("log", ["a"])])
                Node("sub", running: inner)
                Edge(from: .start, to: "a")
                Edge(from: "a", to: "sub")
            }
            try await graph.invoke(begin, thread: thread)
            try await graph.resume(thread, with: 5)
        },
        RuntimeScenario("G") { services, thread in
            let graph = try state(services) {
                node("a", [("x", 2), ("log", ["a"])])
                Node(raw: "w") { task in
                    NodeOutput([.init("log", [.string("w\(task.sent?.map?["x"]?.integer ?? -1)")])])
                }
                Edge(from: .start, to: "a")
                Branch(from: "a", payload: { _ in [.send("w", ["x": 0]), .send("w", ["x": 1])] })
            }
            try await graph.invoke(begin, thread: thread)
        },
        RuntimeScenario("H") { services, thread in
            let graph = try state(services) {
                node("a", [("log", ["a"])], next: [.to("b"), .to("c")])
                node("b", [("log", ["b"])])
                node("c", [("log", ["c"])])
                node("d", [("log", ["d"])])
                Edge(from: .start, to: "a")
                Edge(from: ["b", "c"], to: "d")
            }
            try await graph.invoke(begin, thread: thread)
        },
        RuntimeScenario("I") { services, thread in
            let options = RunOptions.with {
                $0.durability = .exit
                $0.metadata = ["ls_integration": "langchain_create_agent"]
            }
            try await agent("model", calls: ["call_4"], services)
                .invoke(question("1+2?"), thread: thread, options: options)
        },
        RuntimeScenario("J") { services, thread in
            let items = ChannelKind.delta(snapshotEvery: 2) { current, writes in
                .array((current.array ?? []) + writes.flatMap { $0.array ?? [] })
            }
            let graph = try StateGraph(channels: [("items", items)]) {
                Node<DynamicState>(raw: "n") { task in
                    let count = task.values.map?["items"]?.array?.count ?? 0
                    return NodeOutput([.init("items", [.integer(Int64(count))])])
                }
                Edge(from: .start, to: "n")
            }.compile(services: services)
            for turn in 0..<3 {
                try await graph.invoke(.values(["items": [.string("in\(turn)")]]), thread: thread)
            }
        },
        RuntimeScenario("K") { services, thread in
            let function = try Entrypoint<Int, Int>("ep", services: services) { input, run in
                let sum: Int = try await run.task("t1", input) { number, _ in number + 1 }
                return try .init(sum, saving: ["prev": input])
            }
            try await function.invoke(3, thread: thread)
        },
    ]

    private static let begin = RunInput<DynamicState>.values(["x": 1, "log": ["in"]])

    private static func question(_ text: String) -> RunInput<DynamicState> {
        .values(["messages": [["role": "user", "content": .string(text)]]])
    }

    private static func state(
        _ services: GraphServices, @GraphBuilder<DynamicState> _ elements: () throws -> [GraphElement<DynamicState>]
    ) throws -> CompiledGraph<DynamicState> {
        try StateGraph(
            channels: [("x", .lastValue), ("log", .appending), ("note", .lastValue)], elements
        ).compile(services: services)
    }

    private static func node(
        _ name: NodeName, _ writes: [(String, PayloadValue)], next: [Next] = []
    ) -> Node<DynamicState> {
        Node(raw: name) { _ in NodeOutput(writes.map { .init($0.0, $0.1) }, next: next) }
    }

    private static let askNode = Node<DynamicState>(raw: "ask") { task in
        let answer = try task.interrupt(["q": "ok?"])
        return NodeOutput([
            .init("log", [.string("ask:" + InteropGraph.text(answer))]), .init("note", "str inline"),
        ])
    }

    private static func asking(_ services: GraphServices) throws -> CompiledGraph<DynamicState> {
        try state(services) {
            node("a", [("x", 2), ("log", ["a"])])
            askNode
            Edge(from: .start, to: "a")
            Edge(from: "a", to: "ask")
        }
    }

    /// LangChain's agents, with a model that asks for one sum a turn: `create_agent` with its node `model`, or the older
    /// `create_react_agent` with `agent`, which sends the whole state along with each call.
    private static func agent(
        _ model: NodeName, calls: [String], withState: Bool = false, _ services: GraphServices
    ) throws -> CompiledGraph<DynamicState> {
        try StateGraph(channels: [("messages", .messages)]) {
            Node<DynamicState>(raw: model, leadingTo: ["tools", .end]) { task in
                let messages = task.values.map?["messages"]?.array ?? []
                let fields = messages.map { $0.ext?.asPydantic?.argument.map ?? [:] }
                let turn = fields.count { $0["type"] == "human" } - 1
                if fields.last?["type"] == "tool" {
                    return NodeOutput([.init("messages", [ai("The answer is 3.", calls: [])])])
                }
                let call: PayloadValue = [
                    "name": "add", "args": ["a": 1, "b": 2], "id": .string(calls[turn]), "type": "tool_call",
                ]
                let answer = ai("", calls: [call])
                let sent: PayloadValue =
                    withState
                    ? [
                        "__type": "tool_call_with_context", "tool_call": call,
                        "state": [
                            "messages": .array(messages + [answer]),
                            "remaining_steps": .integer(Int64(task.remainingSupersteps)),
                        ],
                    ] : [call]
                return NodeOutput([.init("messages", [answer])], next: [.send("tools", sent)])
            }
            Node<DynamicState>(raw: "tools", leadingTo: [model]) { task in
                let call = task.sent?.array?.first?.map ?? task.sent?.map?["tool_call"]?.map ?? [:]
                let message = LangGraphExt.pydantic(
                    module: "langchain_core.messages.tool", name: "ToolMessage",
                    fields: [
                        "content": "3", "additional_kwargs": [:], "response_metadata": [:], "type": "tool",
                        "name": "add", "id": .string(task.taskID.rawValue), "tool_call_id": call["id"] ?? .null,
                        "artifact": .null, "status": "success",
                    ])
                return NodeOutput([.init("messages", [.ext(message)])], next: [.to(model)])
            }
            Edge(from: .start, to: model)
        }.compile(services: services)
    }

    private static func ai(_ text: String, calls: [PayloadValue]) -> PayloadValue {
        .ext(
            LangGraphExt.pydantic(
                module: "langchain_core.messages.ai", name: "AIMessage",
                fields: [
                    "content": .string(text), "additional_kwargs": [:], "response_metadata": [:], "type": "ai",
                    "name": .null, "id": .string("lc_run--\(UniqueID.random())-0"), "tool_calls": .array(calls),
                    "invalid_tool_calls": [], "usage_metadata": .null,
                ]))
    }
}
