// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

extension StoreContract {
    static let threadRules: [RunRule] = [
        RunRule("a thread without a run has no record") { (store) async throws in
            #expect(try await store.thread(.fresh()) == nil)
        },
        RunRule("a thread's first run makes its record: owner, labels, title, times, lease") { store in
            let id = ThreadID.fresh()
            let started = try await store.start(
                NewRun(in: id, owner: "ada", labels: ["team": "red"], title: "Doors", at: 5))
            #expect(
                try await store.thread(id)
                    == ThreadRecord(
                        id: id, title: "Doors", owner: "ada", labels: ["team": "red"], status: .busy,
                        createdAt: .at(5), updatedAt: .at(5), head: nil, lease: started.lease))
        },
        RunRule("a later run keeps owner, labels and title, and sets a title where there is none") { store in
            let id = ThreadID.fresh()
            try await store.finish(try await store.start(NewRun(in: id, labels: ["a": "1"], at: 5)), at: 6)
            try await store.finish(
                try await store.start(NewRun(in: id, labels: ["b": "2"], title: "First", at: 7)), at: 8)
            try await store.finish(try await store.start(NewRun(in: id, title: "Second", at: 9)), at: 10)
            let record = try #require(try await store.thread(id))
            #expect(record.title == "First")
            #expect(record.labels == ["a": "1"])
            #expect(record.createdAt == .at(5))
            #expect(record.updatedAt == .at(10))
            #expect(record.status == .idle)
            #expect(record.lease == nil)
        },
        RunRule("a change of title or labels leaves the rest, and raises the time") { store in
            let id = ThreadID.fresh()
            let started = try await store.start(NewRun(in: id, labels: ["a": "1"], title: "Old", at: 5))
            let titled = try await store.update(id, ThreadChanges(title: "New"), at: .at(6))
            #expect(titled.title == "New")
            #expect(titled.labels == ["a": "1"])
            #expect(titled.updatedAt == .at(6))
            #expect(titled.lease == started.lease)
            let labelled = try await store.update(id, ThreadChanges(labels: ["b": "2"]), at: .at(7))
            #expect(labelled.title == "New")
            #expect(labelled.labels == ["b": "2"])
            #expect(try await store.thread(id) == labelled)
        },
        RunRule("a change of status alone is no activity") { store in
            let id = ThreadID.fresh()
            try await store.finish(try await store.start(NewRun(in: id, at: 5)), at: 6)
            let record = try await store.update(id, ThreadChanges(status: .error), at: .at(9))
            #expect(record.status == .error)
            #expect(record.updatedAt == .at(6))
        },
        RunRule("a thread that does not exist cannot be changed") { store in
            await expectFailure(.missing) { try await store.update(.fresh(), ThreadChanges(title: "x"), at: .at(1)) }
        },
        RunRule("threads are listed by owner, the last active first, of equal times the greater ID") { store in
            let owner = ThreadID.fresh("owner").rawValue
            let times: [(String, Int64)] = [("b", 5), ("a", 5), ("\u{1F9EF}", 5), ("\u{FF5E}", 5), ("c", 3), ("d", 9)]
            for (name, time) in times {
                _ = try await store.create(NewRun(in: ThreadID("\(name)-\(owner)"), owner: owner, at: time))
            }
            _ = try await store.create(NewRun(in: .fresh(), owner: owner.uppercased(), at: 7))
            let listed = try await store.threads(ThreadQuery(owner: owner))
            #expect(
                listed.threads.map(\.id.rawValue)
                    == ["d", "\u{1F9EF}", "\u{FF5E}", "b", "a", "c"].map { "\($0)-\(owner)" })
            #expect(listed.next == nil)
        },
        RunRule("pages of threads hold each once and end without a next") { store in
            let owner = ThreadID.fresh("owner").rawValue
            for index in 0..<45 {
                _ = try await store.create(NewRun(in: .fresh(), owner: owner, at: 100 + Int64(index / 4)))
            }
            let whole = try await store.threads(ThreadQuery(owner: owner, limit: 1000)).threads
            #expect(whole.count == 45)
            for limit in [1, 7, 15, 44, 45, 46] {
                #expect(try await store.allThreads(ThreadQuery(owner: owner, limit: limit)) == whole)
            }
            #expect(try await store.threads(ThreadQuery(owner: owner, limit: 45)).next == nil)
            #expect(try await store.threads(ThreadQuery(owner: owner, limit: 44)).next != nil)
            #expect(try await store.threads(ThreadQuery(owner: owner, limit: 0)).threads.isEmpty)
        },
        RunRule("threads that become active between two pages disturb none of the others") { store in
            let owner = ThreadID.fresh("owner").rawValue
            for index in 0..<20 { _ = try await store.create(NewRun(in: .fresh(), owner: owner, at: Int64(index))) }
            let whole = try await store.threads(ThreadQuery(owner: owner, limit: 100)).threads.map(\.id)
            let first = try await store.threads(ThreadQuery(owner: owner, limit: 10))
            _ = try await store.create(NewRun(in: .fresh(), owner: owner, at: 500))
            _ = try await store.update(whole[3], ThreadChanges(title: "x"), at: .at(501))
            let rest = try await store.allThreads(ThreadQuery(owner: owner, cursor: first.next, limit: 3))
            #expect(first.threads.map(\.id) + rest.map(\.id) == whole)
        },
        RunRule("a cursor that no page gave out, or a negative limit, is refused") { store in
            await expectFailure(.invalid) { _ = try await store.threads(ThreadQuery(cursor: "rubbish")) }
            await expectFailure(.invalid) { _ = try await store.threads(ThreadQuery(limit: -1)) }
        },
        RunRule("threads are found by text in the title, letters without case, nothing taken for a pattern") { store in
            let owner = ThreadID.fresh("owner").rawValue
            let titles = [
                "Evacuation DOORS", "100% sure", "a_b", "\u{C9}tudes", "\u{758F}\u{6563}\u{95E8}\u{5BBD}\u{5EA6}", nil,
            ]
            for title in titles { _ = try await store.create(NewRun(in: .fresh(), owner: owner, title: title)) }
            let searches: [(String, [String])] = [
                ("doors", ["Evacuation DOORS"]), ("ation d", ["Evacuation DOORS"]), ("%", ["100% sure"]),
                ("_", ["a_b"]),
                ("\u{E9}tudes", ["\u{C9}tudes"]), ("\u{95E8}\u{5BBD}", ["\u{758F}\u{6563}\u{95E8}\u{5BBD}\u{5EA6}"]),
                ("nothing", []), ("*", []), ("' OR 1=1 --", []),
            ]
            for (text, expected) in searches {
                let found = try await store.threads(ThreadQuery(owner: owner, text: text)).threads
                #expect(found.compactMap(\.title) == expected, "\(text)")
            }
            #expect(try await store.threads(ThreadQuery(owner: owner, text: "")).threads.count == titles.count)
        },
        RunRule("threads are found by labels, all of which must be equal") { store in
            let owner = ThreadID.fresh("owner").rawValue
            let both = ThreadID.fresh()
            _ = try await store.create(NewRun(in: both, owner: owner, labels: ["a": "1", "b": "%\"'"]))
            _ = try await store.create(NewRun(in: .fresh(), owner: owner, labels: ["a": "1"]))
            func found(_ labels: [String: String]) async throws -> [ThreadID] {
                try await store.threads(ThreadQuery(owner: owner, labels: labels)).threads.map(\.id)
            }
            #expect(try await found(["a": "1"]).count == 2)
            #expect(try await found(["a": "1", "b": "%\"'"]) == [both])
            #expect(try await found(["a": "2"]).isEmpty)
            #expect(try await found(["c": "1"]).isEmpty)
        },
        RunRule("pages of a search hold every match") { store in
            let owner = ThreadID.fresh("owner").rawValue
            for index in 0..<30 {
                let title = index.isMultiple(of: 3) ? "Fizz" : "Other"
                _ = try await store.create(NewRun(in: .fresh(), owner: owner, title: title, at: Int64(index)))
            }
            #expect(try await store.allThreads(ThreadQuery(owner: owner, text: "fizz", limit: 3)).count == 10)
        },
        RunRule("a listing of all owners holds everybody's threads") { store in
            let mark = ThreadID.fresh().rawValue
            for owner in ["ada", "bob"] {
                _ = try await store.create(NewRun(in: .fresh(), owner: owner, labels: ["mark": mark]))
            }
            let owners = try await store.allThreads(ThreadQuery(labels: ["mark": mark])).map(\.owner)
            #expect(owners.sorted() == ["ada", "bob"])
        },
    ]
}
