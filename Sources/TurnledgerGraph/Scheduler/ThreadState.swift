// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A thread's state in the middle of a run: its channels and what its next checkpoint will say.
///
/// A value without effects. What a checkpoint of another graph holds is kept: its channels with their versions, the
/// members of its document that nobody knows.
struct ThreadState: Sendable {
    let graph: Graph
    /// The checkpoint that this state was read from or became, stored or not.
    private(set) var head: CheckpointID?
    /// The newest checkpoint that is stored or about to be: the next one's parent.
    private(set) var storedHead: CheckpointID?
    /// The newest checkpoint of the thread: new IDs are greater.
    var newest: CheckpointID?
    /// The step of `head`: -2 before the first.
    private(set) var step: Int
    private(set) var channels: [String: ChannelState]
    private(set) var versions: ChannelVersions
    private(set) var seen: [String: ChannelVersions]
    /// The channels that the last superstep made newer; `nil`: not known.
    var updated: Set<String>?
    /// The versions of the newest stored checkpoint.
    private(set) var storedVersions: ChannelVersions
    /// The metadata of `head`.
    private(set) var metadata: CheckpointMetadata
    private let extra: JSONObject
    private let foreignValues: [String: Payload]

    /// A moment and random numbers: all that decisions need from outside.
    struct Moment: Sendable {
        var time: Timestamp
        /// In 0..<1.
        var fraction: Double
        /// What the random bits of checkpoint IDs are.
        var seed = UInt64.random(in: 0...UInt64.max)
    }

    /// Begins a thread that has no checkpoint.
    init(graph: Graph) {
        self.graph = graph
        head = nil
        storedHead = nil
        step = -2
        channels = graph.channels.mapValues { ChannelState($0, restoring: nil) }
        versions = [:]
        seen = [:]
        updated = nil
        storedVersions = [:]
        metadata = CheckpointMetadata(json: [:])
        extra = [:]
        foreignValues = [:]
    }

    /// Continues from a checkpoint.
    ///
    /// - `histories`: What `channelsToReplay(of:in:)` asked for.
    /// - `messages`: What an earlier run remembers of the checkpoint.
    /// - Throws: `StoreError` where a value cannot be decoded, what a reducer throws.
    init(
        graph: Graph, restoring checkpoint: Checkpoint, histories: [String: ChannelHistory] = [:],
        messages: [String: IndexedMessages] = [:]
    ) throws {
        self.graph = graph
        head = checkpoint.id
        storedHead = checkpoint.id
        step = checkpoint.metadata.step ?? -1
        versions = checkpoint.channelVersions
        storedVersions = versions
        seen = checkpoint.versionsSeen
        extra = checkpoint.extra
        metadata = checkpoint.metadata
        updated = checkpoint.updatedChannels.flatMap { $0.isEmpty ? nil : Set($0) }
        var channels: [String: ChannelState] = [:]
        channels.reserveCapacity(graph.channels.count)
        for (name, kind) in graph.channels {
            if let messages = messages[name] {
                channels[name] = ChannelState(kind, remembering: messages)
            } else if let history = histories[name] {
                channels[name] = try ChannelState(kind, replaying: history)
            } else {
                channels[name] = ChannelState(kind, restoring: try checkpoint.channelValues[name]?.decoded())
            }
        }
        self.channels = channels
        foreignValues = checkpoint.channelValues.filter { graph.channels[$0.key] == nil }
    }

    /// The channels whose value is to be found in the writes before a checkpoint.
    static func channelsToReplay(of graph: Graph, in checkpoint: Checkpoint) -> [String] {
        graph.channelOrder.filter { name in
            graph.channels[name]?.mayReplay == true && checkpoint.channelVersions[name] != nil
                && checkpoint.channelValues[name] == nil
        }
    }

    /// Whether no channel was ever written.
    var isNew: Bool { versions.isEmpty }

    func isAvailable(_ channel: String) -> Bool { channels[channel]?.isAvailable ?? false }

    /// The values of the selected channels that have one.
    func read(_ selection: ChannelSelection) -> PayloadValue {
        switch selection {
        case .single(let name): return channels[name]?.readable ?? .null
        case .several(let names):
            var map = PayloadMap()
            map.entries.reserveCapacity(names.count)
            for name in names {
                if let value = channels[name]?.readable { map.entries.append(.init(key: .string(name), value: value)) }
            }
            return .map(map)
        }
    }

    /// The state with a task's own writes in it.
    func reading(_ selection: ChannelSelection, with writes: [NodeOutput.Write]) throws -> PayloadMap {
        var map = PayloadMap()
        for name in selection.names {
            guard var channel = channels[name] else { continue }
            _ = try channel.update(writes.filter { $0.channel == name }.map(\.value), named: name)
            if let value = channel.readable { map.entries.append(.init(key: .string(name), value: value)) }
        }
        return map
    }

    /// Notes that everything so far was seen by whoever resumes the thread.
    mutating func markResumed() {
        var all = seen[Reserved.interrupt] ?? [:]
        for name in graph.channelOrder { if let version = versions[name] { all[name] = version } }
        seen[Reserved.interrupt] = all
    }

    /// Whether anything is newer than what the last resume saw.
    var isNewerThanLastInterrupt: Bool {
        let seen = seen[Reserved.interrupt] ?? [:]
        return versions.contains { name, version in seen[name].map { version > $0 } ?? true }
    }

    /// Whether a node is to be started: one of its triggers is available and newer than what it has seen.
    func starts(_ node: GraphNode) -> Bool {
        guard let seen = seen[node.name] else { return node.triggers.contains { isAvailable($0) } }
        return node.triggers.contains { trigger in
            guard isAvailable(trigger), let version = versions[trigger] else { return false }
            return seen[trigger].map { version > $0 } ?? true
        }
    }

    /// Applies the writes of a superstep's tasks, or of the input.
    ///
    /// - Returns: The channels that are newer and have a value.
    /// - Throws: `GraphError` for conflicting writes or an unknown channel, and what a reducer throws.
    mutating func apply(_ tasks: [FinishedTask], _ moment: Moment) throws -> Set<String> {
        let ordered = tasks.enumerated().sorted {
            let (left, right) = ($0.element.path.unicodeScalars, $1.element.path.unicodeScalars)
            if left.lexicographicallyPrecedes(right) { return true }
            if right.lexicographicallyPrecedes(left) { return false }
            return $0.offset < $1.offset
        }.map(\.element)
        let endsSuperstep = ordered.contains { !$0.triggers.isEmpty }
        let next = ChannelVersion.next(after: versions.values.max(), fraction: moment.fraction)
        var consumed: Set<String> = []
        for task in ordered {
            var own = seen[task.node] ?? [:]
            for trigger in task.triggers {
                if let current = versions[trigger] { own[trigger] = current }
                if channels[trigger] != nil { consumed.insert(trigger) }
            }
            seen[task.node] = own
        }
        for name in consumed.sorted() where channels[name]!.consume() { versions[name] = next }

        var order: [String] = []
        var writes: [String: [PayloadValue]] = [:]
        for task in ordered {
            for write in task.writes where !Reserved.notApplied.contains(write.channel) {
                guard channels[write.channel] != nil else {
                    throw GraphError(
                        .unknownChannel, "Channel '\(write.channel)' was written, which the graph does not have."
                    ).at(.init(node: task.node))
                }
                if writes[write.channel] == nil { order.append(write.channel) }
                writes[write.channel, default: []].append(write.value)
            }
        }
        var updated: Set<String> = []
        for name in order {
            do {
                try update(name, writes[name] ?? [], next, &updated)
            } catch let error as GraphError {
                let writers = ordered.filter { $0.writes.contains { $0.channel == name } }.map(\.node)
                throw error.at(.init(node: writers.joined(separator: ", ")))
            }
        }
        if endsSuperstep {
            for name in graph.channelOrder where channels[name]!.isAvailable && !updated.contains(name) {
                try update(name, [], next, &updated)
            }
            if !updated.contains(where: { graph.triggers[$0] != nil }) {
                for name in graph.channelOrder where channels[name]!.finish() {
                    versions[name] = next
                    if channels[name]!.isAvailable { updated.insert(name) }
                }
            }
        }
        return updated
    }

    private mutating func update(
        _ name: String, _ values: [PayloadValue], _ version: ChannelVersion, _ updated: inout Set<String>
    ) throws {
        guard try channels[name]!.update(values, named: name) else { return }
        versions[name] = version
        if channels[name]!.isAvailable { updated.insert(name) }
    }

    /// Whether a message is in a channel's list.
    mutating func holds(message id: String, in channel: String) -> Bool {
        channels[channel]?.holds(message: id) ?? false
    }

    /// The lists of messages at `storedHead` that have not changed since.
    var remembered: [String: IndexedMessages] {
        var lists: [String: IndexedMessages] = [:]
        for name in graph.messageChannels where versions[name] == storedVersions[name] {
            lists[name] = channels[name]?.messages(at: versions[name])
        }
        return lists
    }

    /// A copy to go back to: what can be looked up again is left to this one.
    var before: ThreadState {
        var copy = self
        for name in copy.channels.keys { copy.channels[name]!.forgetIndex() }
        return copy
    }

    // MARK: Becoming a checkpoint

    /// What a new checkpoint is made of.
    struct NewCheckpoint: Sendable {
        var thread: ThreadID
        var namespace: Namespace
        var metadata: CheckpointMetadata
        /// The step that the ID shows.
        var step: Int
        /// Delta channels whose whole value is stored.
        var snapshots: Set<String> = []
        var updated: Set<String>?
        /// The parent, where it is not the newest stored checkpoint.
        var parent: CheckpointID??
        /// Whether the ID of `head` is kept: nothing was stored since it was made.
        var keepsID = false
        /// Whether values are stored with it. `false`: the channels are those of the parent.
        var storesValues = true
    }

    /// Takes a new step without storing it.
    mutating func advance(_ new: NewCheckpoint, _ moment: Moment) {
        metadata = new.metadata
        updated = new.updated
        head = nextID(new, moment)
        step = new.metadata.step ?? step + 1
    }

    private func nextID(_ new: NewCheckpoint, _ moment: Moment) -> CheckpointID {
        let last = [head, newest].compactMap { $0 }.max()
        return CheckpointID.next(
            after: last, superstep: new.step, now: moment.time.microseconds * 10, random: moment.seed)
    }

    /// Becomes the next checkpoint, and returns it with the versions that are new in it.
    mutating func checkpoint(_ new: NewCheckpoint, _ moment: Moment) -> Commit.NewCheckpoint {
        metadata = new.metadata
        updated = new.updated
        if !new.keepsID || head == nil { head = nextID(new, moment) }
        step = new.metadata.step ?? step + 1
        bumpVersions(of: new.snapshots, moment)
        let newVersions = versions.filter { name, version in storedVersions[name].map { version > $0 } ?? true }
        var values = foreignValues
        for (name, channel) in channels where versions[name] != nil {
            if new.snapshots.contains(name), let value = channel.value {
                if newVersions[name] != nil { values[name] = Payload(.ext(LangGraphExt.deltaSnapshot(value))) }
                continue
            }
            guard let value = channel.stored else { continue }
            // A blob that did not change is in the store already, under its version.
            if newVersions[name] != nil || value.isPrimitive { values[name] = Payload(value) }
        }
        let parent = new.parent ?? storedHead
        let checkpoint = Checkpoint(
            thread: new.thread, namespace: new.namespace, id: head!, parent: parent,
            timestamp: moment.time.description, channelValues: values, channelVersions: versions, versionsSeen: seen,
            updatedChannels: new.updated.map { $0.sorted { ExactText($0) < ExactText($1) } }, metadata: new.metadata,
            extra: extra)
        storedHead = head
        storedVersions = versions
        return Commit.NewCheckpoint(checkpoint, newVersions: newVersions)
    }

    /// Makes the versions of snapshots new, so that they are stored, without starting whoever has seen the old one.
    private mutating func bumpVersions(of snapshots: Set<String>, _ moment: Moment) {
        var bumps: [(name: String, old: ChannelVersion?, new: ChannelVersion)] = []
        for name in graph.deltaChannels where snapshots.contains(name) {
            guard let old = versions[name] else {
                let new = ChannelVersion.next(after: nil, fraction: moment.fraction)
                versions[name] = new
                bumps.append((name, nil, new))
                continue
            }
            guard old == storedVersions[name] else { continue }
            let new = ChannelVersion.next(after: old, fraction: moment.fraction)
            versions[name] = new
            bumps.append((name, old, new))
        }
        guard !bumps.isEmpty else { return }
        for bump in bumps where bump.old == nil {
            for node in graph.triggers[bump.name] ?? [] where seen[node] == nil { seen[node] = [:] }
        }
        var marks = seen[Reserved.snapshotBumps] ?? [:]
        for node in seen.keys where node != Reserved.snapshotBumps {
            for bump in bumps where seen[node]?[bump.name] == bump.old {
                let (advanced, read) = ("\(node)|\(bump.name)", "\(node):\(bump.name)")
                if let old = bump.old, marks[advanced] != old { marks[read] = old }
                marks[advanced] = bump.new
                seen[node]?[bump.name] = bump.new
            }
        }
        if !marks.isEmpty { seen[Reserved.snapshotBumps] = marks }
    }

    /// The node that a state update without a node stands for: the one that ran last, where it was one alone.
    var lastNode: String? {
        if graph.nodes.count == 1 { return graph.nodeOrder.first }
        let marks = seen[Reserved.snapshotBumps] ?? [:]
        var versionsByNode: [(version: ChannelVersion, node: String)] = []
        var anySeen = false
        for (node, versions) in seen where node != Reserved.snapshotBumps {
            for (channel, version) in versions {
                var read: ChannelVersion? = version
                if marks["\(node)|\(channel)"] == version { read = marks["\(node):\(channel)"] }
                guard let read else { continue }
                anySeen = true
                if graph.nodes[node] != nil { versionsByNode.append((read, node)) }
            }
        }
        guard anySeen else { return graph.nodes[Graph.start] != nil ? Graph.start : nil }
        versionsByNode.sort { $0.version != $1.version ? $0.version < $1.version : $0.node < $1.node }
        guard let last = versionsByNode.last else { return nil }
        if versionsByNode.count > 1, versionsByNode[versionsByNode.count - 2].version == last.version { return nil }
        return last.node
    }
}

/// A task that has ended, or the input, as `ThreadState.apply` takes it.
struct FinishedTask: Sendable {
    let node: String
    let path: String
    let triggers: [String]
    let writes: [NodeOutput.Write]
}
