// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerPostgres

@Suite("Errors of PostgreSQL in the store's terms")
struct StoreErrorTests {
    @Test(
        "follow from the SQLSTATE, and say what to do",
        arguments: [
            ("22021", StoreError.Code.invalid, "NUL"), ("22P02", .invalid, "Mend"), ("54000", .invalid, "smaller"),
            ("TL001", .conflict, "strict fence"), ("23505", .conflict, "Read again"), ("40P01", .unavailable, "again"),
            ("28P01", .unavailable, "password"), ("3D000", .unavailable, "database"),
            ("42501", .unsupported, "schema apply"), ("42P01", .unavailable, "schema apply"),
            ("42703", .unsupported, "schema check"), ("26000", .unavailable, "pooling: transaction"),
            ("25006", .unavailable, "read only"), ("53300", .unavailable, "pool"), ("53100", .full, "room"),
            ("57014", .unavailable, "statement_timeout"), ("57P01", .unavailable, "again"),
            ("XX001", .undecodable, "damaged"), ("99999", .unavailable, "SQLSTATE 99999"),
        ])
    func states(_ state: String, _ code: StoreError.Code, _ says: String) {
        let error = StoreError(postgres: PostgresError(.server, "duplicate key (secret)", sqlState: state))
        #expect(error.code == code)
        #expect(error.detail.contains(says), "\(error.detail)")
        #expect(!error.detail.contains("secret") && !error.description.contains("secret"))
    }

    @Test(
        "follow from what became of the connection where the server said nothing",
        arguments: [
            (PostgresError.Kind.connect, StoreError.Code.unavailable), (.connectionLost, .unavailable),
            (.deadline, .unavailable), (.poolExhausted, .unavailable), (.cancelled, .unavailable), (.closed, .closed),
            (.misuse, .invalid),
        ])
    func kinds(_ kind: PostgresError.Kind, _ code: StoreError.Code) {
        #expect(StoreError(postgres: PostgresError(kind, "m")).code == code)
    }

    @Test("leave an error of the store as it is")
    func own() {
        let error = StoreError(.conflict, "mine")
        #expect(StoreError(postgres: error).detail == "mine")
    }

    @Test(
        "tell a store without tables, and one that was closed", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
    func live() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                let missing = await #expect(throws: StoreError.self) {
                    try await store.latest(in: "t", namespace: .root)
                }
                #expect(missing?.code == .unavailable)
                #expect(missing?.detail.contains("turnledger schema apply") == true)
                await store.close()
                let closed = await #expect(throws: StoreError.self) {
                    try await store.latest(in: "t", namespace: .root)
                }
                #expect(closed?.code == .closed)
            }
        }
    }
}
