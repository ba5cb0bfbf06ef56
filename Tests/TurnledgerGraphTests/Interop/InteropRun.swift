// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerStore

/// Runs a case in Swift and says what came of it, in the form in which `peer.py` says it.
struct InteropRun {
    let test: InteropCase
    let store: any CheckpointStore
    let thread: ThreadID
    let counts = InteropCounts()
    var runsOnce = false
    var history = RunHistory.superstep

    init(_ test: InteropCase, store: any CheckpointStore, thread: ThreadID = "t") {
        self.test = test
        self.store = store
        self.thread = thread
    }

    func outcomes(_ actions: [JSONValue]? = nil) async throws -> [JSONValue] {
        let services = GraphServices(store: store, cache: InMemoryNodeCache())
        var outcomes: [JSONValue] = []
        if let spec = test.graph["functional"] {
            let function = try InteropFunction(spec: spec, services: services, counts: counts).entrypoint()
            for action in actions ?? test.actions { outcomes.append(try await outcome(of: action, function)) }
            return outcomes
        }
        let graph = try InteropGraph(test: test, counts: counts, services: services, runsOnce: runsOnce)
            .compile(test.graph)
        for action in actions ?? test.actions { outcomes.append(try await outcome(of: action, graph)) }
        return outcomes
    }

    private func outcome(of action: JSONValue, _ graph: CompiledGraph<DynamicState>) async throws -> JSONValue {
        var events: [JSONValue] = []
        var error: JSONValue = .null
        do {
            var at: CheckpointID?
            if let place = action["at"]?.integer {
                at = try await graph.history(of: thread).reversed()[Int(place)].checkpoint?.id
            }
            if let change = action["update"] {
                try await graph.update(thread, at: at, as: change["as"]?.string.map(name), update(change["w"]))
            } else if let supersteps = action["updates"]?.array {
                try await graph.update(
                    thread, at: at,
                    supersteps: supersteps.map { changes in
                        (changes.array ?? []).map { one in
                            StateChange(NodeOutput(writes(one["w"])), as: one["as"]?.string.map(name))
                        }
                    })
            } else if action["fork"] != nil, let at {
                try await graph.fork(thread, from: at)
            } else {
                let input: RunInput<DynamicState>
                if let given = action["input"] {
                    input = .values(given.payloadValue.map ?? [:])
                } else if let answer = action["resume"] {
                    input = .resume(answer.payloadValue)
                } else if let answers = action["answers"]?.object {
                    let waiting = try await graph.state(of: thread).interrupts
                    input = .answers(
                        Dictionary(
                            uniqueKeysWithValues: answers.map { (waiting[Int($0.key)!].id, $0.value.payloadValue) }))
                } else if let command = action["command"] {
                    input = .command(
                        GraphCommand(
                            answer: command["resume"].map { .value($0.payloadValue) }, update: writes(command["w"]),
                            goto: (command["goto"]?.array ?? []).map(InteropGraph.next)))
                } else {
                    input = .continue
                }
                let options = options(action, at, graph)
                let stream = graph.stream(
                    input, thread: thread, modes: [.values, .updates, .custom, .tasks, .checkpoints],
                    options: options)
                for try await event in stream { events.append(InteropForm.event(event)) }
            }
        } catch let failure {
            error = .string(Self.text(of: failure))
        }
        let state = try await graph.state(of: thread)
        let history = try await graph.history(of: thread)
        return InteropForm.outcome(events, error, state, history)
    }

    private func outcome(
        of action: JSONValue, _ function: Entrypoint<PayloadValue, PayloadValue>
    ) async throws -> JSONValue {
        var events: [JSONValue] = []
        var error: JSONValue = .null
        do {
            let input: EntrypointInput<PayloadValue> =
                if let given = action["input"] { .input(given.payloadValue) } else if let answer = action["resume"] {
                    .answer(answer.payloadValue)
                } else { .continue }
            let stream = function.stream(
                input, thread: thread, modes: [.values, .updates, .custom, .tasks, .checkpoints],
                options: .with { $0.streamsSubgraphs = true })
            for try await event in stream { events.append(InteropForm.event(event)) }
        } catch let failure {
            error = .string(Self.text(of: failure))
        }
        let state = try await function.state(of: thread)
        let history = try await function.history(of: thread)
        return InteropForm.outcome(events, error, state, history)
    }

    private func options(
        _ action: JSONValue, _ at: CheckpointID?, _ graph: CompiledGraph<DynamicState>
    ) -> RunOptions {
        .with { options in
            options.checkpoint = at
            options.recursionLimit = Int(action["limit"]?.integer ?? 50)
            options.history = history
            options.durability = action["durability"]?.string.flatMap(Durability.init) ?? .sync
            options.streamsSubgraphs = true
            let selection = InteropGraph(test: test, counts: counts, services: graph.services).selection
            if let before = action["before"] { options.interruptBefore = selection(before) }
            if let after = action["after"] { options.interruptAfter = selection(after) }
        }
    }

    private func name(_ text: String) -> NodeName { text == "end" ? .end : NodeName(text) }

    private func writes(_ pairs: JSONValue?) -> [NodeOutput.Write] {
        (pairs?.array ?? []).map { .init($0[0]!.string!, $0[1]!.payloadValue) }
    }

    private func update(_ pairs: JSONValue?) -> Update<DynamicState> { Update(raw: NodeOutput(writes(pairs))) }

    /// An error by its kind, as the comparison knows it.
    private static func text(of error: any Error) -> String {
        if let error = error as? PythonError { return error.description }
        if let error = error as? GraphError { return error.code.description }
        return String(reflecting: error)
    }
}

/// A function as data.
struct InteropFunction {
    let spec: JSONValue
    let services: GraphServices
    let counts: InteropCounts

    func entrypoint() throws -> Entrypoint<PayloadValue, PayloadValue> {
        let (spec, counts) = (spec, counts)
        return try Entrypoint(NodeName(spec["name"]!.string!), services: services) { input, run in
            counts.ran(spec["name"]!.string!, run.taskID)
            var value = input
            for op in spec["ops"]?.array ?? [] {
                guard let (kind, item) = op.object?.members.first.map({ ($0.key, $0.value) }) else { continue }
                switch kind {
                case "call": value = try await Self.call(item.string!, value, run, spec, counts)
                case "ask": value = [value, try run.interrupt(item.payloadValue)]
                case "previous": value = [value, run.previous ?? .null]
                case "save": return try .init(value, saving: item.payloadValue)
                case "raise": throw PythonError(type: "ValueError", message: item.string!)
                default: throw PythonError(type: "RuntimeError", message: kind)
                }
            }
            return try .init(value, saving: value)
        }
    }

    private static func call(
        _ name: String, _ input: PayloadValue, _ run: TaskContext, _ spec: JSONValue, _ counts: InteropCounts
    ) async throws -> PayloadValue {
        try await run.call(name, with: input) { task in
            counts.ran(name, task.taskID)
            var value = input
            for op in spec["tasks"]?[name]?.array ?? [] {
                guard let (kind, item) = op.object?.members.first.map({ ($0.key, $0.value) }) else { continue }
                switch kind {
                case "plus": value = .integer((value.integer ?? 0) + (item.integer ?? 0))
                case "ask":
                    let answer = try task.interrupt(item.payloadValue)
                    value = .string(InteropGraph.text(value) + InteropGraph.text(answer))
                default: throw PythonError(type: "ValueError", message: item.string!)
                }
            }
            return value
        }
    }
}
