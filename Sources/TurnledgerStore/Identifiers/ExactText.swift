// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Text compared byte by byte, as databases compare it.
///
/// Swift's own `==` takes `é` and `e` with a combining accent for equal; two IDs that differ so are two IDs.
package struct ExactText: Hashable, Sendable, Comparable {
    package let value: String

    package init(_ value: String) { self.value = value }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.value.isExactly(right.value)
    }

    package func hash(into hasher: inout Hasher) {
        var text = value
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }

    /// The order of code points.
    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.value.precedes(right.value)
    }
}
