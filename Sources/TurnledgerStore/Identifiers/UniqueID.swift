// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Crypto

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

    /// A UUID of version 5: the hash of a name in a namespace that is a UUID itself (RFC 9562, section 5.5).
    ///
    /// - `namespace`: The namespace's 16 bytes.
    package static func version5(namespace: [UInt8], name: String) -> String {
        let hash = Array(Insecure.SHA1.hash(data: namespace + Array(name.utf8)))
        let words = (0..<2).map { word in hash[word * 8..<word * 8 + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        return text(high: words[0] & ~0xF000 | 0x5000, low: words[1] & (UInt64.max >> 2) | (0b10 << 62))
    }

    /// The 128 bits as 8-4-4-4-12 hexadecimal digits.
    static func text(high: UInt64, low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var length = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    buffer[length] = UInt8(ascii: "-")
                    length += 1
                }
                let word = digit < 16 ? high : low
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - digit % 16 * 4)) & 0xF
                buffer[length] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
                length += 1
            }
            return length
        }
    }
}
