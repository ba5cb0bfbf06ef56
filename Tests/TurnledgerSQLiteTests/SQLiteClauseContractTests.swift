// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTesting

@Suite("SQLite store of clauses")
struct SQLiteClauseContractTests {
    @Test("keeps the contract of clause stores", arguments: StoreContract.clauses)
    func contract(_ rule: StoreContract.Rule<any ClauseStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("shows a change to another store on the same file")
    func otherStore() async throws {
        let folder = try TemporaryFolder()
        let (writer, reader) = (try await folder.store(), try await folder.store())
        let clause = Clause(id: ClauseID(document: "a", number: "1"), text: "text", language: "en", position: 0)
        let item = RegulationImport(RegulationDocument(id: "a", title: "A", language: "en"), clauses: [clause])
        let version = try await writer.replace(documents: [item], removing: [], at: Timestamp(microseconds: 8))
        #expect(try await reader.clauseVersion() == version)
        #expect(try await reader.clause(clause.id) == clause)
    }
}
