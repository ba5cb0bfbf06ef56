// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Makes UUIDs as lower-case text with dashes.
public enum UniqueID {
    /// A UUID of version 7: its first 48 bits are the milliseconds since 1970 (RFC 9562, section 5.7).
    public static func version7(milliseconds: Int64) -> String {
        let random = UInt64.random(in: .min ... .max)
        let high = UInt64(bitPattern: milliseconds) << 16 | 0x7000 | (random & 0x0FFF)
        let low = (0b10 << 62) | (UInt64.random(in: .min ... .max) >> 2)
        return text(high: high, low: low)
    }

    /// A UUID of version 4: random (RFC 9562, section 5.4).
    public static func random() -> String {
        let high = (UInt64.random(in: .min ... .max) & ~0xF000) | 0x4000
        let low = (0b10 << 62) | (UInt64.random(in: .min ... .max) >> 2)
        return text(high: high, low: low)
    }

    /// The 128 bits as 8-4-4-4-12 hexadecimal digits.
    static func text(high: UInt64, low: UInt64) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        let digits = Array("0123456789abcdef".utf8)
        for (word, dashes) in [(high, [8, 12]), (low, [0, 4])] {
            for digit in 0..<16 {
                if dashes.contains(digit) { bytes.append(UInt8(ascii: "-")) }
                bytes.append(digits[Int(word >> UInt64(60 - digit * 4)) & 0xF])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
