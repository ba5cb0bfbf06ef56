// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerGraph
import TurnledgerStore

@Suite("A graph in Swift does what it does in Python", .enabled(if: PythonPeer.isNeeded))
struct PythonJudgeTests {
    @Test(
        "shows the same, ends the same, and writes the same rows",
        arguments: InteropPlace.there, InteropCase.all.filter { $0.difference == nil })
    func alike(_ place: InteropPlace, _ test: InteropCase) async throws {
        try await place.with { store, thread in
            let other = ThreadID(thread.rawValue + "-python")
            var request = try place.request(other)
            request["case"] = .string(test.name)
            let theirs = try await PythonPeer.shared.ask(.object(request))
            let run = InteropRun(test, store: store, thread: thread)
            let ours = try await run.outcomes()
            let outcomes = theirs["outcomes"]?.array ?? []
            #expect(ours.count == outcomes.count)
            for (index, (our, their)) in zip(ours, outcomes).enumerated() {
                expectOutcomesAlike(our, their, index, test)
            }
            expectAlike(
                try InteropRows.compared(try await place.rows(store, thread)),
                try InteropRows.compared(theirs["rows"]?.array ?? []), "row")
            #expect(run.counts.ran.sorted() == (theirs["ran"]?.array ?? []).compactMap(\.string).sorted())
        }
    }

    private func expectOutcomesAlike(_ our: JSONValue, _ their: JSONValue, _ index: Int, _ test: InteropCase) {
        let place = "action \(index)"
        expectAlike(errorKinds(our["error"]), errorKinds(their["error"]), "\(place): error")
        var (ourEvents, theirEvents) = (lines(our["events"]), lines(their["events"]))
        if test.isUnordered { (ourEvents, theirEvents) = (ourEvents.sorted(), theirEvents.sorted()) }
        expectAlike(ourEvents, theirEvents, "\(place): event")
        guard their["state"] != .null else { return }
        expectAlike([line(our["state"])], [line(their["state"])], "\(place): state")
        expectAlike(lines(our["history"]), lines(their["history"]), "\(place): history")
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

/// Fails with the first line in which the two differ.
func expectAlike(_ ours: [String], _ theirs: [String], _ what: String) {
    for index in 0..<max(ours.count, theirs.count) {
        let our = index < ours.count ? ours[index] : "(nothing)"
        let their = index < theirs.count ? theirs[index] : "(nothing)"
        if our != their {
            Issue.record("\(what) \(index) differs\nSwift:  \(our)\nPython: \(their)")
            return
        }
    }
}
