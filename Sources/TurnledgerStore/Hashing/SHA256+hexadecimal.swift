// Turnledger. SPDX-License-Identifier: Apache-2.0

package import Crypto

extension SHA256 {
    /// The hash of all of it, as 64 hexadecimal digits.
    package static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
        Hexadecimal.text(Array(hash(data: Array(bytes))))
    }

    /// The hash of what was taken in so far, as 64 hexadecimal digits.
    package func hexadecimal() -> String { Hexadecimal.text(Array(finalize())) }
}
