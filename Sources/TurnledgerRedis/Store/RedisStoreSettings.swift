// Turnledger. SPDX-License-Identifier: Apache-2.0

/// How a Redis keeps conversations.
public struct RedisStoreSettings: Hashable, Sendable {
    /// In what form checkpoints lie.
    public enum Layout: String, Sendable, CaseIterable {
        /// As langgraph-checkpoint-redis 0.5.2 writes them: needs RedisJSON; Python and Turnledger continue each other's
        /// threads.
        case json
        /// In hashes and sorted sets of Turnledger's own: any Redis or Valkey will do.
        case plain
    }

    public var layout: Layout
    /// What Turnledger's own keys begin with: a prefix for each tenant.
    public var prefix: String
    /// How long what nobody writes or reads is kept; `nil`: for ever.
    public var term: Duration?
    /// Whether reading a thread begins its term anew.
    public var refreshesOnRead: Bool

    public init(
        layout: Layout = .json, prefix: String = "turnledger", term: Duration? = nil, refreshesOnRead: Bool = true
    ) {
        self.layout = layout
        self.prefix = prefix
        self.term = term
        self.refreshesOnRead = refreshesOnRead
    }
}
