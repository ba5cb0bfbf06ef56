// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerGraph
import TurnledgerPostgres
import TurnledgerStore
import TurnledgerTesting

@Suite("A thread that Python and Turnledger share", .enabled(if: InteropSchema.isThere))
struct ContinuingTests {
    static let agents: [(PythonWorker.Packages, String)] = [
        (.today, "create_agent"), (.strict, "create_agent"), (.today, "create_react_agent"),
        (.august2025, "create_react_agent"), (.august2025, "hand_built"), (.today, "delta"),
    ]

    @Test("is begun in Python, continued for two turns, and continued again by Python", arguments: agents)
    func thereAndBack(packages: PythonWorker.Packages, kind: String) async throws {
        try await withThread(packages, kind) { thread in
            try await thread.talkInPython("What is 1+2 and 3+4?")
            let before = try await thread.state()
            try await thread.agent.talk("What is 5+6?", in: thread.id)
            try await thread.agent.talk("Thank you: 世界", in: thread.id)
            #expect(thread.agent.adder.ran == ["5+6"])
            let between = try await thread.state()
            #expect(between.messages.prefix(before.messages.count) == before.messages[...])
            #expect(between["next"] == [])
            let after = try await thread.talkInPython("And 7+8?")
            #expect(after.messages.prefix(between.messages.count) == between.messages[...])
            #expect(
                after.messages.compactMap { $0["text"]?.string }.filter { !$0.isEmpty } == [
                    "What is 1+2 and 3+4?", "3", "7", "The sums: 3, 7", "What is 5+6?", "11", "The sums: 11",
                    "Thank you: 世界", "After 9 messages you said: Thank you: 世界", "And 7+8?", "15", "The sums: 15",
                ])
            #expect(after["ran"] == ["7+8"])
            try await thread.expectOneHistory()
        }
    }

    @Test("is begun in Turnledger and continued by Python", arguments: agents)
    func begunHere(packages: PythonWorker.Packages, kind: String) async throws {
        try await withThread(packages, kind) { thread in
            try await thread.agent.talk("What is 1+2?", in: thread.id)
            let after = try await thread.talkInPython("And 3+4?")
            #expect(
                after.messages.compactMap { $0["text"]?.string }.filter { !$0.isEmpty } == [
                    "What is 1+2?", "3", "The sums: 3", "And 3+4?", "7", "The sums: 7",
                ])
            try await thread.expectOneHistory()
        }
    }

    /// Agents whose nodes are called as Turnledger's: in the middle of a turn the names matter.
    static let sameNodes: [(PythonWorker.Packages, String)] = [
        (.today, "create_agent"), (.strict, "create_agent"), (.august2025, "hand_built"), (.today, "delta"),
    ]

    @Test("has its tools run by Turnledger when Python stopped after the model's calls", arguments: sameNodes)
    func toolsRunHere(packages: PythonWorker.Packages, kind: String) async throws {
        try await withThread(packages, kind) { thread in
            let stopped = try await thread.talkInPython("What is 1+2 and 3+4?", ["stops_before_tools": true])
            #expect(stopped["next"] == ["tools", "tools"])
            try await thread.agent.run(in: thread.id)
            #expect(thread.agent.adder.ran == ["1+2", "3+4"])
            let state = try await thread.state()
            #expect(state.messages.last?["text"] == "The sums: 3, 7")
            #expect(state["next"] == [])
            let after = try await thread.talkInPython("And 7+8?")
            #expect(after["ran"] == ["7+8"])
            #expect(after.messages.last?["text"] == "The sums: 15")
            try await thread.expectOneHistory()
        }
    }

    @Test("has no tool run again that had ended in Python", arguments: sameNodes)
    func finishedInPython(packages: PythonWorker.Packages, kind: String) async throws {
        try await withThread(packages, kind) { thread in
            let stopped = try await thread.talkInPython("What is 1+2 and 3+4?", ["failing": ["3+4"]])
            #expect(stopped["ran"] == ["1+2"])
            #expect(stopped["failure"]?.string != nil)
            try await thread.agent.run(in: thread.id)
            #expect(thread.agent.adder.ran == ["3+4"])
            let state = try await thread.state()
            #expect(state.messages.last?["text"] == "The sums: 3, 7")
            try await thread.expectOneHistory()
        }
    }

    @Test("has no tool run again in Python that had ended in Turnledger", arguments: sameNodes)
    func finishedHere(packages: PythonWorker.Packages, kind: String) async throws {
        try await withThread(packages, kind) { thread in
            try await thread.agent.crash(
                in: thread.id, asking: "What is 1+2 and 3+4?", duringLastOf: ["1+2", "3+4"])
            #expect(thread.agent.adder.ran == ["1+2"])
            let stopped = try await thread.state()
            #expect(stopped["next"] == ["tools"] || stopped["next"] == ["tools", "tools"])
            let after = try await thread.talkInPython(nil)
            #expect(after["ran"] == ["3+4"])
            #expect(after.messages.last?["text"] == "The sums: 3, 7")
            try await thread.expectOneHistory()
        }
    }

    @Test(
        "is continued by Python where each turn left one checkpoint, and the other way round",
        arguments: ["hand_built", "delta"])
    func oneCheckpointPerTurn(kind: String) async throws {
        try await withThread(.today, kind) { shared in
            var thread = shared
            thread.agent.history = .turn
            try await thread.agent.talk("What is 1+2 and 3+4?", in: thread.id)
            #expect(try await thread.schema.everything().count == (kind == "delta" ? 2 : 1))
            try await thread.talkInPython("And 5+6?")
            let between = try await thread.schema.everything().count
            try await thread.agent.talk("And 7+8?", in: thread.id)
            #expect(try await thread.schema.everything().count == between + 1)
            let after = try await thread.talkInPython("And 9+9?")
            #expect(
                after.messages.compactMap { $0["text"]?.string }.filter { $0.hasPrefix("The") } == [
                    "The sums: 3, 7", "The sums: 11", "The sums: 15", "The sums: 18",
                ])
            #expect(after["ran"] == ["9+9"])
            #expect(thread.agent.adder.ran == ["1+2", "3+4", "7+8"])
        }
    }

    @Test("is read by Python whatever form it has been brought into, and goes on in that form")
    func converted() async throws {
        try await withThread(.today, "delta") { thread in
            let plain = SharedThread(python: thread.python, schema: thread.schema, kind: "hand_built")
            try await plain.talkInPython("What is 1+2?")
            try await plain.agent.talk("And 3+4?", in: plain.id)
            let before = try await plain.state()
            let store = thread.schema.store
            #expect(try await ThreadConversion.convert(thread.id, to: .delta, in: store) == .converted)
            #expect(try await ThreadConversion.convert(thread.id, to: .delta, in: store) == .unchanged)
            #expect(try await thread.state().messages == before.messages)
            // The configured form is that of new threads: this one keeps its own.
            try await plain.agent.talk("And 5+6?", in: plain.id)
            try await thread.talkInPython("And 7+8?")
            #expect(try await ThreadConversion.convert(thread.id, to: .plain, in: store) == .converted)
            let after = try await plain.talkInPython("And 9+9?")
            #expect(after.messages.prefix(before.messages.count) == before.messages[...])
            #expect(
                after.messages.compactMap { $0["text"]?.string }.filter { $0.hasPrefix("The") } == [
                    "The sums: 3", "The sums: 7", "The sums: 11", "The sums: 15", "The sums: 18",
                ])
            try await plain.expectOneHistory()
        }
    }

    @Test(
        "is shortened by retention, which knows no reducers, and goes on in Python and here", arguments: [true, false],
        agents.filter { $0.0 == .today || $0.1 == "hand_built" })
    func shortened(isInPython: Bool, agent: (PythonWorker.Packages, String)) async throws {
        try await withThread(agent.0, agent.1) { thread in
            try await thread.talkInPython("What is 1+2 and 3+4?")
            try await thread.agent.talk("What is 5+6?", in: thread.id)
            try await thread.talkInPython("And 7+8?")
            let before = try await thread.state()
            #expect(try await thread.shorten(keepingLatest: 1).checkpoints > 0)
            #expect(try await thread.state().messages == before.messages)
            #expect(try await thread.shorten(keepingLatest: 1) == RemovedRows())
            if isInPython {
                try await thread.talkInPython("And 9+9?")
            } else {
                try await thread.agent.talk("And 9+9?", in: thread.id)
            }
            // What a delta channel's value is made of stays.
            let removed = try await thread.shorten(keepingLatest: 2).checkpoints
            #expect(removed > 0 || agent.1 == "delta")
            let after = try await thread.talkInPython("And 1+1?")
            #expect(after.messages.prefix(before.messages.count) == before.messages[...])
            #expect(
                after.messages.compactMap { $0["text"]?.string }.filter { $0.hasPrefix("The") } == [
                    "The sums: 3, 7", "The sums: 11", "The sums: 15", "The sums: 18", "The sums: 2",
                ])
            #expect(after["ran"] == ["1+1"])
        }
    }

    @Test("is shortened in the middle of a turn, whose tools are run all the same", arguments: sameNodes)
    func shortenedMidTurn(packages: PythonWorker.Packages, kind: String) async throws {
        try await withThread(packages, kind) { thread in
            try await thread.talkInPython("What is 5+6?")
            let stopped = try await thread.talkInPython("What is 1+2 and 3+4?", ["failing": ["3+4"]])
            #expect(stopped["ran"] == ["1+2"])
            #expect(try await thread.shorten(keepingLatest: 1).checkpoints > 0)
            try await thread.agent.run(in: thread.id)
            #expect(thread.agent.adder.ran == ["3+4"])
            let after = try await thread.talkInPython("And 7+8?")
            #expect(
                after.messages.compactMap { $0["text"]?.string }.filter { $0.hasPrefix("The") } == [
                    "The sums: 11", "The sums: 3, 7", "The sums: 15",
                ])
        }
    }

    private func withThread(
        _ packages: PythonWorker.Packages, _ kind: String, _ body: (SharedThread) async throws -> Void
    ) async throws {
        let python = PythonWorker.of(packages)
        try await InteropSchema.with(madeBy: python) { schema in
            try await body(SharedThread(python: python, schema: schema, kind: kind))
        }
    }
}

/// One thread, its agent in Python and its agent here.
struct SharedThread: Sendable {
    let python: PythonWorker
    let schema: InteropSchema
    let kind: String
    let id: ThreadID = "shared"
    var agent: InteropAgent

    init(python: PythonWorker, schema: InteropSchema, kind: String) {
        self.python = python
        self.schema = schema
        self.kind = kind
        agent = InteropAgent(store: schema.store, form: kind == "delta" ? .delta : .plain)
    }

    /// A turn in Python; `nil`: what is left of one.
    @discardableResult
    func talkInPython(_ text: String?, _ more: JSONObject = [:]) async throws -> JSONValue {
        var request = request
        if let text { request["text"] = .string(text) }
        for member in more { request[member.key] = member.value }
        return try await python.ask("talk", request)
    }

    /// The thread as Python sees it.
    func state() async throws -> JSONValue { try await python.ask("state", request) }

    /// Expects a checkpoint for each step, each grown from the one before.
    func expectOneHistory() async throws {
        let state = try await state()
        #expect(state["has_one_branch"] == true)
        let steps = state["steps"]?.array?.compactMap(\.integer) ?? []
        #expect(steps == (0..<Int64(steps.count)).map { $0 - 1 })
    }

    /// What retention does at the end of a term that shortens.
    func shorten(keepingLatest count: Int) async throws -> RemovedRows {
        let sweep = RetentionSweep(
            schema.store, policy: RetentionPolicy(standard: .days(7, .keepLatest(count))), pace: .init(share: 1))
        let day = Timestamp(microseconds: SystemWallClock().now().microseconds + 40 * 86_400_000_000)
        let plan = try await sweep.plan(at: day)
        let run = try await sweep.run(at: day)
        #expect(run.removed == plan.removed && run.failed == 0 && run.changed == 0)
        return run.removed
    }

    private var request: JSONObject {
        schema.request(["agent": .string(kind), "thread": .string(id.rawValue)])
    }
}

extension JSONValue {
    /// Of a thread's state.
    var messages: [JSONValue] { self["messages"]?.array ?? [] }
}
