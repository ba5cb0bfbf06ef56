// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

extension Scheduler {
    /// Takes the input in, and plans the first superstep.
    ///
    /// - Throws: `.nothingToRun`, `.unknownInterrupt`, `.ambiguousResume`, `.unknownNode`, `.unknownChannel`.
    mutating func begin(_ input: Input, _ moment: Moment) throws -> [Action] {
        dropTakenAnswer(input)
        let resumes = resumes(input)
        let isReplayed = isReplayed(input)
        isResuming = resumes
        isReplaying = isReplayed || setting.isSuperseded
        if isReplayed { pending.removeAll { $0.channel == Reserved.resume } }
        let source = state.metadata.source
        let isBranch = source == .update || source == .fork
        let loaded = state.head
        let forks = resumes && isReplayed && (!isBranch || setting.isSuperseded)
        let restores = resumes && !isReplaying
        loadedWrites = restores ? pending.filter { $0.task != .null } : []
        forcedSnapshots = restores ? [] : deltaChannels(in: pending)
        exitWrites.noteStored(pending, in: graph)

        var actions: [Action] = []
        var carried: [Pending] = []
        if case .command(let command) = input {
            (carried, actions) = try take(command, isCarried: forks)
            forcedSnapshots.formUnion(deltaChannels(in: carried))
        }
        let nullWrites = (pending + carried).filter { $0.task == .null }
        if !nullWrites.isEmpty {
            let updated = try applyInput(nullWrites, moment)
            if state.updated != nil { state.updated?.formUnion(updated) }
        }

        if resumes {
            state.markResumed()
            if forks {
                pending.removeAll { $0.channel == Reserved.interrupt }
                // The branch's checkpoint does not say what changed; what runs next is known all the same.
                let updated = state.updated
                actions += store(.fork, updated: nil, moment)
                state.updated = updated
            }
            if setting.watched.contains(.values) {
                actions.append(.emit(.values(state.read(graph.streamed), interrupts: []), superstep: superstep))
            }
        } else if case .values(let values) = input {
            actions += try takeIn(values, moment)
        } else if setting.parentResumes == nil {
            throw GraphError(.nothingToRun, "The thread was never begun: give an input.").at(place)
        }
        if isReplayed {
            let bound = forks ? (isBranch ? parentOfLoaded : nil) ?? loaded : isBranch ? parentOfLoaded : nil
            replayBound = bound ?? state.head
        }
        return actions + (try plan(moment))
    }

    var place: GraphError.Place {
        .init(thread: setting.thread, namespace: setting.namespace, superstep: superstep)
    }

    /// Forgets a common answer that a task has taken: it must not answer a second question where a run goes on without a
    /// new one.
    private mutating func dropTakenAnswer(_ input: Input) {
        if case .command(let command) = input, case .value = command.answer { return }
        guard let common = commonAnswer else { return }
        let finished = Set(TaskStatus.read(pending).filter(\.status.isFinished).map(\.task))
        let isTaken = pending.contains { write in
            if write.channel == Reserved.scheduled { return write.value.array?.last == common }
            guard write.task != .null, write.channel == Reserved.resume else { return false }
            return finished.contains(write.task) || (write.value.array ?? [write.value]).last == common
        }
        if isTaken { pending.removeAll { $0.task == .null && $0.channel == Reserved.resume } }
    }

    /// Whether the run goes on from the checkpoint, and does not begin a turn.
    private func resumes(_ input: Input) -> Bool {
        guard !state.isNew else { return false }
        if let parentResumes = setting.parentResumes { return parentResumes }
        switch input {
        case .none, .command: return true
        case .values:
            guard !setting.isNested, let run = setting.metadata["run_id"], run != .null else { return false }
            return state.metadata.json["run_id"] == run
        }
    }

    /// Whether the run goes back: to a checkpoint that was asked for, without answers.
    private func isReplayed(_ input: Input) -> Bool {
        guard setting.isAddressed else { return false }
        if setting.isNested, setting.isAddressedByNamespace { return true }
        if case .command(let command) = input, command.answer != nil { return false }
        return !(setting.parentResumes ?? false)
    }

    /// Whether the checkpoint leads nowhere.
    private var hasNothingToRun: Bool {
        var copy = self
        do { try copy.prepare() } catch { return false }
        return copy.tasks.isEmpty
    }

    /// Turns a command into writes of nobody's.
    ///
    /// - Parameter isCarried: Whether the writes go with a branch, not to the checkpoint that was asked for.
    private mutating func take(
        _ command: GraphCommand, isCarried: Bool
    ) throws -> (carried: [Pending], actions: [Action]) {
        try check(command)
        var writes: [NodeOutput.Write] = []
        for next in command.goto {
            switch next {
            case .to(let node):
                guard graph.nodes[node.rawValue] != nil else { throw unknownNode(node) }
                writes.append(.init(Graph.trigger(of: node.rawValue), .string(Graph.start)))
            case .send(let node, let value):
                guard graph.nodes[node.rawValue] != nil else { throw unknownNode(node) }
                writes.append(.init(Graph.tasks, .ext(LangGraphExt.send(node: node.rawValue, arg: value))))
            }
        }
        if case .value(let answer) = command.answer { writes.append(.init(Reserved.resume, answer)) }
        for write in command.update {
            guard graph.channels[write.channel] != nil else {
                throw GraphError(
                    .unknownChannel, "The update names channel '\(write.channel)', which the graph does not have."
                ).at(place)
            }
            writes.append(write)
        }
        if writes.isEmpty {
            guard case .byID = command.answer else {
                throw GraphError(.nothingToRun, "The command is empty: give an answer, an update, or a node to go to.")
                    .at(place)
            }
            return ([], [])
        }
        if isCarried {
            return (writes.map(withMessageIDs).map { Pending(task: .null, channel: $0.channel, value: $0.value) }, [])
        }
        exitWrites.command = writes.filter { graph.channels[$0.channel]?.delta != nil }
        return ([], record(.null, writes))
    }

    private func unknownNode(_ node: NodeName) -> GraphError {
        GraphError(.unknownNode, "The command goes to '\(node)', which the graph does not have.").at(place)
    }

    /// Refuses answers that are for nobody, before anything is stored.
    private func check(_ command: GraphCommand) throws {
        guard let answer = command.answer else { return }
        guard setting.isStored else {
            throw GraphError(.noStore, "A graph without a store cannot be resumed: compile it with one.").at(place)
        }
        let waiting = Set(waiting.map(\.id))
        switch answer {
        case .byID(let answers):
            guard !setting.isSuperseded else { return }
            if answers.isEmpty {
                throw GraphError(.unknownInterrupt, "The resume answers no interrupt.").at(place)
            }
            if let unknown = answers.keys.filter({ !waiting.contains($0) }).min() {
                throw GraphError(
                    .unknownInterrupt,
                    "Interrupt '\(unknown)' does not wait. Waiting: \(waiting.sorted().joined(separator: ", "))."
                ).at(place)
            }
        case .value:
            if waiting.isEmpty, hasNothingToRun {
                throw GraphError(.unknownInterrupt, "Nothing waits for an answer: give an input.").at(place)
            }
            if waiting.count > 1 {
                throw GraphError(
                    .ambiguousResume,
                    "\(waiting.count) interrupts wait: answer by ID (\(waiting.sorted().joined(separator: ", ")))."
                )
                .at(place)
            }
        }
    }

    /// Begins a turn: tasks that never ran count as done, and `__start__` gets the values.
    private mutating func takeIn(_ values: PayloadValue, _ moment: Moment) throws -> [Action] {
        try prepare()
        let left = tasks.map {
            FinishedTask(node: $0.node, path: $0.path, triggers: $0.triggers, writes: [])
        }
        let write = NodeOutput.Write(Graph.start, values)
        let updated = try state.apply(
            left + [FinishedTask(node: Reserved.input, path: "~", triggers: [], writes: [write])], moment)
        return store(.input, updated: updated, moment)
    }
}
