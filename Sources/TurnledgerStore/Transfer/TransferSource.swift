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

    /// Reads several threads, in as few round trips as that takes; gives them in the order in which they were asked for.
    func read(_ threads: [TransferRequest]) async throws(StoreError) -> [TransferThread]
}

extension TransferSource {
    /// Reads one after another.
    public func read(_ threads: [TransferRequest]) async throws(StoreError) -> [TransferThread] {
        var result: [TransferThread] = []
        for thread in threads { result.append(try await read(thread.thread, thread.records)) }
        return result
    }
}

/// A thread that is to be read from a source.
public struct TransferRequest: Sendable {
    public var thread: ThreadID
    /// All that `TransferSource.scan` told of it.
    public var records: [TransferRecord]
    /// Raised by the journal whenever something new was found of it.
    public var version: Int

    public init(thread: ThreadID, records: [TransferRecord], version: Int = 0) {
        self.thread = thread
        self.records = records
        self.version = version
    }
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

/// A checkpoint, a pending write or the record of a thread in a source, before it is read.
public struct TransferRecord: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case checkpoint, write
        /// What Turnledger keeps of a thread: owner, title, labels, runs. Its key changes when that does.
        case thread
    }

    /// Where the source has it: a key of Redis, an ID.
    public var key: String
    public var kind: Kind
    public var thread: ThreadID
    /// The checkpoint that it is, or belongs to; empty where it is a thread's.
    public var checkpoint: CheckpointID
    /// Another one is another content under the same key; empty where keys keep their content.
    public var stamp: String

    public init(key: String, kind: Kind, thread: ThreadID, checkpoint: CheckpointID, stamp: String = "") {
        self.key = key
        self.kind = kind
        self.thread = thread
        self.checkpoint = checkpoint
        self.stamp = stamp
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
        /// An object in it stands without its content, which the program that wrote it did not keep. It is moved so.
        case emptied
        /// A channel has another value under the version that an earlier checkpoint has, which LangGraph's tables cannot
        /// keep. It is moved with a version of its own.
        case ambiguous
        /// The target does not take the thread, or a part of it: somebody holds it there, deleted it, or owns it.
        case refused
        /// A connection broke, or a server stood still; what was under way was tried again.
        case interrupted
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

extension TransferRecord {
    /// The record of a thread, with a key that changes when the record, its runs or what was said of its keeping do.
    package init(_ record: ThreadRecord, _ retention: ThreadRetention = ThreadRetention()) {
        var facts: [String] = [record.owner, record.title ?? "", record.status.rawValue, "\(retention)"]
        for name in record.labels.keys.sorted() { facts += [name, record.labels[name] ?? ""] }
        let hash = XXH3.hexadecimal(of: Array(facts.joined(separator: "\0").utf8))
        self.init(
            key: "thread/\(record.updatedAt.microseconds)/\(hash)", kind: .thread, thread: record.id,
            checkpoint: CheckpointID(""))
    }
}

/// A thread as its source has it.
public struct TransferThread: Sendable {
    /// Of all namespaces, parents before their children.
    public var checkpoints: [StoredCheckpoint]
    public var problems: [TransferProblem]
    /// `nil`: only other programs wrote it; nobody is known to own it.
    public var record: ThreadRecord?
    /// With their idempotency keys.
    public var runs: [RunRecord] = []
    /// What was said about its keeping; `nil`: the source has no place for that.
    public var retention: ThreadRetention?
    /// When the source would let the last of it expire; `nil`: never, or it does not say.
    public var expiresAt: Timestamp?
    /// Whether the source says when threads expire.
    public var saysExpiry = false

    public init(checkpoints: [StoredCheckpoint], problems: [TransferProblem] = []) {
        self.checkpoints = checkpoints
        self.problems = problems
    }
}
