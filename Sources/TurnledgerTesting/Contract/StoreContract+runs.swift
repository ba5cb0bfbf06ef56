// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let runRules: [RunRule] = [
        RunRule("a run is read back whole, by its ID and by its key") { store in
            let new = NewRun(in: .fresh(), key: "message 1", at: 5)
            let creation = try await store.create(new)
            #expect(creation.isNew)
            #expect(
                creation.run
                    == RunRecord(
                        id: new.id, thread: new.thread, status: .running, attempt: 1, input: new.input,
                        idempotencyKey: "message 1", createdAt: .at(5), updatedAt: .at(5)))
            #expect(try await store.run(new.id) == creation.run)
            #expect(try await store.run(in: new.thread, idempotencyKey: "message 1") == creation.run)
        },
        RunRule("a run that was never created is nothing, and cannot be ended or taken over") { (store) async throws in
            let id = RunID.fresh()
            #expect(try await store.run(id) == nil)
            #expect(try await store.run(in: .fresh(), idempotencyKey: "none") == nil)
            await expectFailure(.missing) {
                try await store.finish(id, as: .succeeded, failure: nil, at: .at(1), fence: Fence(epoch: 1))
            }
            await expectFailure(.missing) {
                _ = try await store.takeOver(id, observed: nil, holder: "h", duration: .seconds(1), at: .at(1))
            }
        },
        RunRule("a key gives the run that has it, unfinished or ended, and makes nothing new") { store in
            let thread = ThreadID.fresh()
            let started = try await store.start(NewRun(in: thread, key: "k"))
            let second = try await store.create(NewRun(in: thread, key: "k", holder: "holder-2"))
            #expect(second == RunCreation(run: started.run, lease: nil))
            try await store.finish(started)
            let third = try await store.create(NewRun(in: thread, key: "k"))
            #expect(!third.isNew)
            #expect(third.run.id == started.run.id)
            #expect(third.run.status == .succeeded)
            #expect(try await store.thread(thread)?.status == .idle)
        },
        RunRule("a key is unique in its thread only") { store in
            let runs = [
                try await store.create(NewRun(in: .fresh(), key: "k")),
                try await store.create(NewRun(in: .fresh(), key: "k")),
            ]
            #expect(runs.map(\.isNew) == [true, true])
        },
        RunRule("50 creations with one key at once make one run") { store in
            let thread = ThreadID.fresh()
            let creations = try await concurrently(50) { index in
                try await store.create(NewRun(in: thread, key: "k", holder: "holder-\(index)"))
            }
            #expect(creations.count { $0.isNew } == 1)
            #expect(Set(creations.map(\.run.id)).count == 1)
            #expect(try await store.unfinishedRuns(in: thread).count == 1)
        },
        RunRule("of 50 different runs created on one thread at once one is made, the others conflict") { store in
            let thread = ThreadID.fresh()
            let made = try await concurrently(50) { index -> Bool in
                do {
                    return try await store.create(NewRun(in: thread, key: "k\(index)")).isNew
                } catch let error as StoreError {
                    #expect(error.code == .conflict)
                    return false
                }
            }
            #expect(made.count { $0 } == 1)
            #expect(try await store.unfinishedRuns(in: thread).count == 1)
        },
        RunRule("a run created again by its ID is the one that exists") { store in
            let new = NewRun(in: .fresh())
            let first = try await store.create(new)
            #expect(try await store.create(new) == RunCreation(run: first.run, lease: nil))
            await expectFailure(.conflict) { _ = try await store.create(NewRun(in: .fresh(), id: new.id)) }
        },
        RunRule("a thread with an unfinished run takes no other until it has ended") { store in
            let thread = ThreadID.fresh()
            let started = try await store.start(NewRun(in: thread))
            await expectFailure(.conflict) { _ = try await store.create(NewRun(in: thread)) }
            try await store.finish(started)
            #expect(try await store.create(NewRun(in: thread)).isNew)
        },
        RunRule("another owner's thread is missing, whatever key is known") { store in
            let thread = ThreadID.fresh()
            let started = try await store.start(NewRun(in: thread, owner: "ada", key: "k"))
            for key in ["k", "other"] {
                await expectFailure(.missing) { _ = try await store.create(NewRun(in: thread, owner: "eve", key: key)) }
            }
            try await store.finish(started)
            await expectFailure(.missing) { _ = try await store.create(NewRun(in: thread, owner: "Ada")) }
            #expect(try await store.thread(thread)?.owner == "ada")
        },
        RunRule("ending a run sets its status, the thread's status and both times, and frees the thread") { store in
            let endings: [(RunRecord.Status, ThreadRecord.Status)] = [
                (.succeeded, .idle), (.failed, .error), (.cancelled, .idle), (.interrupted, .interrupted),
            ]
            for (status, threadStatus) in endings {
                let thread = ThreadID.fresh()
                let started = try await store.start(NewRun(in: thread, at: 5))
                try await store.finish(
                    started.run.id, as: status, failure: status == .failed ? "why" : nil, at: .at(9),
                    fence: started.fence)
                let run = try #require(try await store.run(started.run.id))
                #expect(run.status == status)
                #expect(run.failure == (status == .failed ? "why" : nil))
                #expect(run.createdAt == .at(5))
                #expect(run.updatedAt == .at(9))
                let record = try #require(try await store.thread(thread))
                #expect(record.status == threadStatus)
                #expect(record.updatedAt == .at(9))
                #expect(record.lease == nil)
                #expect(try await store.unfinishedRuns(in: thread).isEmpty)
            }
        },
        RunRule("a run that has ended stays as it is when it is ended again") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            try await store.finish(started, as: .succeeded, at: 10)
            try await store.finish(started, as: .failed, at: 20)
            let run = try #require(try await store.run(started.run.id))
            #expect(run.status == .succeeded)
            #expect(run.updatedAt == .at(10))
            #expect(try await store.thread(run.thread)?.status == .idle)
        },
        RunRule("a run cannot end as one that goes on") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            for status in [RunRecord.Status.running, .pending] {
                await expectFailure(.invalid) { try await store.finish(started, as: status) }
            }
        },
        RunRule("unfinished runs are listed oldest first with their leases, of one thread or of all") { store in
            var all: [StartedRun] = []
            for time in [30, 10, 20] { all.append(try await store.start(NewRun(in: .fresh(), at: Int64(time)))) }
            let ended = try await store.start(NewRun(in: .fresh(), at: 5))
            try await store.finish(ended)
            let mine = Set(all.map(\.run.id))
            let listed = try await store.unfinishedRuns(in: nil).filter { mine.contains($0.run.id) }
            let expected = [all[1], all[2], all[0]].map { UnfinishedRun(run: $0.run, lease: $0.lease) }
            #expect(listed == expected)
            #expect(try await store.unfinishedRuns(in: nil).allSatisfy { $0.run.id != ended.run.id })
            #expect(try await store.unfinishedRuns(in: all[0].run.thread) == [expected[2]])
            #expect(try await store.unfinishedRuns(in: ended.run.thread).isEmpty)
            for started in all { try await store.finish(started) }
        },
        RunRule("an input of 10 MB and one of nothing come back as they were") { store in
            for size in [0, 10_000_000] {
                var new = NewRun(in: .fresh())
                new.input = .pattern(size)
                _ = try await store.create(new)
                let isEqual = try await store.run(new.id)?.input == new.input
                #expect(isEqual)
            }
        },
        RunRule("NUL in a title or a reason fails no call") { store in
            let started = try await store.start(NewRun(in: .fresh(), title: "a\0b"))
            #expect(try await store.thread(started.run.thread)?.title == "a\u{FFFD}b")
            try await store.finish(started.run.id, as: .failed, failure: "c\0d", at: .at(2), fence: started.fence)
            #expect(try await store.run(started.run.id)?.failure == "c\u{FFFD}d")
        },
    ]

    static let waitingRules: [RunRule] = [
        RunRule(
            "a run that waits is pending behind the one that goes on, and is begun by a take-over when that has ended"
        ) {
            store in
            let thread = ThreadID.fresh()
            let started = try await store.start(NewRun(in: thread, at: 5))
            var new = NewRun(in: thread, key: "second", at: 6)
            new.waits = true
            let waiting = try await store.create(new)
            #expect(waiting.lease == nil)
            #expect(waiting.run.status == .pending)
            #expect(waiting.run.attempt == 0)
            #expect(try await store.create(new) == waiting)
            #expect(try await store.thread(thread)?.updatedAt == .at(6))
            #expect(try await store.thread(thread)?.lease == started.lease)
            #expect(try await store.unfinishedRuns(in: thread).map(\.run.id) == [started.run.id, new.id])
            func begin() async throws -> (run: RunRecord, lease: Lease) {
                try await store.takeOver(new.id, observed: nil, holder: "h", duration: .seconds(1), at: .at(8))
            }
            await expectFailure(.conflict) { _ = try await begin() }
            try await store.finish(started)
            let (run, lease) = try await begin()
            #expect(run.status == .running)
            #expect(run.attempt == 1)
            #expect(run.input == new.input)
            #expect(try await store.thread(thread)?.lease == lease)
            try await store.finish(StartedRun(run: run, lease: lease))
            #expect(try await store.run(in: thread, idempotencyKey: "second")?.status == .succeeded)
        },
        RunRule("a run that would wait begins at once where nothing goes on, and not in another owner's thread") {
            (store) async throws in
            let thread = ThreadID.fresh()
            var new = NewRun(in: thread, owner: "ada")
            new.waits = true
            #expect(try await store.create(new).isNew)
            var other = NewRun(in: thread, owner: "eve")
            other.waits = true
            await expectFailure(.missing) { _ = try await store.create(other) }
        },
        RunRule("runs that wait keep the order in which they came, whatever their servers' clocks say") { store in
            let thread = ThreadID.fresh()
            let started = try await store.start(NewRun(in: thread, at: 3600))
            var runs = [started.run]
            for seconds: Int64 in [3601, 2, 3602, 1, 1] {
                var new = NewRun(in: thread, at: seconds)
                new.waits = true
                runs.append(try await store.create(new).run)
                #expect(try await store.run(new.id) == runs.last)
            }
            #expect(try await store.unfinishedRuns(in: thread).map(\.run) == runs)
            try await store.finish(started)
            #expect(try await store.unfinishedRuns(in: thread).first?.run == runs[1])
        },
        RunRule("of 20 runs that wait at once all are pending but one") { store in
            let thread = ThreadID.fresh()
            let creations = try await concurrently(20) { index in
                var new = NewRun(in: thread, key: "k\(index)")
                new.waits = true
                return try await store.create(new)
            }
            #expect(creations.count { $0.isNew } == 1)
            #expect(creations.count { $0.run.status == .pending } == 19)
            #expect(try await store.unfinishedRuns(in: thread).count == 20)
        },
        RunRule("a running run that is to stop is marked and listed until it has ended, through take-overs") { store in
            let started = try await store.start(NewRun(in: .fresh()))
            #expect(try await !store.stopRequests().contains(started.run.id))
            let marked = try await store.requestStop(of: started.run.id, at: .at(7))
            #expect(marked.status == .running)
            #expect(marked.stopRequestedAt == .at(7))
            #expect(try await store.requestStop(of: started.run.id, at: .at(9)).stopRequestedAt == .at(7))
            #expect(try await store.stopRequests().contains(started.run.id))
            let (run, lease) = try await store.takeOver(
                started.run.id, observed: started.lease, holder: "h", duration: .seconds(1), at: .at(8))
            #expect(run.stopRequestedAt == .at(7))
            try await store.finish(StartedRun(run: run, lease: lease), as: .cancelled)
            #expect(try await !store.stopRequests().contains(started.run.id))
            #expect(try await store.run(started.run.id)?.stopRequestedAt == .at(7))
        },
        RunRule("a pending run that is to stop is cancelled; one that has ended stays as it is; none is missing") {
            store in
            let thread = ThreadID.fresh()
            let started = try await store.start(NewRun(in: thread))
            var new = NewRun(in: thread)
            new.waits = true
            _ = try await store.create(new)
            let cancelled = try await store.requestStop(of: new.id, at: .at(7))
            #expect(cancelled.status == .cancelled)
            #expect(cancelled.updatedAt == .at(7))
            #expect(try await store.unfinishedRuns(in: thread).map(\.run.id) == [started.run.id])
            try await store.finish(started)
            #expect(try await store.requestStop(of: started.run.id, at: .at(8)).stopRequestedAt == nil)
            await expectFailure(.missing) { _ = try await store.requestStop(of: .fresh(), at: .at(8)) }
        },
    ]

    static let runNamingRules: [RunRule] = [
        RunRule("threads, owners and keys that look alike are different") { store in
            let mark = ThreadID.fresh().rawValue
            for name in awkwardNames {
                let new = NewRun(
                    in: ThreadID("\(name)~\(mark)"), owner: name + mark, title: name, key: name, holder: name)
                #expect(try await store.create(new).isNew, "\(name)")
            }
            for name in awkwardNames {
                let page = try await store.threads(ThreadQuery(owner: name + mark))
                #expect(page.threads.map { ExactText($0.id.rawValue) } == [ExactText("\(name)~\(mark)")], "\(name)")
                #expect(page.threads.first?.title.map { ExactText($0) } == ExactText(name))
                #expect(page.threads.first?.lease.map { ExactText($0.holder) } == ExactText(name))
            }
            let thread = ThreadID.fresh()
            for name in awkwardNames {
                let started = try await store.start(NewRun(in: thread, key: name))
                try await store.finish(started)
            }
            for name in awkwardNames {
                let key = try await store.run(in: thread, idempotencyKey: name)?.idempotencyKey
                #expect(key.map { ExactText($0) } == ExactText(name), "\(name)")
            }
        },
        RunRule("labels take any text") { store in
            let labels = ["a\"b": "c'd", "\u{5927}": "\u{1F9EF}", "": "", "e.f[0]": "\\ \n \0"]
            let new = NewRun(in: .fresh(), labels: labels)
            _ = try await store.create(new)
            #expect(try await store.thread(new.thread)?.labels == labels)
            for (name, value) in labels {
                let found = try await store.allThreads(ThreadQuery(owner: "owner", labels: [name: value], limit: 500))
                #expect(found.contains { $0.id == new.thread }, "\(name)")
            }
        },
        RunRule("an empty or overlong thread ID, or one with a control character, is refused") { store in
            for text in ["", String(repeating: "a", count: 513), "a\nb", "a\0b"] {
                await expectFailure(.invalid) { _ = try await store.create(NewRun(in: ThreadID(text))) }
            }
        },
    ]
}
