// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import TurnledgerPostgres

@Suite("Faults between the client and PostgreSQL", .enabled(if: LivePostgres.isThere))
struct PostgresFaultTests {
    private func named(_ name: String) throws -> [String: String] {
        var parameters = try LivePostgres.parameters()
        parameters["application_name"] = name
        return parameters
    }

    private func through(_ proxy: FaultProxy, _ name: String = "turnledger") throws -> [String: String] {
        var parameters = try named(name)
        parameters["host"] = "127.0.0.1"
        parameters["port"] = "\(proxy.port)"
        return parameters
    }

    private var port: Int { get throws { Int(try LivePostgres.parameters()["port"] ?? "") ?? 0 } }

    @Test("a cancelled caller leaves at once, and the server stops too", arguments: Waiting.all)
    func cancellation(waiting: Waiting) async throws {
        let name = LivePostgres.uniqueName()
        try await LivePostgres.withClient(named(name), waiting: waiting) { client in
            let call = Task { try await client.execute(.text("SELECT pg_sleep(60)"), isCancellable: true) }
            _ = try await ServerView.processAsleep(application: name)
            call.cancel()
            let error = await #expect(throws: PostgresError.self) { try await call.value }
            #expect(error?.kind == .cancelled)
            try await ServerView.untilGone(application: name, onlyActive: true)
            try await client.expectAnswer()
        }
    }

    @Test("a call that is not cancellable ends, whatever happens to its caller")
    func notCancellable() async throws {
        try await LivePostgres.withTable { table in
            try await LivePostgres.withClient { client in
                let call = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await client.execute(.save(table, id: "a", value: "1"))
                }
                let rows = try await call.value
                #expect(rows.affected == 1)
            }
        }
    }

    @Test("a caller that is cancelled while it waits for a connection leaves the line")
    func cancelledInLine() async throws {
        let name = LivePostgres.uniqueName()
        try await LivePostgres.withClient(named(name)) {
            $0.maximumConnections = 1
        } _: { client in
            let busy = Task { try await client.execute(.text("SELECT pg_sleep(60)"), isCancellable: true) }
            _ = try await ServerView.processAsleep(application: name)
            let waiting = Task { try await client.execute(.text("SELECT 1"), isCancellable: true) }
            waiting.cancel()
            let error = await #expect(throws: PostgresError.self) { try await waiting.value }
            #expect(error?.kind == .cancelled)
            #expect(await client.statistics().waiting == 0)
            busy.cancel()
            _ = try? await busy.value
        }
    }

    @Test("the deadline of a statement is the client's own, and reaches the server")
    func deadline() async throws {
        let name = LivePostgres.uniqueName()
        try await LivePostgres.withClient(named(name)) { client in
            try await client.expectAnswer()
            let error = await #expect(throws: PostgresError.self) {
                try await client.execute(.text("SELECT pg_sleep(60)"), deadline: .milliseconds(200))
            }
            #expect(error?.kind == .deadline)
            try await ServerView.untilGone(application: name, onlyActive: true)
        }
    }

    @Test("a stopped server process hangs nobody", arguments: Waiting.all)
    func stopped(waiting: Waiting) async throws {
        try await LivePostgres.withClient(waiting: waiting) { client in
            let process = try await ServerView.process(of: client)
            kill(process, SIGSTOP)
            defer { kill(process, SIGCONT) }
            let error = await #expect(throws: PostgresError.self) {
                try await client.execute(.text("SELECT 1"), deadline: .milliseconds(200))
            }
            #expect(error?.kind == .deadline)
            // The next call has another connection.
            try await client.expectAnswer(deadline: .seconds(20))
        }
    }

    @Test("a full pool refuses after the waiting deadline, and at once beyond the waiting limit")
    func fullPool() async throws {
        let name = LivePostgres.uniqueName()
        try await LivePostgres.withClient(named(name)) {
            $0.maximumConnections = 1
            $0.waitingDeadline = .seconds(1)
            $0.waitingLimit = 1
        } _: { client in
            let busy = Task { try await client.execute(.text("SELECT pg_sleep(60)"), isCancellable: true) }
            _ = try await ServerView.processAsleep(application: name)
            let messages = await withTaskGroup(of: String.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do {
                            _ = try await client.execute(.text("SELECT 1"))
                            return "served"
                        } catch let error as PostgresError {
                            return error.kind == .poolExhausted ? error.message : "\(error)"
                        } catch {
                            return "\(error)"
                        }
                    }
                }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(messages == ["Too many calls wait for a connection.", "No connection became free in time."])
            busy.cancel()
            _ = try? await busy.value
            try await client.expectAnswer(deadline: .seconds(20))
        }
    }

    @Test("a connection that the server ended while it was idle is replaced unnoticed")
    func endedWhileIdle() async throws {
        try await LivePostgres.withClient { client in
            for _ in 0..<5 {
                try await ServerView.terminate(ServerView.process(of: client))
                try await client.expectAnswer(isRepeatable: true)
            }
        }
    }

    @Test("a connection that was idle for long is checked before it is used")
    func staleConnection() async throws {
        try await FaultProxy.use(upstream: port) { proxy in
            try await LivePostgres.withClient(through(proxy)) {
                $0.idleTime = .milliseconds(1)
                $0.minimumConnections = 1
            } _: { client in
                let first = try await ServerView.process(of: client)
                // The network swallows what is sent on the connection that is there; a new one works.
                proxy.stallNext()
                try await Task.sleep(for: .milliseconds(2))
                let second = try await ServerView.process(of: client)
                #expect(first != second)
            }
        }
    }

    @Test("a call that a connection swallows is made again on another, where it may be; any other keeps its time")
    func silentConnection() async throws {
        try await FaultProxy.use(upstream: port) { proxy in
            try await LivePostgres.withClient(through(proxy)) {
                $0.patience = .milliseconds(200)
                $0.minimumConnections = 1
            } _: { client in
                let first = try await ServerView.process(of: client)
                // The connection that is there is never heard of again; a new one works.
                proxy.stallNext()
                let rows = try await client.execute(.text("SELECT pg_backend_pid()"), isRepeatable: true)
                #expect(try rows[0].integer(0) != Int64(first))
                proxy.obey { _ in .stall }
                let error = await #expect(throws: PostgresError.self) {
                    try await client.execute(.text("SELECT 1"), deadline: .milliseconds(600))
                }
                #expect(error?.kind == .deadline)
            }
        }
    }

    @Test("a server that swallows the login is given up at the connect deadline")
    func silentServer() async throws {
        try await FaultProxy.use(upstream: port) { proxy in
            proxy.obey { _ in .stall }
            try await LivePostgres.withClient(through(proxy)) {
                $0.connectDeadline = .milliseconds(300)
            } _: { client in
                let error = await #expect(throws: PostgresError.self) { try await client.execute(.text("SELECT 1")) }
                #expect(error?.kind == .connect)
            }
        }
    }

    @Test("a silent server takes only its share of the time: the next one is tried")
    func silentFirstServer() async throws {
        let port = try port
        try await FaultProxy.use(upstream: port) { proxy in
            proxy.obey { _ in .stall }
            var parameters = try through(proxy)
            parameters["host"] = "127.0.0.1,127.0.0.1"
            parameters["port"] = "\(proxy.port),\(port)"
            try await LivePostgres.withClient(parameters) {
                $0.connectDeadline = .seconds(8)
            } _: { client in
                try await client.expectAnswer()
            }
        }
    }

    /// Cuts the connection before message `n` of its life, for every `n` until a save passes untouched.
    @Test(
        "cut at every message boundary: a repeatable save is stored once, any other is asked for, not guessed",
        arguments: [true, false])
    func cutEverywhere(isRepeatable: Bool) async throws {
        let name = LivePostgres.uniqueName()
        try await LivePostgres.withTable { table in
            try await FaultProxy.use(upstream: port) { proxy in
                var cuts = 0
                while true {
                    let hasCut = Mutex(false)
                    let boundary = cuts
                    proxy.obey { message in
                        guard message.number == boundary else { return .forward }
                        return hasCut.withLock { hasCut in
                            defer { hasCut = true }
                            return hasCut ? .forward : .cut
                        }
                    }
                    let id = "cut \(boundary)"
                    let outcome = try await LivePostgres.withClient(through(proxy, name)) { client in
                        do {
                            let rows = try await client.execute(
                                [.save(table, id: id, value: "x"), .text("SELECT 1")], isRepeatable: isRepeatable)
                            #expect(rows.count == 2)
                            return true
                        } catch let error as PostgresError {
                            #expect(error.kind == .connect || error.kind == .connectionLost, "\(error)")
                            return false
                        }
                    }
                    let stored = try await LivePostgres.withClient { client in
                        try await client.execute(.text("SELECT 1 FROM \(table) WHERE id = $1", .text(id))).count
                    }
                    if outcome { #expect(stored == 1, "What was acknowledged is there.") }
                    #expect(stored <= 1)
                    guard hasCut.withLock({ $0 }) else { break }
                    cuts += 1
                }
                // The start-up alone has more than ten messages.
                #expect(cuts > 15)
            }
        }
        try await ServerView.untilGone(application: name)
    }

    @Test("a connection that breaks in the middle of a repeatable save: the save is sent again")
    func sentAgain() async throws {
        try await LivePostgres.withTable { table in
            try await FaultProxy.use(upstream: port) { proxy in
                try await LivePostgres.withClient(through(proxy)) { client in
                    _ = try await client.execute(.text("SELECT 1"))
                    let hasCut = Mutex(false)
                    // The answer to the commit is lost: nobody knows whether it took place.
                    proxy.obey { message in
                        guard message.side == .server, message.type == UInt8(ascii: "Z") else { return .forward }
                        return hasCut.withLock { hasCut in
                            defer { hasCut = true }
                            return hasCut ? .forward : .cut
                        }
                    }
                    let rows = try await client.execute(
                        [.save(table, id: "a", value: "1")], isRepeatable: true)
                    #expect(rows[0].affected == 1)
                    #expect(hasCut.withLock { $0 })
                    let count = try await client.execute(.text("SELECT count(*) FROM \(table)"))
                    #expect(try count[0].integer(0) == 1)
                }
            }
        }
    }

    @Test("nothing is left behind by hundreds of broken connections")
    func leaks() async throws {
        let name = LivePostgres.uniqueName()
        try await FaultProxy.use(upstream: port) { proxy in
            let counter = Mutex(0)
            proxy.obey { _ in
                counter.withLock { counter in
                    counter += 1
                    return counter % 23 == 0 ? .cut : .forward
                }
            }
            let statistics = try await LivePostgres.withClient(through(proxy, name)) {
                $0.maximumConnections = 4
            } _: { client in
                for _ in 0..<400 { _ = try? await client.execute(.text("SELECT 1")) }
                return await client.statistics()
            }
            #expect(statistics.inUse == 0)
            #expect(statistics.waiting == 0)
            #expect(statistics.opened > 10)
        }
        try await ServerView.untilGone(application: name)
    }
}
