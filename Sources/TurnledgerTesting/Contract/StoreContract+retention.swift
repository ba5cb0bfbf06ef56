// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
public import TurnledgerStore

extension StoreContract {
    /// A store of conversations that keeps them for a term.
    public typealias RetainingStore = ConversationStore & RetentionStore & TombstoneStore & ChoreStore
    typealias RetentionRule = Rule<any RetainingStore>

    /// Promises of every store that keeps conversations for a term. Each needs a store of its own: sweeps go through all
    /// of it.
    public static let retention: [Rule<any RetainingStore>] =
        factRules + retireRules + sweepRules + tombstoneRules + choreRules

    // MARK: Facts

    private static let factRules: [RetentionRule] = [
        RetentionRule("every thread is listed once, page by page, those without a record among them") { store in
            var expected: Set<ThreadID> = []
            for number in 0..<7 {
                let id = ThreadID("page-\(number)")
                if number % 2 == 0 { try await store.finish(try await store.start(NewRun(in: id, at: 5))) }
                if number % 3 == 0 {
                    var thread = ContractThread(id)
                    try await thread.put(["messages": ["a"]], to: store)
                }
                if number % 2 == 0 || number % 3 == 0 { expected.insert(id) }
            }
            for limit in [1, 2, 3, 100] {
                var seen: [ThreadID] = []
                while true {
                    let page = try await store.threadFacts(behind: seen.last, limit: limit, measuring: false)
                    seen += page.map(\.thread)
                    if page.count < limit { break }
                }
                #expect(seen.count == expected.count && Set(seen) == expected, "pages of \(limit)")
            }
        },
        RetentionRule("a thread's size is what its removal removes, and its bytes count when they are asked for") {
            store in
            let id = ThreadID("size")
            for namespace in [Namespace.root, "child:1"] {
                var thread = ContractThread(id, namespace: namespace)
                for turn in Int64(0)..<3 {
                    let put = try await thread.put(["messages": [.integer(turn)], "turn": 1], to: store)
                    try await store.putWrites(TaskWrites(on: put.reference, [("a", 1), ("b", 2)]), fence: nil)
                }
            }
            let facts = try #require(try await store.facts(of: id, measuring: true))
            #expect(facts.size == RemovedRows(threads: 1, checkpoints: 6, blobs: 6, writes: 12))
            #expect(facts.bytes > 0)
            #expect(try await store.facts(of: id)?.bytes == 0)
            #expect(
                try await store.retire(facts, as: .retention, sparingWaiting: true, at: .at(9)) == facts.size)
        },
        RetentionRule("the last activity is the later of the record's time and the newest checkpoint's") { store in
            let ids: [ThreadID] = ["a", "b", "c"]
            let checkpoint = Timestamp.at(1_767_225_600)
            for (number, id) in ids.enumerated() {
                if number > 0 {
                    let started = try await store.start(NewRun(in: id, at: number == 1 ? 5 : 2_000_000_000))
                    try await store.finish(started, at: number == 1 ? 6 : 2_000_000_001)
                }
                var thread = ContractThread(id)
                try await thread.put(["messages": ["a"]], to: store)
            }
            #expect(try await store.facts(of: "a")?.lastActivity == checkpoint)
            #expect(try await store.facts(of: "b")?.lastActivity == checkpoint)
            #expect(try await store.facts(of: "c")?.lastActivity == .at(2_000_000_001))
        },
        RetentionRule("where an ID has no time the checkpoint's own counts, and where that is none nothing does") {
            store in
            let times: [(String, Timestamp?)] = [
                ("2026-03-04T05:06:07.000008+00:00", Timestamp(microseconds: 1_772_600_767_000_008)),
                ("2026-03-04T05:06:07+02:00", .at(1_772_593_567)), ("2026-03-04T05:06:07Z", .at(1_772_600_767)),
                ("yesterday", nil), ("", nil), ("2026-13-04T05:06:07+00:00", nil),
            ]
            for (number, (text, expected)) in times.enumerated() {
                let id = ThreadID("ts-\(number)")
                let checkpoint = Checkpoint(
                    thread: id, id: CheckpointID("not-a-uuid"), timestamp: text,
                    metadata: CheckpointMetadata(source: .loop, step: 0))
                try await store.put(checkpoint, newVersions: [:], fence: nil)
                let facts = try await store.facts(of: id)
                #expect(facts?.lastActivity == expected, "\(text)")
            }
        },
        RetentionRule("a thread is active while one of its runs is, and waits while its newest checkpoint asks") {
            store in
            let id = ThreadID("busy")
            let started = try await store.start(NewRun(in: id, at: 5))
            #expect(try await store.facts(of: id)?.isActive == true)
            try await store.finish(started, as: .interrupted)
            let waits = try #require(try await store.facts(of: id))
            #expect(!waits.isActive && waits.isWaiting)
            var python = ContractThread("python")
            let asks = try await python.put(["messages": ["a"]], to: store)
            let ask = TaskWrites(on: asks.reference, [("__interrupt__", ["ok?"])])
            try await store.putWrites(ask, fence: nil)
            #expect(try await store.facts(of: "python")?.isWaiting == true)
            try await python.put(["messages": ["b"]], to: store)
            #expect(try await store.facts(of: "python")?.isWaiting == false)
        },
        RetentionRule("what was said about a thread comes back, and is taken back") { store in
            let said = ThreadRetention(
                isPinned: true, hold: "case 4711", term: .days(30, .keepLatest(5)))
            try await store.setRetention(said, of: "said", at: .at(1))
            #expect(try await store.retention(of: "said") == said)
            #expect(try await store.retention(of: "never") == ThreadRetention())
            #expect(try await store.retentions() == ["said": said])
            var thread = ContractThread("said")
            try await thread.put(["messages": ["a"]], to: store)
            #expect(try await store.facts(of: "said")?.retention == said)
            let forever = ThreadRetention(term: .forever)
            try await store.setRetention(forever, of: "said", at: .at(2))
            #expect(try await store.retention(of: "said") == forever)
            try await store.setRetention(ThreadRetention(), of: "said", at: .at(3))
            #expect(try await store.retentions() == [:])
            await #expect(throws: StoreError.self) {
                try await store.setRetention(ThreadRetention(hold: ""), of: "said", at: .at(3))
            }
        },
    ]

    // MARK: Removal

    private static let retireRules: [RetentionRule] = [
        RetentionRule("a thread that was written, held, pinned or begun since it was looked at stays whole") { store in
            for change in 0..<5 {
                let id = ThreadID("changed-\(change)")
                var thread = ContractThread(id)
                let put = try await thread.put(["messages": ["a"]], to: store)
                let seen = try #require(try await store.facts(of: id))
                switch change {
                case 0: try await thread.put(["messages": ["b"]], to: store)
                case 1: try await store.setRetention(ThreadRetention(isPinned: true), of: id, at: .at(1))
                case 2: try await store.setRetention(ThreadRetention(hold: "h"), of: id, at: .at(1))
                case 3: _ = try await store.start(NewRun(in: id))
                default:
                    let ask = TaskWrites(on: put.reference, [("__interrupt__", ["ok?"])])
                    try await store.putWrites(ask, fence: nil)
                }
                let before = try await store.all(.init(thread: id))
                #expect(
                    try await store.retire(seen, as: .retention, sparingWaiting: true, at: .at(2)) == nil,
                    "\(change)")
                #expect(
                    try await store.shorten(
                        seen, keepingLatest: 1, reducers: [:], sparingWaiting: true, isRehearsal: false) == nil)
                #expect(try await store.all(.init(thread: id)) == before)
                #expect(try await store.tombstone(of: id) == nil)
            }
        },
        RetentionRule("a retired thread is gone with its record, its runs, its events and what was said of it") {
            store in
            let started = try await store.start(NewRun(in: "gone", at: 5))
            try await store.append([RunEventRecord(started.run, 0)])
            var thread = ContractThread("gone")
            try await thread.put(["messages": ["a"]], to: store, fence: started.fence)
            try await store.setRetention(ThreadRetention(term: .days(1)), of: "gone", at: .at(1))
            try await store.finish(started)
            let seen = try #require(try await store.facts(of: "gone"))
            let removed = try await store.retire(seen, as: .archived, sparingWaiting: true, at: .at(77))
            #expect(removed == RemovedRows(threads: 1, checkpoints: 1, blobs: 1, writes: 0))
            #expect(try await store.thread("gone") == nil)
            #expect(try await store.run(started.run.id) == nil)
            #expect(try await store.events(of: started.run.id, from: 0, limit: 9) == [])
            #expect(try await store.retention(of: "gone") == ThreadRetention())
            #expect(
                try await store.tombstone(of: "gone")
                    == Tombstone(thread: "gone", reason: .archived, deletedAt: .at(77)))
            #expect(try await store.threadFacts(behind: nil, limit: 9, measuring: false) == [])
        },
        RetentionRule("a rehearsal of shortening says what it would remove, and removes nothing") { store in
            var thread = ContractThread("short")
            for turn in Int64(0)..<5 {
                let put = try await thread.put(["messages": [.integer(turn)]], to: store)
                try await store.putWrites(TaskWrites(on: put.reference, [("a", 1)]), fence: nil)
            }
            let seen = try #require(try await store.facts(of: "short"))
            let before = try await store.all(.init(thread: "short"))
            let expected = RemovedRows(checkpoints: 3, blobs: 3, writes: 3)
            for isRehearsal in [true, false] {
                #expect(
                    try await store.shorten(
                        seen, keepingLatest: 2, reducers: [:], sparingWaiting: true, isRehearsal: isRehearsal)
                        == expected)
                if isRehearsal { #expect(try await store.all(.init(thread: "short")) == before) }
            }
            #expect(try await store.ids(.init(thread: "short")).count == 2)
        },
    ]
}

extension RetentionStore {
    /// What there is to know of one thread.
    func facts(of thread: ThreadID, measuring: Bool = false) async throws -> ThreadFacts? {
        try await threadFacts(behind: nil, limit: 1000, measuring: measuring).first { $0.thread == thread }
    }
}
