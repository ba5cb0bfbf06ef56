// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A name that is a text of its own type: compared byte by byte, in JSON and MessagePack the text alone.
///
/// Swift's own `==` takes `é` and `e` with a combining accent for equal; databases do not, and two IDs that differ so are
/// two IDs.
public protocol TextIdentifier: Hashable, Sendable, Codable, CustomStringConvertible {
    /// As it stands in a column.
    var rawValue: String { get }

    /// Wraps text without checking it.
    init(_ rawValue: String)
}

extension TextIdentifier {
    public static func == (left: Self, right: Self) -> Bool { ExactText(left.rawValue) == ExactText(right.rawValue) }

    public func hash(into hasher: inout Hasher) { ExactText(rawValue).hash(into: &hasher) }

    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public var description: String { rawValue }
}
