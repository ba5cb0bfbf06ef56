// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Reads a server's answers one after another.
struct RESPDecoder: ByteToMessageDecoder {
    typealias InboundOut = RESPValue

    /// How deep answers may nest.
    static let depthLimit = 32
    /// Redis's own bound on a text.
    static let lengthLimit = 512 << 20
    static let countLimit = 1 << 24

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let value = try Self.next(in: &buffer) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(value))
        return .continue
    }

    /// The next whole answer; `nil` and nothing read where it has not all arrived.
    /// - Throws: `RESPError` for bytes that no server sends.
    static func next(in buffer: inout ByteBuffer) throws -> RESPValue? {
        let start = buffer.readerIndex
        guard let value = try read(&buffer, depth: 0) else {
            buffer.moveReaderIndex(to: start)
            return nil
        }
        return value
    }

    private static func read(_ buffer: inout ByteBuffer, depth: Int) throws -> RESPValue? {
        guard depth < depthLimit else { throw RESPError("answers nest deeper than \(depthLimit)") }
        guard let kind: UInt8 = buffer.readInteger(), let line = try line(&buffer) else { return nil }
        switch kind {
        case UInt8(ascii: "+"): return .status(line)
        case UInt8(ascii: "-"): return .error(line)
        case UInt8(ascii: ":"):
            guard let value = Int64(line) else { throw RESPError("an integer that is none") }
            return .integer(value)
        case UInt8(ascii: "("): return .status(line)
        case UInt8(ascii: ","):
            guard let value = Double(line) else { throw RESPError("a number that is none") }
            return .double(value)
        case UInt8(ascii: "#"): return .bool(line == "t")
        case UInt8(ascii: "_"): return .null
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            guard let length = try length(line, limit: lengthLimit) else { return .null }
            guard buffer.readableBytes >= length + 2 else { return nil }
            guard let bytes = buffer.readSlice(length: length), let end = buffer.readBytes(length: 2),
                end == [0x0D, 0x0A]
            else { throw RESPError("a text without an end") }
            if kind == UInt8(ascii: "!") { return .error(String(buffer: bytes)) }
            // "txt:" stands before a verbatim text.
            if kind == UInt8(ascii: "="), length >= 4 {
                return .bytes(bytes.getSlice(at: bytes.readerIndex + 4, length: length - 4)!)
            }
            return .bytes(bytes)
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"):
            guard let count = try length(line, limit: countLimit) else { return .null }
            let total = kind == UInt8(ascii: "%") ? count * 2 : count
            guard let values = try values(total, &buffer, depth: depth) else { return nil }
            return kind == UInt8(ascii: ">") ? .push(values) : .array(values)
        case UInt8(ascii: "|"):
            // Attributes say something about the answer behind them.
            guard let count = try length(line, limit: countLimit) else { return .null }
            guard try values(count * 2, &buffer, depth: depth) != nil else { return nil }
            return try read(&buffer, depth: depth)
        default: throw RESPError("an answer of the kind \(kind)")
        }
    }

    private static func values(_ count: Int, _ buffer: inout ByteBuffer, depth: Int) throws -> [RESPValue]? {
        var values: [RESPValue] = []
        values.reserveCapacity(min(count, 4096))
        for _ in 0..<count {
            guard let value = try read(&buffer, depth: depth + 1) else { return nil }
            values.append(value)
        }
        return values
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
