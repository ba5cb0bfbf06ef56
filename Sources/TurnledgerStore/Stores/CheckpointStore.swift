// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Keeps every checkpoint of every thread, and hands the newest one back.
public protocol CheckpointStore: Sendable {
    /// Makes the tables, or brings them up to date. Repeatable, and safe beside other processes that do the same.
    func setUp() async throws(StoreError)

    /// Returns the newest checkpoint of a thread's namespace with its writes, or `nil` for one never written.
    ///
    /// Newest is the greatest ID as text. Cost: one round trip.
    /// - Throws: `.unavailable`, `.undecodable`.
    func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint?

    /// Returns one checkpoint with its writes, or `nil` where there is none. Cost: one round trip.
    func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint?

    /// Lists checkpoints, newest first over everything matched, a page at a time as the caller iterates.
    ///
    /// - Throws: `.invalid` for a negative limit.
    func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing

    /// Stores a checkpoint and the channel values that changed in its superstep.
    ///
    /// The call is atomic, and idempotent by checkpoint ID: a retry after a lost reply stores nothing twice. A checkpoint
    /// that exists gets the new document and metadata, never a new parent; a blob that exists stays. Primitive values
    /// are stored inline, others only where `newVersions` names their channel.
    ///
    /// - Parameters:
    ///   - checkpoint: The state after a superstep, naming the checkpoint it grew from.
    ///   - newVersions: The version of each channel changed since the parent.
    ///   - fence: The lease under which the caller writes; `nil` writes like LangGraph, unguarded.
    /// - Throws: `.conflict` when the fence has passed to another writer or the head has moved, `.unavailable` when the
    ///   store cannot be reached, `.invalid` for a channel name with a backslash or NUL, `.full`.
    func put(_ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?) async throws(StoreError)

    /// Stores what a task wrote. Atomic and repeatable: a stored write stays, unless all channels are special.
    ///
    /// The checkpoint that the writes belong to need not exist (yet).
    func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError)

    /// Stores writes and checkpoints in one transaction: all that one or more supersteps leave behind.
    ///
    /// As `putWrites` and `put` one after another, but atomic. The fence's head is that before the commit.
    /// - Throws: As `put`; `.invalid` where the parts are of more than one thread.
    func commit(_ commit: Commit, fence: Fence?) async throws(StoreError)

    /// Removes all that the store keeps of a thread: checkpoints, writes, runs, events and its record. No error where
    /// there is nothing.
    func delete(_ thread: ThreadID) async throws(StoreError)
}

/// What `CheckpointStore.commit` stores at once; all of one thread.
public struct Commit: Hashable, Sendable {
    /// A checkpoint with what `CheckpointStore.put` needs beside it.
    public struct NewCheckpoint: Hashable, Sendable {
        public var checkpoint: Checkpoint
        /// The version of each channel changed since the parent.
        public var newVersions: ChannelVersions

        public init(_ checkpoint: Checkpoint, newVersions: ChannelVersions) {
            self.checkpoint = checkpoint
            self.newVersions = newVersions
        }
    }

    /// May belong to checkpoints of this commit, to earlier ones, or to none that exists.
    public var writes: [TaskWrites]
    /// Oldest first.
    public var checkpoints: [NewCheckpoint]

    public init(writes: [TaskWrites] = [], checkpoints: [NewCheckpoint] = []) {
        self.writes = writes
        self.checkpoints = checkpoints
    }

    public var isEmpty: Bool { writes.isEmpty && checkpoints.isEmpty }
}

/// Says which checkpoints to list. Every part that is set must hold.
public struct CheckpointQuery: Hashable, Sendable {
    /// `nil`: all threads.
    public var thread: ThreadID?
    /// `nil`: all namespaces.
    public var namespace: Namespace?
    /// Only this one, in each namespace that has it.
    public var id: CheckpointID?
    /// Metadata that must be contained, as PostgreSQL's `@>` contains: objects and arrays by their parts, scalars
    /// equal and of the same type.
    public var metadata: JSONObject
    /// Only IDs smaller than this.
    public var before: CheckpointID?
    /// `nil`: no bound; 0: none.
    public var limit: Int?
    /// Whether channel values and pending writes are read; without them a row is cheap.
    public var includesValues: Bool

    public init(
        thread: ThreadID? = nil, namespace: Namespace? = nil, id: CheckpointID? = nil, metadata: JSONObject = [:],
        before: CheckpointID? = nil, limit: Int? = nil, includesValues: Bool = true
    ) {
        self.thread = thread
        self.namespace = namespace
        self.id = id
        self.metadata = metadata
        self.before = before
        self.limit = limit
        self.includesValues = includesValues
    }
}
