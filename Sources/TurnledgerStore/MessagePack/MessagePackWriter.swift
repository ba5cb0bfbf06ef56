// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Appends MessagePack to a buffer.
struct MessagePackWriter {
    var bytes: [UInt8] = []

    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// At most how many bytes a value takes.
    static func bound(of value: PayloadValue) -> Int {
        switch value {
        case .null, .bool: 1
        case .integer, .unsigned, .double: 9
        case .string(let value): 5 + value.utf8.count
        case .binary(let value): 5 + value.count
        case .array(let values): values.reduce(5) { $0 + bound(of: $1) }
        case .map(let map): map.entries.reduce(5) { $0 + bound(of: $1.key) + bound(of: $1.value) }
        case .ext(let ext): 6 + ext.bytes.count
        }
    }

    mutating func write(_ value: PayloadValue) {
        switch value {
        case .null: bytes.append(0xC0)
        case .bool(let value): bytes.append(value ? 0xC3 : 0xC2)
        case .integer(let value): write(value)
        case .unsigned(let value): write(value)
        case .double(let value): write(value)
        case .string(let value): write(value)
        case .binary(let value): write(binary: value)
        case .array(let values):
            writeHeader(array: values.count)
            for value in values { write(value) }
        case .map(let map):
            writeHeader(map: map.entries.count)
            for entry in map.entries {
                write(entry.key)
                write(entry.value)
            }
        case .ext(let ext): write(ext)
        }
    }

    mutating func write(_ value: Int64) {
        switch value {
        case 0...: write(UInt64(value))
        case -32..<0: bytes.append(UInt8(bitPattern: Int8(value)))
        case Int64(Int8.min)..<0:
            bytes.append(0xD0)
            bytes.append(UInt8(bitPattern: Int8(value)))
        case Int64(Int16.min)..<0: append(0xD1, UInt16(bitPattern: Int16(value)))
        case Int64(Int32.min)..<0: append(0xD2, UInt32(bitPattern: Int32(value)))
        default: append(0xD3, UInt64(bitPattern: value))
        }
    }

    mutating func write(_ value: UInt64) {
        switch value {
        case ..<0x80: bytes.append(UInt8(value))
        case ...0xFF:
            bytes.append(0xCC)
            bytes.append(UInt8(value))
        case ...0xFFFF: append(0xCD, UInt16(value))
        case ...0xFFFF_FFFF: append(0xCE, UInt32(value))
        default: append(0xCF, value)
        }
    }

    mutating func write(_ value: Double) {
        append(0xCB, value.bitPattern)
    }

    mutating func write(_ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            switch utf8.count {
            case ..<32: bytes.append(0xA0 | UInt8(utf8.count))
            case ...0xFF:
                bytes.append(0xD9)
                bytes.append(UInt8(utf8.count))
            default: appendLength(utf8.count, 0xDA, 0xDB)
            }
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func write(binary value: [UInt8]) {
        if value.count <= 0xFF {
            bytes.append(0xC4)
            bytes.append(UInt8(value.count))
        } else {
            appendLength(value.count, 0xC5, 0xC6)
        }
        bytes.append(contentsOf: value)
    }

    mutating func write(_ ext: PayloadExt) {
        switch ext.bytes.count {
        case 1: bytes.append(0xD4)
        case 2: bytes.append(0xD5)
        case 4: bytes.append(0xD6)
        case 8: bytes.append(0xD7)
        case 16: bytes.append(0xD8)
        case ...0xFF:
            bytes.append(0xC7)
            bytes.append(UInt8(ext.bytes.count))
        default: appendLength(ext.bytes.count, 0xC8, 0xC9)
        }
        bytes.append(UInt8(bitPattern: ext.code))
        bytes.append(contentsOf: ext.bytes)
    }

    mutating func writeHeader(array count: Int) {
        if count < 16 { bytes.append(0x90 | UInt8(count)) } else { appendLength(count, 0xDC, 0xDD) }
    }

    mutating func writeHeader(map count: Int) {
        if count < 16 { bytes.append(0x80 | UInt8(count)) } else { appendLength(count, 0xDE, 0xDF) }
    }

    private mutating func appendLength(_ length: Int, _ short: UInt8, _ long: UInt8) {
        if length <= 0xFFFF { append(short, UInt16(length)) } else { append(long, UInt32(length)) }
    }

    private mutating func append(_ code: UInt8, _ value: some FixedWidthInteger) {
        bytes.append(code)
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
