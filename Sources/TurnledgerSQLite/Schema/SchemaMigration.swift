// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// A change of the schema: append-only, never edited once released.
package struct SchemaMigration: Hashable, Sendable {
    /// Four digits and a name; the order of `all` is the order of application.
    package let id: String
    package let sql: String

    package init(id: String, sql: String) {
        self.id = id
        self.sql = sql
    }

    /// Tells whether the migration that a file had is the one that this version knows: XXH3 of the SQL.
    package var checksum: String {
        let hash = XXH3.hash128(Array(sql.utf8))
        return [hash.high, hash.low].map(Self.hexadecimal).joined()
    }

    /// Every migration, oldest first.
    package static let all: [SchemaMigration] = [
        checkpoints, conversations, clauses, longTerm, stops, turnJournal, retention, audit,
    ]

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
