// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A place from which threads can be taken to another store, whatever its layout.
public protocol TransferSource: Sendable {
    /// Looks through everything that is there and tells what it finds, in no order, a batch at a time.
    ///
    /// What is written meanwhile may be told or not; the same record may be told twice. Cost: a reading of all keys, and
    /// of each record as much as says whose it is.
    func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError)

    /// Reads the records of one thread: its checkpoints with their writes, parents before their children.
    ///
    /// - `records`: All that `scan` told of the thread, in any order.
    func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread
}

/// A batch of what a source holds.
public struct TransferFindings: Sendable {
    public var records: [TransferRecord]
    /// What is there and cannot be read.
    public var problems: [TransferProblem]

    public init(records: [TransferRecord] = [], problems: [TransferProblem] = []) {
        self.records = records
        self.problems = problems
    }
}

/// A checkpoint or a pending write in a source, before it is read.
public struct TransferRecord: Hashable, Sendable {
    public enum Kind: String, Sendable { case checkpoint, write }

    /// Where the source has it: a key of Redis, an ID.
    public var key: String
    public var kind: Kind
    public var thread: ThreadID
    /// The checkpoint that it is, or belongs to.
    public var checkpoint: CheckpointID

    public init(key: String, kind: Kind, thread: ThreadID, checkpoint: CheckpointID) {
        self.key = key
        self.kind = kind
        self.thread = thread
        self.checkpoint = checkpoint
    }
}

/// Something of a source that was not moved, or not as it was.
public struct TransferProblem: Hashable, Sendable {
    /// What is said of a record.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// What is there cannot be read: damaged, of an unknown type, too large. It stays where it is.
        case unreadable
        /// It was there when the source was looked through, and is not any more: deleted or expired.
        case vanished
        /// A write whose checkpoint is not there; nothing can ever take it up.
        case orphan
        /// A checkpoint whose parent is not there: it expired, or the source never kept it. The checkpoint is moved.
        case parentless
    }

    public var kind: Kind
    public var key: String
    /// What is wrong, in a sentence that repeats no value.
    public var detail: String

    public init(_ kind: Kind, key: String, _ detail: String) {
        self.kind = kind
        self.key = key
        self.detail = detail
    }
}

/// A thread as its source has it.
public struct TransferThread: Sendable {
    /// Of all namespaces, parents before their children.
    public var checkpoints: [StoredCheckpoint]
    public var problems: [TransferProblem]

    public init(checkpoints: [StoredCheckpoint], problems: [TransferProblem] = []) {
        self.checkpoints = checkpoints
        self.problems = problems
    }
}
