// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Testing
import TurnledgerAgent
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerTransfer

@Suite("A store that spools", .timeLimit(.minutes(5)))
struct SpoolingTests {
    @Test("keeps the store contract while its database is there", arguments: StoreContract.all)
    func contract(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
        try await rule.verify(SpoolingServer(InMemoryStore(), []).store)
    }

    @Test("is what its primary is beside conversations, and nothing more")
    func capabilities() throws {
        let plain: any ConversationStore = try SpoolingServer(InMemoryStore(), []).store
        #expect(plain is any TurnJournalStore && plain is any DeltaHistoryStore)
        #expect(!(plain is any RetentionStore) && !(plain is any AuditStore) && !(plain is any TombstoneStore))
        #expect(!(plain is any ClauseStore) && !(plain is any ChoreStore) && !(plain is any CopyingStore))
        let full: any ConversationStore = SpoolingStore(
            InMemoryStore(), spool: InMemoryStore(), channels: [:], isOutage: { _ in false },
            probe: { () async throws(StoreError) in }, logger: .init(label: "test"))
        #expect(full is any RetentionStore && full is any AuditStore && full is any TombstoneStore)
        #expect(full is any ClauseStore && full is any ChoreStore && full is any CopyingStore)
        #expect(!(full is any ArchivingStore) && !(full is any BackupStore))
    }

    @Test(
        "goes on with known threads while the database is away, and takes everything back in order",
        arguments: ThreadStorage.Messages.allCases, RunHistory.allCases)
    func outage(_ form: ThreadStorage.Messages, _ history: RunHistory) async throws {
        let base = InMemoryStore()
        let server = try SpoolingServer(
            base, ["one", "two", "three", "four"].map { .text($0) },
            storage: ThreadStorage(messages: form, history: history))
        try await server.store.setUp()
        try await server.running {
            try await server.say("a", id: "u1")
            server.database.mode = .refusing
            #expect(try await server.say("b", id: "u2") == "two")
            #expect(server.store.condition.state == .degraded)
            #expect(server.store.isHistoryAvailable(of: "t"))
            #expect(try await server.say("c", id: "u3") == "three")
            #expect(try await server.service.texts() == ["a", "one", "b", "two", "c", "three"])
            // The database knows nothing of it.
            #expect(try await reader(of: base).texts() == ["a", "one"])
            server.database.mode = .there
            try await server.until(.connected)
            #expect(try await reader(of: base).texts() == ["a", "one", "b", "two", "c", "three"])
            #expect(try await server.spool.threads(ThreadQuery()).threads.isEmpty)
            #expect(try await server.spool.spooledThreads().isEmpty)
            try await server.say("d", id: "u4")
            #expect(try await reader(of: base).texts().suffix(2) == ["d", "four"])
            let runs = try await base.runs(of: "t")
            #expect(runs.map(\.status) == Array(repeating: .succeeded, count: 4))
            #expect(runs.map(\.idempotencyKey) == ["u1", "u2", "u3", "u4"])
            #expect(try await base.thread("t")?.lease == nil)
            let events = try await server.service.events(of: runs[1].id)
            #expect(events.last?.isLast == true)
        }
        #expect(server.store.condition.counters.mergedRuns == 2)
        #expect(server.store.condition.counters.outages == 1)
    }

    @Test("a turn that waits behind another server's is answered when the database is back")
    func waiting() async throws {
        let base = InMemoryStore()
        let gate = Gate()
        let first = try SpoolingServer(base, [.text("one").waiting(at: gate, beforeStep: 0)])
        let second = try SpoolingServer(base, [.text("two")])
        try await first.store.setUp()
        try await second.store.setUp()
        try await second.running {
            async let one = first.say("a", id: "u1")
            try await gate.reached()
            async let two = second.say("b", id: "u2")
            while try await base.unfinishedRuns(in: "t").count < 2 { try await Task.sleep(for: .milliseconds(2)) }
            second.database.mode = .refusing
            try await second.until(.degraded)
            gate.open()
            #expect(try await one == "one")
            #expect(second.store.condition.state == .degraded)
            second.database.mode = .there
            #expect(try await two == "two")
            try await second.until(.connected)
        }
        #expect(try await reader(of: base).texts() == ["a", "one", "b", "two"])
    }

    @Test("finishes an answer in the spool that was under way, and its lease stays until it is merged")
    func underWay() async throws {
        let base = InMemoryStore()
        let gate = Gate()
        let server = try SpoolingServer(
            base, [.text("early"), .text("one two three").waiting(at: gate, beforeStep: 1)])
        try await server.store.setUp()
        try await server.running {
            try await server.say("a", id: "u1")
            async let answer = server.say("b", id: "u2")
            try await gate.reached()
            let held = try #require(try await base.thread("t")?.lease)
            server.database.mode = .refusing
            gate.open()
            #expect(try await answer == "one two three")
            #expect(try await base.thread("t")?.lease == held)
            server.database.mode = .there
            try await server.until(.connected)
        }
        #expect(try await reader(of: base).texts() == ["a", "early", "b", "one two three"])
        #expect(try await base.thread("t")?.lease == nil)
        #expect(try await base.unfinishedRuns(in: nil).isEmpty)
    }

    @Test("does not wait for a database that hangs, and takes calls that it was given late for what they are")
    func hanging() async throws {
        let base = InMemoryStore()
        let server = try SpoolingServer(base, [.text("one"), .text("two"), .text("three")])
        try await server.store.setUp()
        let gate = Gate()
        try await server.running {
            try await server.say("a", id: "u1")
            server.database.mode = .hanging(gate)
            #expect(try await server.say("b", id: "u2") == "two")
            #expect(server.store.condition.counters.abandonedCalls > 0)
            // The call that was given up takes effect now: the run is in both.
            gate.open()
            server.database.mode = .there
            try await server.until(.connected)
            try await server.say("c", id: "u3")
        }
        #expect(try await reader(of: base).texts() == ["a", "one", "b", "two", "c", "three"])
        #expect(try await base.runs(of: "t").map(\.status) == [.succeeded, .succeeded, .succeeded])
    }

    @Test("takes a call for done once whose reply was lost")
    func lostReplies() async throws {
        let base = InMemoryStore()
        let server = try SpoolingServer(base, [.text("one"), .text("two")])
        try await server.store.setUp()
        try await server.running {
            try await server.say("a", id: "u1")
            server.database.mode = .losingReplies
            #expect(try await server.say("b", id: "u2") == "two")
            server.database.mode = .there
            try await server.until(.connected)
        }
        #expect(try await reader(of: base).texts() == ["a", "one", "b", "two"])
        #expect(try await base.runs(of: "t").count == 2)
    }

    @Test("begins threads that it does not know, and says that what was said earlier is not at hand")
    func unknown() async throws {
        let base = InMemoryStore()
        let other = try SpoolingServer(base, [.text("one")])
        try await other.say("a", id: "u1")
        let server = try SpoolingServer(base, [.text("two"), .text("three")])
        server.database.mode = .refusing
        try await server.store.setUp()
        #expect(server.store.condition.state == .degraded)
        let error = await #expect(throws: AgentError.self) { try await server.service.messages(of: "t") }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("not available until it is back") == true)
        try await server.say("b", id: "u2")
        try await server.say("new", id: "u1", in: "n")
        #expect(!server.store.isHistoryAvailable(of: "t"))
        #expect(try await server.service.texts() == ["b", "two"])
        server.database.mode = .there
        try await server.running { try await server.until(.connected) }
        #expect(server.store.isHistoryAvailable(of: "t"))
        #expect(try await reader(of: base).texts() == ["a", "one", "b", "two"])
        #expect(try await reader(of: base).texts(in: "n") == ["new", "three"])
    }

    @Test("of two servers that spooled turns of one thread, both turns end up in one line", arguments: [true, false])
    func twoServers(_ isKnown: Bool) async throws {
        let base = InMemoryStore()
        let first = try SpoolingServer(base, ["zero", "one", "two"].map { .text($0) })
        let second = try SpoolingServer(base, [.text("three"), .text("four")])
        try await first.say("a", id: "u0")
        if isKnown {
            #expect(try await second.service.texts().count == 2)
            _ = try await second.store.thread("t")
        }
        for server in [first, second] { server.database.mode = .refusing }
        try await first.say("b", id: "u1")
        try await second.say("d", id: "u3")
        try await first.say("c", id: "u2")
        try await second.say("e", id: "u4")
        for server in [first, second] {
            server.database.mode = .there
            try await server.running { try await server.until(.connected) }
        }
        #expect(
            try await reader(of: base).texts()
                == ["a", "zero", "b", "one", "c", "two", "d", "three", "e", "four"])
        #expect(try await base.runs(of: "t").count == 5)
        // One line: every checkpoint but the first has a parent that is there, and no two have the same.
        let line = try await base.list(CheckpointQuery(thread: "t", namespace: .root)).collect().map(\.checkpoint)
        #expect(Set(line.compactMap(\.parent)).count == line.count - 1)
    }

    @Test("does not wait for a run that goes on at another server")
    func elsewhere() async throws {
        let base = InMemoryStore()
        let gate = Gate()
        let first = try SpoolingServer(base, [.text("zero"), .text("one two").waiting(at: gate, beforeStep: 1)])
        let second = try SpoolingServer(base, [.text("three")])
        try await first.say("a", id: "u0")
        #expect(try await second.service.texts().count == 2)
        async let answer = first.say("b", id: "u1")
        try await gate.reached()
        // A client repeats at the second server what the first one is answering, and goes on.
        let turn = Turn(thread: "t", owner: "o", message: .human("b", id: "u1"))
        let repeated = try await second.service.begin(turn)
        for server in [first, second] { server.database.mode = .refusing }
        #expect(try await second.say("c", id: "u2") == "three")
        await #expect(throws: (any Error).self) { for try await _ in repeated {} }
        gate.open()
        #expect(try await answer == "one two")
        for server in [first, second] {
            server.database.mode = .there
            try await server.running { try await server.until(.connected) }
        }
        #expect(try await reader(of: base).texts() == ["a", "zero", "b", "one two", "c", "three"])
        #expect(try await base.runs(of: "t").map(\.status) == [.succeeded, .succeeded, .succeeded])
        #expect(try await base.thread("t")?.lease == nil)
    }

    @Test("makes a call again while connections break one after another, and the database answers")
    func brokenConnections() async throws {
        let base = InMemoryStore()
        let server = try SpoolingServer(base, [.text("one")])
        try await server.store.setUp()
        server.database.mode = .breaking(calls: 4)
        #expect(try await server.say("a", id: "u1") == "one")
        #expect(server.store.condition.counters.outages == 0)
        #expect(try await reader(of: base).texts() == ["a", "one"])
    }

    @Test("of two servers that answered the same turn, the second answer lies on a branch, with a note")
    func sameTurn() async throws {
        let base = InMemoryStore()
        let first = try SpoolingServer(base, [.text("zero"), .text("one")])
        let second = try SpoolingServer(base, [.text("another")])
        try await first.say("a", id: "u0")
        _ = try await second.service.texts()
        _ = try await second.store.thread("t")
        for server in [first, second] { server.database.mode = .refusing }
        // The client repeats its request at another server.
        try await first.say("b", id: "u1")
        try await second.say("b", id: "u1")
        for server in [first, second] {
            server.database.mode = .there
            try await server.running { try await server.until(.connected) }
        }
        #expect(try await reader(of: base).texts() == ["a", "zero", "b", "one"])
        #expect(second.store.condition.counters.branches == 1)
        let head = try #require(try await base.latest(in: "t", namespace: .root)).checkpoint
        let tip = try #require(head.metadata.json["turnledger_branch"]?.string)
        #expect(head.metadata.json["turnledger_note"]?.string == SpoolMergePlan.note)
        let branch = try #require(
            try await base.checkpoint(CheckpointReference(thread: "t", id: CheckpointID(tip)))
        ).checkpoint
        let texts = try #require(branch.channelValues["messages"]).decoded().array?.compactMap { Message($0)?.text }
        #expect(texts == ["a", "zero", "b", "another"])
    }

    @Test(
        "puts the turns behind one that two servers answered into the line", arguments: ThreadStorage.Messages.allCases)
    func turnsBehindTheSame(_ form: ThreadStorage.Messages) async throws {
        let base = InMemoryStore()
        let storage = ThreadStorage(messages: form)
        let first = try SpoolingServer(base, ["zero", "one", "two", "five"].map { .text($0) }, storage: storage)
        let second = try SpoolingServer(base, ["another", "three", "four"].map { .text($0) }, storage: storage)
        try await first.say("a", id: "u0")
        _ = try await second.service.texts()
        _ = try await second.store.thread("t")
        for server in [first, second] { server.database.mode = .refusing }
        try await first.say("b", id: "u1")
        try await first.say("c", id: "u2")
        try await second.say("b", id: "u1")
        try await second.say("d", id: "u3")
        try await second.say("e", id: "u4")
        for server in [first, second] {
            server.database.mode = .there
            try await server.running { try await server.until(.connected) }
        }
        let line = ["a", "zero", "b", "one", "c", "two", "d", "three", "e", "four"]
        #expect(try await reader(of: base).texts() == line)
        #expect(second.store.condition.counters.branches == 1)
        let head = try #require(try await base.latest(in: "t", namespace: .root)).checkpoint
        let tip = CheckpointID(try #require(head.metadata.json["turnledger_branch"]?.string))
        let branch = try #require(try await base.checkpoint(CheckpointReference(thread: "t", id: tip))).checkpoint
        if form == .plain {
            let texts = try #require(branch.channelValues["messages"]).decoded().array?.compactMap { Message($0)?.text }
            #expect(texts == ["a", "zero", "b", "another", "d", "three", "e", "four"])
        }
        try await first.say("f", id: "u5")
        #expect(try await reader(of: base).texts() == line + ["f", "five"])
    }

    @Test("never puts turns into another owner's thread")
    func foreign() async throws {
        let base = InMemoryStore()
        let other = try SpoolingServer(base, [.text("secret")])
        try await other.say("mine", id: "u1", owner: "victim")
        let server = try SpoolingServer(base, [.text("two")])
        server.database.mode = .refusing
        try await server.store.setUp()
        try await server.say("hello", id: "u9", owner: "intruder")
        server.database.mode = .there
        try await server.running { try await server.until(.connected) }
        #expect(try await reader(of: base).texts() == ["mine", "secret"])
        let own = try await base.threads(ThreadQuery(owner: "intruder")).threads
        #expect(own.count == 1)
        #expect(try await reader(of: base).texts(in: try #require(own.first?.id)) == ["hello", "two"])
    }

    @Test("lists what the spool and the server know while the database is away")
    func listing() async throws {
        let base = InMemoryStore()
        let server = try SpoolingServer(base, ["one", "two"].map { .text($0) })
        try await server.say("a", id: "u1", in: "known")
        _ = try await server.store.thread("known")
        server.database.mode = .refusing
        try await server.say("b", id: "u2", in: "new")
        let page = try await server.store.threads(ThreadQuery(owner: "o", limit: 1))
        #expect(page.threads.map(\.id) == ["new"])
        let rest = try await server.store.threads(ThreadQuery(owner: "o", cursor: page.next, limit: 5))
        #expect(rest.threads.map(\.id) == ["known"] && rest.next == nil)
        #expect(try await server.store.threads(ThreadQuery(owner: "else")).threads.isEmpty)
    }
}
