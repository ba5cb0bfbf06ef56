// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerAgent

@Suite("The events of a run in memory")
struct RunEventListTests {
    private let events: [RunEvent] = [
        .started(messageID: "m"), .stepStarted,
        .reasoningDelta(id: "1", text: "think "), .reasoningDelta(id: "1", text: "twice"),
        .textDelta(id: "1", text: "👩‍👩‍👧"), .textDelta(id: "1", text: ""), .textDelta(id: "1", text: "e\u{301} مرحبا "),
        .textDelta(id: "2", text: "another part"),
        .toolInputDelta(call: "c", text: "{\"a\":"), .toolInputDelta(call: "c", text: "1}"),
        .toolInputDelta(call: "d", text: "{}"), .textEnded(id: "2"),
        .textDelta(id: "2", text: "again"), .stepFinished, .finished(.stop),
    ]

    @Test("are read from any index as they were added, while they grow")
    func anyIndex() {
        var list = RunEventList()
        for count in 0...events.count {
            #expect(list.count == count)
            #expect(list.last == events.prefix(count).last)
            for index in 0...(count + 1) {
                #expect(list.events(from: index) == Array(events.prefix(count).dropFirst(index)))
            }
            if count < events.count { list.append(events[count]) }
        }
    }
}
