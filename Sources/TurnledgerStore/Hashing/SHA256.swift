// Turnledger. SPDX-License-Identifier: Apache-2.0

/// SHA-256 (FIPS 180-4, section 6.2), taken in piece by piece.
package struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// What does not fill a block yet.
    private var rest: [UInt8] = []
    private var length: UInt64 = 0

    package init() {}

    /// The hash of all of it, in hexadecimal.
    package static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        hash.update(Array(bytes))
        return hash.hexadecimal()
    }

    package mutating func update(_ bytes: [UInt8]) {
        length += UInt64(bytes.count)
        var start = 0
        if !rest.isEmpty {
            start = min(64 - rest.count, bytes.count)
            rest += bytes[..<start]
            guard rest.count == 64 else { return }
            rest.withUnsafeBufferPointer { Self.take($0.baseAddress.unsafelyUnwrapped, blocks: 1, &state) }
            rest.removeAll(keepingCapacity: true)
        }
        let blocks = (bytes.count - start) / 64
        if blocks > 0 {
            bytes.withUnsafeBufferPointer {
                Self.take($0.baseAddress.unsafelyUnwrapped + start, blocks: blocks, &state)
            }
        }
        rest += bytes[(start + blocks * 64)...]
    }

    /// The hash of what was taken in so far.
    package func hexadecimal() -> String {
        var copy = self
        let bits = length * 8
        copy.update([0x80] + [UInt8](repeating: 0, count: (119 - rest.count) % 64))
        copy.update((0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - $0 * 8)) })
        return copy.state.map(Hexadecimal.text).joined()
    }

    private static func take(_ input: UnsafePointer<UInt8>, blocks: Int, _ state: inout [UInt32]) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
            words.initialize(repeating: 0)
            for block in 0..<blocks {
                let start = input + block * 64
                for index in 0..<16 {
                    let byte = start + index * 4
                    words[index] =
                        UInt32(byte[0]) << 24 | UInt32(byte[1]) << 16 | UInt32(byte[2]) << 8 | UInt32(byte[3])
                }
                for index in 16..<64 {
                    let early = words[index - 15]
                    let late = words[index - 2]
                    let first = rotated(early, 7) ^ rotated(early, 18) ^ early >> 3
                    let second = rotated(late, 17) ^ rotated(late, 19) ^ late >> 10
                    words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
                }
                var (a, b, c, d) = (state[0], state[1], state[2], state[3])
                var (e, f, g, h) = (state[4], state[5], state[6], state[7])
                for index in 0..<64 {
                    let big = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
                    let choice = (e & f) ^ (~e & g)
                    let first = h &+ big &+ choice &+ constants[index] &+ words[index]
                    let small = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
                    let second = small &+ ((a & b) ^ (a & c) ^ (b & c))
                    (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
                }
                for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
            }
        }
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word >> bits | word << (32 - bits) }

    /// The fractions of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
