// Turnledger. SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// Returns whether this document contains another as PostgreSQL's `@>` does.
    ///
    /// An object contains one whose every member it has, by containment; an array one whose every element some element
    /// of it contains, in any order and number; scalars must be of the same type and equal, numbers by value. As there,
    /// an array also contains a bare scalar, but only at the top.
    /// Source: PostgreSQL 15 manual, 8.14.3 "jsonb Containment and Existence".
    public func contains(_ other: JSONValue) -> Bool {
        if case .array(let elements) = self, other.isScalar {
            return elements.contains { $0.isScalar && $0.covers(other) }
        }
        return covers(other)
    }

    private func covers(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.object(let own), .object(let wanted)):
            wanted.allSatisfy { member in
                own.members.last { ExactText($0.key) == ExactText(member.key) }?.value.covers(member.value) ?? false
            }
        case (.array(let own), .array(let wanted)):
            wanted.allSatisfy { element in own.contains { $0.covers(element) } }
        case (.string(let own), .string(let wanted)): ExactText(own) == ExactText(wanted)
        case (.null, .null): true
        case (.bool(let own), .bool(let wanted)): own == wanted
        default: sameNumber(as: other)
        }
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    /// Numbers are equal by value: `1` and `1.0` are one number.
    private func sameNumber(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.integer(let own), .integer(let wanted)): own == wanted
        case (.double(let own), .double(let wanted)): own == wanted
        case (.integer(let own), .double(let wanted)): Int64(exactly: wanted) == own
        case (.double(let own), .integer(let wanted)): Int64(exactly: own) == wanted
        case (.number(let own), .number(let wanted)): ExactText(own) == ExactText(wanted)
        default: false
        }
    }
}
