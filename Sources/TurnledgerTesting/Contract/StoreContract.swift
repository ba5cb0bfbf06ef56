// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Testing
public import TurnledgerStore

/// What every store promises, each promise with the check that proves it.
///
/// A backend's suite is one parameterised test for each list that it can keep:
///
///     @Test("keeps the store contract", arguments: StoreContract.all)
///     func contract(_ rule: StoreContract.Rule<any ConversationStore>) async throws {
///         try await rule.verify(makeStore())
///     }
///
/// A rule makes thread IDs of its own, so that rules can share a store and run side by side.
public enum StoreContract {
    /// One promise.
    public struct Rule<Store>: Sendable, CustomTestStringConvertible {
        /// The promise as a sentence.
        public let testDescription: String
        let check: @Sendable (Store) async throws -> Void

        /// - Parameters:
        ///   - testDescription: The promise as a sentence.
        ///   - check: Records an issue (`#expect`, `#require`) where the store breaks the promise.
        public init(_ testDescription: String, check: @escaping @Sendable (Store) async throws -> Void) {
            self.testDescription = testDescription
            self.check = check
        }

        /// Checks the promise on a store that has been set up.
        public func verify(_ store: Store) async throws { try await check(store) }
    }

    typealias CheckpointRule = Rule<any CheckpointStore>
    typealias RunRule = Rule<any RunStore>
    typealias ConversationRule = Rule<any ConversationStore>
    typealias MaintenanceRule = Rule<any CheckpointMaintenance>
    typealias MaintainedConversationRule = Rule<any ConversationStore & CheckpointMaintenance>
    typealias ClauseRule = Rule<any ClauseStore>

    /// Promises of every `CheckpointStore`.
    public static let checkpoints: [Rule<any CheckpointStore>] =
        putRules + channelRules + putWritesRules + readingRules + listingRules + metadataRules + deletingRules
        + commitRules + namingRules + loadRules + legacyRules

    /// Promises of every `RunStore`.
    public static let runs: [Rule<any RunStore>] =
        threadRules + runRules + waitingRules + leaseRules + eventRules + runNamingRules

    /// Promises of a store that is both: what ties checkpoints to runs.
    public static let conversations: [Rule<any ConversationStore>] = fenceRules + conversationRules

    /// Promises of a store that can prune and copy threads and read delta channels' histories.
    public static let maintenance: [Rule<any CheckpointMaintenance>] =
        pruningRules + runDeletionRules + deltaRules + deltaPruningRules + copyingRules

    /// Promises of such a store that is a `RunStore` too: those of `maintenance`, and what ties these calls to records.
    public static let maintainedConversations: [Rule<any ConversationStore & CheckpointMaintenance>] =
        maintenance.map { rule in Rule(rule.testDescription) { try await rule.verify($0) } }
        + maintainedConversationRules

    /// Promises of every `ClauseStore`. Each needs a store of its own: regulations belong to the store as a whole.
    public static let clauses: [Rule<any ClauseStore>] = clauseReadingRules + clauseChangeRules

    /// All of them but those of maintenance and clauses, for a store that is both.
    public static let all: [Rule<any ConversationStore>] =
        checkpoints.map { rule in Rule(rule.testDescription) { try await rule.verify($0) } }
        + runs.map { rule in Rule(rule.testDescription) { try await rule.verify($0) } }
        + conversations
}
