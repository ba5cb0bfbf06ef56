// Turnledger. SPDX-License-Identifier: Apache-2.0

import GRDB
import Testing
import TurnledgerStore

@testable import TurnledgerPostgres
@testable import TurnledgerSQLite
@testable import TurnledgerTesting

@Suite("Audit")
struct AuditTests {
    @Test("rows form a chain, also where several append at once", arguments: StoreKind.all)
    func chain(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            _ = try await concurrently(8) { number in
                try await store.record(Self.entry(number))
            }
            let rows = try await store.auditRows(behind: 0, limit: 100)
            #expect(rows.map(\.number) == Array(1...8))
            let verdict = try await store.verifyAudit()
            #expect(verdict.isIntact && verdict.count == 8 && verdict.head == rows.last)
            #expect(try await store.verifyAudit(expecting: rows[3].hash).isIntact)
            #expect(try await store.verifyAudit(expecting: "00").isIntact == false)
        }
    }

    @Test("rows are neither changed nor removed by statements", arguments: StoreKind.all)
    func refused(_ kind: StoreKind) async throws {
        try await kind.with { store, _ in
            try await store.record(Self.entry(1))
            for change in ["UPDATE # SET actor = 'x'", "DELETE FROM #"] {
                await #expect(throws: (any Error).self) { try await Self.execute(change, in: store) }
            }
            #expect(try await store.verifyAudit().count == 1)
        }
    }

    @Test(
        "one byte that was changed behind the table's guard is found, and so is a row that is gone",
        arguments: StoreKind.all)
    func damage(_ kind: StoreKind) async throws {
        let changes = [
            "UPDATE # SET actor = 'sOmebody' WHERE number = 2",
            "UPDATE # SET details = details || ' ' WHERE number = 2",
            "UPDATE # SET time = time + 1 WHERE number = 2", "UPDATE # SET subject = subject || '.' WHERE number = 3",
            "UPDATE # SET action = 'deleteD' WHERE number = 1",
            "UPDATE # SET previous = '0' || substr(previous, 2) WHERE number = 3 AND previous NOT LIKE '0%'",
            "UPDATE # SET hash = substr(hash, 1, 63) || '~' WHERE number = 3", "DELETE FROM # WHERE number = 2",
            "DELETE FROM # WHERE number = 1",
        ]
        for change in changes {
            try await kind.with { store, _ in
                for number in 1...3 { try await store.record(Self.entry(number)) }
                let previous = try await store.auditRows(behind: 2, limit: 1).first?.previous ?? ""
                try #require(try await store.verifyAudit().isIntact)
                try await Self.unguard(store)
                try await Self.execute(change, in: store)
                // The one change that does nothing where the hash happens to begin with 0.
                let isIdle = change.contains("previous =") && previous.hasPrefix("0")
                #expect(try await store.verifyAudit().isIntact == isIdle, "\(change)")
            }
        }
        // A row that is gone from the end is found by a hash that was noted down.
        try await kind.with { store, _ in
            for number in 1...3 { try await store.record(Self.entry(number)) }
            let head = try #require(try await store.verifyAudit().head)
            try await Self.unguard(store)
            try await Self.execute("DELETE FROM # WHERE number = 3", in: store)
            #expect(try await store.verifyAudit().isIntact)
            #expect(try await store.verifyAudit(expecting: head.hash).isIntact == false)
        }
    }

    private static func entry(_ number: Int) -> AuditEntry {
        AuditEntry(
            time: .at(Int64(number)), actor: "somebody", action: .deleted, subject: "thread-\(number)",
            details: ["count": .integer(Int64(number))])
    }

    /// What somebody with the rights of the tables' owner can do.
    private static func unguard(_ store: any OperatedStore) async throws {
        if store is SQLiteStore {
            try await execute("DROP TRIGGER turnledger_audit_unchanged", in: store)
            try await execute("DROP TRIGGER turnledger_audit_kept", in: store)
        } else {
            try await execute("ALTER TABLE # DISABLE TRIGGER USER", in: store)
        }
    }

    private static func execute(_ statement: String, in store: any OperatedStore) async throws {
        if let store = store as? SQLiteStore {
            let sql = statement.replacing("#", with: "turnledger_audit")
            try await store.write { database in try database.execute(sql: sql) }
        } else if let store = store as? PostgresStore {
            let sql = statement.replacing("#", with: store.statements.tables.audit)
            _ = try await store.client.execute(.unprepared(sql))
        }
    }
}
