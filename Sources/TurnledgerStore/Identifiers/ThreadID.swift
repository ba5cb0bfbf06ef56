// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Names a thread: a durable conversation.
///
/// Opaque text of 1 to 512 bytes of UTF-8 without control characters. `init(validating:)` is for text from outside;
/// a literal is the author's own and is not checked.
public struct ThreadID: TextIdentifier, ExpressibleByStringLiteral {
    /// The most bytes of UTF-8 that a thread ID may have.
    public static let maximumLength = 512

    public let rawValue: String

    /// Wraps text that is known to be valid, such as a column that this ID was written to.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    public init(stringLiteral value: String) { self.init(value) }

    /// Checks text from outside and wraps it.
    ///
    /// - Throws: `.invalid` with the rule that was broken; ask for another ID.
    public init(validating text: String) throws(StoreError) {
        try Self.validate(text, as: "thread id")
        self.init(text)
    }

    /// Refuses empty text, text of more than `maximumLength` bytes and control characters (NUL among them).
    public static func validate(_ text: String, as what: String) throws(StoreError) {
        let length = text.utf8.count
        if length == 0 { throw StoreError(.invalid, "The \(what) is empty.") }
        if length > maximumLength {
            throw StoreError(.invalid, "The \(what) has \(length) bytes; at most \(maximumLength) are allowed.")
        }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            throw StoreError(.invalid, "The \(what) contains a control character.")
        }
    }
}
