// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import TurnledgerCLI
@testable import TurnledgerRedis

@Suite("The doctor looks at a Redis")
struct RedisDoctorTests {
    private func condition(_ lines: String...) -> RedisCondition {
        let usual = [
            "# Server", "redis_version:7.4.0", "role:master", "aof_enabled:1", "maxmemory:0", "used_memory:1000000",
        ]
        return RedisCondition(info: (usual + lines).joined(separator: "\r\n"))
    }

    @Test("one that keeps what it is given")
    func sound() {
        #expect(Doctor.judge(condition()).map(\.status) == [.ok])
        #expect(Doctor.judge(condition("maxmemory:100000000", "maxmemory_policy:noeviction")).map(\.status) == [.ok])
        // Without a bound the policy never applies.
        #expect(Doctor.judge(condition("maxmemory_policy:allkeys-lru")).map(\.status) == [.ok])
    }

    @Test(
        "names what will lose conversations",
        arguments: [
            (["maxmemory:100000000", "maxmemory_policy:allkeys-lru"], "removes keys when 100 MB"),
            (["maxmemory:100000000", "used_memory:95000000"], "95 of 100 MB"),
            (["aof_enabled:0"], "no append-only file"),
        ])
    func warnings(lines: [String], text: String) {
        let info = ["role:master", "aof_enabled:1"] + lines
        let found = Doctor.judge(RedisCondition(info: info.joined(separator: "\n")))
        #expect(found.map(\.status) == [.warning])
        #expect(found.first?.text.contains(text) == true)
        #expect(found.first?.cure != nil)
    }

    @Test("a replica fails")
    func replica() {
        #expect(Doctor.judge(condition("role:slave")).map(\.status) == [.failed])
    }

    private static let small = ProcessInfo.processInfo.environment["TURNLEDGER_TEST_REDIS_SMALL"]

    @Test("the small server of the tests: bounded, without a file", .enabled(if: small != nil))
    func live() async throws {
        let url = try #require(Self.small)
        let values = ConfigurationValues(flags: ["store": url, "redis.layout": "plain", "server.port": "0"])
        let found = await Doctor(values: values).examine()
        #expect(found.contains { $0.check == .store && $0.status == .ok }, "\(found)")
        let server = found.filter { $0.check == .server }
        #expect(server.contains { $0.text.contains("no append-only file") }, "\(found)")
        #expect(!server.contains { $0.text.contains("removes keys") })
    }
}
