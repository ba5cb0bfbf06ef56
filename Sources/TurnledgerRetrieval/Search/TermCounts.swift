// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Counts the terms of a query in the terms of clauses, which the index keeps as text with spaces between.
struct TermCounts {
    private var exact: [UInt64: Int] = [:]
    /// A bit for each hash modulo 4096: most terms of a clause are none of the query's, and are told so at once.
    private var filter = [UInt64](repeating: 0, count: 64)
    /// By the bytes of a character: the terms that are looked for as beginnings.
    private var prefixes: [(bytes: [UInt8], index: Int)] = []
    private let count: Int

    init(_ terms: [String]) {
        count = terms.count
        for (index, term) in terms.enumerated() {
            if term.hasSuffix("*") {
                prefixes.append((Array(term.utf8.dropLast()), index))
            } else {
                let hash = Self.hash(term.utf8)
                exact[hash] = index
                filter[Int(hash >> 6 & 63)] |= 1 << (hash & 63)
            }
        }
    }

    /// Returns how often each term stands in a field, and how many terms the field has.
    func count(_ field: String) -> (counts: [Int32], length: Int) {
        var counts = [Int32](repeating: 0, count: count)
        var length = 0
        var field = field
        field.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                var end = start
                var hash = Self.basis
                while end < bytes.count, bytes[end] != UInt8(ascii: " ") {
                    hash = (hash ^ UInt64(bytes[end])) &* Self.prime
                    end += 1
                }
                length += 1
                if filter[Int(hash >> 6 & 63)] & (1 << (hash & 63)) != 0, let index = exact[hash] { counts[index] += 1 }
                for (prefix, index) in prefixes
                where prefix.count <= end - start && bytes[start..<start + prefix.count].elementsEqual(prefix) {
                    counts[index] += 1
                }
                start = end + 1
            }
        }
        return (counts, length)
    }

    // FNV-1a of 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01B3

    private static func hash(_ bytes: String.UTF8View) -> UInt64 {
        bytes.reduce(basis) { ($0 ^ UInt64($1)) &* prime }
    }
}
