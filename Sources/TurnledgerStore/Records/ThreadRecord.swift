// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What Turnledger keeps about a thread beside its checkpoints (table `turnledger_threads`).
public struct ThreadRecord: Hashable, Sendable {
    /// What the thread's last run left: `busy` while it is unfinished, `error` where it failed.
    public enum Status: String, Sendable { case idle, busy, interrupted, error }

    /// The primary key; the client's own text.
    public var id: ThreadID
    /// A line for lists; `nil` until somebody sets it.
    public var title: String?
    /// Who may see it: set by its first write and never changed.
    public var owner: String
    /// What listings can be narrowed by.
    public var labels: [String: String]
    /// Kept beside the runs so that a listing reads one table.
    public var status: Status
    /// The time of its first write; never changed.
    public var createdAt: Timestamp
    /// The last activity: a run created or finished, or a change of title or labels.
    public var updatedAt: Timestamp
    /// The newest checkpoint in the root namespace.
    public var head: CheckpointID?
    /// Who may write it now.
    public var lease: Lease?

    public init(
        id: ThreadID, title: String? = nil, owner: String, labels: [String: String] = [:], status: Status = .idle,
        createdAt: Timestamp, updatedAt: Timestamp, head: CheckpointID? = nil, lease: Lease? = nil
    ) {
        self.id = id
        self.title = title
        self.owner = owner
        self.labels = labels
        self.status = status
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.head = head
        self.lease = lease
    }
}

/// The right to write a thread, held by one server for one run.
///
/// A lease does not end by the clock. Its holder raises `beat` again and again; who has watched it stand still for a
/// whole `duration` may take it over, which raises `epoch` and so locks the old holder out.
public struct Lease: Hashable, Sendable {
    /// The thread that may be written.
    public var thread: ThreadID
    /// The run for which it is held.
    public var run: RunID
    /// The process that holds it: its `HolderProbing.holder`, or a name of its own choice.
    public var holder: String
    /// Raised by one at every acquisition of this thread, and never lowered, not even by a release.
    public var epoch: Int64
    /// Raised by one at every renewal.
    public var beat: Int64
    /// How long the lease must have stood still before it may be taken over.
    public var duration: Duration

    public init(thread: ThreadID, run: RunID, holder: String, epoch: Int64, beat: Int64, duration: Duration) {
        self.thread = thread
        self.run = run
        self.holder = holder
        self.epoch = epoch
        self.beat = beat
        self.duration = duration
    }
}

/// What a store checks before it writes: that the writer still holds the thread and saw its newest checkpoint.
public struct Fence: Hashable, Sendable {
    /// Which newest checkpoint the writer has seen.
    public enum Head: Hashable, Sendable {
        /// Any head will do.
        case any
        /// The newest checkpoint of the written namespace must be this one; `nil`: there must be none.
        case exactly(CheckpointID?)
    }

    /// The epoch of the lease under which the caller writes.
    public var epoch: Int64
    /// Guards against a writer that holds no lease, such as Python's saver.
    public var head: Head

    public init(epoch: Int64, head: Head = .any) {
        self.epoch = epoch
        self.head = head
    }
}
