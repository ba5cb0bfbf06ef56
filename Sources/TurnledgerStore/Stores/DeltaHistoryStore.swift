// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that reads the writes that a delta channel's value is made of.
///
/// LangGraph's `DeltaChannel` stores its whole value (a snapshot) now and then only; between two snapshots the writes of
/// the checkpoints are the value.
public protocol DeltaHistoryStore: CheckpointStore {
    /// Returns, for each channel, the writes that lead to its value in a checkpoint, and the value they start from.
    ///
    /// Goes from the checkpoint's parent to its parent, and so on, up to the first that stores a value of the channel.
    /// Writes of the checkpoint itself belong to those after it and are left out, as is its own value: read that first.
    /// Of a checkpoint that does not exist, and of channels never written, there is nothing. Cost: two round trips and
    /// one more for every 1,024 checkpoints; only the channels' own rows are moved.
    ///
    /// - Returns: An entry for each channel that was asked for.
    func deltaHistory(
        of channels: [String], upTo checkpoint: CheckpointReference
    ) async throws(StoreError) -> [String: DeltaHistory]
}

/// What a delta channel's value is made of.
public struct DeltaHistory: Hashable, Sendable {
    /// The value that the writes start from, as it is stored: a snapshot (ext 7) or, of a channel that was no delta
    /// channel before, a plain value; `nil`: the channel's empty value.
    public var seed: Payload?
    /// The writes, oldest checkpoint first, within one checkpoint in the order of pending writes.
    public var writes: [PendingWrite]

    public init(seed: Payload? = nil, writes: [PendingWrite] = []) {
        self.seed = seed
        self.writes = writes
    }

    /// The channel's value: the reducer applied to the seed, out of its snapshot, and the values of the writes.
    /// - Throws: `.undecodable`, and what the reducer throws.
    public func value(_ reducer: DeltaReducer) throws(StoreError) -> PayloadValue {
        var start = try seed?.decoded()
        if let ext = start?.ext, ext.code == LangGraphExt.deltaSnapshot { start = try ext.content() }
        var values: [PayloadValue] = []
        values.reserveCapacity(writes.count)
        for write in writes { values.append(try write.value.decoded()) }
        return try reducer(start, values)
    }
}

/// Makes a delta channel's value of an earlier one (`nil`: the empty value) and all writes since, oldest first.
public typealias DeltaReducer =
    @Sendable (_ value: PayloadValue?, _ writes: [PayloadValue]) throws(StoreError) -> PayloadValue

/// The reducers of delta channels, by channel.
public typealias DeltaReducers = [String: DeltaReducer]
