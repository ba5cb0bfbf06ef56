// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerGraph

@Suite("A process that dies at a store call")
struct CrashPointTests {
    /// A case, and how much of a turn's history is stored.
    struct Way: Sendable, CustomTestStringConvertible {
        let test: InteropCase
        let history: RunHistory

        var testDescription: String { "\(test.name), \(history)" }
    }

    /// All cases but those whose failures are counted, which would be counted again; those that change a thread in several
    /// commits from outside, or that a person stops on the way, who has to see how far they came; and those with answers by
    /// ID, which are asked for again: no runtime stores them before their tasks have ended.
    private static let cases = InteropCase.all.filter { test in
        test.difference == nil && !test.graph.sortedText.contains("failing") && !test.keepsSubgraph
            && test.actions.allSatisfy { action in
                let keys = Set((action.object ?? [:]).members.map(\.key))
                return keys.isDisjoint(with: ["updates", "limit", "answers", "before", "after"])
            }
    }

    private static func ways(_ cases: [InteropCase]) -> [Way] {
        cases.flatMap { test in
            // Places in the history are those of a history of supersteps.
            let histories = test.actions.contains { $0["at"] != nil } ? [.superstep] : RunHistory.allCases
            return histories.map { Way(test: test, history: $0) }
        }
    }

    /// Cases with a node that may be said not to run twice. A run that stores nothing on its way leaves no marks either, nor
    /// does a subgraph that keeps nothing; and what a command starts is not shown by the state before it has ended.
    private static let casesOfOnce = cases.filter { test in
        guard test.actions.first?["input"] != nil, !test.json.sortedText.contains("\"keep\":"),
            test.actions.allSatisfy({ $0["durability"] != "exit" && $0["command"] == nil })
        else { return false }
        guard !test.graph.sortedText.contains("\"raise\":") else { return false }
        let graphs = [test.graph] + (test.json["graphs"]?.object?.members.map(\.value) ?? [])
        return graphs.contains { graph in
            (graph["nodes"]?.object ?? [:]).members.contains { node in
                node.value["graph"] == nil
                    && InteropGraph.mayRunOnce(node.value.array ?? node.value["ops"]?.array ?? [])
            }
        }
    }

    @Test(
        "is followed by one that comes to the same end, and runs no finished task again", arguments: ways(cases))
    func everyCall(_ way: Way) async throws {
        let calls = try await everyCrash(way.test, way.history, runsOnce: false) { crash in
            #expect(crash.questions == 0, "\(crash)")
            // What had not ended runs once more.
            for (task, count) in crash.begun { #expect(count <= (crash.once[task] ?? 1) + 1, "\(crash): \(task)") }
        }
        #expect(calls > 3)
    }

    @Test(
        "is followed by one that asks about what had begun and may not run twice, and no effect comes twice",
        arguments: ways(casesOfOnce))
    func everyCallOfOnce(_ way: Way) async throws {
        var questions = 0
        let calls = try await everyCrash(way.test, way.history, runsOnce: true) { crash in
            for (task, count) in crash.effects { #expect(count == 1, "\(crash): \(task) had \(count) effects") }
            #expect(crash.effectsByNode == crash.expectedEffects, "\(crash)")
            // One for each that was under way.
            #expect(crash.questions <= crash.underWay, "\(crash)")
            questions += crash.questions
        }
        #expect(calls > 3)
        #expect(questions > 0)
    }

    /// Python passes such a subgraph over where a run goes on before it has begun, and so does Turnledger.
    @Test(
        "is followed by one that makes of a subgraph that the thread keeps what Python makes of it",
        .enabled(if: PythonPeer.isNeeded), arguments: InteropCase.all.filter(\.keepsSubgraph))
    func everyCallOfKeptSubgraphs(_ test: InteropCase) async throws {
        var crashes = 0
        for fault in [FaultInjectingStore.Fault.dieBefore, .dieAfter] {
            var call = 0
            while true {
                call += 1
                let store = InMemoryStore()
                let first = InteropRun(test, store: FaultInjectingStore(store, failingAt: call, with: fault))
                guard let left = try await untilDeath(of: first, store) else { break }
                crashes += 1
                let rows = try await InteropRows.export(store)
                let swift = Self.values(try await InteropRun(test, store: store).outcomes(left).last)
                let answer = try await PythonPeer.shared.ask([
                    "case": .string(test.name), "rows": .array(rows), "actions": .array(left),
                ])
                #expect(swift == Self.values(answer["outcomes"]?.array?.last), "\(fault) at call \(call)")
            }
        }
        #expect(crashes > 6)
    }

    /// What came of one death.
    private struct Crash: CustomStringConvertible {
        let fault: FaultInjectingStore.Fault
        let call: Int
        /// How often each task began, and how often in a run that did not die.
        var begun: [TaskID: Int] = [:]
        var once: [TaskID: Int] = [:]
        /// How often each task that may not run twice came to its end.
        var effects: [TaskID: Int] = [:]
        var effectsByNode: [String: Int] = [:]
        var expectedEffects: [String: Int] = [:]
        /// Questions about lost outcomes, and the tasks whose mark lay open.
        var questions = 0
        var underWay = 0

        var description: String { "\(fault) at call \(call)" }
    }

    /// Repeats a case with a death at every call, until there is none; each time another process goes on.
    ///
    /// - Returns: How many calls there were.
    private func everyCrash(
        _ test: InteropCase, _ history: RunHistory, runsOnce: Bool, _ check: (Crash) -> Void
    ) async throws -> Int {
        var whole = InteropRun(test, store: InMemoryStore())
        (whole.runsOnce, whole.history) = (runsOnce, history)
        let expected = Self.values(try await whole.outcomes().last)
        var calls = 0
        for fault in [FaultInjectingStore.Fault.dieBefore, .dieAfter] {
            var call = 0
            var hasDied = true
            while hasDied {
                call += 1
                let store = InMemoryStore()
                var first = InteropRun(test, store: FaultInjectingStore(store, failingAt: call, with: fault))
                var second = InteropRun(test, store: store)
                (first.runsOnce, second.runsOnce) = (runsOnce, runsOnce)
                (first.history, second.history) = (history, history)
                var crash = Crash(fault: fault, call: call)
                guard let left = try await untilDeath(of: first, store) else {
                    hasDied = false
                    continue
                }
                let rows = try await store.list(CheckpointQuery(thread: "t")).collect().flatMap(\.pendingWrites)
                var finished = Set(rows.filter { !Self.control.contains($0.channel) }.map(\.taskID))
                crash.underWay = try rows.count { try $0.channel == "__scheduled__" && $0.value.decoded() == true }
                for event in try await journal(store).map(TurnEvent.init) {
                    switch event {
                    case .ended(let task, _, _), .found(let task, _, _): finished.insert(task)
                    case .marked: crash.underWay += 1
                    default: break
                    }
                }

                var last: JSONValue?
                for action in left {
                    last = try await second.outcomes([action]).last
                    while let answers = Self.lostOutcomes(last, first.counts.ended + second.counts.ended) {
                        crash.questions += answers.members.count
                        last = try await second.outcomes([["answers": .object(answers)]]).last
                    }
                }
                #expect(Self.values(last) == expected, "\(crash)")
                for task in second.counts.tasks where finished.contains(task) {
                    Issue.record("\(crash): \(task) had finished and ran again")
                }
                for run in [first, second] {
                    for task in run.counts.tasks { crash.begun[task, default: 0] += 1 }
                    for (name, task, _) in run.counts.ended {
                        crash.effects[task, default: 0] += 1
                        crash.effectsByNode[name, default: 0] += 1
                    }
                }
                // A task that asks begins once for each answer.
                let most = Dictionary(whole.counts.tasks.map { ($0, 1) }, uniquingKeysWith: +).values.max() ?? 1
                crash.once = crash.begun.mapValues { _ in most }
                for (name, _, _) in whole.counts.ended {
                    crash.expectedEffects[name, default: 0] += 1
                }
                check(crash)
            }
            calls = call
        }
        return calls
    }

    /// Runs a case until its store dies.
    ///
    /// - Returns: What is left to do: to go on with what was stored, or the action again where nothing of it was; `nil`
    ///   where it did not die.
    private func untilDeath(of run: InteropRun, _ store: InMemoryStore) async throws -> [JSONValue]? {
        var actions = run.test.actions[...]
        while let action = actions.popFirst() {
            let before = try await InteropRows.export(store)
            let journalBefore = try await journal(store)
            var hasDied = false
            do {
                let last = try await run.outcomes([action]).last
                hasDied = last?["error"]?.string?.contains("closed") == true
            } catch let error where FaultInjectingStore.isDeath(error) {
                hasDied = true
            }
            guard hasDied else { continue }
            let (after, journalAfter) = (try await InteropRows.export(store), try await journal(store))
            guard after != before || (!journalAfter.isEmpty && journalAfter != journalBefore) else {
                return [action] + actions
            }
            // A change from outside is one commit; a run goes on as it was begun.
            if action["update"] != nil || action["fork"] != nil { return actions.isEmpty ? [[:]] : Array(actions) }
            return [action["durability"].map { ["durability": $0] } ?? [:]] + actions
        }
        return nil
    }

    /// What the store has of a turn under way.
    private func journal(_ store: InMemoryStore) async throws -> [Payload] {
        let head = try await store.latest(in: "t", namespace: .root)?.checkpoint.id
        return try await store.journal(of: "t", base: head)
    }

    private static let control: Set<String> = [
        "__error__", "__error_source_node__", "__interrupt__", "__resume__", "__scheduled__",
    ]

    /// The answers of a person who has looked whether each task took effect; `nil` where nothing is asked.
    private static func lostOutcomes(
        _ outcome: JSONValue?, _ ended: [(name: String, task: TaskID, output: NodeOutput)]
    ) -> JSONObject? {
        var answers: JSONObject = [:]
        for (place, asked) in (outcome?["state"]?["interrupts"]?.array ?? []).enumerated() {
            let question = asked["interrupt"]
            guard question?["type"] == "lost_outcome", let task = question?["task"]?.string else { continue }
            if let effect = ended.last(where: { $0.task.rawValue == task }) {
                var writes: JSONObject = [:]
                for write in effect.output.writes { writes[write.channel] = JSONValue(write.value) }
                answers[String(place)] = ["result": .object(writes)]
            } else {
                answers[String(place)] = "run"
            }
        }
        return answers.members.isEmpty ? nil : answers
    }

    private static func values(_ outcome: JSONValue?) -> String {
        InteropForm.withoutIDs((outcome?["state"]?["values"] ?? .null).sortedText)
    }
}
