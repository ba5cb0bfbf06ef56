// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerPostgres

@Suite("The pool's machine")
struct PoolMachineTests {
    private let start = ContinuousClock.now

    private func machine(_ change: (inout PoolMachine.Limits) -> Void = { _ in }) -> PoolMachine {
        var limits = PoolMachine.Limits(
            minimum: 0, maximum: 2, lifetime: .seconds(100), idleTime: .seconds(10), waiting: 3, sharing: nil)
        change(&limits)
        return PoolMachine(limits)
    }

    private func waiter(_ id: Int, within limit: Duration = .seconds(5), save: Int? = nil) -> PoolMachine.Waiter {
        PoolMachine.Waiter(id: id, deadline: start + limit, saveBytes: save)
    }

    @Test("makes a connection for whoever waits, and lends it")
    func connects() {
        var pool = machine()
        #expect(pool.wait(waiter(1), at: start) == [.connect])
        #expect(pool.connected(7, at: start) == [.lend(connection: 7, to: [1], isStale: false)])
        #expect(pool.lentCount == 1)
    }

    @Test("lends the connection that was used last, and lets the others grow old")
    func lastUsedFirst() {
        var pool = machine()
        _ = pool.wait(waiter(1), at: start)
        _ = pool.wait(waiter(2), at: start)
        _ = pool.connected(1, at: start)
        _ = pool.connected(2, at: start)
        _ = pool.returned(1, at: start)
        _ = pool.returned(2, at: start + .seconds(1))
        let later = start + .seconds(2)
        #expect(
            pool.wait(waiter(3, within: .seconds(9)), at: later) == [.lend(connection: 2, to: [3], isStale: false)])
        #expect(pool.nextTick == start + .seconds(10))
        #expect(pool.tick(at: start + .seconds(10)) == [.close(connection: 1)])
    }

    @Test("serves first come, first served, on as many connections as it may have")
    func order() {
        var pool = machine()
        #expect(pool.wait(waiter(1), at: start) == [.connect])
        #expect(pool.wait(waiter(2), at: start) == [.connect])
        #expect(pool.wait(waiter(3), at: start) == [])
        #expect(pool.connected(1, at: start) == [.lend(connection: 1, to: [1], isStale: false)])
        #expect(pool.connected(2, at: start) == [.lend(connection: 2, to: [2], isStale: false)])
        #expect(pool.returned(2, at: start) == [.lend(connection: 2, to: [3], isStale: false)])
    }

    @Test("refuses whoever comes when too many wait")
    func limit() {
        var pool = machine()
        for id in 1...3 { _ = pool.wait(waiter(id), at: start) }
        #expect(pool.wait(waiter(4), at: start) == [.refuse(waiter: 4, .tooManyWaiting)])
        #expect(pool.waitingCount == 3)
    }

    @Test("refuses whoever has waited too long, and no other")
    func deadline() {
        var pool = machine()
        _ = pool.wait(waiter(1, within: .seconds(2)), at: start)
        _ = pool.wait(waiter(2, within: .seconds(1)), at: start)
        #expect(pool.nextTick == start + .seconds(1))
        #expect(pool.tick(at: start + .seconds(1)) == [.refuse(waiter: 2, .waitedTooLong)])
        #expect(pool.nextTick == start + .seconds(2))
    }

    @Test("forgets whoever leaves")
    func withdraws() {
        var pool = machine()
        _ = pool.wait(waiter(1), at: start)
        _ = pool.wait(waiter(2), at: start)
        let withdrawn = [pool.withdraw(1), pool.withdraw(1)]
        #expect(withdrawn == [true, false])
        #expect(pool.connected(1, at: start) == [.lend(connection: 1, to: [2], isStale: false)])
    }

    @Test("tells at once when there never was a connection, and waits for the next try when there was")
    func failure() {
        var pool = machine()
        _ = pool.wait(waiter(1), at: start)
        #expect(
            pool.failedToConnect(isRefused: false, at: start, jitter: 1) == [.refuse(waiter: 1, .cannotConnect)])

        pool = machine()
        _ = pool.wait(waiter(1), at: start)
        _ = pool.connected(1, at: start)
        _ = pool.lost(1, at: start)
        _ = pool.wait(waiter(2), at: start)
        #expect(pool.failedToConnect(isRefused: false, at: start, jitter: 1) == [])
        #expect(pool.nextTick == start + .milliseconds(100))
        #expect(pool.tick(at: start + .milliseconds(100)) == [.connect])
        #expect(pool.failedToConnect(isRefused: true, at: start, jitter: 1) == [.refuse(waiter: 2, .cannotConnect)])
    }

    @Test("waits longer after each failure, up to five seconds, and lets one attempt go ahead")
    func backoff() {
        var pool = machine()
        _ = pool.wait(waiter(1, within: .seconds(1000)), at: start)
        _ = pool.connected(1, at: start)
        _ = pool.wait(waiter(2, within: .seconds(1000)), at: start)
        _ = pool.lost(1, at: start)
        _ = pool.wait(waiter(3, within: .seconds(1000)), at: start)
        var now = start
        var waits: [Duration] = []
        _ = pool.failedToConnect(isRefused: false, at: now, jitter: 1)
        while pool.connecting > 0 { _ = pool.failedToConnect(isRefused: false, at: now, jitter: 1) }
        for _ in 0..<8 {
            guard let next = pool.nextTick else { break }
            waits.append(next - now)
            now = next
            #expect(pool.tick(at: now) == [.connect])
            _ = pool.failedToConnect(isRefused: false, at: now, jitter: 1)
        }
        #expect(waits == waits.sorted())
        #expect(waits.last == .seconds(5))
    }

    @Test("nothing is due while an attempt is under way: the executor sleeps")
    func noBusyLoop() {
        var pool = machine()
        _ = pool.wait(waiter(1), at: start)
        _ = pool.connected(1, at: start)
        _ = pool.lost(1, at: start)
        _ = pool.wait(waiter(2), at: start)
        _ = pool.failedToConnect(isRefused: false, at: start, jitter: 1)
        let retry = start + .milliseconds(100)
        #expect(pool.tick(at: retry) == [.connect])
        #expect(pool.nextTick == start + .seconds(5))
    }

    @Test("keeps the minimum, and opens it before anybody asks")
    func minimum() {
        var pool = machine { $0.minimum = 1 }
        #expect(pool.tick(at: start) == [.connect])
        _ = pool.connected(1, at: start)
        #expect(pool.tick(at: start + .seconds(50)) == [])
        #expect(pool.tick(at: start + .seconds(100)) == [.close(connection: 1), .connect])
    }

    @Test("closes a connection that is too old when it comes back, and serves the next from another")
    func lifetime() {
        var pool = machine { $0.maximum = 1 }
        _ = pool.wait(waiter(1, within: .seconds(1000)), at: start)
        _ = pool.connected(1, at: start)
        _ = pool.wait(waiter(2, within: .seconds(1000)), at: start)
        #expect(pool.returned(1, at: start + .seconds(100)) == [.close(connection: 1), .connect])
    }

    @Test("says that a connection was idle for long")
    func stale() {
        var pool = machine()
        _ = pool.wait(waiter(1), at: start)
        _ = pool.connected(1, at: start)
        _ = pool.returned(1, at: start)
        let later = start + .seconds(6)
        #expect(
            pool.wait(waiter(2, within: .seconds(9)), at: later) == [.lend(connection: 1, to: [2], isStale: true)])
    }

    @Test("closes what is idle, refuses those who wait, and closes what is lent when it comes back")
    func closes() {
        var pool = machine { $0.maximum = 1 }
        _ = pool.wait(waiter(1), at: start)
        _ = pool.connected(1, at: start)
        _ = pool.wait(waiter(2), at: start)
        #expect(pool.close() == [.refuse(waiter: 2, .closed)])
        #expect(pool.returned(1, at: start) == [.close(connection: 1)])
        #expect(pool.wait(waiter(3), at: start) == [.refuse(waiter: 3, .closed)])
        #expect(pool.nextTick == nil)
    }

    @Suite("with shared commits")
    struct Sharing {
        private let start = ContinuousClock.now

        private func machine(maximum: Int = 4, savers: Int, callers: Int = 32, bytes: Int = 1 << 20) -> PoolMachine {
            PoolMachine(
                PoolMachine.Limits(
                    maximum: maximum, waiting: 100,
                    sharing: .init(maximumSavers: savers, maximumCallers: callers, maximumBytes: bytes)))
        }

        private func save(_ id: Int, bytes: Int = 10) -> PoolMachine.Waiter {
            PoolMachine.Waiter(id: id, deadline: start + .seconds(5), saveBytes: bytes)
        }

        @Test("a save that finds a connection goes alone and at once")
        func alone() {
            var pool = machine(savers: 2)
            #expect(pool.wait(save(1), at: start) == [.connect])
            #expect(pool.wait(save(2), at: start) == [.connect])
            #expect(pool.connected(1, at: start) == [.lend(connection: 1, to: [1], isStale: false)])
            #expect(pool.connected(2, at: start) == [.lend(connection: 2, to: [2], isStale: false)])
        }

        @Test("saves that come while all savers are busy share the next one; others use what is left")
        func shares() {
            var pool = machine(savers: 1)
            _ = pool.wait(save(1), at: start)
            _ = pool.connected(1, at: start)
            for id in 2...4 { #expect(pool.wait(save(id), at: start) == []) }
            let other = PoolMachine.Waiter(id: 5, deadline: start + .seconds(5), saveBytes: nil)
            #expect(pool.wait(other, at: start) == [.connect])
            #expect(pool.connected(2, at: start) == [.lend(connection: 2, to: [5], isStale: false)])
            #expect(pool.returned(1, at: start) == [.lend(connection: 1, to: [2, 3, 4], isStale: false)])
        }

        @Test("saves are spread over the savers that are free")
        func spreads() {
            var pool = machine(maximum: 2, savers: 2)
            _ = pool.wait(save(1), at: start)
            _ = pool.wait(save(2), at: start)
            _ = pool.connected(1, at: start)
            _ = pool.connected(2, at: start)
            for id in 3...6 { _ = pool.wait(save(id), at: start) }
            #expect(pool.returned(1, at: start) == [.lend(connection: 1, to: [3, 4, 5, 6], isStale: false)])
        }

        @Test("a commit is bounded in callers and in bytes; a save larger than the bound goes alone")
        func bounds() {
            var pool = machine(savers: 1, callers: 2, bytes: 100)
            _ = pool.wait(save(1), at: start)
            _ = pool.connected(1, at: start)
            for (id, bytes) in [(2, 10), (3, 10), (4, 10), (5, 95), (6, 500)] {
                _ = pool.wait(save(id, bytes: bytes), at: start)
            }
            #expect(pool.returned(1, at: start) == [.lend(connection: 1, to: [2, 3], isStale: false)])
            #expect(pool.returned(1, at: start) == [.lend(connection: 1, to: [4], isStale: false)])
            #expect(pool.returned(1, at: start) == [.lend(connection: 1, to: [5], isStale: false)])
            #expect(pool.returned(1, at: start) == [.lend(connection: 1, to: [6], isStale: false)])
        }

        @Test("a saver that is lost leaves its place to another")
        func lost() {
            var pool = machine(savers: 1)
            _ = pool.wait(save(1), at: start)
            _ = pool.connected(1, at: start)
            _ = pool.wait(save(2), at: start)
            #expect(pool.lost(1, at: start) == [.connect])
            #expect(pool.connected(2, at: start) == [.lend(connection: 2, to: [2], isStale: false)])
        }
    }
}
