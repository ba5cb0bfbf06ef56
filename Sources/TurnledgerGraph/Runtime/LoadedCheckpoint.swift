// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What a run begins from, as the store has it.
struct LoadedCheckpoint: Sendable {
    var state: ThreadState
    /// The writes that lie with it; those that cannot be read leave their task unfinished.
    private(set) var pending: [Pending] = []
    /// What they say of tasks that may not run twice.
    private(set) var marks = TaskMarks([])
    var parent: CheckpointID?
    /// The newest checkpoint of the namespace: what a fence compares.
    var newest: CheckpointID?
    var isSuperseded = false
    var isLatest = false
    /// Whether it is a subgraph's checkpoint from before the point to which the thread was taken back.
    var isReplayed = false

    static func load(
        for graph: Graph, in environment: RunEnvironment, known head: KnownHead
    ) async throws -> LoadedCheckpoint {
        guard let store = environment.services.store else { return LoadedCheckpoint(state: ThreadState(graph: graph)) }
        let (thread, namespace) = (environment.thread, environment.namespace)
        var stored: StoredCheckpoint?
        var result = LoadedCheckpoint(state: ThreadState(graph: graph))
        if let id = environment.options.checkpoint {
            stored = try await store.checkpoint(CheckpointReference(thread: thread, namespace: namespace, id: id))
            guard stored != nil else {
                throw GraphError(
                    .missingCheckpoint, "The thread has no checkpoint '\(id)'. List its history."
                ).at(.init(thread: thread, namespace: namespace))
            }
            result.newest = try await store.latest(in: thread, namespace: namespace)?.checkpoint.id
            result.isSuperseded = result.newest != id
        } else if let replay = environment.replay, environment.isNested {
            result.isReplayed = true
            if replay.isFirstVisit(namespace) {
                let query = CheckpointQuery(
                    thread: thread, namespace: namespace, before: replay.checkpoint, limit: 1)
                stored = try await store.list(query).collect().first
                result.newest = try await store.latest(in: thread, namespace: namespace)?.checkpoint.id
            } else {
                stored = try await store.latest(in: thread, namespace: namespace)
                result.newest = stored?.checkpoint.id
            }
        } else {
            result.isLatest = true
            if case .read(let head) = head {
                stored = head
            } else {
                stored = try await store.latest(in: thread, namespace: namespace)
            }
            result.newest = stored?.checkpoint.id
        }
        guard let stored else { return result }
        let messages = result.isLatest ? environment.services.messages?.take(at: stored.checkpoint.reference) : nil
        result.state = try await Self.state(of: graph, at: stored.checkpoint, in: store, remembering: messages ?? [:])
        result.state.newest = result.newest
        result.parent = stored.checkpoint.parent
        result.take(stored.pendingWrites)
        return result
    }

    /// Takes the marks of a turn that was journaled.
    mutating func take(_ turn: JournaledTurn) { marks = TaskMarks(pending + turn.openMarks) }

    mutating func take(_ writes: [PendingWrite]) {
        pending = writes.compactMap { write in
            (try? write.value.decoded()).map { Pending(task: write.taskID, channel: write.channel, value: $0) }
        }
        marks = TaskMarks(pending)
        // A question about a lost outcome is answered once its task has begun again: a second crash asks anew.
        pending.removeAll { write in
            write.channel == Reserved.interrupt && marks.lost.contains(write.task)
                && marks.begun.contains(TaskID.mark(of: write.task))
        }
    }

    /// Reads a checkpoint's channels, those in its history among them.
    ///
    /// - `messages`: Lists of messages that need not be read.
    static func state(
        of graph: Graph, at checkpoint: Checkpoint, in store: any CheckpointStore,
        remembering messages: [String: IndexedMessages] = [:]
    ) async throws -> ThreadState {
        let known = messages.filter { name, messages in
            graph.channels[name]?.messageRule == messages.rule && checkpoint.channelVersions[name] == messages.version
        }
        let replayed = ThreadState.channelsToReplay(of: graph, in: checkpoint).filter { known[$0] == nil }
        let histories = try await ChannelHistory.read(replayed, before: checkpoint, in: store)
        do {
            return try ThreadState(graph: graph, restoring: checkpoint, histories: histories, messages: known)
        } catch let error as GraphError {
            throw error.at(.init(thread: checkpoint.thread, namespace: checkpoint.namespace))
        }
    }
}

extension ChannelHistory {
    /// Walks back from a checkpoint to each channel's newest stored value, and gathers the writes since.
    static func read(
        _ channels: [String], before checkpoint: Checkpoint, in store: any CheckpointStore
    ) async throws -> [String: ChannelHistory] {
        guard !channels.isEmpty else { return [:] }
        if let store = store as? any DeltaHistoryStore {
            return try await store.deltaHistory(of: channels, upTo: checkpoint.reference).mapValues { history in
                ChannelHistory(
                    seed: try history.seed?.decoded(), writes: try history.writes.map { try $0.value.decoded() })
            }
        }
        var open = Set(channels)
        var result = Dictionary(uniqueKeysWithValues: channels.map { ($0, ChannelHistory()) })
        var parent = checkpoint.parent
        while !open.isEmpty, let id = parent {
            let reference = CheckpointReference(
                thread: checkpoint.thread, namespace: checkpoint.namespace, id: id)
            guard let ancestor = try await store.checkpoint(reference) else { break }
            for channel in open {
                let writes = try ancestor.pendingWrites.filter { $0.channel == channel }.map { try $0.value.decoded() }
                result[channel]!.writes.insert(contentsOf: writes, at: 0)
                if let seed = ancestor.checkpoint.channelValues[channel] {
                    result[channel]!.seed = try seed.decoded()
                    open.remove(channel)
                }
            }
            parent = ancestor.checkpoint.parent
        }
        return result
    }
}
