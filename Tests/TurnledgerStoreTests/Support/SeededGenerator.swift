// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Random numbers that are the same at every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// Flips, removes, doubles or inserts a few bytes, or cuts the end off.
    mutating func damage(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !result.isEmpty {
            let place = Int.random(in: 0..<result.count, using: &self)
            switch next() % 6 {
            case 0: result[place] ^= 1 << UInt8(next() % 8)
            case 1: result[place] = UInt8(truncatingIfNeeded: next())
            case 2: result.remove(at: place)
            case 3: result.insert(UInt8(truncatingIfNeeded: next()), at: place)
            case 4: result.insert(contentsOf: result[place..<min(result.count, place + 8)], at: place)
            default: result.removeSubrange(place...)
            }
        }
        return result
    }
}
