// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerCLI

@Suite("The budget of descriptors")
struct DescriptorBudgetTests {
    @Test(
        "never gives out more than there are, and keeps some back", arguments: [256, 1024, 4096, 524_288, Int.max],
        [true, false])
    func bounds(_ limit: Int, _ asksModel: Bool) {
        let budget = DescriptorBudget(limit: limit, open: 20, pool: 16, asksModel: asksModel, cores: 4)
        #expect(budget.clients > 0 && budget.clients + budget.upstream <= limit - 20 - 16 - 100)
        #expect(asksModel ? (1...4096).contains(budget.upstream) : budget.upstream == 0)
    }

    @Test("leaves a process that may have hardly any a few clients")
    func tiny() {
        #expect(DescriptorBudget(limit: 64, open: 20, pool: 16, asksModel: true, cores: 4).clients == 8)
    }
}
