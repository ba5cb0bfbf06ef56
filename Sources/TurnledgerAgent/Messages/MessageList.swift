// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerStore

/// The `messages` channel: LangGraph's `add_messages` on nodes that stay as they were written.
enum MessageList {
    static let channel = "messages"

    /// Adds messages: one whose ID is in the list replaces that one in its place, a removal takes its one out, one
    /// without an ID gets one. What is no message is left out.
    static func add(_ current: PayloadValue, _ write: PayloadValue) throws -> PayloadValue {
        try ChannelKind.addMessages(current, write)
    }

    /// The messages of a channel's value, in order; what is no message is left out.
    static func messages(of value: PayloadValue?) -> [Message] {
        (value?.array ?? []).compactMap(Message.init)
    }
}
