// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

extension Scheduler {
    /// Finds the tasks of the next superstep: one for each send, then one for each node that a newer channel starts.
    ///
    /// - Parameter isRun: Whether they are to run; else what is for nobody is passed over.
    /// - Throws: `.unknownNode` for a send to a node that the graph does not have, which another graph has stored.
    mutating func prepare(isRun: Bool = true) throws {
        tasks = []
        places = [:]
        running = []
        interrupts = [:]
        guard let head = state.head else { return }
        for (index, send) in (state.channels[Graph.tasks]?.readable?.array ?? []).enumerated() {
            guard let send = send.ext?.asSend else { continue }
            guard graph.nodes[send.node] != nil else {
                if !isRun { continue }
                throw GraphError(
                    .unknownNode, "A send goes to '\(send.node)', which the graph does not have. Update the state."
                ).at(.init(thread: setting.thread, namespace: setting.namespace, superstep: superstep))
            }
            let namespace = taskNamespace(send.node)
            let id = TaskID.push(
                checkpoint: head, namespace: namespace, superstep: superstep, node: send.node, index: index)
            add(
                ScheduledTask(
                    node: send.node, id: id, path: TaskPath.push(index), triggers: [Reserved.push],
                    namespace: namespace + ":" + id.rawValue, input: send.arg, origin: .send,
                    answers: answers(of: id, namespace + ":" + id.rawValue)))
        }
        var inputs: [ChannelSelection: PayloadValue] = [:]
        for name in candidates {
            guard let node = graph.nodes[name], !state.versions.isEmpty, state.starts(node) else { continue }
            if case .single(let channel) = node.reads, !state.isAvailable(channel) { continue }
            let namespace = taskNamespace(name)
            let id = TaskID.pull(
                checkpoint: head, namespace: namespace, superstep: superstep, node: name, triggers: node.triggers)
            let input = inputs[node.reads] ?? state.read(node.reads)
            inputs[node.reads] = input
            add(
                ScheduledTask(
                    node: name, id: id, path: TaskPath.pull(name), triggers: node.triggers,
                    namespace: namespace + ":" + id.rawValue, input: input, origin: .trigger,
                    answers: answers(of: id, namespace + ":" + id.rawValue)))
        }
    }

    /// The nodes that may be started: those behind the channels that changed, sorted, or all.
    private var candidates: [String] {
        guard let updated = state.updated, !updated.isEmpty else { return graph.nodeOrder }
        return Set(updated.flatMap { graph.triggers[$0] ?? [] }).sorted { ExactText($0) < ExactText($1) }
    }

    /// The namespace of a node's tasks without their IDs.
    func taskNamespace(_ node: String) -> String {
        setting.namespace.rawValue.isEmpty ? node : setting.namespace.rawValue + "|" + node
    }

    /// The answers that a task's interrupts have got, the one of this run's resume included.
    func answers(of id: TaskID, _ namespace: String) -> [PayloadValue] {
        guard !pending.isEmpty else { return [] }
        var answers: [PayloadValue] = []
        if let stored = pending.first(where: { $0.task == id && $0.channel == Reserved.resume }) {
            answers = stored.value.array ?? [stored.value]
        }
        // What answers the question after a lost outcome is none of the node's own answers.
        guard !setting.answers.isEmpty, !LostOutcome.isAsked(of: id, in: pending) else { return answers }
        let next = InterruptID.make(namespace: namespace, answers: answers.count)
        // Older versions gave all of a task's interrupts the first ID.
        if let answer = setting.answers[next] ?? setting.answers[InterruptID.make(namespace: namespace)] {
            answers.append(answer)
        }
        return answers
    }

    /// The answer that is for whichever task asks first.
    var commonAnswer: PayloadValue? {
        pending.first { $0.task == .null && $0.channel == Reserved.resume }?.value
    }

    mutating func add(_ task: ScheduledTask) {
        places[task.id] = tasks.count
        tasks.append(task)
    }

    /// Gives finished tasks their stored writes back.
    mutating func restore(only id: TaskID? = nil) {
        for (task, status) in TaskStatus.read(pending) where id == nil || task == id {
            guard let place = places[task] else { continue }
            restoredTasks.insert(task)
            guard status.isFinished else { continue }
            tasks[place].writes += status.output
            tasks[place].isRestored = true
        }
    }

    /// Starts the handlers of tasks that an earlier run saw fail.
    mutating func resumeErrorHandlers() {
        for write in pending where write.channel == Reserved.errorSource {
            guard let place = places[write.task], let handler = graph.nodes[tasks[place].node]?.errorHandler,
                let error = pending.first(where: { $0.task == write.task && $0.channel == Reserved.error })
            else { continue }
            let failed = tasks[place]
            tasks[place].writes.append(.init(Reserved.error, error.value))
            if let handling = handling(failed, by: handler, text: error.value.string ?? "") { add(handling) }
        }
    }

    /// The task that takes another one's failure.
    func handling(_ failed: ScheduledTask, by node: String, text: String) -> ScheduledTask? {
        guard graph.nodes[node] != nil, let head = state.head else { return nil }
        let namespace = taskNamespace(node)
        let id = TaskID.handler(
            checkpoint: head, namespace: namespace, superstep: superstep, node: node, failed: failed.id)
        return ScheduledTask(
            node: node, id: id, path: failed.path + ", node_error_handler, " + TaskPath.padded(0),
            triggers: [Reserved.push], namespace: namespace + ":" + id.rawValue, input: failed.input,
            origin: .failure(of: failed.id, text: text), answers: answers(of: id, namespace + ":" + id.rawValue))
    }

    /// What the start node writes: the input's channels.
    func startWrites(_ task: ScheduledTask) -> [NodeOutput.Write] {
        var writes: [NodeOutput.Write] = []
        for entry in task.input.map?.entries ?? [] {
            guard let channel = entry.key.string, graph.input.contains(channel) else { continue }
            writes.append(.init(channel, entry.value))
        }
        return writes
    }

    // MARK: Writes

    /// Takes a task's writes: they are kept, stored and shown.
    ///
    /// - `replacesWrites`: Whether they become the task's own; those of a task that asks do not.
    mutating func record(
        _ id: TaskID, _ writes: [NodeOutput.Write], isCached: Bool = false, replacesWrites: Bool = true
    ) -> [Action] {
        guard !writes.isEmpty else { return [] }
        writers.insert(id)
        var writes = writes
        if writes.allSatisfy({ WriteIndex.special[$0.channel] != nil }) {
            // Of two writes in one fixed place the last one counts.
            var last: [NodeOutput.Write] = []
            for write in writes {
                if let place = last.firstIndex(where: { $0.channel == write.channel }) {
                    last[place] = write
                } else {
                    last.append(write)
                }
            }
            writes = last
        }
        writes = writes.map(withMessageIDs)
        var saved = writes
        if id == .null {
            pending.removeAll { $0.task == .null && WriteIndex.special[$0.channel] != nil }
            // Places in the list are indices: the fixed ones go last.
            writes =
                writes.filter { WriteIndex.special[$0.channel] == nil }
                + writes.filter { WriteIndex.special[$0.channel] != nil }
            saved = pending.filter { $0.task == .null }.map { .init($0.channel, $0.value) } + writes
        } else {
            pending.removeAll { $0.task == id }
        }
        pending += writes.map { Pending(task: id, channel: $0.channel, value: $0.value) }
        var actions: [Action] = []
        if isStoredAtOnce, let taskWrites = taskWrites(id, saved) { actions.append(.save(taskWrites)) }
        if let place = places[id] {
            if replacesWrites { tasks[place].writes = writes }
            actions += emissions(of: tasks[place], writes, isCached: isCached)
        }
        return actions
    }

    /// The row of a task's writes; `nil` where nothing of them is stored.
    func taskWrites(_ id: TaskID, _ writes: [NodeOutput.Write]) -> TaskWrites? {
        guard let head = state.head else { return nil }
        var writes = writes
        if graph.hasUntracked {
            writes = writes.filter { graph.channels[$0.channel]?.isUntracked != true }.map(withoutUntracked)
        }
        guard !writes.isEmpty else { return nil }
        return TaskWrites(
            checkpoint: CheckpointReference(thread: setting.thread, namespace: setting.namespace, id: head),
            taskID: id, taskPath: task(id)?.path ?? "", writes: writes.map { .init($0.channel, Payload($0.value)) })
    }

    func withMessageIDs(_ write: NodeOutput.Write) -> NodeOutput.Write {
        guard let kind = graph.channels[write.channel], kind.messageRule != nil,
            kind.delta != nil || setting.isJournaled
        else { return write }
        return .init(write.channel, MessageReducer.withIDs(write.value))
    }

    /// The same input with an ID in each message, where nothing may be drawn twice.
    func withMessageIDs(_ input: Input) -> Input {
        guard setting.isJournaled, case .values(let values) = input, var map = values.map else { return input }
        for place in map.entries.indices {
            guard let channel = map.entries[place].key.string else { continue }
            map.entries[place].value = withMessageIDs(.init(channel, map.entries[place].value)).value
        }
        return .values(.map(map))
    }

    private func withoutUntracked(_ write: NodeOutput.Write) -> NodeOutput.Write {
        guard write.channel == Graph.tasks, let send = write.value.ext?.asSend, var map = send.arg.map else {
            return write
        }
        map.entries.removeAll { graph.channels[$0.key.string ?? ""]?.isUntracked == true }
        return .init(write.channel, .ext(LangGraphExt.send(node: send.node, arg: .map(map))))
    }

    func deltaChannels(in writes: [Pending]) -> Set<String> {
        Set(writes.map(\.channel).filter { graph.channels[$0]?.delta != nil })
    }
}

extension TaskID {
    /// The ID of a task that another one called, its `index`-th.
    static func call(
        checkpoint: CheckpointID, namespace: String, superstep: Int, node: String, callerPath: String, index: Int
    ) -> TaskID {
        hashed(checkpoint, [namespace, String(superstep), node, Reserved.push, callerPath, String(index)])
    }

    /// The ID of the task that takes another one's failure.
    static func handler(
        checkpoint: CheckpointID, namespace: String, superstep: Int, node: String, failed: TaskID
    ) -> TaskID {
        hashed(
            checkpoint,
            [namespace, String(superstep), node, Reserved.push, "node_error_handler", failed.rawValue])
    }
}
