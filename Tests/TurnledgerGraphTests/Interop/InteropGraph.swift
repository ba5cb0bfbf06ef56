// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerStore

/// Makes the graph of a case.
struct InteropGraph {
    let test: InteropCase
    let counts: InteropCounts
    let services: GraphServices
    /// Whether nodes may not run twice, where an answer can stand for what they write.
    var runsOnce = false

    static let kinds: [String: ChannelKind] = [
        "x": .lastValue, "y": .lastValue, "note": .lastValue, "log": .appending, "n": .adding, "msgs": .messages,
        "any": .anyValue, "eph": .ephemeral, "top": .topic(), "acc": .topic(accumulating: true), "unt": .untracked,
        "items": .delta(initial: [], snapshotEvery: 2) { current, writes in
            .array((current.array ?? []) + writes.flatMap { $0.array ?? [] })
        },
    ]

    func compile(_ spec: JSONValue) throws -> CompiledGraph<DynamicState> {
        let names = strings(spec["channels"] ?? test.json["channels"] ?? ["x", "note", "log"])
        var parts: [GraphElement<DynamicState>] = []
        for member in spec["nodes"]?.object ?? [:] {
            parts += try node(member.key, member.value)
        }
        for edge in spec["edges"]?.array ?? [] {
            let pair = edge.array ?? []
            let target = name(pair[1].string ?? "")
            if let sources = pair[0].array {
                parts += GraphBuilder.buildExpression(Edge(from: sources.map { name($0.string ?? "") }, to: target))
            } else {
                parts += GraphBuilder.buildExpression(Edge(from: name(pair[0].string ?? ""), to: target))
            }
        }
        for branch in spec["branches"]?.array ?? [] {
            parts += GraphBuilder.buildExpression(
                Branch<DynamicState>(
                    from: name(branch["from"]?.string ?? ""),
                    payload: { state in
                        Self.chosen(branch, state)
                    }))
        }
        return try StateGraph(channels: names.map { ($0, Self.kinds[$0]!) }) { parts }
            .compile(
                services: services, interruptBefore: selection(spec["before"]),
                interruptAfter: selection(spec["after"]))
    }

    private func node(_ name: String, _ spec: JSONValue) throws -> [GraphElement<DynamicState>] {
        let ops = spec.array ?? spec["ops"]?.array ?? []
        var node: Node<DynamicState>
        if let inner = spec["graph"]?.string {
            let keeping: SubgraphHistory =
                switch spec["keep"]?.string {
                case "thread": .ofThread
                case "none": .none
                default: .ofTask
                }
            node = Node(
                NodeName(name), running: try compile(test.json["graphs"]?[inner] ?? .null), keeping: keeping)
        } else {
            node = Node(raw: NodeName(name)) { [counts] in try await Self.run(name, ops, $0, counts) }
        }
        if runsOnce, Self.mayRunOnce(ops), spec["graph"] == nil { node = node.repeatability(.once) }
        if let attempts = spec["retry"]?.integer {
            node = node.retrying(
                RetryPolicy(maximumAttempts: Int(attempts), initialInterval: .milliseconds(1), addsJitter: false))
        }
        if let reads = spec["reads"]?.array {
            node = node.reading(reads.map { (name: $0.string!, kind: Self.kinds[$0.string!]!) })
        }
        if spec["cache"] == true { node = node.cached() }
        if spec["defer"] == true { node = node.deferred() }
        if let handler = spec["handler"]?.array {
            node = node.recovering(raw: { [counts] in try await Self.run("handler", handler, $0, counts) })
        }
        return GraphBuilder.buildExpression(node)
    }

    /// Whether a node only writes, each channel once, and asks.
    static func mayRunOnce(_ ops: [JSONValue]) -> Bool {
        ops.allSatisfy { op in
            ["w", "addx", "logx", "logsent", "loglen", "ask"].contains(op.object?.members.first?.key)
        }
    }

    /// Does what a node's operations say.
    private static func run(
        _ name: String, _ ops: [JSONValue], _ task: TaskContext, _ counts: InteropCounts
    ) async throws -> NodeOutput {
        counts.ran(name, task.taskID)
        let state = task.values.map ?? [:]
        var output = NodeOutput()
        func write(_ channel: String, _ value: PayloadValue) {
            if let place = output.writes.firstIndex(where: { $0.channel == channel }) {
                output.writes[place].value = value
            } else {
                output.writes.append(.init(channel, value))
            }
        }
        for op in ops {
            guard let (kind, value) = op.object?.members.first.map({ ($0.key, $0.value) }) else { continue }
            switch kind {
            case "w": for pair in value.array ?? [] { write(pair[0]!.string!, pair[1]!.payloadValue) }
            case "addx": write("x", .integer((state["x"]?.integer ?? 0) + (value.integer ?? 0)))
            case "logx": write("log", [.string("\(value.string!):\(text(state["x"] ?? .null, orNone: true))")])
            case "logsent": write("log", [.string("\(value.string!):\(text(task.values))")])
            case "loglen": write("log", [.string("\(value.string!):\(state["log"]?.array?.count ?? 0)")])
            case "ask":
                let answer = try task.interrupt(value.payloadValue)
                let old = output.writes.first { $0.channel == "log" }?.value.array ?? []
                write("log", .array(old + [.string("\(text(value.payloadValue))=\(text(answer))")]))
            case "send": output.next += (value.array ?? []).map(next)
            case "goto": output.next += (value.array ?? []).map(next)
            case "raise": throw PythonError(type: "ValueError", message: value.string!)
            case "failing":
                if counts.failed(name) <= Int(value.integer!) {
                    throw PythonError(type: "ConnectionError", message: "try again")
                }
            case "show": await task.show(payload: value.payloadValue)
            case "overwrite": write(value[0]!.string!, Overwrite(with: value[1]!.payloadValue).payload)
            case "msgs": write("msgs", .array((value.array ?? []).map(message)))
            case "parent":
                for pair in value["w"]?.array ?? [] { write(pair[0]!.string!, pair[1]!.payloadValue) }
                output.next += (value["goto"]?.array ?? []).map(next)
                output.isForParent = true
            case "twice":
                for item in value[1]!.array! { output.writes.append(.init(value[0]!.string!, item.payloadValue)) }
            default: throw PythonError(type: "RuntimeError", message: kind)
            }
        }
        if mayRunOnce(ops) { counts.ended(name, task.taskID, output) }
        return output
    }

    private static func chosen(_ branch: JSONValue, _ state: PayloadMap) -> [Next] {
        var chosen = branch["then"]
        if let bound = branch["lt"]?.array, !((state[bound[0].string!]?.integer ?? 0) < bound[1].integer!) {
            chosen = branch["else"]
        }
        return (chosen?.array ?? []).map(next)
    }

    static func next(_ value: JSONValue) -> Next {
        if let pair = value.array { return .send(NodeName(pair[0].string!), pair[1].payloadValue) }
        return value == "end" ? .end : .to(NodeName(value.string!))
    }

    /// A message as LangChain's serializer writes it.
    private static func message(_ spec: JSONValue) -> PayloadValue {
        let (module, name, type): (String, String, String) =
            switch spec[0]!.string! {
            case "human": ("human", "HumanMessage", "human")
            case "ai": ("ai", "AIMessage", "ai")
            default: ("modifier", "RemoveMessage", "remove")
            }
        let id = spec[0] == "all" ? "__remove_all__" : spec[2]!.payloadValue
        var fields: PayloadMap = [
            "content": spec[1]!.payloadValue, "additional_kwargs": [:], "response_metadata": [:],
            "type": .string(type), "name": .null, "id": id,
        ]
        if type == "ai" {
            fields["tool_calls"] = []
            fields["invalid_tool_calls"] = []
            fields["usage_metadata"] = .null
        }
        return .ext(
            LangGraphExt.pydantic(module: "langchain_core.messages." + module, name: name, fields: fields))
    }

    static func text(_ value: PayloadValue, orNone: Bool = false) -> String {
        if let text = value.string { return text }
        if value.isNull, orNone { return "None" }
        return JSONValue(value)?.sortedText ?? "?"
    }

    private func name(_ text: String) -> NodeName {
        switch text {
        case "start": .start
        case "end": .end
        default: NodeName(text)
        }
    }

    private func strings(_ value: JSONValue) -> [String] { (value.array ?? []).compactMap(\.string) }

    func selection(_ value: JSONValue?) -> NodeSelection {
        guard let value else { return .none }
        return value == "*" ? .all : .only(Set(strings(value)))
    }
}

extension JSONValue {
    /// The same with all keys sorted: text that compares.
    var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let object):
            .object(
                JSONObject(
                    members: object.members.sorted { $0.key < $1.key }.map {
                        .init(key: $0.key, value: $0.value.sorted)
                    }
                ))
        default: self
        }
    }

    var sortedText: String { String(decoding: sorted.serialized(), as: UTF8.self) }

    subscript(index: Int) -> JSONValue? { array.flatMap { $0.indices.contains(index) ? $0[index] : nil } }
}
