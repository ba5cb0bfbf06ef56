// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Reads a server's answers one after another.
///
/// What has arrived of an answer is read once, however many pieces it comes in: an answer of many parts with a large one among
/// them comes in hundreds.
struct RESPDecoder: ByteToMessageDecoder {
    typealias InboundOut = RESPValue

    /// How deep answers may nest.
    static let depthLimit = 32
    /// Redis's own bound on a text.
    static let lengthLimit = 512 << 20
    static let countLimit = 1 << 24

    /// An array, or what is written like one, whose elements have not all arrived.
    private struct Aggregate {
        let kind: UInt8
        var left: Int
        var values: [RESPValue] = []

        /// `nil` for attributes: they say something about the answer behind them.
        var value: RESPValue? {
            switch kind {
            case UInt8(ascii: "|"): nil
            case UInt8(ascii: ">"): .push(values)
            default: .array(values)
            }
        }
    }

    private enum Part {
        case value(RESPValue)
        case opening(Aggregate)
    }

    /// Of the answer under way, the outermost first.
    private var open: [Aggregate] = []
    /// How many bytes of the buffer are in them.
    private var readCount = 0

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let value = try next(in: &buffer) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(value))
        return .continue
    }

    /// The next whole answer; `nil` and nothing taken from the buffer where it has not all arrived: the next call is to have
    /// the same bytes and more.
    /// - Throws: `RESPError` for bytes that no server sends.
    mutating func next(in buffer: inout ByteBuffer) throws -> RESPValue? {
        var rest = buffer
        rest.moveReaderIndex(forwardBy: readCount)
        while let part = try Self.part(&rest, depth: open.count) {
            readCount = rest.readerIndex - buffer.readerIndex
            guard let answer = take(part) else { continue }
            buffer.moveReaderIndex(forwardBy: readCount)
            readCount = 0
            return answer
        }
        return nil
    }

    /// Puts a part where it belongs; gives the answer where this was its last.
    private mutating func take(_ part: Part) -> RESPValue? {
        var whole: RESPValue?
        switch part {
        case .value(let value): whole = value
        case .opening(let aggregate): open.append(aggregate)
        }
        while true {
            if let value = whole {
                guard !open.isEmpty else { return value }
                open[open.count - 1].values.append(value)
                open[open.count - 1].left -= 1
            }
            guard let last = open.last, last.left == 0 else { return nil }
            open.removeLast()
            whole = last.value
        }
    }

    private static func part(_ buffer: inout ByteBuffer, depth: Int) throws -> Part? {
        guard depth < depthLimit else { throw RESPError("answers nest deeper than \(depthLimit)") }
        guard let kind: UInt8 = buffer.readInteger(), let line = try line(&buffer) else { return nil }
        switch kind {
        case UInt8(ascii: "+"): return .value(.status(line))
        case UInt8(ascii: "-"): return .value(.error(line))
        case UInt8(ascii: ":"):
            guard let value = Int64(line) else { throw RESPError("an integer that is none") }
            return .value(.integer(value))
        case UInt8(ascii: "("): return .value(.status(line))
        case UInt8(ascii: ","):
            guard let value = Double(line) else { throw RESPError("a number that is none") }
            return .value(.double(value))
        case UInt8(ascii: "#"): return .value(.bool(line == "t"))
        case UInt8(ascii: "_"): return .value(.null)
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            guard let length = try length(line, limit: lengthLimit) else { return .value(.null) }
            return try text(kind, length, &buffer).map { .value($0) }
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "|"):
            guard let count = try length(line, limit: countLimit) else { return .value(.null) }
            let isOfPairs = kind == UInt8(ascii: "%") || kind == UInt8(ascii: "|")
            var aggregate = Aggregate(kind: kind, left: isOfPairs ? count * 2 : count)
            aggregate.values.reserveCapacity(min(aggregate.left, 4096))
            return .opening(aggregate)
        default: throw RESPError("an answer of the kind \(kind)")
        }
    }

    private static func text(_ kind: UInt8, _ length: Int, _ buffer: inout ByteBuffer) throws -> RESPValue? {
        guard buffer.readableBytes >= length + 2 else { return nil }
        guard let bytes = buffer.readSlice(length: length), let end = buffer.readBytes(length: 2), end == [0x0D, 0x0A]
        else { throw RESPError("a text without an end") }
        if kind == UInt8(ascii: "!") { return .error(String(buffer: bytes)) }
        // "txt:" stands before a verbatim text.
        if kind == UInt8(ascii: "="), length >= 4 {
            return .bytes(bytes.getSlice(at: bytes.readerIndex + 4, length: length - 4)!)
        }
        return .bytes(bytes)
    }

    /// -1 stands for none.
    private static func length(_ line: String, limit: Int) throws -> Int? {
        guard let length = Int(line), length >= -1 else { throw RESPError("a length that is none") }
        guard length <= limit else { throw RESPError("an answer of \(length), the limit is \(limit)") }
        return length < 0 ? nil : length
    }

    private static func line(_ buffer: inout ByteBuffer) throws -> String? {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(of: 0x0D) else {
            guard view.count <= 1 << 16 else { throw RESPError("a line without an end") }
            return nil
        }
        guard end + 1 < view.endIndex else { return nil }
        guard view[end + 1] == 0x0A else { throw RESPError("a line without an end") }
        let line = String(decoding: view[..<end], as: UTF8.self)
        buffer.moveReaderIndex(forwardBy: end + 2 - view.startIndex)
        return line
    }
}

/// Bytes that are not Redis's protocol: another service answers, or the stream was damaged.
struct RESPError: Error, CustomStringConvertible {
    let description: String

    init(_ found: String) { description = "This is not Redis's protocol: \(found)." }
}
