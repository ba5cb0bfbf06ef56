// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Bytes as two digits each, in small letters.
package enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func text(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A word with its leading zeros.
    package static func text(_ word: some FixedWidthInteger & UnsignedInteger) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: word.bitWidth / 4 - digits.utf8.count) + digits
    }

    /// `nil` for what is no such text.
    package static func bytes(_ text: String) -> [UInt8]? {
        let utf8 = Array(text.utf8)
        guard utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count / 2)
        for index in stride(from: 0, to: utf8.count, by: 2) {
            guard let high = utf8[index].hexadecimalDigit, let low = utf8[index + 1].hexadecimalDigit else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
