// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

extension GraphExecution {
    /// Whether the run is journaled, and what a turn that died has left.
    static func journaledTurn(
        _ graph: Graph, _ environment: RunEnvironment, _ loaded: LoadedCheckpoint
    ) async throws -> (store: (any TurnJournalStore)?, left: JournaledTurn?) {
        let options = environment.options
        guard options.history == .turn || options.recoversTurn == true, !environment.isNested, loaded.isLatest,
            graph.subgraphs.isEmpty, let store = environment.services.store as? any TurnJournalStore
        else { return (nil, nil) }
        guard options.recoversTurn ?? true else { return (store, nil) }
        let left = try await JournaledTurn.read(
            environment.thread, base: loaded.newest, in: store, pending: loaded.pending)
        return (options.history == .turn || left != nil ? store : nil, left)
    }

    /// Stores a checkpoint of where a turn had come to, with what its tasks had done.
    static func close(
        _ turn: JournaledTurn, _ graph: Graph, _ environment: RunEnvironment, _ loaded: LoadedCheckpoint
    ) async throws {
        guard let store = environment.services.store else { return }
        var environment = environment
        environment.options.metadata = turn.metadata
        environment.options.durability = .exit
        var machine = Scheduler(
            graph: graph, setting: Scheduler.Setting(graph, environment, turn.input, loaded), state: loaded.state,
            pending: loaded.pending, parentOfLoaded: loaded.parent)
        machine.setting.isJournaled = true
        _ = try turn.replay(&machine)
        let journal = RunJournal(
            store: store, head: loaded.newest, epoch: environment.options.fenceEpoch,
            observer: environment.options.observer)
        let actions = machine.finish(hasFailed: true, environment.moment())
        for action in actions {
            switch action {
            case .save(let writes): await journal.add(Commit(writes: [writes]))
            case .store(let checkpoint): await journal.add(Commit(checkpoints: [checkpoint]))
            default: break
            }
        }
        if let head = machine.state.storedHead {
            let place = CheckpointReference(thread: environment.thread, namespace: environment.namespace, id: head)
            for mark in turn.openMarks {
                let write = TaskWrites.Write(Reserved.scheduled, Payload(mark.value))
                await journal.add(
                    Commit(writes: [TaskWrites(checkpoint: place, taskID: mark.task, taskPath: "", writes: [write])]))
            }
            if !actions.contains(where: \.storesCheckpoint) {
                await journal.add(Commit(writes: [JournaledTurn.endWrites(turn.moment.seed, at: place)]))
            }
        }
        try await journal.flush()
    }
}

extension Scheduler.Action {
    var storesCheckpoint: Bool { if case .store = self { true } else { false } }

    var startsOrStops: Bool {
        switch self {
        case .run, .stop: true
        default: false
        }
    }
}

extension TurnEvent {
    /// What a task reports; `nil` for what is not repeated: a task that was stopped runs again.
    init?(_ report: TaskReport, _ moment: Moment) {
        switch report {
        case .ended(let id, let writes): self = .ended(id, writes, moment)
        case .found(let id, let writes): self = .found(id, writes, moment)
        case .interrupted(let id, let asked, let answers): self = .interrupted(id, asked, answers: answers, moment)
        case .failed(let id, let error, let writes):
            self = .failed(id, text: TaskFailure.text(of: error), writes: writes, moment)
        case .cancelled, .sentToParent: return nil
        }
    }
}
