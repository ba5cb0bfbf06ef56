// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What a run was started with, as its row keeps it: MessagePack of `{"message": ext}`.
struct RunInput: Sendable {
    var message: Message

    init(message: Message) { self.message = message }

    /// - Throws: `.undecodable` where the row holds no message.
    init(_ bytes: [UInt8]) throws(StoreError) {
        let value = try MessagePack.decode(bytes)
        guard let message = value.map?["message"].flatMap(Message.init) else {
            throw StoreError(.undecodable, "The run's input holds no message.")
        }
        self.message = message
    }

    var bytes: [UInt8] { MessagePack.encode(["message": message.payload]) }
}
