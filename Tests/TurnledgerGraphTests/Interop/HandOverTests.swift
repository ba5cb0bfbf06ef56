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

    @Test(
        "at every superstep, to the same end, and each task runs once",
        arguments: InteropPlace.there.flatMap { place in Direction.allCases.map { Way(place: place, direction: $0) } },
        names)
    func everySuperstep(_ way: Way, _ name: String) async throws {
        let test = try #require(InteropCase.all.first { $0.name == name })
        let whole = try await way.place.with { try await swift(test, way.place, $0, $1, test.actions) }
        var supersteps = 0
        var isOver = false
        while !isOver, supersteps < 20 {
            supersteps += 1
            let steps = Self.steps(supersteps, of: test)
            isOver = try await way.place.with { store, thread in
                let first: Part
                let second: Part
                switch way.direction {
                case .toPython:
                    first = try await swift(test, way.place, store, thread, steps)
                    second = try await python(test, way.place, thread, first.rows, first.rest(of: test))
                case .toSwift:
                    first = try await python(test, way.place, thread, [], steps)
                    if way.place != .postgres { try await InteropRows.load(first.rows, into: store, thread) }
                    second = try await swift(test, way.place, store, thread, first.rest(of: test))
                }
                #expect(second.state == whole.state, "handed over after \(supersteps) supersteps")
                let ran = (first.ran + second.ran).sorted()
                #expect(ran == whole.ran.sorted(), "handed over after \(supersteps) supersteps")
                return first.isOver
            }
        }
        #expect(supersteps > 1)
        #expect(supersteps < 20)
    }

    struct Way: Sendable, CustomTestStringConvertible {
        let place: InteropPlace
        let direction: Direction

        var testDescription: String { "\(place) \(direction)" }
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

    private func swift(
        _ test: InteropCase, _ place: InteropPlace, _ store: any CheckpointStore, _ thread: ThreadID,
        _ actions: [JSONValue]
    ) async throws -> Part {
        let run = InteropRun(test, store: store, thread: thread)
        let outcomes = try await run.outcomes(actions)
        let rows = place == .postgres ? [] : try await InteropRows.export(store, thread)
        return Part(outcomes, rows: rows, ran: run.counts.ran)
    }

    /// Python goes on with the thread itself where both reach it, else with its rows.
    private func python(
        _ test: InteropCase, _ place: InteropPlace, _ thread: ThreadID, _ rows: [JSONValue], _ actions: [JSONValue]
    ) async throws -> Part {
        var request = try place.request(thread)
        request["case"] = .string(test.name)
        request["rows"] = .array(rows)
        request["actions"] = .array(actions)
        let answer = try await PythonPeer.shared.ask(.object(request))
        return Part(
            answer["outcomes"]?.array ?? [], rows: answer["rows"]?.array ?? [],
            ran: (answer["ran"]?.array ?? []).compactMap(\.string))
    }
}
