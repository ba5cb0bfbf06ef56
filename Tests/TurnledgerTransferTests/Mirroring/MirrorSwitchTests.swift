// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerStore

@testable import TurnledgerTransfer

@Suite("A mirror that is switched", .timeLimit(.minutes(10)))
struct MirrorSwitchTests {
    @Test("goes on in the other store, with its runs, leases and idempotency keys; and comes back")
    func there() async throws {
        let pair = MirrorPair()
        let server = pair.server()
        try await server.setUp()
        try await server.running {
            try await converse(server, in: "t", turns: 2)
            let now = SystemWallClock().now()
            let run = NewRun(
                id: RunID("run_1"), thread: "busy", owner: "o", idempotencyKey: "k", input: [], holder: "h",
                createdAt: now)
            let lease = try #require(try await server.create(run).lease)
            _ = try await server.renew(lease)
            let result = try await server.switchRoles(actor: "test")
            #expect(result.isNew)
            #expect(result.roles == MirrorRoles(primary: .second, epoch: 2))
            #expect(try await server.switchRoles(to: .second, actor: "test").isNew == false)
            #expect(try await pair.second.thread("busy")?.lease?.beat == 1)
            #expect(try await server.create(run).isNew == false)
            _ = try await server.renew(lease)
            let fence = Fence(epoch: lease.epoch)
            try await server.finish(RunID("run_1"), as: .succeeded, failure: nil, at: now, fence: fence)
            try await converse(server, in: "t", turns: 1)
            #expect(try await pair.second.run(RunID("run_1"))?.status == .succeeded)
            #expect(try await server.switchRoles(to: .first, actor: "test").roles.epoch == 3)
            #expect(try await pair.first.run(RunID("run_1"))?.status == .succeeded)
            try await converse(server, in: "t", turns: 1)
            try await pair.settle()
        }
        try await pair.expectEqual()
        #expect(try await pair.first.list(CheckpointQuery(thread: "t")).collect().count == 8)
        #expect(try await server.auditRows(behind: 0, limit: 9).map(\.action) == ["switched", "switched"])
    }

    @Test("loses nothing and doubles nothing under two servers that write all the time")
    func busy() async throws {
        let pair = MirrorPair()
        let (one, other) = (pair.server(), pair.server())
        try await one.setUp()
        try await other.setUp()
        try await one.running {
            try await other.running {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            try await converse(
                                number % 2 == 0 ? one : other, in: ThreadID("t\(number)"), turns: 25, name: "\(number)")
                        }
                    }
                    group.addTask {
                        for round in 0..<6 {
                            let server = [one, other, pair.server()][round % 3]
                            _ = try await server.switchRoles(actor: "test")
                            try await Task.sleep(for: .milliseconds(5))
                        }
                    }
                    try await group.waitForAll()
                }
                try await pair.settle()
            }
        }
        try await pair.expectEqual()
        for number in 0..<8 {
            let thread = ThreadID("t\(number)")
            #expect(try await pair.first.list(CheckpointQuery(thread: thread)).collect().count == 50)
            let said = try await pair.first.latest(in: thread, namespace: .root)?
                .checkpoint.channelValues["messages"]?.decoded().array
            #expect(said?.count == 25)
        }
        #expect(try await pair.first.mirrorRecord()?.epoch == 7)
    }

    @Test("has one primary after a crash at any call, and goes on", arguments: [false, true])
    func crash(takingEffect: Bool) async throws {
        // Which of the two stores the process that switches loses, and with which of its calls.
        var reached = 0
        for side in MirrorSide.allCases {
            for position in 1...60 {
                let pair = MirrorPair()
                let server = pair.server(takeOver: .milliseconds(100))
                try await server.setUp()
                try await converse(server, in: "t", turns: 2)
                let (first, second) = (MirrorOutage(pair.first), MirrorOutage(pair.second))
                let dying = pair.server(first: first, second: second)
                let lost = side == .first ? first : second
                lost.die(at: position, takingEffect: takingEffect)
                // A process that is killed says nothing more to either store.
                let ended = Mutex(false)
                let switching = Task {
                    _ = try? await dying.switchRoles(actor: "test", catchUp: .milliseconds(300))
                    ended.withLock { $0 = true }
                }
                while !lost.isDead, !ended.withLock({ $0 }) { await Task.yield() }
                let died = lost.isDead
                (first.isAway, second.isAway) = (true, true)
                switching.cancel()
                if died { reached += 1 }
                try await server.running {
                    try await converse(server, in: "t", turns: 2)
                    try await pair.settle()
                }
                let records = [try await pair.first.mirrorRecord(), try await pair.second.mirrorRecord()]
                #expect(records.count { $0?.role == .primary } == 1, "\(side) \(position) \(records)")
                #expect(
                    try await server.latest(in: "t", namespace: .root)?.checkpoint.channelValues["messages"]?
                        .decoded().array?.count == 4, "\(side) \(position)")
                try await pair.expectEqual("\(side) \(position)")
                _ = await switching.value
                if !died { break }
            }
        }
        #expect(reached > 20)
    }

    @Test("is given up where the secondary is away, and nobody notices")
    func impossible() async throws {
        let pair = MirrorPair()
        let outage = MirrorOutage(pair.second)
        let server = pair.server(second: outage)
        try await server.setUp()
        try await converse(server, in: "t", turns: 1)
        outage.isAway = true
        await #expect(throws: StoreError.self) {
            _ = try await server.switchRoles(actor: "test", catchUp: .milliseconds(50))
        }
        try await converse(server, in: "t", turns: 1)
        #expect(try await pair.first.mirrorRecord()?.role == .primary)
    }

    @Test("is given up when whoever asked has gone")
    func cancelled() async throws {
        let pair = MirrorPair()
        let outage = MirrorOutage(pair.second)
        let server = pair.server(second: outage)
        try await server.setUp()
        try await converse(server, in: "t", turns: 1)
        outage.isAway = true
        let switching = Task { try await server.switchRoles(actor: "test") }
        switching.cancel()
        await #expect(throws: StoreError.self) { try await switching.value }
        #expect(try await pair.first.mirrorRecord()?.role == .primary)
    }

    @Test("tells servers that are configured the other way round")
    func opposite() async throws {
        let pair = MirrorPair()
        #expect(
            try await pair.first.replaceMirrorRecord(nil, with: MirrorRecord(role: .secondary, epoch: 0)))
        #expect(
            try await pair.second.replaceMirrorRecord(nil, with: MirrorRecord(role: .secondary, epoch: 0)))
        let error = await #expect(throws: StoreError.self) { try await pair.server().setUp() }
        #expect(error?.code == .invalid)
    }

    @Test("ends where nobody serves it; what was the secondary stays one until that is forgotten")
    func end() async throws {
        let pair = MirrorPair()
        let server = pair.server()
        try await server.setUp()
        try await server.running {
            try await converse(server, in: "t", turns: 1)
            _ = try await server.switchRoles(to: .second, actor: "test")
            while try await pair.first.mirrorRecord()?.holder == nil { try await Task.sleep(for: .milliseconds(2)) }
            let error = await #expect(throws: StoreError.self) {
                // Long enough for a server to raise its beat on a machine that has much to do.
                _ = try await pair.server(takeOver: .seconds(15)).end(forgettingSecondary: false)
            }
            #expect(error?.code == .conflict)
            try await pair.settle()
        }
        // One that was killed leaves its name, and one that is just going raises its beat some more.
        var record = try #require(try await pair.first.mirrorRecord())
        let going = Task {
            for _ in 0..<3 {
                let before = record
                record.holder = "killed"
                record.beat += 1
                #expect(try await pair.first.replaceMirrorRecord(before, with: record))
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let ending = pair.server(takeOver: .seconds(3))
        #expect(try await ending.end(forgettingSecondary: false) == 0)
        try await going.value
        #expect(try await pair.second.mirrorRecord() == nil)
        #expect(try await pair.first.mirrorRecord()?.role == .secondary)
        // No server begins anew on what is old.
        let refused = await #expect(throws: StoreError.self) { try await pair.server().setUp() }
        #expect(refused?.code == .invalid)
        let lost = await #expect(throws: StoreError.self) {
            _ = try await ending.end(forgettingSecondary: false)
        }
        #expect(lost?.code == .invalid)
        #expect(try await ending.end(forgettingSecondary: true) == 0)
        #expect(try await pair.first.mirrorRecord() == nil)
        try await pair.server().setUp()
        #expect(try await pair.first.mirrorRecord()?.role == .primary)
    }

    @Test("ends without a secondary that is gone for good, never without the primary")
    func lost() async throws {
        let pair = MirrorPair()
        let outage = MirrorOutage(pair.second)
        let server = pair.server(second: outage)
        try await server.setUp()
        try await converse(server, in: "t", turns: 1)
        outage.isAway = true
        let error = await #expect(throws: StoreError.self) { _ = try await server.end(forgettingSecondary: true) }
        #expect(error?.code == .unavailable)
        #expect(try await pair.first.mirrorRecord()?.role == .primary)
        #expect(try await server.end(forgettingSecondary: true, secondaryIsLost: true) > 0)
        #expect(try await pair.first.mirrorRecord() == nil)

        let other = MirrorPair()
        let away = MirrorOutage(other.first)
        try await other.server().setUp()
        away.isAway = true
        let refused = await #expect(throws: StoreError.self) {
            _ = try await other.server(first: away).end(forgettingSecondary: true, secondaryIsLost: true)
        }
        #expect(refused?.code == .invalid)
        #expect(try await other.second.mirrorRecord()?.role == .secondary)
    }
}
