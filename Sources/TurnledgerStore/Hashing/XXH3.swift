// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The 128-bit XXH3 hash with seed 0.
enum XXH3 {
    static func hash128(_ input: [UInt8]) -> (high: UInt64, low: UInt64) { fatalError() }
}
