// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerPostgres
import TurnledgerStore
import TurnledgerTesting

@Suite("PostgreSQL store of long-term values", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
struct PostgresLongTermTests {
    @Test("keeps the contract of long-term stores", arguments: StorePlace.allCases, StoreContract.longTerm)
    func contract(_ place: StorePlace, _ rule: StoreContract.Rule<any LongTermStore>) async throws {
        try await StoreSchema.with(place) { schema in
            try await schema.withStore { store in
                let values = PostgresLongTermStore(store)
                try await values.setUp()
                try await rule.verify(values)
            }
        }
    }

    @Test("numbers the steps to its tables as LangGraph does, and takes each once, however many set up at once")
    func steps() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { try await PostgresLongTermStore(store).setUp() } }
                    try await group.waitForAll()
                }
                try await PostgresLongTermStore(store).setUp()
            }
            #expect(try await schema.texts("SELECT v::text FROM store_migrations ORDER BY v") == ["0", "1", "2", "3"])
            let columns = try await schema.texts(
                "SELECT column_name || ' ' || data_type FROM information_schema.columns"
                    + " WHERE table_schema = '\(schema.name)' AND table_name = 'store' ORDER BY column_name")
            #expect(
                columns == [
                    "created_at timestamp with time zone", "expires_at timestamp with time zone", "key text",
                    "prefix text",
                    "ttl_minutes integer", "updated_at timestamp with time zone", "value jsonb",
                ])
            let indexes = try await schema.texts(
                "SELECT indexname FROM pg_indexes WHERE schemaname = '\(schema.name)' ORDER BY indexname")
            #expect(indexes == ["idx_store_expires_at", "store_migrations_pkey", "store_pkey", "store_prefix_idx"])
        }
    }

    @Test("takes the steps that an older LangGraph had not")
    func older() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                let values = PostgresLongTermStore(store)
                try await values.setUp()
                try await schema.execute(
                    "DROP INDEX idx_store_expires_at",
                    "ALTER TABLE store DROP COLUMN expires_at, DROP COLUMN ttl_minutes",
                    "DELETE FROM store_migrations WHERE v > 1",
                    "INSERT INTO store (prefix, key, value) VALUES ('old.one', 'k', '{\"a\": 1}')")
                try await values.setUp()
                #expect(try await values.item("k", in: ["old", "one"])?.value == ["a": 1])
                try await values.put(["b": 2], for: "k", in: ["old", "one"], timeToLive: .seconds(60))
                #expect(try await schema.value("SELECT ttl_minutes::text FROM store") == "1")
            }
        }
    }
}
