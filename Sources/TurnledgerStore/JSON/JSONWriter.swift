// Turnledger. SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The document as one line of UTF-8, without spaces.
    ///
    /// Floating-point numbers look as Python prints them; those that JSON does not have (NaN, infinity) become `null`,
    /// as in JavaScript.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(1024)
        writer.write(self)
        // What is kept by the thousand, as events are, takes no more room than it needs.
        guard writer.bytes.count < writer.bytes.capacity / 2 else { return writer.bytes }
        return writer.bytes.withUnsafeBufferPointer { Array($0) }
    }

    /// The document as one line of text.
    public var text: String { String(decoding: serialized(), as: UTF8.self) }
}

/// Appends JSON to a buffer.
struct JSONWriter {
    var bytes: [UInt8] = []

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: write(literal: "null")
        case .bool(let value): write(literal: value ? "true" : "false")
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value):
            if value.isFinite {
                bytes.append(contentsOf: PythonFloat.text(value).utf8)
            } else {
                write(literal: "null")
            }
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let value): write(value)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(value)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(member.key)
                bytes.append(UInt8(ascii: ":"))
                write(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    mutating func write(_ value: String) {
        var value = value
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8 { utf8 in
            var written = 0
            for (index, byte) in utf8.enumerated()
            where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: utf8[written..<index])
                written = index + 1
                write(escaped: byte)
            }
            bytes.append(contentsOf: utf8[written...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func write(escaped byte: UInt8) {
        switch byte {
        case 0x08: write(literal: "\\b")
        case 0x09: write(literal: "\\t")
        case 0x0A: write(literal: "\\n")
        case 0x0C: write(literal: "\\f")
        case 0x0D: write(literal: "\\r")
        case 0x20...: bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
        default:
            let digits = String(byte, radix: 16)
            write(literal: digits.utf8.count < 2 ? "\\u000" : "\\u00")
            bytes.append(contentsOf: digits.utf8)
        }
    }

    private mutating func write(literal: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }
}
