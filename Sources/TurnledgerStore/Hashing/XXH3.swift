// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The 128-bit XXH3 hash with seed 0 and the default secret.
///
/// Source: the xxHash specification, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, "XXH3 Algorithm".
package enum XXH3 {
    /// The hash as 32 hexadecimal digits.
    package static func hexadecimal(of input: [UInt8]) -> String {
        let (high, low) = hash128(input)
        return Hexadecimal.text(high) + Hexadecimal.text(low)
    }

    package static func hash128(_ input: [UInt8]) -> (high: UInt64, low: UInt64) {
        input.withUnsafeBytes { input in
            secretBytes.withUnsafeBytes { secret in
                Hasher(input: input, secret: secret).hash()
            }
        }
    }

    private static let prime32: (UInt64, UInt64, UInt64) = (0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D)
    private static let prime64: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )

    private static let secretBytes: [UInt8] = [
        0xB8, 0xFE, 0x6C, 0x39, 0x23, 0xA4, 0x4B, 0xBE, 0x7C, 0x01, 0x81, 0x2C, 0xF7, 0x21, 0xAD, 0x1C,
        0xDE, 0xD4, 0x6D, 0xE9, 0x83, 0x90, 0x97, 0xDB, 0x72, 0x40, 0xA4, 0xA4, 0xB7, 0xB3, 0x67, 0x1F,
        0xCB, 0x79, 0xE6, 0x4E, 0xCC, 0xC0, 0xE5, 0x78, 0x82, 0x5A, 0xD0, 0x7D, 0xCC, 0xFF, 0x72, 0x21,
        0xB8, 0x08, 0x46, 0x74, 0xF7, 0x43, 0x24, 0x8E, 0xE0, 0x35, 0x90, 0xE6, 0x81, 0x3A, 0x26, 0x4C,
        0x3C, 0x28, 0x52, 0xBB, 0x91, 0xC3, 0x00, 0xCB, 0x88, 0xD0, 0x65, 0x8B, 0x1B, 0x53, 0x2E, 0xA3,
        0x71, 0x64, 0x48, 0x97, 0xA2, 0x0D, 0xF9, 0x4E, 0x38, 0x19, 0xEF, 0x46, 0xA9, 0xDE, 0xAC, 0xD8,
        0xA8, 0xFA, 0x76, 0x3F, 0xE3, 0x9C, 0x34, 0x3F, 0xF9, 0xDC, 0xBB, 0xC7, 0xC7, 0x0B, 0x4F, 0x1D,
        0x8A, 0x51, 0xE0, 0x4B, 0xCD, 0xB4, 0x59, 0x31, 0xC8, 0x9F, 0x7E, 0xC9, 0xD9, 0x78, 0x73, 0x64,
        0xEA, 0xC5, 0xAC, 0x83, 0x34, 0xD3, 0xEB, 0xC3, 0xC5, 0x81, 0xA0, 0xFF, 0xFA, 0x13, 0x63, 0xEB,
        0x17, 0x0D, 0xDD, 0x51, 0xB7, 0xF0, 0xDA, 0x49, 0xD3, 0x16, 0x55, 0x26, 0x29, 0xD4, 0x68, 0x9E,
        0x2B, 0x16, 0xBE, 0x58, 0x7D, 0x47, 0xA1, 0xFC, 0x8F, 0xF8, 0xB8, 0xD1, 0x7A, 0xD0, 0x31, 0xCE,
        0x45, 0xCB, 0x3A, 0x8F, 0x95, 0x16, 0x04, 0x28, 0xAF, 0xD7, 0xFB, 0xCA, 0xBB, 0x4B, 0x40, 0x7E,
    ]

    /// One input beside the secret; each length class has its own way.
    private struct Hasher {
        let input: UnsafeRawBufferPointer
        let secret: UnsafeRawBufferPointer

        var length: UInt64 { UInt64(input.count) }

        func hash() -> (high: UInt64, low: UInt64) {
            switch input.count {
            case 0: empty()
            case 1...3: upTo3()
            case 4...8: upTo8()
            case 9...16: upTo16()
            case 17...128: upTo128()
            case 129...240: upTo240()
            default: long()
            }
        }

        private func empty() -> (high: UInt64, low: UInt64) {
            (finish64(key(80) ^ key(88)), finish64(key(64) ^ key(72)))
        }

        private func upTo3() -> (high: UInt64, low: UInt64) {
            let count = input.count
            let low =
                UInt32(input[0]) << 16 | UInt32(input[count >> 1]) << 24 | UInt32(input[count - 1]) | UInt32(count) << 8
            let swapped = low.byteSwapped
            let high = swapped << 13 | swapped >> 19
            let lowKey = UInt64(read32(secret, 0) ^ read32(secret, 4))
            let highKey = UInt64(read32(secret, 8) ^ read32(secret, 12))
            return (finish64(UInt64(high) ^ highKey), finish64(UInt64(low) ^ lowKey))
        }

        private func upTo8() -> (high: UInt64, low: UInt64) {
            let word = UInt64(read32(input, 0)) | UInt64(read32(input, input.count - 4)) << 32
            let product = (word ^ key(16) ^ key(24)).multipliedFullWidth(by: prime64.0 &+ length << 2)
            let high = product.high &+ product.low << 1
            var low = product.low ^ high >> 3
            low = (low ^ low >> 35) &* 0x9FB2_1C65_1E98_DF25
            return (avalanche(high), low ^ low >> 28)
        }

        private func upTo16() -> (high: UInt64, low: UInt64) {
            let first = word(0)
            let last = word(input.count - 8)
            let product = (first ^ last ^ key(32) ^ key(40)).multipliedFullWidth(by: prime64.0)
            let keyed = last ^ key(48) ^ key(56)
            let high = product.high &+ keyed &+ (keyed & 0xFFFF_FFFF) &* (prime32.1 - 1)
            let low = (product.low &+ (length - 1) << 54) ^ high.byteSwapped
            let second = low.multipliedFullWidth(by: prime64.1)
            return (avalanche(second.high &+ high &* prime64.1), avalanche(second.low))
        }

        private func upTo128() -> (high: UInt64, low: UInt64) {
            var sum: (low: UInt64, high: UInt64) = (length &* prime64.0, 0)
            let count = input.count
            if count > 96 { mix(&sum, 48, count - 64, 96) }
            if count > 64 { mix(&sum, 32, count - 48, 64) }
            if count > 32 { mix(&sum, 16, count - 32, 32) }
            mix(&sum, 0, count - 16, 0)
            return merged(sum)
        }

        private func upTo240() -> (high: UInt64, low: UInt64) {
            var sum: (low: UInt64, high: UInt64) = (length &* prime64.0, 0)
            let count = input.count
            for offset in stride(from: 0, to: 128, by: 32) { mix(&sum, offset, offset + 16, offset) }
            sum = (avalanche(sum.low), avalanche(sum.high))
            for offset in stride(from: 128, through: count - 32, by: 32) {
                mix(&sum, offset, offset + 16, offset - 128 + 3)
            }
            mix(&sum, count - 16, count - 32, 136 - 17 - 16)
            return merged(sum)
        }

        private func long() -> (high: UInt64, low: UInt64) {
            var lanes: [UInt64] = [
                prime32.2, prime64.0, prime64.1, prime64.2, prime64.3, prime32.1, prime64.4, prime32.0,
            ]
            let count = input.count
            let stripesPerBlock = (secret.count - 64) / 8
            let blockLength = stripesPerBlock * 64
            let lastSecret = secret.count - 64
            lanes.withUnsafeMutableBufferPointer { lanes in
                let blocks = (count - 1) / blockLength
                for block in 0..<blocks {
                    for stripe in 0..<stripesPerBlock {
                        accumulate(lanes, block * blockLength + stripe * 64, stripe * 8)
                    }
                    for lane in 0..<8 {
                        let value = lanes[lane]
                        lanes[lane] = (value ^ value >> 47 ^ key(lastSecret + lane * 8)) &* prime32.0
                    }
                }
                for stripe in 0..<((count - 1 - blocks * blockLength) / 64) {
                    accumulate(lanes, blocks * blockLength + stripe * 64, stripe * 8)
                }
                accumulate(lanes, count - 64, lastSecret - 7)
            }
            return (
                folded(lanes, lastSecret - 11, start: ~(length &* prime64.1)),
                folded(lanes, 11, start: length &* prime64.0)
            )
        }

        private func accumulate(_ lanes: UnsafeMutableBufferPointer<UInt64>, _ offset: Int, _ secretOffset: Int) {
            for lane in 0..<8 {
                let value = word(offset + lane * 8)
                let keyed = value ^ key(secretOffset + lane * 8)
                lanes[lane ^ 1] &+= value
                lanes[lane] &+= (keyed & 0xFFFF_FFFF) &* (keyed >> 32)
            }
        }

        private func folded(_ lanes: [UInt64], _ secretOffset: Int, start: UInt64) -> UInt64 {
            var result = start
            for pair in 0..<4 {
                result &+= fold(
                    lanes[pair * 2] ^ key(secretOffset + pair * 16),
                    lanes[pair * 2 + 1] ^ key(secretOffset + pair * 16 + 8))
            }
            return avalanche(result)
        }

        private func mix(_ sum: inout (low: UInt64, high: UInt64), _ first: Int, _ second: Int, _ secretOffset: Int) {
            sum.low &+= fold(word(first) ^ key(secretOffset), word(first + 8) ^ key(secretOffset + 8))
            sum.low ^= word(second) &+ word(second + 8)
            sum.high &+= fold(word(second) ^ key(secretOffset + 16), word(second + 8) ^ key(secretOffset + 24))
            sum.high ^= word(first) &+ word(first + 8)
        }

        private func merged(_ sum: (low: UInt64, high: UInt64)) -> (high: UInt64, low: UInt64) {
            let high = sum.low &* prime64.0 &+ sum.high &* prime64.3 &+ length &* prime64.1
            return (0 &- avalanche(high), avalanche(sum.low &+ sum.high))
        }

        private func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let product = left.multipliedFullWidth(by: right)
            return product.high ^ product.low
        }

        private func avalanche(_ value: UInt64) -> UInt64 {
            let mixed = (value ^ value >> 37) &* 0x1656_6791_9E37_79F9
            return mixed ^ mixed >> 32
        }

        /// The last step of XXH64, which the shortest inputs share.
        private func finish64(_ value: UInt64) -> UInt64 {
            var result = (value ^ value >> 33) &* prime64.1
            result = (result ^ result >> 29) &* prime64.2
            return result ^ result >> 32
        }

        private func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }

        private func key(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: secret.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }

        private func read32(_ buffer: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
            UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
    }
}
