// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore

/// A run that is begun in one language and ended in the other.
@Suite("A thread is handed over between Swift and Python", .enabled(if: PythonPeer.isNeeded))
struct HandOverTests {
    enum Direction: String, CaseIterable, Sendable { case toPython, toSwift }

    /// Parallel tool calls, a fan-out, joins, nested subgraphs with a question, a delta channel, a deferred node.
    private static let names = [
        "agent with parallel tools", "send fan-out", "goto and join", "join twice", "subgraph that is nested twice",
        "delta of two nodes", "deferred join", "loop with a bound",
    ]

    @Test("at every superstep, to the same end, and each task runs once", arguments: names, Direction.allCases)
    func everySuperstep(_ name: String, _ direction: Direction) async throws {
        let test = try #require(InteropCase.all.first { $0.name == name })
        let whole = try await swift(test, [], test.actions)
        var supersteps = 0
        while true {
            supersteps += 1
            let steps = Self.steps(supersteps, of: test)
            let first: Part
            let second: Part
            switch direction {
            case .toPython:
                first = try await swift(test, [], steps)
                second = try await python(test, first.rows, first.rest(of: test))
            case .toSwift:
                first = try await python(test, [], steps)
                second = try await swift(test, first.rows, first.rest(of: test))
            }
            #expect(second.state == whole.state, "handed over after \(supersteps) supersteps")
            let ran = (first.ran + second.ran).sorted()
            #expect(ran == whole.ran.sorted(), "handed over after \(supersteps) supersteps")
            if first.isOver || supersteps == 20 { break }
        }
        #expect(supersteps > 1)
        #expect(supersteps < 20)
    }

    private struct Part {
        let rows: [JSONValue]
        let state: String
        let ran: [String]
        /// Whether no superstep is left before the next question or the end.
        let isOver: Bool
        /// Whether a question waits: then nothing is left to do before its answer.
        let asks: Bool

        init(_ outcomes: [JSONValue], rows: [JSONValue], ran: [String]) {
            self.rows = rows
            self.ran = ran
            let last = outcomes.last?["state"] ?? .null
            state = InteropForm.withoutIDs((last["values"] ?? .null).sortedText)
            asks = !(last["interrupts"]?.array ?? []).isEmpty
            isOver = (last["next"]?.array ?? []).isEmpty || asks
        }

        /// What the other language does.
        func rest(of test: InteropCase) -> [JSONValue] {
            (asks ? [] : [[:]]) + Array(test.actions.dropFirst())
        }
    }

    /// The first action, stopped after each superstep.
    private static func steps(_ count: Int, of test: InteropCase) -> [JSONValue] {
        var first = test.actions[0].object ?? [:]
        first["after"] = "*"
        return [.object(first)] + Array(repeating: ["after": "*"], count: count - 1)
    }

    private func swift(_ test: InteropCase, _ rows: [JSONValue], _ actions: [JSONValue]) async throws -> Part {
        let store = InMemoryStore()
        try await InteropRows.load(rows, into: store)
        let run = InteropRun(test, store: store)
        let outcomes = try await run.outcomes(actions)
        return Part(outcomes, rows: try await InteropRows.export(store), ran: run.counts.ran)
    }

    private func python(_ test: InteropCase, _ rows: [JSONValue], _ actions: [JSONValue]) async throws -> Part {
        let answer = try await PythonPeer.shared.ask([
            "case": .string(test.name), "rows": .array(rows), "actions": .array(actions),
        ])
        return Part(
            answer["outcomes"]?.array ?? [], rows: answer["rows"]?.array ?? [],
            ran: (answer["ran"]?.array ?? []).compactMap(\.string))
    }
}
