// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
public import TurnledgerStore

extension StoreContract {
    /// Promises of every store that can forget the events of runs that have ended. Each needs a store of its own.
    public static let logPruning: [Rule<any ConversationStore & RunLogPruning>] = [
        Rule("pruning removes the events of runs that ended before a time, and of no other") { store in
            let old = try await store.start(NewRun(in: .fresh(), key: "key", at: 10))
            let young = try await store.start(NewRun(in: .fresh(), at: 10))
            let running = try await store.start(NewRun(in: .fresh(), at: 10))
            for started in [old, young, running] {
                try await store.append([RunEventRecord(started.run, 0), RunEventRecord(started.run, 1)])
            }
            try await store.finish(old, at: 20)
            try await store.finish(young, as: .failed, at: 30)
            #expect(try await store.pruneLogs(endedBefore: .at(20), limit: 10) == 0)
            #expect(try await store.pruneLogs(endedBefore: .at(21), limit: 10) == 1)
            #expect(try await store.pruneLogs(endedBefore: .at(21), limit: 10) == 0)
            #expect(try await store.events(of: old.run.id, from: 0, limit: 10).isEmpty)
            #expect(try await store.events(of: young.run.id, from: 0, limit: 10).count == 2)
            #expect(try await store.events(of: running.run.id, from: 0, limit: 10).count == 2)
            #expect(try await store.run(in: old.run.thread, idempotencyKey: "key")?.status == .succeeded)
        },
        Rule("pruning takes no more runs at once than it is told, and all of them in the end") { store in
            var runs: [RunID] = []
            for number in 0..<7 {
                let started = try await store.start(NewRun(in: .fresh(), at: 10))
                // One in between has no events.
                if number != 3 {
                    runs.append(started.run.id)
                    try await store.append((0..<3).map { RunEventRecord(started.run, $0) })
                }
                try await store.finish(started, as: number == 5 ? .cancelled : .interrupted, at: 20)
            }
            var counts: [Int] = []
            repeat {
                counts.append(try await store.pruneLogs(endedBefore: .at(100), limit: 4))
            } while counts.last == 4
            #expect(counts == [4, 2])
            for run in runs { #expect(try await store.events(of: run, from: 0, limit: 10).isEmpty) }
        },
    ]
}
