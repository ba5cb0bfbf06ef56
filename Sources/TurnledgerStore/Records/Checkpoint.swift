// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A thread's state after a superstep, naming the checkpoint it grew from.
///
/// Source of the format: `libs/checkpoint` of LangGraph, `Checkpoint` of version 4. Keys that Turnledger does not know
/// are kept in `extra` and written back.
public struct Checkpoint: Hashable, Sendable {
    /// The version of the layout that Turnledger writes.
    public static let currentFormat = 4

    /// Whose state it is (`thread_id`).
    public var thread: ThreadID
    /// The graph within the thread (`checkpoint_ns`): root, or a subgraph's place in its parents.
    public var namespace: Namespace
    /// Greater than the parent's: the greatest of a namespace is its head.
    public var id: CheckpointID
    /// The checkpoint that this one grew from; `nil` for a thread's first.
    public var parent: CheckpointID?
    /// The layout's version (`v`): 4 today, 1 to 3 in old rows.
    public var format: Int
    /// When it was made, as Python's `datetime.isoformat()` prints it, in UTC with microseconds.
    public var timestamp: String
    /// The value of each channel that has one. Reading gives all of them; writing stores those that are primitive
    /// (inline) or named in `newVersions` (as blobs), as LangGraph does.
    public var channelValues: [String: Payload]
    /// The version of each channel that ever had one, those without a value included.
    public var channelVersions: ChannelVersions
    /// For each node, the versions of its triggers that it has seen.
    public var versionsSeen: [String: ChannelVersions]
    /// The channels that changed in this superstep, sorted; `nil` after an update or a fork.
    public var updatedChannels: [String]?
    /// What made the checkpoint: what listings filter by.
    public var metadata: CheckpointMetadata
    /// Members of the checkpoint document that Turnledger does not know.
    public var extra: JSONObject

    public init(
        thread: ThreadID,
        namespace: Namespace = .root,
        id: CheckpointID,
        parent: CheckpointID? = nil,
        format: Int = Checkpoint.currentFormat,
        timestamp: String,
        channelValues: [String: Payload] = [:],
        channelVersions: ChannelVersions = [:],
        versionsSeen: [String: ChannelVersions] = [:],
        updatedChannels: [String]? = nil,
        metadata: CheckpointMetadata,
        extra: JSONObject = [:]
    ) {
        self.thread = thread
        self.namespace = namespace
        self.id = id
        self.parent = parent
        self.format = format
        self.timestamp = timestamp
        self.channelValues = channelValues
        self.channelVersions = channelVersions
        self.versionsSeen = versionsSeen
        self.updatedChannels = updatedChannels
        self.metadata = metadata
        self.extra = extra
    }

    /// Where this checkpoint lies.
    public var reference: CheckpointReference {
        CheckpointReference(thread: thread, namespace: namespace, id: id)
    }
}

/// Says what made a checkpoint: `source`, `step` and `parents`, and whatever else its writer adds.
///
/// JSON keys: `source` (`input`, `loop`, `update` or `fork`), `step` (-1 for the first input, then one more for each
/// checkpoint; Python cannot continue a thread without it), `parents` (namespace to checkpoint ID; empty for the graph
/// itself), and any primitive values of the caller's configuration.
public struct CheckpointMetadata: Hashable, Sendable {
    /// `input`: a new turn's values; `loop`: a superstep; `update`: a change from outside; `fork`: a copy of another.
    public enum Source: String, Sendable { case input, loop, update, fork }

    /// The document as it is stored, in order.
    public var json: JSONObject

    public init(json: JSONObject) { self.json = json }

    public init(source: Source, step: Int, parents: [String: CheckpointID] = [:], extra: JSONObject = [:]) {
        var parentMembers = JSONObject()
        for (namespace, id) in parents.sorted(by: { $0.key < $1.key }) {
            parentMembers[namespace] = .string(id.rawValue)
        }
        json = ["source": .string(source.rawValue), "step": .integer(Int64(step)), "parents": .object(parentMembers)]
        for member in extra where json[member.key] == nil { json[member.key] = member.value }
    }

    /// `nil` where another writer left it out or has a word of its own.
    public var source: Source? { json["source"]?.string.flatMap(Source.init) }
    /// -1 for the first input, then one more for each checkpoint.
    public var step: Int? { json["step"]?.integer.map(Int.init) }
    /// The run that made the checkpoint: tells whether a run's input was taken in before a crash.
    public var runID: String? { json["run_id"]?.string }
}

/// Where a checkpoint lies: LangGraph's primary key.
public struct CheckpointReference: Hashable, Sendable {
    /// Column `thread_id`.
    public var thread: ThreadID
    /// Column `checkpoint_ns`: empty for the root.
    public var namespace: Namespace
    /// Column `checkpoint_id`: a uuid6.
    public var id: CheckpointID

    public init(thread: ThreadID, namespace: Namespace = .root, id: CheckpointID) {
        self.thread = thread
        self.namespace = namespace
        self.id = id
    }
}

/// A checkpoint as it was read, with the writes of the tasks that came after it.
public struct StoredCheckpoint: Hashable, Sendable {
    /// With the values of all its channels.
    public var checkpoint: Checkpoint
    /// Ordered by task path, task ID (both by code point) and index.
    public var pendingWrites: [PendingWrite]

    public init(checkpoint: Checkpoint, pendingWrites: [PendingWrite] = []) {
        self.checkpoint = checkpoint
        self.pendingWrites = pendingWrites
    }
}
