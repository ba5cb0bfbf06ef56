// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Reads one MessagePack document in a single pass.
struct MessagePackReader {
    let buffer: UnsafeRawBufferPointer
    let limits: PayloadLimits
    private var offset = 0
    /// Values that open arrays and maps still lack: each takes at least one byte of what is left.
    private var owed = 1
    /// Values read and owed.
    private var values = 1

    init(buffer: UnsafeRawBufferPointer, limits: PayloadLimits) {
        self.buffer = buffer
        self.limits = limits
    }

    mutating func document() throws(StoreError) -> PayloadValue {
        let result = try value(depth: 0)
        guard offset == buffer.count else { throw failure("Bytes after the end of the document") }
        return result
    }

    private mutating func value(depth: Int) throws(StoreError) -> PayloadValue {
        let code: UInt8 = try number()
        owed -= 1
        switch code {
        case 0x00...0x7F: return .integer(Int64(code))
        case 0x80...0x8F: return try map(Int(code & 0x0F), depth)
        case 0x90...0x9F: return try array(Int(code & 0x0F), depth)
        case 0xA0...0xBF: return try string(Int(code & 0x1F))
        case 0xC0: return .null
        case 0xC2: return .bool(false)
        case 0xC3: return .bool(true)
        case 0xC4: return .binary(try bytes(length(UInt8.self)))
        case 0xC5: return .binary(try bytes(length(UInt16.self)))
        case 0xC6: return .binary(try bytes(length(UInt32.self)))
        case 0xC7: return try ext(length(UInt8.self))
        case 0xC8: return try ext(length(UInt16.self))
        case 0xC9: return try ext(length(UInt32.self))
        case 0xCA: return .double(Double(Float(bitPattern: try number())))
        case 0xCB: return .double(Double(bitPattern: try number()))
        case 0xCC: return .integer(Int64(try number() as UInt8))
        case 0xCD: return .integer(Int64(try number() as UInt16))
        case 0xCE: return .integer(Int64(try number() as UInt32))
        case 0xCF:
            let value: UInt64 = try number()
            return Int64(exactly: value).map { .integer($0) } ?? .unsigned(value)
        case 0xD0: return .integer(Int64(try number() as Int8))
        case 0xD1: return .integer(Int64(try number() as Int16))
        case 0xD2: return .integer(Int64(try number() as Int32))
        case 0xD3: return .integer(try number())
        case 0xD4: return try ext(1)
        case 0xD5: return try ext(2)
        case 0xD6: return try ext(4)
        case 0xD7: return try ext(8)
        case 0xD8: return try ext(16)
        case 0xD9: return try string(length(UInt8.self))
        case 0xDA: return try string(length(UInt16.self))
        case 0xDB: return try string(length(UInt32.self))
        case 0xDC: return try array(length(UInt16.self), depth)
        case 0xDD: return try array(length(UInt32.self), depth)
        case 0xDE: return try map(length(UInt16.self), depth)
        case 0xDF: return try map(length(UInt32.self), depth)
        case 0xE0...0xFF: return .integer(Int64(Int8(bitPattern: code)))
        default:
            offset -= 1
            throw failure("The code c1, which means nothing,")
        }
    }

    private mutating func array(_ count: Int, _ depth: Int) throws(StoreError) -> PayloadValue {
        try open(count, depth)
        var result: [PayloadValue] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(try value(depth: depth + 1)) }
        return .array(result)
    }

    private mutating func map(_ count: Int, _ depth: Int) throws(StoreError) -> PayloadValue {
        try open(count * 2, depth)
        var result: [PayloadMap.Entry] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            let key = try value(depth: depth + 1)
            result.append(PayloadMap.Entry(key: key, value: try value(depth: depth + 1)))
        }
        return .map(PayloadMap(entries: result))
    }

    /// Takes on `count` more values, if the bytes that are left can hold them.
    private mutating func open(_ count: Int, _ depth: Int) throws(StoreError) {
        guard depth < limits.depth else { throw failure("More than \(limits.depth) levels") }
        owed += count
        values += count
        guard owed <= buffer.count - offset else { throw failure("More values claimed than there are bytes") }
        guard values <= limits.values else { throw failure("More than \(limits.values) values") }
    }

    private mutating func string(_ count: Int) throws(StoreError) -> PayloadValue {
        let start = offset
        let slice = try take(count)
        guard let result = String(exactUTF8: slice.bindMemory(to: UInt8.self)) else {
            offset = start
            throw failure("Text that is not UTF-8")
        }
        return .string(result)
    }

    private mutating func ext(_ count: Int) throws(StoreError) -> PayloadValue {
        let code: Int8 = try number()
        return .ext(PayloadExt(code: code, bytes: try bytes(count)))
    }

    private mutating func bytes(_ count: Int) throws(StoreError) -> [UInt8] { Array(try take(count)) }

    private mutating func take(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard count <= buffer.count - offset else { throw failure("\(count) bytes claimed but not there") }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + count])
    }

    private mutating func length<Number: FixedWidthInteger>(_ type: Number.Type) throws(StoreError) -> Int {
        Int(try number() as Number)
    }

    private mutating func number<Number: FixedWidthInteger>() throws(StoreError) -> Number {
        let size = MemoryLayout<Number>.size
        guard size <= buffer.count - offset else { throw failure("The end of the input") }
        defer { offset += size }
        return Number(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    private func failure(_ what: String) -> StoreError {
        StoreError(.undecodable, "MessagePack: \(what) at byte \(offset).")
    }
}
