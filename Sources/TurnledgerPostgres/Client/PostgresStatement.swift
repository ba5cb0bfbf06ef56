// Turnledger. SPDX-License-Identifier: Apache-2.0

/// One SQL statement with `$1`, `$2`, … for its values: a constant of a file of statements.
///
/// With `pooling: session` each connection prepares it once, under its name. Results arrive in PostgreSQL's binary
/// format.
package struct PostgresStatement: Hashable, Sendable {
    /// Unique among all statements: lower-case letters, digits and underscores, at most 63.
    package let name: String
    package let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// A value bound to a place of a statement.
package enum PostgresValue: Hashable, Sendable {
    case null
    /// Anything that PostgreSQL reads from text: `text`, and by the statement's own types also numbers or `jsonb`.
    case text(String)
    /// As `text`, from bytes that are UTF-8 already, such as a `jsonb` document.
    case utf8([UInt8])
    /// A `bytea`, sent as it is.
    case bytes([UInt8])
    /// An integer for a place of any integer type.
    case integer(Int64)
    case boolean(Bool)
    /// A `text[]`; the statement says `$1::text[]` where that is not plain from its place.
    case texts([String])
    /// A `bytea[]`.
    case byteStrings([[UInt8]])
    /// A `bigint[]`; the statement says `$1::bigint[]`.
    case integers([Int64])

    package static func optional(_ text: String?) -> PostgresValue { text.map { .text($0) } ?? .null }
}

/// A statement with its values.
package struct PostgresQuery: Hashable, Sendable {
    package var statement: PostgresStatement
    package var values: [PostgresValue]

    package init(_ statement: PostgresStatement, _ values: [PostgresValue] = []) {
        self.statement = statement
        self.values = values
    }
}
