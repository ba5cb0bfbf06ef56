// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Text compared byte by byte, as databases compare it.
///
/// Swift's own `==` takes `é` and `e` with a combining accent for equal; two IDs that differ so are two IDs.
package struct ExactText: Hashable, Sendable, Comparable {
    package let value: String

    package init(_ value: String) { self.value = value }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.value.utf8.elementsEqual(right.value.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = value
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }

    /// The order of code points.
    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
    }
}

extension ThreadID {
    public static func == (left: ThreadID, right: ThreadID) -> Bool {
        ExactText(left.rawValue) == ExactText(right.rawValue)
    }

    public func hash(into hasher: inout Hasher) { ExactText(rawValue).hash(into: &hasher) }
}

extension Namespace {
    public static func == (left: Namespace, right: Namespace) -> Bool {
        ExactText(left.rawValue) == ExactText(right.rawValue)
    }

    public func hash(into hasher: inout Hasher) { ExactText(rawValue).hash(into: &hasher) }
}

extension CheckpointID {
    public static func == (left: CheckpointID, right: CheckpointID) -> Bool {
        ExactText(left.rawValue) == ExactText(right.rawValue)
    }

    public func hash(into hasher: inout Hasher) { ExactText(rawValue).hash(into: &hasher) }
}

extension TaskID {
    public static func == (left: TaskID, right: TaskID) -> Bool {
        ExactText(left.rawValue) == ExactText(right.rawValue)
    }

    public func hash(into hasher: inout Hasher) { ExactText(rawValue).hash(into: &hasher) }
}

extension RunID {
    public static func == (left: RunID, right: RunID) -> Bool {
        ExactText(left.rawValue) == ExactText(right.rawValue)
    }

    public func hash(into hasher: inout Hasher) { ExactText(rawValue).hash(into: &hasher) }
}
