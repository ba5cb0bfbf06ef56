// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerRedis
import TurnledgerStore

@Suite("Addresses of Redis")
struct RedisConfigurationTests {
    @Test("host, port, user, password and database are read, and what is left out has its usual value")
    func parts() throws {
        let plain = try RedisConfiguration(url: "redis://localhost")
        #expect(plain.address == RedisAddress(host: "localhost", port: 6379))
        #expect(plain.password == nil && plain.user == nil && plain.database == 0 && plain.tls == nil)
        let whole = try RedisConfiguration(url: "rediss://ann:p%40ss%3Aw@[::1]:7000/3?ssl_cert_reqs=none&protocol=2")
        #expect(whole.address == RedisAddress(host: "::1", port: 7000))
        #expect(whole.user == "ann" && whole.password == "p@ss:w" && whole.database == 3)
        #expect(whole.tls?.verifies == false && whole.protocolVersion == 2)
        #expect(try RedisConfiguration(url: "redis://:secret@h").password == "secret")
    }

    @Test("sentinels are several addresses, the primary's name and the database")
    func sentinels() throws {
        let configuration = try RedisConfiguration(url: "redis+sentinel://a:1,b/main/2")
        #expect(configuration.sentinels == [RedisAddress(host: "a", port: 1), RedisAddress(host: "b", port: 26379)])
        #expect(configuration.primaryName == "main" && configuration.database == 2)
    }

    @Test(
        "what is no address is refused without its password",
        arguments: [
            "localhost:6379", "redis://", "redis://a,b", "redis://:hunter2@h:0", "redis://:hunter2@h:x",
            "redis://:hunter2@h/one", "redis://:hunter2@h?prefix=x", "http://:hunter2@h", "redis://hunter2@h",
            "redis://:hunter2@h?protocol=4",
        ])
    func refused(_ url: String) {
        do {
            _ = try RedisConfiguration(url: url)
            Issue.record("taken: \(url)")
        } catch {
            #expect(error.code == .invalid)
            #expect(!error.detail.contains("hunter2"))
        }
    }
}
