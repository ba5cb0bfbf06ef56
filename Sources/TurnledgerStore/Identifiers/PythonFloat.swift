// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Prints floating-point numbers as Python's `repr` does: the shortest digits that read back, and an exponent of at
/// least two digits outside 1e-4 ..< 1e16.
enum PythonFloat {
    static func text(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        var text = value.description
        guard let exponentMark = text.firstIndex(of: "e") else { return text }
        // Swift prints 1e-05 and 1e+16 as "1e-05" and "1e+16", and keeps exponents where Python has none.
        let mantissa = text[..<exponentMark]
        let exponent = Int(text[text.index(after: exponentMark)...]) ?? 0
        let digits = mantissa.hasSuffix(".0") ? String(mantissa.dropLast(2)) : String(mantissa)
        if exponent < -4 || exponent >= 16 {
            let size = String(abs(exponent))
            text = digits + "e" + (exponent < 0 ? "-" : "+") + (size.utf8.count < 2 ? "0" + size : size)
        }
        return text
    }
}
