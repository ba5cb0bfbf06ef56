// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerPostgres

@Suite("Errors of the PostgreSQL client")
struct PostgresErrorTests {
    @Test("name the kind and the server's state")
    func description() {
        let error = PostgresError(.server, "duplicate key", sqlState: "23505")
        #expect(error.description == "server [23505]: duplicate key")
    }
}
