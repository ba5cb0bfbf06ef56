// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

extension Scheduler {
    /// What streams show of a task's writes.
    func emissions(of task: ScheduledTask, _ writes: [NodeOutput.Write], isCached: Bool) -> [Action] {
        guard !setting.watched.isEmpty, !isHidden(task), let first = writes.first else { return [] }
        var actions: [Action] = []
        if first.channel == Reserved.interrupt {
            // A called task's question is shown by its caller.
            if task.isCall { return [] }
            let asked = writes.filter { $0.channel == Reserved.interrupt }.flatMap { Interrupt.list(in: $0.value) }
            actions.append(.emit(.interrupted(asked), superstep: superstep))
            actions.append(.emit(.values(state.read(graph.streamed), interrupts: asked), superstep: superstep))
        } else if first.channel != Reserved.error {
            actions.append(
                .emit(
                    .updates(TaskUpdate(node: task.node, values: updates(of: writes), isCached: isCached)),
                    superstep: superstep))
        }
        if !isCached, watchesTasks { actions.append(.emit(.taskResult(end(of: task, writes)), superstep: superstep)) }
        return actions
    }

    /// A task's writes as the graph's output sees them.
    private func updates(of writes: [NodeOutput.Write]) -> [PayloadValue] {
        if let returned = writes.first(where: { $0.channel == Reserved.returned }) { return [returned.value] }
        switch graph.streamed {
        case .single(let name): return writes.filter { $0.channel == name }.map(\.value)
        case .several(let names):
            let own = writes.filter { names.contains($0.channel) }
            guard !own.isEmpty else { return [] }
            if Set(own.map(\.channel)).count < own.count {
                return own.map { .map(PayloadMap(entries: [.init(key: .string($0.channel), value: $0.value)])) }
            }
            return [.map(PayloadMap(entries: own.map { .init(key: .string($0.channel), value: $0.value) }))]
        }
    }

    private func end(of task: ScheduledTask, _ writes: [NodeOutput.Write]) -> TaskEnd {
        TaskEnd(
            id: task.id, node: task.node, error: writes.first { $0.channel == Reserved.error }?.value.string,
            result: Self.folded(
                writes.filter { graph.state.contains($0.channel) || $0.channel == Reserved.returned }),
            interrupts: writes.filter { $0.channel == Reserved.interrupt }.flatMap { Interrupt.list(in: $0.value) })
    }

    /// Writes as one map; several to one channel become `{"$writes": […]}`.
    static func folded(_ writes: [NodeOutput.Write]) -> PayloadValue {
        var result = PayloadMap()
        for write in writes {
            guard let earlier = result[write.channel], !earlier.isNull else {
                result[write.channel] = write.value
                continue
            }
            var all = earlier.map?["$writes"]?.array ?? [earlier]
            all.append(write.value)
            result[write.channel] = ["$writes": .array(all)]
        }
        return .map(result)
    }

    /// The checkpoint that the next superstep starts from.
    func checkpointEvent() -> [Action] {
        guard setting.isStored, !setting.watched.isDisjoint(with: [.checkpoints, .debug]), let head = state.head
        else { return [] }
        let summary = CheckpointSummary(
            checkpoint: CheckpointReference(thread: setting.thread, namespace: setting.namespace, id: head),
            parent: previousHead, values: state.read(graph.state), metadata: state.metadata.json,
            next: tasks.map(\.node), tasks: snapshots(isLive: false))
        return [.emit(.checkpoint(summary), superstep: state.step)]
    }

    /// The tasks of the superstep as a snapshot shows them.
    ///
    /// - Parameter isLive: Whether answered interrupts are left out.
    func snapshots(isLive: Bool) -> [TaskSnapshot] {
        let statuses = Dictionary(TaskStatus.read(pending).map { ($0.task, $0.status) }) { first, _ in first }
        return tasks.map { task in
            let status = statuses[task.id]
            var result: PayloadValue?
            if let status, status.isFinished {
                if let returned = status.output.first(where: { $0.channel == Reserved.returned }) {
                    result = returned.value
                } else {
                    switch graph.state {
                    case .single(let name):
                        result = Self.folded(status.output.filter { $0.channel == name }).map?[name] ?? .null
                    case .several(let names):
                        result = Self.folded(status.output.filter { names.contains($0.channel) })
                    }
                }
            }
            let runsGraph = !(graph.nodes[task.node]?.subgraphs ?? []).isEmpty
            return TaskSnapshot(
                id: task.id, node: task.node, path: task.path, error: status?.error?.string,
                interrupts: (isLive ? status?.waiting : status?.interrupts) ?? [], result: result,
                subgraph: runsGraph ? Namespace(task.namespace) : nil, isFinished: status?.isFinished ?? false)
        }
    }
}
