// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Which threads the file keeps in place of another store. `entry` is `SpooledThread` as JSON; times are microseconds
    /// since 1970.
    static let spool = SchemaMigration(
        id: "0009-spool",
        sql: """
            CREATE TABLE turnledger_spool (
                thread_id TEXT NOT NULL PRIMARY KEY,
                spooled_at INTEGER NOT NULL,
                entry TEXT NOT NULL
            );
            """
    )
}
