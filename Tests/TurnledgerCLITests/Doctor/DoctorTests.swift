// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing
import TurnledgerSQLite
import TurnledgerStore

@testable import TurnledgerCLI

@Suite("The doctor")
struct DoctorTests {
    private func folder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    private func findings(_ flags: [String: String], _ change: (inout Doctor) -> Void = { _ in }) async -> [Finding] {
        var doctor = Doctor(values: ConfigurationValues(flags: ["server.port": "0"].merging(flags) { $1 }))
        change(&doctor)
        return await doctor.examine()
    }

    /// A port of this machine's that nothing listens on.
    private func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        try await channel.close()
        return port
    }

    // MARK: A set-up without faults

    @Test("finds nothing wrong with the defaults on a new file, and leaves no file behind")
    func newFile() async throws {
        try await folder { folder in
            let path = folder.appending(path: "a/b.sqlite").path()
            let found = await findings(["store": "sqlite:\(path)"])
            #expect(found.status != .failed, "\(found)")
            #expect(found.contains { $0.check == .store && $0.text.contains("not there yet") })
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("finds a file of this version sound, and says that no regulations are imported")
    func file() async throws {
        try await folder { folder in
            let path = folder.appending(path: "a.sqlite").path()
            _ = try await StoreOpener.open(.sqlite(path: path))
            let found = await findings(["store": "sqlite:\(path)"])
            #expect(found.status != .failed, "\(found)")
            found.expect(.schema, .ok, "up to date")
            found.expect(.regulations, .warning, "No regulations are imported")
        }
    }

    @Test("tells findings as JSON with the worst of them on top")
    func json() throws {
        let found: [Finding] = [.ok(.dns, "a is b."), .failed(.tcp, "b is closed.", cure: "Open it.")]
        #expect(
            found.json.text
                == #"{"status":"failed","checks":[{"check":"dns","status":"ok","text":"a is b."},"#
                + #"{"check":"tcp","status":"failed","text":"b is closed.","cure":"Open it."}]}"#)
        #expect(found[1].line == "failed  tcp           b is closed.\n                      → Open it.")
    }

    // MARK: Configuration

    @Test("names a key that there is not, and stops there")
    func unknownKey() async throws {
        try await folder { folder in
            let file = folder.appending(path: "config.yaml")
            try Data("servr:\n  port: 1\n".utf8).write(to: file)
            let found = try await Doctor.examine { try ConfigurationValues.load(path: file.path(), environment: [:]) }
            found.expect(.configuration, .failed, "servr")
            #expect(found.count == 1)
        }
    }

    @Test("names the key whose variable is not set, and never its value")
    func unsetVariable() async throws {
        try await folder { folder in
            let file = folder.appending(path: "config.yaml")
            try Data("postgresql:\n  host: 127.0.0.1\n  password: ${NOBODY_SETS_THIS}\n".utf8).write(to: file)
            let found = try await Doctor.examine { try ConfigurationValues.load(path: file.path(), environment: [:]) }
            found.expect(.configuration, .failed, "NOBODY_SETS_THIS")
        }
    }

    @Test("refuses an address for everybody without a rule who may come in")
    func openServer() async {
        await findings(["store": "memory:", "server.host": "0.0.0.0"]).expect(.configuration, .failed, "0.0.0.0")
    }

    // MARK: SQLite

    @Test("tells a folder that cannot be made from a file that is not SQLite's, and a damaged one")
    func badFiles() async throws {
        try await folder { folder in
            let text = folder.appending(path: "text")
            try Data(String(repeating: "Not a database. ", count: 512).utf8).write(to: text)
            await findings(["store": "sqlite:\(text.path())/a.sqlite"]).expect(.store, .failed, "cannot be made")
            await findings(["store": "sqlite:\(text.path())"]).expect(.store, .failed, "not an SQLite database")

            let path = folder.appending(path: "a.sqlite").path()
            let store = try SQLiteStore(path: path)
            try await store.setUp()
            try store.close()
            var bytes = try Data(contentsOf: URL(filePath: path))
            // Every page but the first.
            for offset in stride(from: 4096, to: bytes.count, by: 64) { bytes[offset] = 0xFF }
            try bytes.write(to: URL(filePath: path))
            await findings(["store": "sqlite:\(path)"]).expect(.store, .failed, "damaged")
        }
    }

    // MARK: Disk, port, model

    @Test("fails where a disk is full, and warns where it will be soon")
    func disk() async {
        for (free, status) in [(50_000_000, Finding.Status.failed), (500_000_000, .warning), (50_000_000_000, .ok)] {
            let space = DiskSpace.Space(free: Int64(free), total: 100_000_000_000)
            let found = await findings(["store": "sqlite:/tmp/none.sqlite"]) { $0.disk = DiskSpace { _ in space } }
            found.expect(.disk, status, "\(free / 1_000_000) MB")
        }
    }

    @Test("warns of a port that is taken, and fails for an address that this machine has not")
    func port() async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        await findings(["store": "memory:", "server.port": "\(port)"]).expect(.listen, .warning, "listens on")
        try await channel.close()
        await findings(["store": "memory:", "server.host": "203.0.113.7", "auth": "none"])
            .expect(.listen, .failed, "203.0.113.7")
    }

    @Test("tells a model that is not there from one that refuses the key or knows no such model")
    func model() async throws {
        let closed = try await freePort()
        let flags = ["store": "memory:", "model.kind": "openai", "model.name": "m"]
        await findings(flags.merging(["model.url": "http://127.0.0.1:\(closed)/v1"]) { $1 })
            .expect(.model, .failed, cure: "model.url")
        let upstream = try await ScriptedUpstream { _, _ in .response(401, body: #"{"error":{"message":"Bad key."}}"#) }
        let found = await findings(
            flags.merging(["model.url": "\(upstream.url)/v1", "model.api_key": "sk-canary-7"]) { $1 })
        found.expect(.model, .failed, cure: "TURNLEDGER_MODEL_API_KEY")
        #expect(!found.json.text.contains("canary"))
    }

    // MARK: PostgreSQL

    @Test("tells a name without an address from a port without a listener")
    func way() async throws {
        let found = await findings(["store": "postgresql://u@no-such-host.invalid/d"])
        found.expect(.dns, .failed, "no-such-host.invalid")
        #expect(!found.contains { $0.check == .login })
        let port = try await freePort()
        let closed = await findings(["store": "postgresql://u@127.0.0.1:\(port)/d?sslmode=disable"])
        closed.expect(.dns, .ok)
        closed.expect(.tcp, .failed, "takes no connections")
        #expect(!closed.contains { $0.check == .login })
    }

    @Test("finds nothing wrong with a database of this version", .needsPostgres)
    func database() async throws {
        try await TestSchema.with { location, values in
            let before = await Doctor(values: values).examine()
            before.expect(.schema, .warning, "steps of the schema are missing")
            before.expect(.rights, .ok)
            _ = try await StoreOpener.open(location)
            let after = await Doctor(values: values).examine()
            #expect(after.status != .failed, "\(after)")
            for check in [Finding.Check.dns, .tcp, .tls, .login, .server, .schema, .rights, .clock] {
                after.expect(check, .ok)
            }
        }
    }

    @Test("tells a wrong password, a role that there is not and a database that there is not", .needsPostgres)
    func login() async throws {
        let text = try #require(TestSchema.url)
        let url = try #require(URLComponents(string: text))
        for (user, password, database, text) in [
            (nil, "wrong", nil, "refused the password"), ("nobody_here", "x", nil, "nobody_here"),
            (nil, nil, "nothing_here", "no database nothing_here"),
        ] {
            var other = url
            if let user { other.user = user }
            if let password { other.password = password }
            if let database { other.path = "/" + database }
            let store = try #require(other.string)
            let found = await findings(["store": store])
            found.expect(.login, .failed, text)
            found.expect(.tcp, .ok)
        }
    }

    @Test(
        "tells a server without TLS, an unknown authority, another name and a certificate that has expired",
        .needsPostgres)
    func tls() async throws {
        let environment = ProcessInfo.processInfo.environment
        let authority = try #require(environment["TURNLEDGER_TEST_POSTGRES_CA"])
        func store(_ text: String?, host: String, _ parameters: String) throws -> [String: String] {
            let text = try #require(text)
            var url = try #require(URLComponents(string: text))
            url.host = host
            url.query = parameters
            let place = try #require(url.string)
            return ["store": place]
        }
        let pooler = try store(environment["TURNLEDGER_TEST_PGBOUNCER"], host: "127.0.0.1", "sslmode=require")
        await findings(pooler).expect(.tls, .failed, "offers no TLS")
        let url = TestSchema.url
        await findings(try store(url, host: "localhost", "sslmode=verify-full&sslrootcert=/nowhere/ca.crt"))
            .expect(.tls, .failed, "/nowhere/ca.crt")
        // The authorities of the system have signed nothing of a test's.
        await findings(
            try store(url, host: "localhost", "sslmode=verify-ca&sslrootcert=/etc/ssl/certs/ca-certificates.crt")
        ).expect(.tls, .failed, "not trusted")
        let checked = "sslmode=verify-full&sslrootcert=\(authority)"
        await findings(try store(url, host: "127.0.0.1", checked)).expect(.tls, .failed, "another name")
        let sound = try store(url, host: "localhost", checked)
        // The test's certificates are good for two days: soon for a doctor, and long gone in ten.
        await findings(sound).expect(.tls, .warning, "expires in")
        await findings(sound) { $0.clock = ShiftedClock(by: .seconds(10 * 86_400)) }.expect(.tls, .failed, "expired")
        await findings(sound).expect(.login, .ok, "over TLS")
    }

    @Test(
        "tells a role that may make no tables, one that may not read them, and one that may only read", .needsPostgres)
    func rights() async throws {
        let scratch = try #require(TestSchema.scratch)
        let admin = try StoreLocation(scratch)
        let role = "doctor_" + UUID().uuidString.prefix(8).lowercased()
        let text = try #require(TestSchema.url)
        var url = try #require(URLComponents(string: text))
        url.user = role
        url.password = "x"
        let store = try #require(url.string)
        try await TestSchema.execute("CREATE ROLE \(role) LOGIN PASSWORD 'x'", at: admin)
        do {
            try await TestSchema.with { location, values in
                _ = try await StoreOpener.open(location)
                let schema = try values.text("postgresql.schema") ?? ""
                try await TestSchema.execute("GRANT USAGE ON SCHEMA \(schema) TO \(role)", at: location)
                let flags = ["store": store, "postgresql.schema": schema]
                await findings(flags).expect(.rights, .failed, "may not read and write", cure: "GRANT SELECT")
                await findings(["store": store, "postgresql.schema": "nowhere_\(role)"])
                    .expect(.rights, .failed, "may not make it", cure: "CREATE SCHEMA")
                try await TestSchema.execute("ALTER ROLE \(role) SET default_transaction_read_only = on", at: admin)
                await findings(flags).expect(.server, .failed, "read only")
                try await TestSchema.execute("REVOKE USAGE ON SCHEMA \(schema) FROM \(role)", at: location)
            }
        } catch {
            try? await TestSchema.execute("DROP ROLE \(role)", at: admin)
            throw error
        }
        try await TestSchema.execute("DROP ROLE \(role)", at: admin)
    }

    @Test("tells a schema that a newer version has changed, and clocks that disagree", .needsPostgres)
    func schemaAndClock() async throws {
        try await TestSchema.with { location, values in
            _ = try await StoreOpener.open(location)
            for (seconds, status) in [(0, Finding.Status.ok), (10, .warning), (600, .failed), (-600, .failed)] {
                var doctor = Doctor(values: values)
                doctor.clock = ShiftedClock(by: .seconds(seconds))
                await doctor.examine().expect(.clock, status)
            }
            let schema = try values.text("postgresql.schema") ?? ""
            try await TestSchema.execute(
                """
                INSERT INTO \(schema).turnledger_migrations (position, id, checksum)
                SELECT max(m.position) + 1, 'from the future', 'x' FROM \(schema).turnledger_migrations AS m
                """, at: location)
            await Doctor(values: values).examine().expect(.schema, .failed, "newer")
        }
    }
}

/// The system's clock, wrong by a while.
private struct ShiftedClock: WallClock {
    let shift: Duration
    init(by shift: Duration) { self.shift = shift }
    func now() -> Timestamp { SystemWallClock().now() + shift }
}

extension [Finding] {
    /// That a check came to this end and said so.
    fileprivate func expect(
        _ check: Finding.Check, _ status: Finding.Status, _ text: String = "", cure: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = filter { $0.check == check }
        #expect(
            found.contains {
                $0.status == status && (text.isEmpty || $0.text.contains(text))
                    && (cure.isEmpty || $0.cure?.contains(cure) == true)
            }, "\(self)", sourceLocation: sourceLocation)
    }
}
