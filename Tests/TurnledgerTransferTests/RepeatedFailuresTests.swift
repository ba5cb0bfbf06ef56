// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerTransfer

@Suite("Merges that fail again and again")
struct RepeatedFailuresTests {
    @Test("are told once a minute, and at once where they fail otherwise")
    func pace() {
        var failures = RepeatedFailures()
        let begun = ContinuousClock.now
        #expect(failures.tell(.full, at: begun) == 0)
        for tick in 1..<300 { #expect(failures.tell(.full, at: begun + .milliseconds(200 * tick)) == nil) }
        #expect(failures.tell(.undecodable, at: begun + .seconds(1)) == 0)
        #expect(failures.tell(.full, at: begun + .seconds(60)) == 299)
        #expect(failures.tell(.full, at: begun + .seconds(61)) == nil)
    }
}
