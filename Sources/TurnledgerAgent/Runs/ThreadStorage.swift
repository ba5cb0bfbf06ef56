// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerGraph

/// How a thread's turns are stored.
public struct ThreadStorage: Hashable, Sendable {
    /// How the `messages` channel is stored. A thread keeps the form that it was begun with; `ThreadConversion` changes it.
    public enum Messages: String, Hashable, Sendable, CaseIterable {
        /// LangGraph's ordinary list: each superstep that adds a message stores the whole list. Any Python graph reads it.
        case plain
        /// LangGraph's `DeltaChannel`: what was written is stored, and now and then the whole list. A superstep costs the
        /// same however long the thread is. Python reads it where its graph declares a `DeltaChannel`.
        case delta
    }

    /// After how many supersteps with messages `delta` stores the whole list: half as often as LangGraph by itself, since
    /// it is these lists that would make a turn's WAL grow with its thread.
    public static let superstepsBetweenSnapshots = 200

    public var messages: Messages
    /// How much of a turn's history is stored.
    public var history: RunHistory

    public init(messages: Messages = .plain, history: RunHistory = .superstep) {
        self.messages = messages
        self.history = history
    }
}
