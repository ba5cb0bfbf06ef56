// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// How a channel's value is put together that two servers have changed, each on its own.
public struct MergeableChannel: Sendable {
    public typealias Changes =
        @Sendable (_ base: PayloadValue?, _ new: PayloadValue?) throws(StoreError) -> PayloadValue?
    public typealias Missing =
        @Sendable (_ write: PayloadValue, _ base: PayloadValue?, _ value: PayloadValue?) throws(StoreError)
        -> PayloadValue?

    /// The write that makes the new value of the base (`nil`: the empty value); `nil`: nothing changed.
    public let changes: Changes
    /// What of such a write a value lacks that has grown from the same base on its own; `nil`: it has all of it already.
    ///
    /// Throws `.conflict` where the value has something else in its place.
    public let missing: Missing
    /// The channel's reducer.
    public let reducer: DeltaReducer

    public init(changes: @escaping Changes, missing: @escaping Missing, reducer: @escaping DeltaReducer) {
        self.changes = changes
        self.missing = missing
        self.reducer = reducer
    }
}
