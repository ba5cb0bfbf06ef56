// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Prints floating-point numbers as Python's `repr` does: the shortest digits that read back, and an exponent of at
/// least two digits outside 1e-4 ..< 1e16.
enum PythonFloat {
    static func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let text = value.description
        let size = value.magnitude
        // Swift prints the same digits, but from 2^53 on with an exponent.
        if size == 0 || (size >= 1e-4 && size <= 0x1p53) { return text }
        let number = Decimal(text)
        var result = value < 0 ? "-" : ""
        if size >= 1, size < 1e16 {
            result += String(decoding: number.digits, as: UTF8.self)
            return result + String(repeating: "0", count: number.exponent) + ".0"
        }
        result.unicodeScalars.append(Unicode.Scalar(number.digits[0]))
        if number.digits.count > 1 {
            result += "." + String(decoding: number.digits[1...], as: UTF8.self)
        }
        let exponent = number.exponent + number.digits.count - 1
        let places = String(abs(exponent))
        return result + (exponent < 0 ? "e-" : "e+") + (places.utf8.count < 2 ? "0" : "") + places
    }

    /// A decimal number in its one normal form: digits without zeros at either end, times a power of ten.
    struct Decimal: Equatable {
        var isNegative = false
        /// ASCII digits; empty for zero.
        var digits: [UInt8] = []
        var exponent = 0

        /// Reads what JSON and Swift allow as a number; an exponent too large to matter is cut off.
        init(_ text: some StringProtocol) {
            var inFraction = false
            var bytes = text.utf8.makeIterator()
            while let byte = bytes.next() {
                switch byte {
                case UInt8(ascii: "-"): isNegative = true
                case UInt8(ascii: "."): inFraction = true
                case UInt8(ascii: "e"), UInt8(ascii: "E"):
                    exponent += Self.exponent(&bytes)
                default:
                    if byte != UInt8(ascii: "0") || !digits.isEmpty { digits.append(byte) }
                    if inFraction { exponent -= 1 }
                }
            }
            while digits.last == UInt8(ascii: "0") {
                digits.removeLast()
                exponent += 1
            }
            if digits.isEmpty { exponent = 0 }
        }

        private static func exponent(_ bytes: inout some IteratorProtocol<UInt8>) -> Int {
            var result = 0
            var isNegative = false
            while let byte = bytes.next() {
                switch byte {
                case UInt8(ascii: "-"): isNegative = true
                case UInt8(ascii: "+"): break
                default: result = min(result * 10 + Int(byte - UInt8(ascii: "0")), 1 << 40)
                }
            }
            return isNegative ? -result : result
        }
    }
}
