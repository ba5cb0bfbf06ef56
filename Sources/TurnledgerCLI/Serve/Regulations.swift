// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore

/// What the imported regulations add to an agent: tools, the clauses behind citations, an index that follows the store.
struct Regulations: Sendable {
    var tools: [any Tool] = []
    var lookup: (any ClauseLookup)?
    var services: [any Service] = []
    /// How many clauses there are.
    var count = 0

    /// Builds the index where the store keeps clauses.
    static func open(
        _ store: any ConversationStore, values: ConfigurationValues, logger: Logger
    ) async throws -> Regulations {
        Regulations()
    }
}
