// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTesting

@Suite("SQLite store of long-term values and journals")
struct SQLiteLongTermTests {
    @Test("keeps the contract of turns' journals", arguments: StoreContract.journals)
    func journals(_ rule: StoreContract.Rule<any StoreContract.JournalingStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }

    @Test("keeps the contract of long-term stores", arguments: StoreContract.longTerm)
    func contract(_ rule: StoreContract.Rule<any LongTermStore>) async throws {
        let folder = try TemporaryFolder()
        let store = try await folder.store()
        try await rule.verify(store)
        try store.close()
    }
}
