// Turnledger. SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// In whole microseconds, as times are stored.
    package var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
    /// In whole nanoseconds.
    package var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
