// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerCLI

@Suite("Retention of a configuration")
struct RetentionSettingsTests {
    private func settings(_ flags: [String: String]) throws -> RetentionSettings {
        try RetentionSettings(ConfigurationValues(flags: flags))
    }

    @Test("without a term nothing goes; with one, idle threads do")
    func term() throws {
        #expect(try settings([:]).policy == nil)
        #expect(try settings(["retention.ttl_days": "0"]).policy == nil)
        #expect(try settings(["retention.ttl_days": "7"]).policy == RetentionPolicy(standard: .days(7)))
        #expect(
            try settings(["retention.ttl_days": "7", "retention.action": "keep_latest", "retention.keep_latest": "3"])
                .policy?.standard == .days(7, .keepLatest(3)))
        #expect(
            try settings(["retention.ttl_days": "7", "retention.waiting_days": "30"]).policy?.waiting
                == .seconds(30 * 86_400))
    }

    @Test("`ttl_days` of the block counts where PostgreSQL is the store, and the own key goes before it")
    func block() throws {
        let block = ["postgresql.ttl_days": "7"]
        #expect(try settings(block).policy == nil)
        let store = ["store": "postgresql://user@host/database"]
        #expect(try settings(block.merging(store) { $1 }).policy?.standard == .days(7))
        let own = ["retention.ttl_days": "9"]
        #expect(try settings(block.merging(store) { $1 }.merging(own) { $1 }).policy?.standard == .days(9))
        let never = ["retention.ttl_days": "0"]
        #expect(try settings(block.merging(store) { $1 }.merging(never) { $1 }).policy == nil)
    }

    @Test("rules by label are read in their order")
    func rules() throws {
        let text = "team=legal forever,tier=free&team=north 1,tier=long 30 keep_latest=5,tier=cold 90 archive"
        let policy = try #require(try settings(["retention.rules": text]).policy)
        #expect(policy.standard == .forever)
        #expect(
            policy.rules == [
                .init(labels: ["team": "legal"], term: .forever),
                .init(labels: ["tier": "free", "team": "north"], term: .days(1)),
                .init(labels: ["tier": "long"], term: .days(30, .keepLatest(5))),
                .init(labels: ["tier": "cold"], term: .days(90, .archive)),
            ])
    }

    @Test(
        "what is no term is refused with the key's name",
        arguments: [
            ["retention.rules": "team 7"], ["retention.rules": "team=a"], ["retention.rules": "team=a -1"],
            ["retention.rules": "team=a 7 burn"], ["retention.rules": "team=a 7 keep_latest=0"],
            ["retention.ttl_days": "seven"], ["retention.ttl_days": "-7"], ["retention.action": "burn"],
            ["retention.share": "2"], ["retention.batch": "0"],
        ])
    func refused(_ flags: [String: String]) {
        let error = #expect(throws: ConfigurationError.self) { try settings(flags) }
        #expect(error?.description.contains(flags.keys.first ?? "") == true)
    }
}
