// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Events of one run, each as what differs from the one before it: tokens differ in little but their text.
struct PackedEvents: Sendable {
    private var run: RunID?
    /// Of each event: attempt, number, how much of the payload before begins and how much ends it, what lies between.
    private var bytes: [UInt8] = []
    private var last: [UInt8] = []
    private(set) var count = 0

    /// How many bytes it takes.
    var size: Int { bytes.count + last.count }

    /// All of them, in order.
    var records: [RunEventRecord] {
        guard let run else { return [] }
        var reader = Reader(bytes: bytes)
        var payload: [UInt8] = []
        return (0..<count).map { _ in
            let (attempt, number) = (reader.number(), reader.number())
            let (begin, end) = (reader.number(), reader.number())
            payload = Array(payload.prefix(begin)) + reader.take(reader.number()) + Array(payload.suffix(end))
            return RunEventRecord(run: run, attempt: attempt, number: number, payload: payload)
        }
    }

    /// Adds an event of the run whose events these are.
    mutating func append(_ event: RunEventRecord) {
        run = event.run
        let begin = zip(last, event.payload).prefix { $0 == $1 }.count
        let rest = min(last.count, event.payload.count) - begin
        let end = zip(last.reversed(), event.payload.reversed()).prefix(rest).prefix { $0 == $1 }.count
        let middle = event.payload[begin..<(event.payload.count - end)]
        for number in [event.attempt, event.number, begin, end, middle.count] { add(number) }
        bytes += middle
        last = event.payload
        count += 1
    }

    /// Seven bits a byte, the lowest first; the eighth says that another follows.
    private mutating func add(_ number: Int) {
        var left = UInt(bitPattern: number)
        while left > 0x7F {
            bytes.append(UInt8(left & 0x7F) | 0x80)
            left >>= 7
        }
        bytes.append(UInt8(left))
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        mutating func number() -> Int {
            var (number, shift) = (UInt(0), UInt(0))
            while true {
                let byte = bytes[place]
                place += 1
                number |= UInt(byte & 0x7F) << shift
                if byte & 0x80 == 0 { return Int(bitPattern: number) }
                shift += 7
            }
        }

        mutating func take(_ count: Int) -> [UInt8] {
            defer { place += count }
            return Array(bytes[place..<(place + count)])
        }
    }
}
