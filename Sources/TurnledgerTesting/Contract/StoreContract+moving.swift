// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
public import TurnledgerStore

extension StoreContract {
    /// A store to which threads can be moved.
    public typealias MovingConversationStore = RecordMovingStore & CheckpointStore

    /// Promises of every `RecordMovingStore`.
    public static let moving: [Rule<any MovingConversationStore>] = [
        Rule("a record is taken with all that it says, and its runs with their keys") { store in
            let moved = MovedThread()
            for _ in 0..<2 { try await store.take(moved.record, runs: moved.runs) }
            let record = try #require(try await store.thread(moved.record.id))
            #expect(record.owner == "owner" && record.title == "Title" && record.labels == ["a": "b", "ä": ""])
            #expect(record.status == .interrupted && record.lease == nil)
            #expect((record.createdAt, record.updatedAt) == (.at(100), .at(200)))
            #expect(try await store.runs(of: record.id) == moved.runs)
            // The same message again is the same run.
            let again = NewRun(in: record.id, owner: "owner", key: "key-1", at: 300)
            let creation = try await store.create(again)
            #expect(creation.run.id == moved.runs[1].id && !creation.isNew)
            let owned = try await store.allThreads(ThreadQuery(owner: "owner", limit: 200))
            #expect(owned.contains { $0.id == record.id })
            // And the thread goes on as any other.
            try await store.finish(try await store.start(NewRun(in: record.id, at: 301)), at: 302)
            #expect(try await store.thread(record.id)?.status == .idle)
        },
        Rule("of two records of a thread the later one counts") { store in
            var moved = MovedThread()
            try await store.take(moved.record, runs: [])
            (moved.record.title, moved.record.labels, moved.record.updatedAt) = ("New", ["c": "d"], .at(250))
            try await store.take(moved.record, runs: moved.runs)
            (moved.record.title, moved.record.labels, moved.record.updatedAt) = ("Old", [:], .at(240))
            try await store.take(moved.record, runs: moved.runs)
            let record = try #require(try await store.thread(moved.record.id))
            #expect(record.title == "New" && record.labels == ["c": "d"] && record.updatedAt == .at(250))
            #expect(try await store.runs(of: record.id).count == 2)
        },
        Rule("a run that had not ended ends when it is taken again") { store in
            var moved = MovedThread()
            (moved.runs[1].status, moved.record.status) = (.running, .busy)
            try await store.take(moved.record, runs: moved.runs)
            #expect(try await store.unfinishedRuns(in: moved.record.id).map(\.run.id) == [moved.runs[1].id])
            #expect(try await store.unfinishedRuns(in: moved.record.id).first?.lease == nil)
            moved.runs[1].status = .failed
            moved.runs[1].failure = "why"
            (moved.record.status, moved.record.updatedAt) = (.error, .at(260))
            try await store.take(moved.record, runs: moved.runs)
            #expect(try await store.unfinishedRuns(in: moved.record.id).isEmpty)
            #expect(try await store.run(moved.runs[1].id)?.failure == "why")
            #expect(try await store.thread(moved.record.id)?.status == .error)
        },
        Rule("a thread that is held, or another owner's, takes nothing") { store in
            let moved = MovedThread()
            let held = try await store.start(NewRun(in: moved.record.id, owner: "owner", at: 50))
            await expectFailure(.conflict) { try await store.take(moved.record, runs: moved.runs) }
            try await store.finish(held, at: 51)
            var foreign = moved.record
            foreign.owner = "else"
            await expectFailure(.missing) { try await store.take(foreign, runs: moved.runs) }
            #expect(try await store.runs(of: moved.record.id).map(\.id) == [held.run.id])
        },
    ]

    /// A store that takes whole threads.
    public typealias LoadingStore = BulkLoadingStore & TombstoneStore

    /// Promises of every `BulkLoadingStore`.
    public static let loading: [Rule<any LoadingStore>] = [
        Rule("threads are loaded as commits store them") { store in
            var commits: [Commit] = []
            for _ in 0..<3 {
                var thread = ContractThread()
                var commit = Commit()
                for number in 0..<4 {
                    commit.checkpoints.append(
                        thread.next(["messages": ["a", .integer(Int64(number))], "text": "ä\u{1F680}"]))
                }
                let place = commit.checkpoints[3].checkpoint.reference
                commit.writes = [
                    TaskWrites(
                        checkpoint: place, taskID: TaskID("task"), taskPath: "~path",
                        writes: [.init("note", Payload(["x"])), .init("__interrupt__", Payload(["y"]))])
                ]
                commits.append(commit)
            }
            #expect(try await store.load(commits) == Set(commits.map { $0.checkpoints[0].checkpoint.thread }))
            for commit in commits {
                let id = commit.checkpoints[0].checkpoint.thread
                let loaded = try await store.all(CheckpointQuery(thread: id))
                #expect(loaded.map(\.checkpoint) == commit.checkpoints.reversed().map(\.checkpoint))
                #expect(loaded[0].pendingWrites.map(\.index) == [-3, 0])
                #expect(loaded[0].pendingWrites.map(\.taskPath) == ["~path", "~path"])
            }
            // What is there is left out.
            #expect(try await store.load(commits).isEmpty)
        },
        Rule("of threads that exist or were deleted nothing is loaded, of the others all") { store in
            var (there, gone, new) = (ContractThread(), ContractThread(), ContractThread())
            try await there.put(["messages": ["a"]], to: store)
            try await store.bury(gone.id, as: .deleted, at: .at(1))
            let commits = [
                Commit(checkpoints: [there.next(["messages": ["b"]])]),
                Commit(checkpoints: [gone.next(["messages": ["b"]])]),
                Commit(checkpoints: [new.next(["messages": ["b"]])]),
            ]
            #expect(try await store.load(commits) == [new.id])
            #expect(try await store.all(CheckpointQuery(thread: there.id)).count == 1)
            #expect(try await store.all(CheckpointQuery(thread: gone.id)).isEmpty)
        },
        Rule("what cannot be stored keeps nothing else from being loaded") { store in
            var (wrong, right) = (ContractThread(), ContractThread())
            let commits = [
                Commit(checkpoints: [wrong.next(["with \\": "a"])]), Commit(checkpoints: [right.next(["a": ["b"]])]),
            ]
            let loaded = try await store.load(commits)
            #expect(loaded == [right.id])
        },
        Rule("a value of 50 MB is loaded") { store in
            var thread = ContractThread()
            let text = String(repeating: "ä", count: 25 << 20)
            let commit = Commit(checkpoints: [thread.next(["text": [.string(text)]])])
            let loaded = try await store.load([commit])
            #expect(loaded == [thread.id])
            let head = try #require(try await store.latest(in: thread.id, namespace: .root))
            #expect(head.checkpoint.channelValues["text"] == Payload([.string(text)]))
        },
    ]
}

/// A thread as another store has it.
private struct MovedThread {
    var record: ThreadRecord
    var runs: [RunRecord]

    init() {
        let id = ThreadID.fresh()
        record = ThreadRecord(
            id: id, title: "Title", owner: "owner", labels: ["a": "b", "ä": ""], status: .interrupted,
            createdAt: .at(100), updatedAt: .at(200))
        runs = [
            Self.run(0, in: id, .succeeded), Self.run(1, in: id, .interrupted),
        ]
    }

    private static func run(_ number: Int64, in thread: ThreadID, _ status: RunRecord.Status) -> RunRecord {
        RunRecord(
            id: .fresh(), thread: thread, status: status, attempt: 2, input: [0, 255, UInt8(number)],
            idempotencyKey: "key-\(number)", createdAt: .at(110 + number), updatedAt: .at(150 + number))
    }
}
