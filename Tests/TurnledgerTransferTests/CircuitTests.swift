// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerTransfer

@Suite("The circuit between a server and its database")
struct CircuitTests {
    private let start = ContinuousClock.now
    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test("opens with a confirmed outage, and says so once")
    func opens() {
        var circuit = Circuit(now: start)
        #expect(circuit.state == .connected)
        #expect(circuit.handle(.probeFailed, at: at(1)) == nil)
        #expect(circuit.state == .connected)
        #expect(circuit.handle(.outage, at: at(2)) == .wentAway)
        #expect(circuit.handle(.outage, at: at(3)) == nil)
        #expect(circuit.state == .away)
        #expect(circuit.since == at(2))
    }

    @Test("closes after calm alone: enough answers, over enough time, without a gap")
    func closes() {
        var circuit = Circuit(.away, now: start)
        #expect(circuit.handle(.probeAnswered, at: at(0)) == nil)
        #expect(circuit.handle(.probeAnswered, at: at(0.1)) == nil)
        // Three answers, but in too short a time.
        #expect(circuit.handle(.probeAnswered, at: at(0.2)) == nil)
        #expect(circuit.handle(.probeFailed, at: at(0.9)) == nil)
        // The failure made it begin anew: enough time, but too few answers.
        #expect(circuit.handle(.probeAnswered, at: at(1)) == nil)
        #expect(circuit.handle(.probeAnswered, at: at(3)) == nil)
        #expect(circuit.handle(.probeAnswered, at: at(3.1)) == .cameBack)
        #expect(circuit.state == .connected)
        #expect(circuit.since == at(3.1))
    }

    @Test("asks for more calm with each relapse, up to a bound, and for the usual calm after a long good time")
    func relapses() {
        var circuit = Circuit(now: start)
        var now = 0.0
        var calms: [Duration] = []
        for _ in 0..<8 {
            #expect(circuit.handle(.outage, at: at(now)) == .wentAway)
            calms.append(circuit.calm)
            var change: Circuit.Change?
            while change == nil {
                now += 0.5
                change = circuit.handle(.probeAnswered, at: at(now))
            }
            #expect(change == .cameBack)
            now += 5
        }
        #expect(calms == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
        now += 60
        #expect(circuit.handle(.outage, at: at(now)) == .wentAway)
        #expect(circuit.calm == .seconds(1))
    }

    @Test("does not come back while the database comes and goes faster than it asks for calm")
    func flapping() {
        var circuit = Circuit(.away, now: start)
        for round in 0..<50 {
            let begin = Double(round) * 2
            for step in 0..<4 {
                #expect(circuit.handle(.probeAnswered, at: at(begin + Double(step) * 0.25)) == nil)
            }
            #expect(circuit.handle(.probeFailed, at: at(begin + 1)) == nil)
        }
        #expect(circuit.state == .away)
    }
}
