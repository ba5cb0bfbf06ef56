// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Reads and changes a thread from outside of a run.
struct ThreadHistory: Sendable {
    let graph: Graph
    let services: GraphServices
    let thread: ThreadID
    let namespace: Namespace
    let store: any CheckpointStore

    /// - Throws: `.noStore`; `.invalidGraph` for a namespace that is no subgraph's.
    init(_ graph: Graph, _ services: GraphServices, _ thread: ThreadID, _ namespace: Namespace) throws {
        guard let store = services.store else {
            throw GraphError(.noStore, "A graph without a store has no threads: compile it with one.")
        }
        self.graph = try Self.subgraph(of: graph, at: namespace)
        self.services = services
        self.thread = thread
        self.namespace = namespace
        self.store = store
    }

    /// The graph that writes a namespace.
    private static func subgraph(of graph: Graph, at namespace: Namespace) throws -> Graph {
        var graph = graph
        for part in namespace.rawValue.split(separator: "|") where !part.allSatisfy(\.isNumber) {
            let node = part.split(separator: ":").first.map(String.init) ?? ""
            guard let inner = graph.nodes[node]?.subgraphs.first else {
                throw GraphError(.invalidGraph, "Namespace '\(namespace)' is no subgraph's: node '\(node)' runs none.")
            }
            graph = inner
        }
        return graph
    }

    func stored(at id: CheckpointID) async throws -> StoredCheckpoint {
        guard
            let stored = try await store.checkpoint(
                CheckpointReference(thread: thread, namespace: namespace, id: id))
        else {
            throw GraphError(.missingCheckpoint, "The thread has no checkpoint '\(id)'. List its history.")
                .at(.init(thread: thread, namespace: namespace))
        }
        return stored
    }

    // MARK: Reading

    func snapshot(
        _ stored: StoredCheckpoint?, isLive: Bool, includesSubgraphs: Bool
    ) async throws -> StateSnapshot {
        guard let stored else {
            return StateSnapshot(
                values: [:], next: [], metadata: CheckpointMetadata(json: [:]), tasks: [], interrupts: [])
        }
        var machine = try await machine(stored)
        try machine.prepare(isRun: false)
        let moment = Moment(time: services.clock.now(), fraction: 0)
        let nullWrites = machine.pending.filter { $0.task == .null }
        if !nullWrites.isEmpty { _ = try machine.applyInput(nullWrites, moment) }
        if isLive, !machine.pending.isEmpty {
            machine.restore()
            let finished = machine.tasks.filter { !$0.writes.isEmpty }
            // What conflicts is shown as it was before.
            if !finished.isEmpty, let state = try? machine.applied(finished, moment) { machine.state = state }
        }
        var tasks = machine.snapshots(isLive: isLive)
        if includesSubgraphs {
            for index in tasks.indices {
                guard let inner = tasks[index].subgraph else { continue }
                let nested = try ThreadHistory(root: self, node: tasks[index].node, namespace: inner)
                let latest = try await store.latest(in: thread, namespace: inner)
                guard latest != nil else { continue }
                tasks[index].state = [try await nested.snapshot(latest, isLive: true, includesSubgraphs: true)]
            }
        }
        return StateSnapshot(
            values: machine.state.read(graph.state), next: machine.tasks.filter(\.writes.isEmpty).map(\.node),
            checkpoint: stored.checkpoint.reference, parent: stored.checkpoint.parent,
            metadata: stored.checkpoint.metadata, createdAt: stored.checkpoint.timestamp, tasks: tasks,
            interrupts: tasks.flatMap(\.interrupts))
    }

    private init(root: ThreadHistory, node: String, namespace: Namespace) throws {
        guard let inner = root.graph.nodes[node]?.subgraphs.first else {
            throw GraphError(.invalidGraph, "Node '\(node)' runs no graph.")
        }
        graph = inner
        services = root.services
        thread = root.thread
        self.namespace = namespace
        store = root.store
    }

    /// The scheduler as it stands at a checkpoint.
    private func machine(_ stored: StoredCheckpoint?) async throws -> Scheduler {
        var environment = RunEnvironment(services: services, options: RunOptions(), thread: thread)
        environment.namespace = namespace
        var loaded = LoadedCheckpoint(state: ThreadState(graph: graph))
        if let stored {
            loaded.state = try await LoadedCheckpoint.state(of: graph, at: stored.checkpoint, in: store)
            // All nodes are looked at, in the order of their declaration.
            loaded.state.updated = nil
            loaded.parent = stored.checkpoint.parent
            loaded.take(stored.pendingWrites)
        }
        return Scheduler(
            graph: graph, setting: Scheduler.Setting(graph, environment, .none, loaded), state: loaded.state,
            pending: loaded.pending, parentOfLoaded: loaded.parent)
    }

    // MARK: Changing

    func update(
        at id: CheckpointID?, _ supersteps: [[StateChange]], _ epoch: Int64?
    ) async throws -> CheckpointID {
        guard !supersteps.isEmpty, supersteps.allSatisfy({ !$0.isEmpty }) else {
            throw GraphError(.invalidUpdate, "No updates were given.")
        }
        var base: StoredCheckpoint?
        let latest = try await store.latest(in: thread, namespace: namespace)
        if let id { base = try await stored(at: id) } else { base = latest }
        var newest = latest?.checkpoint.id
        for (index, changes) in supersteps.enumerated() {
            let superseded = index == 0 && base != nil && base?.checkpoint.id != newest
            let commit: Commit
            do {
                commit = try await self.commit(
                    changes, on: base, newest: newest, isSuperseded: superseded, isFirst: index == 0)
            } catch let error as GraphError {
                let step = base.map { ($0.checkpoint.metadata.step ?? -1) + 1 }
                throw error.at(.init(thread: thread, namespace: namespace, superstep: step))
            }
            try await store.commit(commit, fence: epoch.map { Fence(epoch: $0, head: .exactly(newest)) })
            guard let made = commit.checkpoints.last?.checkpoint.id else { break }
            newest = made
            if index < supersteps.count - 1 { base = try await stored(at: made) }
        }
        guard let newest else { throw GraphError(.invalidUpdate, "No updates were given.") }
        return newest
    }

    private func commit(
        _ changes: [StateChange], on base: StoredCheckpoint?, newest: CheckpointID?, isSuperseded: Bool, isFirst: Bool
    ) async throws -> Commit {
        var machine = try await machine(base)
        machine.state.newest = newest
        let moment = Moment(time: services.clock.now(), fraction: .random(in: 0..<1))
        let step = machine.state.step == -2 ? -1 : machine.state.step
        let node = changes[0].node
        if changes.count > 1, node == .end || node == "__input__" || node == "__copy__" {
            throw GraphError(.invalidUpdate, "As '\(node?.rawValue ?? "")', one update alone can be applied.")
        }
        if node == "__copy__" { return try copy(base, &machine, step, moment) }
        var forced = isFirst ? machine.deltaChannels(in: machine.pending) : []
        var rows: [TaskWrites] = []
        let updated: Set<String>
        var source = CheckpointMetadata.Source.update
        var next = step + 1
        if node == .end {
            guard changes[0].output.writes.isEmpty else {
                throw GraphError(.invalidUpdate, "As the end nothing can be changed: name a node.")
            }
            try machine.prepare(isRun: false)
            var changed: Set<String> = []
            let nullWrites = machine.pending.filter { $0.task == .null }
            if !nullWrites.isEmpty { changed.formUnion(try machine.applyInput(nullWrites, moment)) }
            machine.restore()
            changed.formUnion(try machine.state.apply(machine.tasks.map(FinishedTask.init), moment))
            updated = changed
        } else if node == "__input__" {
            let write = NodeOutput.Write(Graph.start, .map(PayloadMap(writes: changes[0].output.writes)))
            updated = try machine.applyInput([Pending(task: .null, channel: write.channel, value: write.value)], moment)
            source = .input
            next = base == nil ? -1 : step + 1
        } else {
            let tasks = try await tasks(of: changes, &machine, base)
            for (id, task) in tasks {
                for write in task.writes where graph.channels[write.channel]?.delta != nil {
                    if Overwrite(write.value) != nil || isSuperseded { forced.insert(write.channel) }
                }
                guard let base, !isSuperseded, !task.writes.isEmpty else { continue }
                rows.append(
                    TaskWrites(
                        checkpoint: base.checkpoint.reference, taskID: id, taskPath: task.path,
                        writes: task.writes.map { .init($0.channel, Payload($0.value)) }))
            }
            _ = try machine.state.apply(tasks.map(\.task), moment)
            updated = Set(tasks.flatMap { $0.task.writes.map(\.channel) })
        }
        var counters = DeltaCounters(base?.checkpoint.metadata ?? CheckpointMetadata(json: [:]))
        if base == nil {
            forced = Set(graph.deltaChannels.filter { machine.state.versions[$0] != nil })
        } else {
            counters.count(graph.deltaChannels, updated: updated)
            forced.formUnion(machine.dueSnapshots(counters))
        }
        counters.reset(forced)
        var metadata = CheckpointMetadata(json: [
            "source": .string(source.rawValue), "step": .integer(Int64(next)),
            "parents": base?.checkpoint.metadata.json["parents"] ?? [:],
        ])
        if base != nil { counters.write(to: &metadata) }
        let new = ThreadState.NewCheckpoint(
            thread: thread, namespace: namespace, metadata: metadata, step: node == .end ? step : next,
            snapshots: forced, updated: nil)
        return Commit(writes: rows, checkpoints: [machine.state.checkpoint(new, moment)])
    }

    /// The tasks that the changes stand for, with their writes.
    private func tasks(
        of changes: [StateChange], _ machine: inout Scheduler, _ base: StoredCheckpoint?
    ) async throws -> [(id: TaskID, task: FinishedTask)] {
        var waiting: [String: [TaskID]] = [:]
        if base != nil {
            try machine.prepare(isRun: false)
            for task in machine.tasks { waiting[task.node, default: []].append(task.id) }
        }
        let state = machine.state
        var result: [(id: TaskID, task: FinishedTask)] = []
        for (index, change) in changes.enumerated() {
            var name = change.node?.rawValue
            if name == nil {
                guard changes.count == 1 else {
                    throw GraphError(.invalidUpdate, "Each of several updates names its node.")
                }
                name = state.lastNode
            }
            guard let name else {
                throw GraphError(.invalidUpdate, "It is not clear which node ran last: name the node of the update.")
            }
            guard let node = graph.nodes[name] else {
                throw GraphError(.unknownNode, "The update is of '\(name)', which the graph does not have.")
            }
            let writes: [NodeOutput.Write]
            do {
                writes = try await NodeWrites(graph: graph, node: node).writes(of: change.output) {
                    try state.reading(graph.state, with: $0)
                }
            } catch let error as GraphError {
                throw error.at(.init(node: name))
            }
            var prepared: TaskID?
            if waiting[name]?.isEmpty == false { prepared = waiting[name]?.removeFirst() }
            let id = change.task ?? prepared ?? TaskID.update(of: state.head, index: index)
            result.append(
                (
                    id,
                    FinishedTask(
                        node: name, path: "~__interrupt__, " + TaskPath.padded(index),
                        triggers: [Reserved.interrupt], writes: writes.map(machine.withMessageIDs))
                ))
        }
        return result
    }

    /// A checkpoint with the same values and the same parent.
    private func copy(
        _ base: StoredCheckpoint?, _ machine: inout Scheduler, _ step: Int, _ moment: Moment
    ) throws -> Commit {
        guard let base else {
            throw GraphError(.missingCheckpoint, "A thread that was never begun has nothing to copy.")
        }
        let old = base.checkpoint
        var metadata = CheckpointMetadata(json: [
            "source": "fork", "step": .integer(Int64(step + 1)), "parents": old.metadata.json["parents"] ?? [:],
        ])
        DeltaCounters(old.metadata).write(to: &metadata)
        let last = [old.id, machine.state.newest].compactMap { $0 }.max()
        var copy = old
        copy.id = CheckpointID.next(after: last, superstep: step, now: moment.time.microseconds * 10)
        copy.timestamp = moment.time.description
        copy.updatedChannels = nil
        copy.metadata = metadata
        // Values that are not primitive lie in the store under their versions.
        return Commit(checkpoints: [.init(copy, newVersions: [:])])
    }
}

extension Scheduler {
    /// The state with what finished tasks have written.
    func applied(_ finished: [ScheduledTask], _ moment: Moment) throws -> ThreadState {
        var state = state
        _ = try state.apply(finished.map(FinishedTask.init), moment)
        return state
    }

    /// Applies writes that are no task's.
    mutating func applyInput(_ writes: [Pending], _ moment: Moment) throws -> Set<String> {
        try state.apply(
            [
                FinishedTask(
                    node: Reserved.input, path: "~", triggers: [],
                    writes: writes.map { .init($0.channel, $0.value) })
            ], moment)
    }
}

extension TaskID {
    /// The ID of an update that stands for no task that waits.
    static func update(of checkpoint: CheckpointID?, index: Int) -> TaskID {
        let name = index == 0 ? Reserved.interrupt : Reserved.interrupt + ":" + String(index)
        return TaskID(UniqueID.version5(namespace: checkpoint?.bytes ?? Array(repeating: 0, count: 16), name: name))
    }
}
