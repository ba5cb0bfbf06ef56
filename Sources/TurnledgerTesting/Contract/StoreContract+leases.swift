// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let leaseRules: [RunRule] = [
        RunRule("a new run holds its thread's lease") { store in
            let new = NewRun(in: .fresh(), holder: "server-1")
            let lease = try await store.start(new).lease
            #expect(lease.thread == new.thread)
            #expect(lease.run == new.id)
            #expect(lease.holder == "server-1")
            #expect(lease.duration == new.leaseDuration)
            #expect(lease.epoch >= 1)
            #expect(try await store.unfinishedRuns(in: new.thread).first?.lease == lease)
        },
        RunRule("a renewal raises the beat and nothing else") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            var lease = started.lease
            for _ in 0..<3 {
                let renewed = try await store.renew(lease)
                #expect(renewed.beat == lease.beat + 1)
                var expected = lease
                expected.beat = renewed.beat
                #expect(renewed == expected)
                lease = renewed
            }
            #expect(try await store.thread(started.run.thread)?.lease == lease)
            // A holder that lost a reply renews with the beat it knows.
            #expect(try await store.renew(started.lease).beat == lease.beat + 1)
        },
        RunRule("renewing many leases leaves out those that are not held any more") { store in
            var started: [StartedRun] = []
            for _ in 0..<20 { started.append(try await store.start(NewRun(in: .fresh()))) }
            try await store.finish(started[3])
            var gone = started[0].lease
            gone.thread = .fresh()
            let renewed = try await store.renew(started.map(\.lease) + [gone])
            let held = started.indices.filter { $0 != 3 }.map { started[$0] }
            #expect(Set(renewed.map(\.run)) == Set(held.map(\.run.id)))
            for one in held {
                let now = try await store.thread(one.run.thread)?.lease
                #expect(now?.beat == one.lease.beat + 1)
                #expect(renewed.contains { $0 == now })
            }
        },
        RunRule("a lease that was given back or never was cannot be renewed") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            try await store.finish(started)
            await expectFailure(.conflict) { _ = try await store.renew(started.lease) }
            var lease = started.lease
            lease.thread = .fresh()
            await expectFailure(.missing) { _ = try await store.renew(lease) }
        },
        RunRule("an epoch after a release is greater than all before, for the life of the thread") { store in
            let thread = ThreadID.fresh()
            var epochs: [Int64] = []
            for time in [500, 400, 300, 600] as [Int64] {
                let started = try await store.start(NewRun(in: thread, at: time))
                epochs.append(started.lease.epoch)
                try await store.finish(started)
            }
            for (earlier, later) in zip(epochs, epochs.dropFirst()) { #expect(later == earlier + 1) }
        },
        RunRule("a take-over gives a greater epoch, a new attempt and holder, and locks the old one out") { store in
            let started = try await store.start(NewRun(in: .fresh(), at: 5))
            let (run, lease) = try await store.takeOver(
                started.run.id, observed: started.lease, holder: "holder-2", duration: .seconds(30), at: .at(9))
            #expect(lease.epoch == started.lease.epoch + 1)
            #expect(lease.holder == "holder-2")
            #expect(lease.duration == .seconds(30))
            #expect(lease.run == run.id)
            #expect(run.attempt == 2)
            #expect(run.status == .running)
            #expect(run.updatedAt == .at(9))
            #expect(try await store.run(run.id) == run)
            #expect(try await store.thread(run.thread)?.lease == lease)
            #expect(try await store.thread(run.thread)?.updatedAt == .at(5))
            await expectFailure(.conflict) { _ = try await store.renew(started.lease) }
            await expectFailure(.conflict) { try await store.finish(started) }
            #expect(try await store.renew(lease).beat == lease.beat + 1)
            try await store.finish(run.id, as: .succeeded, failure: nil, at: .at(10), fence: Fence(lease))
        },
        RunRule("a lease that has beaten since it was observed is not taken over") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            let renewed = try await store.renew(started.lease)
            for observed in [started.lease, nil] {
                await expectFailure(.conflict) {
                    _ = try await store.takeOver(
                        started.run.id, observed: observed, holder: "holder-2", duration: .seconds(1), at: .at(9))
                }
            }
            #expect(try await store.thread(started.run.thread)?.lease == renewed)
            #expect(try await store.run(started.run.id)?.attempt == 1)
        },
        RunRule("of 32 that take a run over at once one wins") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            let won = try await concurrently(32) { index -> Bool in
                do {
                    _ = try await store.takeOver(
                        started.run.id, observed: started.lease, holder: "holder-\(index)", duration: .seconds(1),
                        at: .at(9))
                    return true
                } catch let error as StoreError {
                    #expect(error.code == .conflict)
                    return false
                }
            }
            #expect(won.count { $0 } == 1)
            #expect(try await store.run(started.run.id)?.attempt == 2)
        },
        RunRule("a run that has ended is not taken over") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            try await store.finish(started)
            for observed in [started.lease, nil] {
                await expectFailure(.conflict) {
                    _ = try await store.takeOver(
                        started.run.id, observed: observed, holder: "holder-2", duration: .seconds(1), at: .at(9))
                }
            }
        },
        RunRule("a run ends only under its own lease") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            for epoch in [started.lease.epoch - 1, started.lease.epoch + 1] {
                await expectFailure(.conflict) {
                    try await store.finish(
                        started.run.id, as: .failed, failure: nil, at: .at(9), fence: Fence(epoch: epoch))
                }
            }
            #expect(try await store.run(started.run.id)?.status == .running)
            #expect(try await store.thread(started.run.thread)?.lease == started.lease)
        },
    ]

    static let eventRules: [RunRule] = [
        RunRule("events are read in order from a number on, up to a limit") { store in
            let run = try await store.start(NewRun(in: .fresh())).run
            let events = (0..<10).map { RunEventRecord(run, $0) }
            try await store.append(Array(events[0..<4]))
            try await store.append(Array(events[4...].reversed()))
            #expect(try await store.events(of: run.id, from: 0, limit: 100) == events)
            #expect(try await store.events(of: run.id, from: 7, limit: 100) == Array(events[7...]))
            #expect(try await store.events(of: run.id, from: 2, limit: 3) == Array(events[2..<5]))
            #expect(try await store.events(of: run.id, from: 10, limit: 3).isEmpty)
            #expect(try await store.events(of: run.id, from: 0, limit: 0).isEmpty)
            await expectFailure(.invalid) { _ = try await store.events(of: run.id, from: 0, limit: -1) }
        },
        RunRule("an event that exists stays when it is appended again") { store in
            let run = try await store.start(NewRun(in: .fresh())).run
            try await store.append([RunEventRecord(run, 0, "first")])
            try await store.append([RunEventRecord(run, 0, "second"), RunEventRecord(run, 1, "next")])
            #expect(
                try await store.events(of: run.id, from: 0, limit: 9)
                    == [RunEventRecord(run, 0, "first"), RunEventRecord(run, 1, "next")])
        },
        RunRule("a number that is not there yet leaves a gap that can be seen and filled") { store in
            let run = try await store.start(NewRun(in: .fresh())).run
            try await store.append([RunEventRecord(run, 0), RunEventRecord(run, 2)])
            #expect(try await store.events(of: run.id, from: 0, limit: 9).map(\.number) == [0, 2])
            try await store.append([RunEventRecord(run, 1)])
            #expect(try await store.events(of: run.id, from: 0, limit: 9).map(\.number) == [0, 1, 2])
        },
        RunRule("a batch holds events of many runs; those of runs that are gone are dropped") { store in
            let first = try await store.start(NewRun(in: .fresh())).run
            let second = try await store.start(NewRun(in: .fresh())).run
            let gone = RunEventRecord(run: .fresh(), attempt: 1, number: 0, payload: [1])
            try await store.append([
                RunEventRecord(first, 0), gone, RunEventRecord(second, 0), RunEventRecord(first, 1),
            ])
            #expect(try await store.events(of: first.id, from: 0, limit: 9).count == 2)
            #expect(try await store.events(of: second.id, from: 0, limit: 9).count == 1)
            #expect(try await store.events(of: gone.run, from: 0, limit: 9).isEmpty)
            try await store.append([])
        },
        RunRule("a take-over removes the events of earlier attempts, and drops those that come late") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            try await store.append((0..<5).map { RunEventRecord(started.run, $0, "old") })
            let (run, _) = try await store.takeOver(
                started.run.id, observed: started.lease, holder: "holder-2", duration: .seconds(1), at: .at(9))
            #expect(try await store.events(of: run.id, from: 0, limit: 9).isEmpty)
            try await store.append([RunEventRecord(run, 0, "new")])
            try await store.append((0..<9).map { RunEventRecord(started.run, $0, "late") })
            #expect(try await store.events(of: run.id, from: 0, limit: 9) == [RunEventRecord(run, 0, "new")])
        },
        RunRule("events stay readable, and may still come, after the run has ended") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            try await store.append([RunEventRecord(started.run, 0)])
            try await store.finish(started)
            try await store.append([RunEventRecord(started.run, 1)])
            #expect(try await store.events(of: started.run.id, from: 0, limit: 9).map(\.number) == [0, 1])
        },
        RunRule("payloads of any bytes come back: none, zeros, 1 MB") { store in
            let run = try await store.start(NewRun(in: .fresh())).run
            let payloads: [[UInt8]] = [[], [0, 0], Array(repeating: 255, count: 1_000_000)]
            try await store.append(
                payloads.enumerated().map {
                    RunEventRecord(run: run.id, attempt: run.attempt, number: $0.offset, payload: $0.element)
                })
            let isEqual = try await store.events(of: run.id, from: 0, limit: 9).map(\.payload) == payloads
            #expect(isEqual)
        },
        RunRule("32 runs append at once and lose nothing") { store in
            let runs = try await concurrently(32) { _ in
                let run = try await store.start(NewRun(in: .fresh())).run
                for batch in 0..<5 {
                    try await store.append((0..<10).map { RunEventRecord(run, batch * 10 + $0) })
                }
                return run
            }
            for run in runs {
                let numbers = try await store.events(of: run.id, from: 0, limit: 100).map(\.number)
                #expect(numbers == Array(0..<50))
            }
        },
    ]
}
