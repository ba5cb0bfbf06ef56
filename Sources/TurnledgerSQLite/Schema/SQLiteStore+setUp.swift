// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore {
    /// Makes the tables, or brings them up to date, in one transaction: two processes that start together wait for
    /// each other, and a failure leaves the schema as it was.
    ///
    /// - Throws: `.unsupported` for a file that a newer Turnledger has changed, `.undecodable` for one whose history
    ///   is not this program's.
    public func setUp() async throws(StoreError) {
        try await apply(SchemaMigration.all)
    }

    /// Applies what is missing of `migrations`.
    package func apply(_ migrations: [SchemaMigration]) async throws(StoreError) {
        let path = path
        try await write { database in
            try database.execute(sql: SchemaStatements.createHistory)
            let applied = try Row.fetchAll(database, sql: SchemaStatements.history)
            try Self.compare(applied, with: migrations, of: path)
            for (position, migration) in migrations.enumerated().dropFirst(applied.count) {
                try database.execute(sql: migration.sql)
                try database.execute(
                    sql: SchemaStatements.record, arguments: [position, migration.id, migration.checksum])
            }
        }
    }

    /// Whether what was applied to a file is the beginning of what this version would apply.
    static func compare(_ applied: [Row], with migrations: [SchemaMigration], of path: String) throws(StoreError) {
        for (position, row) in applied.enumerated() {
            let id: String = row["id"]
            guard position < migrations.count else {
                throw StoreError(
                    .unsupported, "\(path) was changed by a newer Turnledger (\(id)). Use that version, or a copy.")
            }
            let expected = migrations[position]
            guard id == expected.id, row["checksum"] == expected.checksum else {
                throw StoreError(
                    .undecodable, "\(path) has migration \(id) where this version expects \(expected.id).")
            }
        }
    }
}
