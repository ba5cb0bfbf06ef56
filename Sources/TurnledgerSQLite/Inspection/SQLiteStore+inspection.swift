// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore {
    /// How many of this version's migrations the file lacks. Changes nothing.
    ///
    /// - Throws: `.unsupported` for a file that a newer Turnledger has changed, `.undecodable` for one whose history is
    ///   not this program's.
    public func missingMigrations() async throws(StoreError) -> Int {
        let path = path
        return try await read { database in
            guard try database.tableExists("turnledger_migrations") else { return SchemaMigration.all.count }
            let applied = try Row.fetchAll(database, sql: SchemaStatements.history)
            try Self.compare(applied, with: SchemaMigration.all, of: path)
            return SchemaMigration.all.count - applied.count
        }
    }

    /// What SQLite finds wrong with the file: every page is read. Empty: nothing.
    public func faults() async throws(StoreError) -> [String] {
        try await read { database in
            try String.fetchAll(database, sql: SchemaStatements.quickCheck).filter { $0 != "ok" }
        }
    }
}
