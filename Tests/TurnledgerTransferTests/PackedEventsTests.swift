// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerTransfer

@Suite("Events of a run, packed")
struct PackedEventsTests {
    private func events(_ payloads: [[UInt8]], from first: Int = 0) -> [RunEventRecord] {
        payloads.enumerated().map { number, payload in
            RunEventRecord(run: RunID("run_1"), attempt: 1, number: first + number, payload: payload)
        }
    }

    @Test("come out as they went in")
    func roundTrip() {
        let payloads: [[UInt8]] = [
            [], [1, 2, 3], [1, 2, 3], [1, 2, 2, 3], [1, 2, 3], [3], [], Array(repeating: 7, count: 300),
            Array(repeating: 7, count: 299), [7, 7], Array("{\"type\":\"text-delta\"}".utf8),
        ]
        var packed = PackedEvents()
        #expect(packed.records.isEmpty)
        var all = events(payloads)
        for event in all { packed.append(event) }
        // Behind a gap, as where a batch was dropped, of a later attempt.
        let later = events(payloads, from: 1 << 40).map {
            RunEventRecord(run: $0.run, attempt: 2, number: $0.number, payload: $0.payload)
        }
        for event in later { packed.append(event) }
        all += later
        #expect(packed.records == all)
        #expect(packed.count == all.count)
    }

    @Test("of an answer take little more than its text")
    func size() {
        var packed = PackedEvents()
        let beginning = "{\"type\":\"text-delta\",\"id\":\"message-0\",\"text\":"
        for event in events((0..<1000).map({ Array("\(beginning)\"token \($0) \"}".utf8) })) { packed.append(event) }
        #expect(packed.size < 15_000)
    }
}
