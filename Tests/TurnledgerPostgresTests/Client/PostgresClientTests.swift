// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerPostgres

extension Waiting {
    #if os(Linux)
        static let all: [Waiting] = [.epoll, .poll]
    #else
        static let all: [Waiting] = [.poll]
    #endif
}

@Suite("The PostgreSQL client", .enabled(if: LivePostgres.isThere))
struct PostgresClientTests {
    @Test("carries every kind of value there and back", arguments: Waiting.all)
    func values(waiting: Waiting) async throws {
        try await LivePostgres.withClient(waiting: waiting) { client in
            let statement = PostgresStatement(
                "all_values",
                """
                SELECT $1::text, $2::jsonb, $3::bytea, $4::bigint, $5::boolean, $6::text[], $7::bytea[], $8::bigint[],
                    $9::text, $10::smallint, $11::int, $12::text, $13::bytea, $14::text[] = '{}'
                """)
            let long = String(repeating: "长", count: 100_000)
            let rows = try await client.execute(
                PostgresQuery(
                    statement,
                    [
                        .text("it's \"quoted\" \\ \u{1F600}"), .utf8(Array(#"{"a": [1, 2]}"#.utf8)),
                        .bytes([0, 255, 1]), .integer(.min), .boolean(true), .texts(["a", "", "{\"x\"}"]),
                        .byteStrings([[], [0, 1]]), .integers([1, -1, .max]), .null, .integer(-3), .integer(-70_000),
                        .text(long), .bytes([]), .texts([]),
                    ]))
            let row = try #require(rows.first)
            #expect(rows.count == 1 && rows.columns == 14)
            #expect(try row.text(0) == "it's \"quoted\" \\ \u{1F600}")
            #expect(String(decoding: try row.jsonb(1), as: UTF8.self) == #"{"a": [1, 2]}"#)
            #expect(try row.bytes(2) == [0, 255, 1])
            #expect(try row.integer(3) == .min)
            #expect(try row.boolean(4))
            #expect(row.isNull(8))
            #expect(try row.integer(9) == -3)
            #expect(try row.integer(10) == -70_000)
            #expect(try row.text(11) == long)
            #expect(try row.bytes(12) == [])
            #expect(try row.boolean(13))
            #expect(throws: PostgresError.self) { try row.text(8) }
            let arrays = try await client.execute(
                PostgresQuery(
                    PostgresStatement(
                        "arrays",
                        "SELECT a.t, a.b, a.i FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS a (t, b, i)"),
                    [.texts(["a", "", "{\"x\"}"]), .byteStrings([[], [0, 1]]), .integers([1, -1, .max])]))
            #expect(try arrays.all.map { try $0.text(0) }.prefix(3) == ["a", "", "{\"x\"}"])
            #expect(arrays.all.compactMap { $0.optionalBytes(1) } == [[], [0, 1]])
            #expect(arrays.all.compactMap { $0.optionalInteger(2) } == [1, -1, .max])
        }
    }

    @Test("a batch is one transaction: an error keeps nothing, names its query, and leaves the connection whole")
    func batch() async throws {
        try await LivePostgres.withTable { table in
            try await LivePostgres.withClient { client in
                let error = await #expect(throws: PostgresError.self) {
                    try await client.execute([
                        .save(table, id: "a", value: "1"),
                        .text("INSERT INTO \(table) VALUES ($1, $2)", .text("a"), .text("secret")),
                        .save(table, id: "b", value: "2"),
                    ])
                }
                #expect(error?.kind == .server)
                #expect(error?.sqlState == "23505")
                #expect(error?.queryIndex == 1)
                #expect(error?.message.contains("secret") == false)
                let count = try await client.execute(.text("SELECT count(*) FROM \(table)"))
                #expect(try count[0].integer(0) == 0)
                let rows = try await client.execute([
                    .save(table, id: "a", value: "1"), .text("SELECT value FROM \(table)"),
                ])
                #expect(rows[0].affected == 1)
                #expect(try rows[1][0].text(0) == "1")
                #expect(await client.statistics().opened == 1)
            }
        }
    }

    @Test("a value that does not fit is an error that does not repeat it")
    func malformed() async throws {
        try await LivePostgres.withClient { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.execute(.text("SELECT $1::int", .text("my secret")))
            }
            #expect(error?.sqlState == "22P02")
            #expect(error?.description.contains("my secret") == false)
        }
    }

    @Test("text with a NUL is refused before anything is sent")
    func nul() async throws {
        try await LivePostgres.withClient { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.execute([.text("SELECT 1"), .text("SELECT $1::text", .text("a\0b"))])
            }
            #expect(error?.kind == .misuse)
            #expect(error?.queryIndex == 1)
            #expect(await client.statistics().opened == 0)
        }
    }

    @Test("many callers on few connections each get their own answer", arguments: Waiting.all)
    func concurrent(waiting: Waiting) async throws {
        try await LivePostgres.withClient(waiting: waiting) {
            $0.maximumConnections = 4
        } _: { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<400 {
                    group.addTask {
                        let rows = try await client.execute(
                            PostgresQuery(PostgresStatement("echo", "SELECT $1::bigint"), [.integer(Int64(number))]))
                        #expect(try rows[0].integer(0) == Int64(number))
                    }
                }
                try await group.waitForAll()
            }
            let statistics = await client.statistics()
            #expect((1...4).contains(statistics.opened))
            #expect(statistics.inUse == 0 && statistics.waiting == 0)
        }
    }

    @Test("a session is one transaction over several round trips; what it leaves open is rolled back")
    func session() async throws {
        try await LivePostgres.withTable { table in
            try await LivePostgres.withClient {
                $0.maximumConnections = 1
            } _: { client in
                try await client.withSession { session in
                    _ = try await session.execute(.text("BEGIN"))
                    _ = try await session.execute(.save(table, id: "a", value: "1"))
                    _ = try await session.execute(.text("COMMIT"))
                    _ = try await session.execute(.text("BEGIN"))
                    _ = try await session.execute(.save(table, id: "b", value: "2"))
                }
                let rows = try await client.execute(.text("SELECT id FROM \(table)"))
                #expect(try rows.all.map { try $0.text(0) } == ["a"])
                #expect(await client.statistics().opened == 1)
                try await client.withSession { session in
                    _ = try await session.executeAlone(
                        "CREATE INDEX CONCURRENTLY \(table)_value ON \(table) (value)")
                }
            }
        }
    }

    @Test("a session's error gives its connection back")
    func sessionThrows() async throws {
        struct Stop: Error {}
        try await LivePostgres.withClient {
            $0.maximumConnections = 1
        } _: { client in
            await #expect(throws: Stop.self) {
                try await client.withSession { session in
                    _ = try await session.execute(.text("BEGIN"))
                    throw Stop()
                }
            }
            try await client.expectAnswer()
        }
    }

    @Test("a table that changes under a prepared statement does not matter")
    func stalePlan() async throws {
        try await LivePostgres.withTable { table in
            try await LivePostgres.withClient { client in
                let query = PostgresQuery(PostgresStatement("read_\(table)", "SELECT * FROM \(table)"))
                #expect(try await client.execute(query).columns == 2)
                _ = try await client.execute(.text("ALTER TABLE \(table) ADD COLUMN more text"))
                #expect(try await client.execute(query).columns == 3)
                _ = try await client.execute(.text("DEALLOCATE ALL"))
                #expect(try await client.execute(query).columns == 3)
            }
        }
    }

    @Test("works behind a pooler in transaction mode, where statements have no names")
    func pooler() async throws {
        try await LivePostgres.withClient(LivePostgres.poolerParameters()) {
            $0.pooling = .transaction
        } _: { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let rows = try await client.execute(
                            PostgresQuery(PostgresStatement("echo", "SELECT $1::bigint"), [.integer(Int64(number))]))
                        #expect(try rows[0].integer(0) == Int64(number))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("saves that wait share a commit; one that fails fails alone")
    func sharing() async throws {
        try await LivePostgres.withTable { table in
            try await LivePostgres.withClient {
                $0.maximumSavers = 1
            } _: { client in
                let refused = await withTaskGroup(of: String?.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            let isWrong = number % 50 == 7
                            let query = PostgresQuery.save(isWrong ? "missing" : table, id: "\(number)", value: "x")
                            do {
                                let rows = try await client.execute([query], isShareable: true)
                                return rows.count == 1 && rows[0].affected == 1 ? nil : "\(number): not stored"
                            } catch let error as PostgresError {
                                return isWrong && error.sqlState == "42P01" ? "refused" : "\(number): \(error)"
                            } catch {
                                return "\(error)"
                            }
                        }
                    }
                    return await group.reduce(into: [String]()) { list, item in
                        if let item { list.append(item) }
                    }
                }
                #expect(refused == Array(repeating: "refused", count: 4))
                let count = try await client.execute(.text("SELECT count(*) FROM \(table)"))
                #expect(try count[0].integer(0) == 196)
                #expect(await client.statistics().shared > 0)
            }
        }
    }

    @Test("closes its connections and refuses later calls")
    func closes() async throws {
        let name = LivePostgres.uniqueName()
        var parameters = try LivePostgres.parameters()
        parameters["application_name"] = name
        let client = PostgresClient(configuration: PostgresConfiguration(parameters: parameters))
        _ = try await client.execute(.text("SELECT 1"))
        await client.close()
        await client.close()
        let error = await #expect(throws: PostgresError.self) { try await client.execute(.text("SELECT 1")) }
        #expect(error?.kind == .closed)
        try await ServerView.untilGone(application: name)
    }

    @Test("a client that is let go closes its connections")
    func letGo() async throws {
        let name = LivePostgres.uniqueName()
        var parameters = try LivePostgres.parameters()
        parameters["application_name"] = name
        var client: PostgresClient? = PostgresClient(configuration: PostgresConfiguration(parameters: parameters))
        _ = try await client?.execute(.text("SELECT 1"))
        client = nil
        try await ServerView.untilGone(application: name)
    }
}
