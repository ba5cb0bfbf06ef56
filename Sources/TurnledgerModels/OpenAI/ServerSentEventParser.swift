// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Cuts a stream of bytes into server-sent events.
///
/// Format: https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6. Lines end with LF, CR or CRLF,
/// anywhere in the pieces that arrive. Comments and the fields `event`, `id` and `retry` mean nothing to a model's
/// stream and are dropped. Two liberties beside the standard, for servers that exist: a line `error: …` is an event of
/// its own (llama.cpp before its issue 16104 was mended), and what follows the last blank line counts when the stream
/// ends.
struct ServerSentEventParser {
    enum Event: Hashable, Sendable {
        /// The joined `data` lines.
        case data([UInt8])
        /// The value of an `error` field.
        case error([UInt8])
    }

    /// The most bytes that one event, or one line, may have.
    let maximumEventSize: Int

    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var skipsLineFeed = false
    private var isFirstLine = true

    init(maximumEventSize: Int) {
        self.maximumEventSize = maximumEventSize
    }

    /// Takes bytes and returns the events that they complete.
    ///
    /// - Throws: `TooLarge` when a line or an event outgrows the limit; the parser is of no use after that.
    mutating func append(_ bytes: some Collection<UInt8>) throws(TooLarge) -> [Event] {
        var events: [Event] = []
        var rest = bytes[...]
        if skipsLineFeed, let first = rest.first {
            skipsLineFeed = false
            if first == Self.lineFeed { rest.removeFirst() }
        }
        while let end = rest.firstIndex(where: { $0 == Self.lineFeed || $0 == Self.carriageReturn }) {
            try grow(&line, by: rest[..<end])
            let next = rest.index(after: end)
            if rest[end] == Self.carriageReturn {
                if next == rest.endIndex {
                    skipsLineFeed = true
                } else if rest[next] == Self.lineFeed {
                    rest = rest[rest.index(after: next)...]
                    try endLine(into: &events)
                    continue
                }
            }
            rest = rest[next...]
            try endLine(into: &events)
        }
        try grow(&line, by: rest)
        return events
    }

    /// Returns what the stream's end leaves: the event whose blank line never came.
    ///
    /// It may be cut short; the caller looks whether it can be read.
    mutating func finish() throws(TooLarge) -> [Event] {
        var events: [Event] = []
        if !line.isEmpty { try endLine(into: &events) }
        dispatch(into: &events)
        return events
    }

    /// An event or a line is larger than allowed.
    struct TooLarge: Error {}

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private func grow(_ target: inout [UInt8], by bytes: some Collection<UInt8>) throws(TooLarge) {
        if target.count + bytes.count > maximumEventSize { throw TooLarge() }
        target.append(contentsOf: bytes)
    }

    private mutating func endLine(into events: inout [Event]) throws(TooLarge) {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: Self.byteOrderMark) { line.removeFirst(Self.byteOrderMark.count) }
        }
        if line.isEmpty {
            dispatch(into: &events)
            return
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        let field = line[..<colon]
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        if field.elementsEqual("data".utf8) {
            if hasData { try grow(&data, by: CollectionOfOne(Self.lineFeed)) }
            try grow(&data, by: value)
            hasData = true
        } else if field.elementsEqual("error".utf8) {
            dispatch(into: &events)
            events.append(.error(Array(value)))
        }
    }

    private mutating func dispatch(into events: inout [Event]) {
        if hasData && !data.isEmpty { events.append(.data(data)) }
        data = []
        hasData = false
    }
}
