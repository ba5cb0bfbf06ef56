// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    /// Threads of every kind that a policy tells apart, and what must become of them.
    struct RetentionScene {
        /// Idle for this long before `now`, in days.
        static let now = Timestamp.at(1_900_000_000)

        var deleted: Set<ThreadID> = []
        var shortened: Set<ThreadID> = []
        var kept: Set<ThreadID> = []
        var policy = RetentionPolicy(
            standard: .days(7),
            rules: [
                .init(labels: ["team": "legal"], term: .forever),
                .init(labels: ["tier": "free", "team": "north"], term: .days(1)),
                .init(labels: ["tier": "long"], term: .days(30, .keepLatest(2))),
            ])

        static func daysAgo(_ days: Double) -> Int64 { now.microseconds / 1_000_000 - Int64(days * 86_400) }

        /// Makes a thread with a record, three checkpoints and a write on each.
        private func make(
            _ id: ThreadID, daysAgo: Double, labels: [String: String] = [:], as status: RunRecord.Status = .succeeded,
            in store: any RetainingStore
        ) async throws {
            let seconds = Self.daysAgo(daysAgo)
            let started = try await store.start(NewRun(in: id, labels: labels, at: seconds))
            var thread = ContractThread(id)
            for turn in Int64(0)..<3 {
                let put = try await thread.put(["messages": [.integer(turn)]], to: store, fence: started.fence)
                try await store.putWrites(TaskWrites(on: put.reference, [("a", 1)]), fence: started.fence)
            }
            try await store.finish(started, as: status, at: seconds)
        }

        init(in store: any RetainingStore) async throws {
            try await make("old", daysAgo: 8, in: store)
            try await make("on-the-day", daysAgo: 7, in: store)
            deleted = ["old", "on-the-day"]
            try await make("recent", daysAgo: 6.9, in: store)
            try await make("legal", daysAgo: 900, labels: ["team": "legal", "tier": "free"], in: store)
            try await make("free-north", daysAgo: 2, labels: ["team": "north", "tier": "free"], in: store)
            try await make("free-south", daysAgo: 2, labels: ["team": "south", "tier": "free"], in: store)
            try await make("long", daysAgo: 29, labels: ["tier": "long"], in: store)
            try await make("longer", daysAgo: 31, labels: ["tier": "long"], in: store)
            try await make("pinned", daysAgo: 900, in: store)
            try await make("held", daysAgo: 900, in: store)
            try await make("own-short", daysAgo: 2, in: store)
            try await make("own-forever", daysAgo: 900, in: store)
            try await make("waiting", daysAgo: 900, as: .interrupted, in: store)
            try await make("active", daysAgo: 900, in: store)
            _ = try await store.start(NewRun(in: "active", at: Self.daysAgo(800)))
            deleted.formUnion(["free-north", "own-short"])
            shortened = ["longer"]
            kept = [
                "recent", "legal", "free-south", "long", "pinned", "held", "own-forever", "waiting", "active",
            ]
            try await store.setRetention(ThreadRetention(isPinned: true), of: "pinned", at: .at(1))
            try await store.setRetention(ThreadRetention(hold: "case"), of: "held", at: .at(1))
            try await store.setRetention(ThreadRetention(term: .days(1)), of: "own-short", at: .at(1))
            try await store.setRetention(ThreadRetention(term: .forever), of: "own-forever", at: .at(1))
            // What other programs wrote has no record: its age is that of its checkpoints, of January 2026.
            for id in ["python-old", "python-asks", "python-pinned"] as [ThreadID] {
                var thread = ContractThread(id)
                let put = try await thread.put(["messages": ["a"]], to: store)
                if id == "python-asks" {
                    try await store.putWrites(TaskWrites(on: put.reference, [("__interrupt__", ["?"])]), fence: nil)
                }
            }
            try await store.setRetention(ThreadRetention(isPinned: true), of: "python-pinned", at: .at(1))
            let late = ContractThread("python-writes-only").peek()
            try await store.putWrites(TaskWrites(on: late, [("a", 1)]), fence: nil)
            deleted.formUnion(["python-old", "python-writes-only"])
            kept.formUnion(["python-asks", "python-pinned"])
        }

        var all: Set<ThreadID> { deleted.union(shortened).union(kept) }
    }

    static let sweepRules: [RetentionRule] = [
        RetentionRule("a sweep removes exactly what the policy says, as much as its plan said, and once") { store in
            let scene = try await RetentionScene(in: store)
            var before: [ThreadID: [StoredCheckpoint]] = [:]
            for id in scene.kept { before[id] = try await store.all(.init(thread: id)) }
            for batch in [3, 100] {
                let sweep = RetentionSweep(store, policy: scene.policy, pace: .init(batch: batch, share: 1))
                let plan = try await sweep.plan(at: RetentionScene.now)
                #expect(plan.deleted == scene.deleted.count && plan.shortened == scene.shortened.count || batch == 100)
                #expect(
                    try await store.threads(in: scene)
                        == (batch == 3 ? scene.all : scene.all.subtracting(scene.deleted)))
                let run = try await sweep.run(at: RetentionScene.now)
                #expect(run.removed == plan.removed)
                #expect(run.deleted == plan.deleted && run.shortened == plan.shortened && run.stays == plan.stays)
                #expect(run.ages == plan.ages)
            }
            #expect(try await store.threads(in: scene) == scene.kept.union(scene.shortened))
            for id in scene.kept { #expect(try await store.all(.init(thread: id)) == before[id], "\(id)") }
            for id in scene.shortened { #expect(try await store.ids(.init(thread: id)).count == 2) }
            for id in scene.deleted {
                #expect(try await store.tombstone(of: id)?.reason == .retention)
                #expect(try await store.all(.init(thread: id)) == [])
            }
        },
        RetentionRule("a sweep that broke off is finished by the next") { store in
            let scene = try await RetentionScene(in: store)
            let sweep = RetentionSweep(store, policy: scene.policy, pace: .init(batch: 1, share: 1))
            let plan = try await sweep.plan(at: RetentionScene.now)
            var sum = RemovedRows()
            var isOver = false
            var sweeps = 0
            while !isOver {
                var pages = 0
                sweeps += 1
                let limit = sweeps * 4
                let report = try await sweep.run(at: RetentionScene.now) { (_, _) in
                    pages += 1
                    return pages < limit
                }
                sum += report.removed
                isOver = pages < limit
            }
            #expect(sweeps > 2)
            #expect(sum == plan.removed)
            #expect(try await store.threads(in: scene) == scene.kept.union(scene.shortened))
        },
        RetentionRule("two sweeps at once remove everything once") { store in
            let scene = try await RetentionScene(in: store)
            let sweep = RetentionSweep(store, policy: scene.policy, pace: .init(batch: 2, share: 1))
            let plan = try await sweep.plan(at: RetentionScene.now)
            let reports = try await concurrently(3) { _ in try await sweep.run(at: RetentionScene.now) }
            var sum = RemovedRows()
            for report in reports { sum += report.removed }
            #expect(sum == plan.removed)
            #expect(try await store.threads(in: scene) == scene.kept.union(scene.shortened))
        },
        RetentionRule("a waiting thread goes when the policy gives it a term, an active one never") { store in
            let scene = try await RetentionScene(in: store)
            var policy = scene.policy
            policy.waiting = .seconds(30 * 86_400)
            let report = try await RetentionSweep(store, policy: policy, pace: .init(share: 1))
                .run(at: RetentionScene.now)
            #expect(report.stays[.waiting] == nil)
            #expect(report.stays[.active] == 1)
            let left = scene.kept.union(scene.shortened).subtracting(["waiting", "python-asks"])
            #expect(try await store.threads(in: scene) == left)
        },
        RetentionRule("threads go to an archive before they go, and stay where it does not have them") { store in
            let scene = try await RetentionScene(in: store)
            let archiver = RecordingArchiver(refusing: "old", store: store)
            let policy = RetentionPolicy(standard: .days(7, .archive))
            let sweep = RetentionSweep(store, policy: policy, archiver: archiver, pace: .init(batch: 4, share: 1))
            let plan = try await sweep.plan(at: RetentionScene.now)
            let report = try await sweep.run(at: RetentionScene.now)
            #expect(report.archived == plan.archived - 1)
            #expect(report.failed == 1)
            let archived = await archiver.archived
            #expect(archived.count == report.archived)
            for id in archived { #expect(try await store.tombstone(of: id)?.reason == .archived) }
            #expect(try await store.ids(.init(thread: "old")).count == 3)
        },
        RetentionRule("what goes by shortening keeps the value of a delta channel") { store in
            var thread = SnapshotlessThread("delta")
            for turn in Int64(0)..<6 { try await thread.put(.integer(turn), to: store) }
            let policy = RetentionPolicy(standard: .days(7, .keepLatest(1)))
            let expected = try await thread.value(in: store)
            for reducers in [[:], ["items": SnapshotlessThread.reducer]] as [DeltaReducers] {
                let sweep = RetentionSweep(store, policy: policy, reducers: reducers, pace: .init(share: 1))
                let plan = try await sweep.plan(at: RetentionScene.now)
                let run = try await sweep.run(at: RetentionScene.now)
                #expect(run.removed == plan.removed)
                #expect(try await thread.value(in: store) == expected)
            }
            #expect(try await store.ids(.init(thread: "delta")).count == 1)
        },
    ]

    // MARK: Tombstones

    static let tombstoneRules: [RetentionRule] = [
        RetentionRule("a late write to a deleted thread is refused, guarded or not, and leaves nothing") { store in
            let started = try await store.start(NewRun(in: "late", at: 5))
            var thread = ContractThread("late")
            let put = try await thread.put(["messages": ["a"]], to: store, fence: started.fence)
            try await store.bury("late", as: .deleted, at: .at(9))
            let next = thread.next(["messages": ["b"]])
            let writes = TaskWrites(on: put.reference, [("a", 1)])
            await expectFailure(.deleted, "put") {
                try await store.put(next.checkpoint, newVersions: next.newVersions, fence: nil)
            }
            await expectFailure(.deleted, "putWrites") { try await store.putWrites(writes, fence: nil) }
            await expectFailure(.deleted, "commit") {
                try await store.commit(Commit(writes: [writes], checkpoints: [next]), fence: nil)
            }
            await expectFailure(.conflict, "guarded") {
                try await store.commit(Commit(writes: [writes], checkpoints: [next]), fence: started.fence)
            }
            #expect(try await store.all(.init(thread: "late")) == [])
            #expect(try await store.threadFacts(behind: nil, limit: 9, measuring: false) == [])
            #expect(try await store.revivedThreads(limit: 9) == [])
        },
        RetentionRule("a run, a copy or a restore begins a deleted thread anew") { store in
            var source = ContractThread("source")
            try await source.put(["messages": ["a"]], to: store)
            for number in 0..<3 {
                let id = ThreadID("anew-\(number)")
                #expect(try await store.bury(id, as: .deleted, at: .at(9)) == RemovedRows())
                switch number {
                case 0: try await store.finish(try await store.start(NewRun(in: id)))
                case 1:
                    guard let copying = store as? any CopyingStore else { continue }
                    try await copying.copy("source", to: id, at: .at(10))
                default: try await store.removeTombstone(of: id)
                }
                #expect(try await store.tombstone(of: id) == nil)
                var thread = ContractThread(id)
                let put = try await thread.put(["messages": ["b"]], to: store)
                #expect(try await store.checkpoint(put.reference) != nil)
            }
        },
        RetentionRule("old tombstones are forgotten") { store in
            try await store.bury("first", as: .erased, at: .at(10))
            try await store.bury("second", as: .erased, at: .at(20))
            #expect(try await store.forgetTombstones(before: .at(15)) == 1)
            #expect(try await store.tombstone(of: "first") == nil)
            #expect(try await store.tombstone(of: "second")?.deletedAt == .at(20))
        },
    ]

    // MARK: Chores

    static let choreRules: [RetentionRule] = [
        RetentionRule("a chore is done by one holder at a time, who leaves a note") { store in
            #expect(try await store.chore("sweep") == nil)
            let first = try #require(
                try await store.takeChore("sweep", holder: "a", observed: nil, duration: .seconds(5), at: .at(1)))
            #expect(
                try await store.takeChore("sweep", holder: "b", observed: nil, duration: .seconds(5), at: .at(2)) == nil
            )
            let renewed = try #require(try await store.renewChore(first, at: .at(3)))
            #expect(renewed.beat == first.beat + 1 && renewed.updatedAt == .at(3))
            try await store.finishChore(renewed, note: "{\"done\":1}", at: .at(4))
            let done = try #require(try await store.chore("sweep"))
            #expect(done.holder == nil && done.note == "{\"done\":1}" && done.duration == .seconds(5))
            let second = try #require(
                try await store.takeChore("sweep", holder: "b", observed: nil, duration: .seconds(5), at: .at(5)))
            #expect(second.epoch == first.epoch + 1)
            #expect(second.note == "{\"done\":1}")
        },
        RetentionRule("a chore passes to who has watched it stand still, and its old holder finds out") { store in
            let first = try #require(
                try await store.takeChore("sweep", holder: "a", observed: nil, duration: .seconds(5), at: .at(1)))
            let watched = try #require(try await store.chore("sweep"))
            let renewed = try #require(try await store.renewChore(first, at: .at(2)))
            #expect(
                try await store.takeChore("sweep", holder: "b", observed: watched, duration: .seconds(5), at: .at(3))
                    == nil)
            let again = try #require(try await store.chore("sweep"))
            let second = try await store.takeChore(
                "sweep", holder: "b", observed: again, duration: .seconds(5), at: .at(3))
            #expect(second?.holder == "b")
            #expect(try await store.renewChore(renewed, at: .at(4)) == nil)
            try await store.finishChore(renewed, note: "late", at: .at(4))
            #expect(try await store.chore("sweep")?.holder == "b")
        },
    ]
}

/// Archives threads by remembering them, all but one.
private actor RecordingArchiver: RetentionSweep.Archiver {
    let refused: ThreadID
    let store: any CheckpointStore
    private(set) var archived: Set<ThreadID> = []

    init(refusing refused: ThreadID, store: any CheckpointStore) {
        self.refused = refused
        self.store = store
    }

    func archive(_ threads: [ThreadID]) async throws(StoreError) -> Set<ThreadID> {
        let safe = Set(threads).subtracting([refused])
        archived.formUnion(safe)
        return safe
    }
}

/// A thread whose channel `items` is a delta channel without snapshots: only its writes hold it.
private struct SnapshotlessThread {
    let id: ThreadID
    private var thread: ContractThread
    private var last: Checkpoint?
    private var count: Int64 = 0

    static let reducer: DeltaReducer = { (value, writes) throws(StoreError) in
        .array((value?.array ?? []) + writes)
    }

    init(_ id: ThreadID) {
        self.id = id
        thread = ContractThread(id)
    }

    mutating func put(_ item: PayloadValue, to store: any CheckpointStore) async throws {
        if let last { try await store.putWrites(TaskWrites(on: last.reference, [("items", item)]), fence: nil) }
        count += 1
        var new = thread.next(
            [:], metadata: ["counters_since_delta_snapshot": ["items": [.integer(count), .integer(count)]]])
        let version = ChannelVersion.next(after: new.checkpoint.channelVersions.values.max())
        new.checkpoint.channelVersions["items"] = version
        new.newVersions["items"] = version
        try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
        last = new.checkpoint
    }

    /// The channel's value in the newest checkpoint: its snapshot, or its writes.
    func value(in store: any CheckpointStore) async throws -> PayloadValue {
        let head = try #require(try await store.latest(in: id, namespace: .root))
        if let stored = try head.checkpoint.channelValues["items"]?.decoded() {
            guard let ext = stored.ext else { return stored }
            return try ext.content()
        }
        let histories = try #require(store as? any DeltaHistoryStore)
        let history = try await histories.deltaHistory(of: ["items"], upTo: head.checkpoint.reference)
        return try (history["items"] ?? DeltaHistory()).value(Self.reducer)
    }
}

extension ContractThread {
    /// Where the next checkpoint would lie.
    fileprivate func peek() -> CheckpointReference {
        var copy = self
        return copy.next().checkpoint.reference
    }
}

extension RetentionStore {
    /// The threads of a scene that there still are.
    fileprivate func threads(in scene: StoreContract.RetentionScene) async throws -> Set<ThreadID> {
        let found = try await threadFacts(behind: nil, limit: 1000, measuring: false)
        return Set(found.map(\.thread)).intersection(scene.all)
    }
}
