// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension CompiledGraph {
    /// A thread's state: what its newest checkpoint holds, with what finished tasks have written since.
    ///
    /// - Parameters:
    ///   - thread: The thread; one that was never begun has an empty state.
    ///   - namespace: A subgraph's own, as `TaskSnapshot.subgraph` gives it.
    ///   - includesSubgraphs: Whether the states of subgraphs that wait are read as well, into `TaskSnapshot.state`.
    /// - Throws: `.noStore`, `StoreError`, `.invalidGraph` for a namespace that is no subgraph's.
    public func state(
        of thread: ThreadID, namespace: Namespace = .root, includesSubgraphs: Bool = false
    ) async throws -> StateSnapshot {
        let history = try ThreadHistory(graph, services, thread, namespace)
        return try await history.snapshot(
            try await history.store.latest(in: thread, namespace: namespace), isLive: true,
            includesSubgraphs: includesSubgraphs)
    }

    /// The state at a checkpoint: as it was, with all tasks that followed.
    ///
    /// - Throws: `.missingCheckpoint`, and as above.
    public func state(
        of thread: ThreadID, at checkpoint: CheckpointID, namespace: Namespace = .root,
        includesSubgraphs: Bool = false
    ) async throws -> StateSnapshot {
        let history = try ThreadHistory(graph, services, thread, namespace)
        return try await history.snapshot(
            try await history.stored(at: checkpoint), isLive: false, includesSubgraphs: includesSubgraphs)
    }

    /// A page of a thread's history, the newest first.
    ///
    /// - `before`: Only what is older: the last of the page before.
    /// - `limit`: How many at most; `nil`: all.
    /// - `metadata`: What the checkpoints' metadata must contain.
    public func history(
        of thread: ThreadID, namespace: Namespace = .root, before: CheckpointID? = nil, limit: Int? = nil,
        metadata: JSONObject = [:]
    ) async throws -> [StateSnapshot] {
        let history = try ThreadHistory(graph, services, thread, namespace)
        let query = CheckpointQuery(
            thread: thread, namespace: namespace, metadata: metadata, before: before, limit: limit)
        var result: [StateSnapshot] = []
        for stored in try await history.store.list(query).collect() {
            result.append(try await history.snapshot(stored, isLive: false, includesSubgraphs: false))
        }
        return result
    }

    /// Changes a thread's state as if a node had returned an update; what follows the node runs next.
    ///
    /// - `thread`: The thread; one that was never begun begins.
    /// - `checkpoint`: What is changed; `nil`: the newest. A change of an older one is a branch, which becomes the thread's
    ///   newest.
    /// - `change`: What the node would have returned.
    /// - `node`: The node; `nil`: the one that ran last. `.end`: nothing is changed, and nothing follows any more.
    /// - Returns: The new checkpoint.
    /// - Throws: `.invalidUpdate` where it is not clear which node ran last, `.unknownNode`, `.unknownChannel`,
    ///   `.missingCheckpoint`.
    @discardableResult
    public func update(
        _ thread: ThreadID, at checkpoint: CheckpointID? = nil, namespace: Namespace = .root,
        as node: NodeName? = nil, fenceEpoch: Int64? = nil, _ change: Update<State>
    ) async throws -> CheckpointID {
        try await update(
            thread, at: checkpoint, namespace: namespace, fenceEpoch: fenceEpoch,
            supersteps: [[StateChange(try change.resolved(), as: node)]])
    }

    /// Changes a thread's state in several supersteps, each with the updates of one or more nodes.
    @discardableResult
    public func update(
        _ thread: ThreadID, at checkpoint: CheckpointID? = nil, namespace: Namespace = .root,
        fenceEpoch: Int64? = nil, supersteps: [[StateChange]]
    ) async throws -> CheckpointID {
        let history = try ThreadHistory(graph, services, thread, namespace)
        return try await history.update(at: checkpoint, supersteps, fenceEpoch)
    }

    /// Begins a branch: a copy of a checkpoint that becomes the thread's newest, to be changed or continued.
    @discardableResult
    public func fork(
        _ thread: ThreadID, from checkpoint: CheckpointID, fenceEpoch: Int64? = nil
    ) async throws -> CheckpointID {
        let history = try ThreadHistory(graph, services, thread, .root)
        return try await history.update(at: checkpoint, [[StateChange(NodeOutput(), as: "__copy__")]], fenceEpoch)
    }
}

extension CompiledGraph {
    /// Copies a thread with its whole history, those of subgraphs included, under another ID.
    ///
    /// - Throws: `.noStore`; `StoreError`, `.unsupported` for a store that cannot copy.
    public func copy(_ thread: ThreadID, to target: ThreadID) async throws {
        guard let store = services.store else {
            throw GraphError(.noStore, "A graph without a store has no threads: compile it with one.")
        }
        guard let copying = store as? any CopyingStore else {
            throw StoreError(.unsupported, "The store cannot copy threads.")
        }
        try await copying.copy(thread, to: target, at: services.clock.now())
    }
}

/// What a node would have returned.
public struct StateChange: Sendable {
    var output: NodeOutput
    var node: NodeName?
    /// The task that it stands for; `nil`: the node's next one that waits.
    var task: TaskID?

    /// - Parameters:
    ///   - output: Writes, and what comes next.
    ///   - node: The node; `nil`: the one that ran last.
    ///   - task: The task that it stands for.
    public init(_ output: NodeOutput, as node: NodeName?, task: TaskID? = nil) {
        self.output = output
        self.node = node
        self.task = task
    }
}
