// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerStore

/// The `messages` channel as it lies in a checkpoint.
struct StoredMessages: Sendable {
    let checkpoint: Checkpoint

    private var stored: Payload? { checkpoint.channelValues[MessageList.channel] }

    /// The form that the thread was begun with; `nil`: nothing was ever said in it.
    func form() throws(StoreError) -> ThreadStorage.Messages? {
        guard checkpoint.channelVersions[MessageList.channel] != nil else { return nil }
        guard let stored else { return .delta }
        return try stored.decoded().ext?.asDeltaSnapshot == nil ? .plain : .delta
    }

    /// The whole list: as it is stored, or made of a delta channel's writes.
    func value(in store: any CheckpointStore) async throws(StoreError) -> PayloadValue? {
        guard checkpoint.channelVersions[MessageList.channel] != nil else { return nil }
        if let value = try stored?.decoded() { return value.ext?.asDeltaSnapshot ?? value }
        guard let store = store as? any DeltaHistoryStore else {
            throw StoreError(.unsupported, "The store does not read the history of delta channels.")
        }
        let history = try await store.deltaHistory(of: [MessageList.channel], upTo: checkpoint.reference)
        return try history[MessageList.channel]?.value(MessageList.replay)
    }
}

extension MessageList {
    /// How the channel of an agent's messages takes writes.
    static func kind(_ form: ThreadStorage.Messages) -> ChannelKind {
        switch form {
        case .plain: .lenientMessages
        case .delta: .messagesDelta(snapshotEvery: ThreadStorage.superstepsBetweenSnapshots)
        }
    }

    /// The reducer of a delta channel of messages.
    static func replay(_ value: PayloadValue?, _ writes: [PayloadValue]) throws(StoreError) -> PayloadValue {
        do {
            return try ChannelKind.foldMessages(value ?? [], writes)
        } catch {
            throw StoreError(.undecodable, "The thread's messages cannot be read.", underlying: error)
        }
    }
}
