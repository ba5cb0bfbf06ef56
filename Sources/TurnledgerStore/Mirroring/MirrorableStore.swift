// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that can be one of a mirrored pair.
///
/// It keeps a record of its role, compares it within every write that has a `MirrorGuard`, and keeps marks of what was
/// written. After a change of the record's `standing` has returned, no write under the old one can still take effect.
public protocol MirrorableStore: CheckpointStore, RunStore {
    /// Returns the store's record; `nil`: it is in no pair.
    func mirrorRecord() async throws(StoreError) -> MirrorRecord?

    /// Puts a record in place of the one that the caller saw, and waits for the writes under way.
    ///
    /// - Parameters:
    ///   - old: What the caller saw; `nil`: there was none.
    ///   - new: What is to be; `nil`: none.
    /// - Returns: `false` where the record is another one; nothing has changed then.
    func replaceMirrorRecord(_ old: MirrorRecord?, with new: MirrorRecord?) async throws(StoreError) -> Bool

    /// Notes marks without a write; under the guard of the Swift task, where there is one.
    func mark(_ subjects: [MirrorMark.Subject], token: Int64, at time: Timestamp) async throws(StoreError)

    /// Returns the oldest marks, and how many there are.
    func mirrorBacklog(limit: Int) async throws(StoreError) -> MirrorBacklog

    /// Removes marks whose token is still the same; of others the time is set.
    func settle(_ marks: [MirrorMark], at time: Timestamp) async throws(StoreError)

    /// Returns what the store keeps of a thread beside checkpoints, or `nil` where there is no record of it.
    func image(of thread: ThreadID) async throws(StoreError) -> ThreadImage?

    /// Makes a thread's record and runs what the image says, whatever they were. Its head stays that of the checkpoints.
    ///
    /// - Parameters:
    ///   - image: As another store has it.
    ///   - onlyIfAbsent: Whether a thread that has a record stays as it is.
    /// - Returns: Whether the record was made or changed.
    @discardableResult
    func apply(_ image: ThreadImage, onlyIfAbsent: Bool) async throws(StoreError) -> Bool

    /// Returns where checkpoints lie, newest first, a page at a time: as `list(_:)`, but none has to be read.
    ///
    /// - Parameters:
    ///   - thread: Whose; `nil`: all.
    ///   - cursor: Behind which; `nil`: from the newest.
    func places(
        of thread: ThreadID?, behind cursor: CheckpointListing.Cursor?
    ) async throws(StoreError) -> CheckpointPlaces
}

extension MirrorableStore {
    /// One page of `list(_:)` without values.
    public func places(
        of thread: ThreadID?, behind cursor: CheckpointListing.Cursor?
    ) async throws(StoreError) -> CheckpointPlaces {
        let listing = try await list(CheckpointQuery(thread: thread, includesValues: false))
        let page = try await listing.page(behind: cursor)
        return CheckpointPlaces(places: page.checkpoints.map(\.checkpoint.reference), next: page.next)
    }
}

/// A page of places.
public struct CheckpointPlaces: Sendable {
    /// Newest first. May be empty before the end.
    public var places: [CheckpointReference]
    /// `nil` at the end.
    public var next: CheckpointListing.Cursor?

    public init(places: [CheckpointReference], next: CheckpointListing.Cursor?) {
        self.places = places
        self.next = next
    }
}

/// All that a store keeps of a thread beside its checkpoints and events.
public struct ThreadImage: Hashable, Sendable {
    /// With the lease.
    public var thread: ThreadRecord
    /// The greatest epoch of a lease that was given out.
    public var epoch: Int64
    /// Oldest first.
    public var runs: [RunRecord]

    public init(thread: ThreadRecord, epoch: Int64, runs: [RunRecord]) {
        self.thread = thread
        self.epoch = epoch
        self.runs = runs
    }
}
