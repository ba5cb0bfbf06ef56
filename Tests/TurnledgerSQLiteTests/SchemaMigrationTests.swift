// Turnledger. SPDX-License-Identifier: Apache-2.0

import GRDB
import Testing
import TurnledgerSQLite
import TurnledgerStore

@Suite("The schema of a SQLite file")
struct SchemaMigrationTests {
    @Test("is made once, however many stores set it up at the same time")
    func concurrent() async throws {
        let folder = try TemporaryFolder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await folder.store() } }
            try await group.waitForAll()
        }
        let store = try await folder.store()
        let ids = try await store.read {
            try String.fetchAll($0, sql: "SELECT id FROM turnledger_migrations ORDER BY position")
        }
        #expect(ids == SchemaMigration.all.map(\.id))
    }

    @Test("has migrations with IDs in order, each once")
    func ids() {
        let ids = SchemaMigration.all.map(\.id)
        #expect(ids == Set(ids).sorted())
    }

    @Test("grows from every earlier state, and keeps its rows")
    func grows() async throws {
        for count in 0..<SchemaMigration.all.count {
            let folder = try TemporaryFolder()
            let store = try SQLiteStore(path: folder.path())
            try await store.apply(Array(SchemaMigration.all.prefix(count)))
            if count > 0 {
                try await store.write { database in
                    try database.execute(sql: "INSERT INTO checkpoint_blobs VALUES ('t', '', 'c', 'v', 'null', NULL)")
                }
            }
            try await store.setUp()
            let rows = try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM checkpoint_blobs") }
            #expect(rows == min(count, 1))
        }
    }

    @Test("refuses a file that a newer version changed")
    func newer() async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await store.apply(
            SchemaMigration.all + [SchemaMigration(id: "9999-future", sql: "CREATE TABLE future (a)")])
        let error = await #expect(throws: StoreError.self) { try await store.setUp() }
        #expect(error?.code == .unsupported)
        #expect(error?.detail.contains("9999-future") == true)
    }

    @Test("refuses a history that is not its own")
    func other() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.path())
        try await store.apply([SchemaMigration(id: SchemaMigration.all[0].id, sql: "CREATE TABLE other (a)")])
        let error = await #expect(throws: StoreError.self) { try await store.setUp() }
        #expect(error?.code == .undecodable)
    }

    @Test("is left as it was by a migration that fails")
    func failure() async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        let broken = SchemaMigration(id: "9999-broken", sql: "CREATE TABLE half (a); CREATE TABLE half (a);")
        await #expect(throws: StoreError.self) { try await store.apply(SchemaMigration.all + [broken]) }
        #expect(try await store.read { try $0.tableExists("half") } == false)
        try await store.setUp()
    }
}
