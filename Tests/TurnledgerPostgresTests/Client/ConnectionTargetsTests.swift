// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerPostgres

@Suite("The servers that a configuration names")
struct ConnectionTargetsTests {
    @Test("one port serves all hosts, or each has its own")
    func ports() throws {
        let one = try ConnectionTargets(parameters: ["host": "a,b", "port": "5433"])
        #expect(one.targets.map(\.port) == ["5433", "5433"])
        let each = try ConnectionTargets(parameters: ["host": "a,b", "port": "1,2"])
        #expect(each.targets.map(\.port) == ["1", "2"])
        #expect(throws: PostgresError.self) { try ConnectionTargets(parameters: ["host": "a,b,c", "port": "1,2"]) }
    }

    @Test("names are looked up; addresses and folders of sockets are not")
    func names() throws {
        let targets = try ConnectionTargets(parameters: ["host": "db.example,/run/postgresql", "port": "5432"])
        #expect(targets.targets.map(\.nameToResolve) == ["db.example", nil])
        let given = try ConnectionTargets(parameters: ["host": "db.example", "hostaddr": "127.0.0.1"])
        #expect(given.targets.map(\.nameToResolve) == [nil])
    }

    @Test("every address of a name is tried, with the name kept for the certificate")
    func addresses() throws {
        let targets = try ConnectionTargets(parameters: ["host": "a,b"])
        let candidates = targets.candidates(resolved: [0: ["::1", "127.0.0.1"]])
        #expect(candidates.map(\.address) == ["::1", "127.0.0.1"])
        #expect(candidates.map(\.host) == ["a", "a"])
    }

    @Test("prefer-standby asks every server for a standby before it takes any")
    func preferStandby() throws {
        let targets = try ConnectionTargets(
            parameters: ["hostaddr": "10.0.0.1,10.0.0.2", "target_session_attrs": "prefer-standby"])
        #expect(
            targets.candidates(resolved: [:]).map { "\($0.address ?? "") \($0.sessionAttributes)" }
                == ["10.0.0.1 standby", "10.0.0.2 standby", "10.0.0.1 any", "10.0.0.2 any"])
    }
}

@Suite("Connection strings")
struct ConnectionStringTests {
    @Test("a URL and keywords mean the same")
    func forms() throws {
        let url = try PostgresConfiguration.parameters(of: "postgresql://u:p%40%2F@h1,h2:5433/d?sslmode=require")
        #expect(url["user"] == "u")
        #expect(url["password"] == "p@/")
        #expect(url["host"] == "h1,h2")
        #expect(url["dbname"] == "d")
        #expect(url["sslmode"] == "require")
        let words = try PostgresConfiguration.parameters(of: "host=h1 user=u password='a b'")
        #expect(words["password"] == "a b")
    }

    @Test("what cannot be read is an error that does not repeat the text")
    func refuses() throws {
        let text = "postgresql://user:se%zzcret@host/db"
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration.parameters(of: text) }
        #expect(error?.kind == .misuse)
        #expect(error?.message.contains("cret") == false)
    }
}
