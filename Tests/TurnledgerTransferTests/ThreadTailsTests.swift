// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerTransfer

@Suite("What a server has seen of threads")
struct ThreadTailsTests {
    private let tails = ThreadTails(bound: 1 << 20)
    private let first = RunID("run_1")
    private let second = RunID("run_2")

    private func run(_ id: RunID, _ status: RunRecord.Status, attempt: Int = 1) -> RunRecord {
        RunRecord(
            id: id, thread: "t", status: status, attempt: attempt, input: [], createdAt: Timestamp(microseconds: 1),
            updatedAt: Timestamp(microseconds: 2))
    }

    private func create(_ id: RunID, isHeld: Bool) {
        let new = NewRun(
            id: id, thread: "t", owner: "o", input: [], holder: "h",
            createdAt: Timestamp(microseconds: 1))
        tails.created(
            RunCreation(
                run: run(id, isHeld ? .running : .pending, attempt: isHeld ? 1 : 0), lease: isHeld ? lease(id) : nil),
            of: new)
    }

    private func lease(_ run: RunID) -> Lease {
        Lease(thread: "t", run: run, holder: "h", epoch: 7, beat: 0, duration: .seconds(15))
    }

    @Test("an answer that comes late does not undo what is known of a run")
    func lateAnswers() {
        create(first, isHeld: true)
        tails.finished(first, as: .succeeded, failure: nil, at: Timestamp(microseconds: 3))
        tails.saw(run(first, .running))
        #expect(tails.tail(of: "t")?.runs.map(\.status) == [.succeeded])
        create(second, isHeld: false)
        tails.tookOver(run(second, .running), lease(second))
        tails.saw(run(second, .pending, attempt: 0))
        #expect(tails.tail(of: "t")?.runs.map(\.status) == [.succeeded, .running])
    }

    @Test("the end of a run that is heard late leaves the lease of the next")
    func lateEnd() {
        create(first, isHeld: true)
        create(second, isHeld: true)
        tails.finished(first, as: .succeeded, failure: nil, at: Timestamp(microseconds: 3))
        #expect(tails.tail(of: "t")?.lease?.run == second)
        #expect(tails.tail(of: "t")?.record?.status == .busy)
        #expect(tails.tail(of: "t")?.runs.map(\.status) == [.succeeded, .running])
    }
}
