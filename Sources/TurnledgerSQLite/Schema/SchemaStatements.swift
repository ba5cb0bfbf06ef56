// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements that open a file and bring its schema up to date.
enum SchemaStatements {
    static let durable = "PRAGMA synchronous = FULL"

    /// A pragma takes no bound value; a number is spelt by Swift.
    static func maximumPages(_ count: Int) -> String { "PRAGMA max_page_count = \(count)" }

    static let quickCheck = "PRAGMA quick_check(10)"

    static let createHistory = """
        CREATE TABLE IF NOT EXISTS turnledger_migrations (
            position INTEGER NOT NULL PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            checksum TEXT NOT NULL
        )
        """

    static let history = """
        SELECT position, id, checksum
        FROM turnledger_migrations
        ORDER BY position
        """

    static let record = """
        INSERT INTO turnledger_migrations (position, id, checksum)
        VALUES (?, ?, ?)
        """
}
