// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A thread's state in the middle of a run: its channels and what its next checkpoint will say.
///
/// A value without effects: `apply` and `plan` decide, `GraphRun` does.
struct ThreadState: Sendable {
    let graph: Graph
    let thread: ThreadID
    let namespace: Namespace
    /// The checkpoint that this state was read from or became.
    private(set) var head: CheckpointID?
    private(set) var step: Int
    private(set) var channels: [String: Channel]
    private(set) var versions: ChannelVersions
    private(set) var seen: [String: ChannelVersions]
    /// Channels that the last `apply` made newer, and their version.
    private(set) var newVersions: ChannelVersions = [:]
    /// Members of the checkpoint document that another runtime wrote.
    private let extra: JSONObject
    /// Channels that another graph wrote: kept with their versions, their values stay where they are.
    private let foreignValues: [String: Payload]

    /// Begins a thread that has no checkpoint.
    init(graph: Graph, thread: ThreadID, namespace: Namespace) {
        self.graph = graph
        self.thread = thread
        self.namespace = namespace
        head = nil
        step = -2
        channels = graph.channels.mapValues { Channel($0, restoring: nil) }
        versions = [:]
        seen = [:]
        extra = [:]
        foreignValues = [:]
    }

    /// Continues from a checkpoint.
    /// - Throws: `StoreError` where a value cannot be decoded, `GraphError` where the step is missing.
    init(graph: Graph, restoring checkpoint: Checkpoint) throws {
        self.graph = graph
        thread = checkpoint.thread
        namespace = checkpoint.namespace
        head = checkpoint.id
        step = checkpoint.metadata.step ?? -1
        versions = checkpoint.channelVersions
        seen = checkpoint.versionsSeen
        extra = checkpoint.extra
        channels = [:]
        var foreign: [String: Payload] = [:]
        for (name, kind) in graph.channels {
            channels[name] = Channel(kind, restoring: try checkpoint.channelValues[name]?.decoded())
        }
        for (name, value) in checkpoint.channelValues where graph.channels[name] == nil { foreign[name] = value }
        foreignValues = foreign
    }

    /// The values of all channels that have one.
    var values: [String: PayloadValue] { channels.compactMapValues { $0.isAvailable ? $0.value : nil } }

    /// Whether no channel was ever written.
    var isNew: Bool { versions.isEmpty }

    /// Notes that everything so far was seen by whoever resumes the thread, as LangGraph does.
    mutating func markResumed() {
        seen["__interrupt__", default: [:]].merge(versions) { _, new in new }
    }

    /// Applies the writes of a superstep's tasks: LangGraph's `apply_writes`.
    ///
    /// - Returns: The channels that are newer and have a value.
    /// - Throws: `GraphError` for conflicting writes or an unknown channel, and what a reducer throws.
    @discardableResult
    mutating func apply(_ tasks: [FinishedTask], version: ChannelVersion) throws -> Set<String> {
        let ordered = tasks.sorted { $0.path.unicodeScalars.lexicographicallyPrecedes($1.path.unicodeScalars) }
        let startsSuperstep = ordered.contains { !$0.triggers.isEmpty }
        for task in ordered {
            var versionsSeen = seen[task.node] ?? [:]
            for trigger in task.triggers { if let current = versions[trigger] { versionsSeen[trigger] = current } }
            seen[task.node] = versionsSeen
        }

        newVersions = [:]
        var writes: [(channel: String, values: [PayloadValue])] = []
        for write in ordered.flatMap(\.writes) where !Self.isReserved(write.channel) {
            guard channels[write.channel] != nil else {
                throw GraphError(
                    .unknownChannel, "A task wrote to channel '\(write.channel)', which the graph does not have.")
            }
            if let index = writes.firstIndex(where: { $0.channel == write.channel }) {
                writes[index].values.append(write.value)
            } else {
                writes.append((write.channel, [write.value]))
            }
        }

        var updated: Set<String> = []
        for (name, values) in writes { try update(name, values, version: version, into: &updated) }
        if startsSuperstep {
            for name in channels.keys.sorted() where channels[name]!.isAvailable && !updated.contains(name) {
                try update(name, [], version: version, into: &updated)
            }
        }
        return updated
    }

    /// The version for the next `apply`: one for all channels of a superstep.
    func nextVersion(fraction: Double) -> ChannelVersion {
        ChannelVersion.next(after: versions.values.max(), fraction: fraction)
    }

    /// Becomes the next checkpoint.
    mutating func checkpoint(
        source: CheckpointMetadata.Source, updated: Set<String>, metadata: JSONObject, at time: Timestamp
    ) -> Checkpoint {
        step += 1
        let id = CheckpointID.next(after: head, superstep: step, now: time.microseconds * 10)
        var values = foreignValues
        for (name, channel) in channels where versions[name] != nil {
            // A blob that did not change is in the store already, under its version.
            guard let value = channel.value, newVersions[name] != nil || value.isPrimitive else { continue }
            values[name] = Payload(value)
        }
        let checkpoint = Checkpoint(
            thread: thread, namespace: namespace, id: id, parent: head, timestamp: time.description,
            channelValues: values, channelVersions: versions, versionsSeen: seen, updatedChannels: updated.sorted(),
            metadata: CheckpointMetadata(source: source, step: step, extra: metadata), extra: extra)
        head = id
        return checkpoint
    }

    private mutating func update(
        _ name: String, _ values: [PayloadValue], version: ChannelVersion, into updated: inout Set<String>
    ) throws {
        guard try channels[name]!.update(values, named: name) else { return }
        versions[name] = version
        newVersions[name] = version
        if channels[name]!.isAvailable { updated.insert(name) }
    }

    private static func isReserved(_ channel: String) -> Bool {
        ["__no_writes__", "__pregel_push", "__resume__", "__interrupt__", "__return__", "__error__", "__scheduled__"]
            .contains(channel)
    }
}

/// A task that has ended, or the input, as `ThreadState.apply` takes it.
struct FinishedTask: Sendable {
    let node: String
    let path: String
    let triggers: [String]
    let writes: [NodeOutput.Write]
}

extension PayloadValue {
    /// Whether LangGraph keeps the value in the checkpoint's document, not in a blob.
    var isPrimitive: Bool {
        switch self {
        case .null, .bool, .integer, .unsigned, .double, .string: true
        default: false
        }
    }
}
