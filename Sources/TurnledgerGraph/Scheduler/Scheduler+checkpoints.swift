// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// When a run's checkpoints and writes are stored.
public enum Durability: String, Hashable, Sendable, CaseIterable {
    /// A task's writes when it ends, those of the last together with the next checkpoint, before the next superstep.
    case sync
    /// The same, beside the next superstep; a task that may not run twice waits for all of it.
    case async
    /// One checkpoint at the end, or where the run stops. A crash loses the run, and that a task
    /// which may not run twice had begun.
    case exit
}

extension Scheduler {
    /// The most supersteps that a delta channel goes without being stored whole (LangGraph's default).
    static let mostSuperstepsWithoutSnapshot = 5000

    /// Makes the next checkpoint, and stores it unless that waits for the end.
    mutating func store(
        _ source: CheckpointMetadata.Source, updated: Set<String>?, _ moment: Moment
    ) -> [Action] {
        var counters = DeltaCounters(state.metadata)
        counters.count(graph.deltaChannels, updated: updated ?? [])
        let snapshots = isStoredAtOnce ? dueSnapshots(counters).union(forcedSnapshots) : []
        counters.reset(snapshots)
        forcedSnapshots.subtract(snapshots)
        var metadata = CheckpointMetadata(
            source: source, step: superstep, parents: setting.parents, extra: setting.metadata)
        counters.write(to: &metadata)
        let new = ThreadState.NewCheckpoint(
            thread: setting.thread, namespace: setting.namespace, metadata: metadata, step: superstep,
            snapshots: snapshots, updated: updated)
        guard isStoredAtOnce else {
            state.advance(new, moment)
            return []
        }
        previousHead = state.storedHead
        return [.store(state.checkpoint(new, moment))]
    }

    /// What a run that stores nothing before its end stores then.
    ///
    /// - `hasFailed`: Whether it stops by an error or an interrupt.
    mutating func finish(hasFailed: Bool, _ moment: Moment) -> [Action] {
        guard setting.isStored, setting.durability == .exit else { return [] }
        let keepsHistory = !setting.namespace.rawValue.contains(":")
        guard !setting.isNested || hasFailed || keepsHistory else { return [] }
        var actions: [Action] = []
        if state.head != state.storedHead {
            if !setting.isLatest, exitWrites.hasParent {
                forcedSnapshots.formUnion(exitWrites.channels)
            }
            var counters = DeltaCounters(state.metadata)
            let snapshots = dueSnapshots(counters).union(forcedSnapshots)
            let (stub, writes) = exitWrites.rows(
                without: snapshots, setting: setting, firstHead: state.head, moment)
            actions += writes.map { .save($0) }
            counters.reset(snapshots)
            var metadata = state.metadata
            counters.write(to: &metadata)
            var new = ThreadState.NewCheckpoint(
                thread: setting.thread, namespace: setting.namespace, metadata: metadata, step: state.step,
                snapshots: snapshots, updated: state.updated)
            new.keepsID = true
            if let stub {
                actions.insert(.store(Commit.NewCheckpoint(stub, newVersions: [:])), at: 0)
                new.parent = .some(stub.id)
            }
            actions.append(.store(state.checkpoint(new, moment)))
        }
        var written: [TaskID] = []
        for write in pending where writers.contains(write.task) && !written.contains(write.task) {
            written.append(write.task)
        }
        for id in written {
            let writes = pending.filter { $0.task == id }.map { NodeOutput.Write($0.channel, $0.value) }
            if let row = taskWrites(id, writes) { actions.append(.save(row)) }
        }
        return actions
    }

    /// The delta channels whose time has come.
    func dueSnapshots(_ counters: DeltaCounters) -> Set<String> {
        Set(
            graph.deltaChannels.filter { name in
                guard let delta = graph.channels[name]?.delta, state.versions[name] != nil else { return false }
                let count = counters[name]
                return count.updates >= delta.snapshotEvery
                    || count.supersteps >= Self.mostSuperstepsWithoutSnapshot
            })
    }
}

/// How often each delta channel was written since it was stored whole: `counters_since_delta_snapshot`.
struct DeltaCounters: Sendable {
    private static let key = "counters_since_delta_snapshot"
    private var counts: [String: (updates: Int, supersteps: Int)] = [:]

    init(_ metadata: CheckpointMetadata) {
        for member in metadata.json[Self.key]?.object?.members ?? [] {
            guard let pair = member.value.array, pair.count == 2, let updates = pair[0].integer,
                let supersteps = pair[1].integer
            else { continue }
            counts[member.key] = (Int(updates), Int(supersteps))
        }
    }

    subscript(name: String) -> (updates: Int, supersteps: Int) { counts[name] ?? (0, 0) }

    mutating func count(_ names: [String], updated: Set<String>) {
        let old = counts
        counts = [:]
        for name in names {
            let (updates, supersteps) = old[name] ?? (0, 0)
            counts[name] = (updates + (updated.contains(name) ? 1 : 0), supersteps + 1)
        }
    }

    mutating func reset(_ names: Set<String>) { for name in names { counts[name] = nil } }

    func write(to metadata: inout CheckpointMetadata) {
        var object = JSONObject()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) where count != (0, 0) {
            object[name] = [.integer(Int64(count.updates)), .integer(Int64(count.supersteps))]
        }
        metadata.json[Self.key] = object.members.isEmpty ? nil : .object(object)
    }
}

/// The delta writes of a run that stores nothing before its end: they are what the channel is read from.
struct ExitWrites: Sendable {
    /// The checkpoint that the run began from.
    var anchor: CheckpointID?
    /// The writes of this run's command.
    var command: [NodeOutput.Write] = []
    private var writes: [(superstep: Int, task: TaskID, path: String, channel: String, value: PayloadValue)] = []
    private var stored: Set<String> = []
    private var firstSuperstep: Int?

    var hasParent: Bool { anchor != nil }
    var channels: Set<String> { Set(writes.map(\.channel)) }

    /// Remembers what lies with the loaded checkpoint already.
    mutating func noteStored(_ pending: [Pending], in graph: Graph) {
        for write in pending where write.task != .null && graph.channels[write.channel]?.delta != nil {
            stored.insert(write.task.rawValue + "|" + write.channel)
        }
    }

    /// Takes a superstep's writes.
    mutating func take(_ pending: [Pending], of tasks: [ScheduledTask], in graph: Graph, superstep: Int) {
        guard !graph.deltaChannels.isEmpty else { return }
        let isFirst = firstSuperstep == nil
        if isFirst {
            firstSuperstep = superstep
            writes += command.map { (superstep, .null, "", $0.channel, $0.value) }
        }
        let paths = Dictionary(tasks.map { ($0.id, $0.path) }) { first, _ in first }
        for write in pending where graph.channels[write.channel]?.delta != nil {
            if isFirst, write.task == .null || stored.contains(write.task.rawValue + "|" + write.channel) { continue }
            writes.append((superstep, write.task, paths[write.task] ?? "", write.channel, write.value))
        }
    }

    /// The rows that keep the writes, and the checkpoint that they hang on where the thread had none.
    func rows(
        without snapshots: Set<String>, setting: Scheduler.Setting, firstHead: CheckpointID?, _ moment: Moment
    ) -> (stub: Checkpoint?, writes: [TaskWrites]) {
        let left = writes.filter { !snapshots.contains($0.channel) }
        guard !left.isEmpty else { return (nil, []) }
        var stub: Checkpoint?
        let parent: CheckpointID
        if let anchor {
            parent = anchor
        } else {
            parent = CheckpointID.before(firstHead, now: moment.time.microseconds * 10)
            stub = Checkpoint(
                thread: setting.thread, namespace: setting.namespace, id: parent,
                timestamp: moment.time.description, metadata: CheckpointMetadata(json: ["step": -2]))
        }
        var order: [String] = []
        var rows: [String: TaskWrites] = [:]
        for write in left {
            let (task, path) = Self.place(
                write.superstep, write.task, write.path, isFirst: write.superstep == firstSuperstep)
            let key = task.rawValue + " " + path
            if rows[key] == nil {
                order.append(key)
                rows[key] = TaskWrites(
                    checkpoint: CheckpointReference(thread: setting.thread, namespace: setting.namespace, id: parent),
                    taskID: task, taskPath: path, writes: [])
            }
            rows[key]?.writes.append(.init(write.channel, Payload(write.value)))
        }
        return (stub, order.compactMap { rows[$0] })
    }

    /// IDs and paths that keep the writes in order however a store sorts them, and belong to no task.
    private static func place(
        _ superstep: Int, _ task: TaskID, _ path: String, isFirst: Bool
    ) -> (TaskID, String) {
        let parts = task.rawValue.split(separator: "-").map(String.init)
        guard parts.count == 5 else { return (task, path) }
        let step = max(0, superstep)
        let padded = { (number: Int, width: Int) -> String in
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        if task == .null || isFirst {
            // A negative number of eight characters, as Python prints it.
            let number = superstep < 0 ? "-" + padded(-superstep, 7) : padded(superstep, 8)
            let id = ([number] + parts[1...]).joined(separator: "-")
            let isNull = id == TaskID.null.rawValue
            return (
                TaskID(isNull ? padded(superstep, 8) + "-0000-0000-0000-000000000001" : id),
                task == .null ? "" : path
            )
        }
        let hex = { (number: Int) -> String in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        }
        let id = "ffffffff-" + hex(step >> 16) + "-" + hex(step & 0xFFFF) + "-" + parts[3] + "-" + parts[4]
        return (TaskID(id), "~~" + padded(superstep, 10) + path)
    }
}

extension CheckpointID {
    /// An ID that is smaller than another.
    static func before(_ other: CheckpointID?, now: Int64) -> CheckpointID {
        let ticks = (other?.ticks ?? now) - 1
        return next(after: nil, superstep: -2, now: ticks)
    }
}
