// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore

@Suite("A graph in Swift does what it does in Python", .enabled(if: PythonPeer.isNeeded))
struct PythonJudgeTests {
    @Test("shows the same, ends the same, and writes the same rows", arguments: InteropCase.all)
    func alike(_ test: InteropCase) async throws {
        guard test.difference == nil else { return }
        let theirs = try await PythonPeer.shared.ask(["case": .string(test.name)])
        let store = InMemoryStore()
        let run = InteropRun(test, store: store)
        let ours = try await run.outcomes()
        let outcomes = theirs["outcomes"]?.array ?? []
        #expect(ours.count == outcomes.count)
        for (index, (our, their)) in zip(ours, outcomes).enumerated() {
            let place = "action \(index)"
            expectAlike(errorKinds(our["error"]), errorKinds(their["error"]), "\(place): error")
            var (ourEvents, theirEvents) = (lines(our["events"]), lines(their["events"]))
            if test.isUnordered { (ourEvents, theirEvents) = (ourEvents.sorted(), theirEvents.sorted()) }
            expectAlike(ourEvents, theirEvents, "\(place): event")
            guard their["state"] != .null else { continue }
            expectAlike([line(our["state"])], [line(their["state"])], "\(place): state")
            expectAlike(lines(our["history"]), lines(their["history"]), "\(place): history")
        }
        expectAlike(
            try InteropRows.compared(try await InteropRows.export(store)),
            try InteropRows.compared(theirs["rows"]?.array ?? []), "row")
        #expect(run.counts.ran.sorted() == (theirs["ran"]?.array ?? []).compactMap(\.string).sorted())
    }

    /// Fails with the first line in which the two differ.
    private func expectAlike(_ ours: [String], _ theirs: [String], _ what: String) {
        for index in 0..<max(ours.count, theirs.count) {
            let our = index < ours.count ? ours[index] : "(nothing)"
            let their = index < theirs.count ? theirs[index] : "(nothing)"
            if our != their {
                Issue.record("\(what) \(index) differs\nSwift:  \(our)\nPython: \(their)")
                return
            }
        }
    }

    private func line(_ value: JSONValue?) -> String { InteropForm.withoutIDs((value ?? .null).sortedText) }
    private func lines(_ value: JSONValue?) -> [String] { (value?.array ?? []).map(line) }

    /// An error's kind: Turnledger's codes say more than Python's types.
    private func errorKinds(_ value: JSONValue?) -> [String] {
        guard let text = value?.string else { return [] }
        let kinds: [(String, [String])] = [
            ("recursion", ["GraphRecursionError", "superstepLimit"]),
            ("update", ["InvalidUpdateError", "conflictingWrites", "invalidUpdate", "unknownNode", "unknownChannel"]),
            ("nothing", ["EmptyInputError", "nothingToRun"]), ("ambiguous", ["RuntimeError", "ambiguousResume"]),
        ]
        for (kind, names) in kinds where names.contains(where: { text.hasPrefix($0) }) { return [kind] }
        return [text]
    }
}
