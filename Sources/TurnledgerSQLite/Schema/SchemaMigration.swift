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
    package var checksum: String { XXH3.hexadecimal(of: Array(sql.utf8)) }

    /// Every migration, oldest first.
    package static let all: [SchemaMigration] = [
        checkpoints, conversations, clauses, longTerm, stops, turnJournal, retention, audit, spool, statistics,
        mirror,
    ]
}
