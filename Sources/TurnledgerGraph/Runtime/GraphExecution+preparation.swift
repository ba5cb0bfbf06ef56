// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What is done before the first superstep of a run.
extension GraphExecution {
    /// Prepares a run in a Swift task of its own, whose stack goes with it: a run waits for long, and there are many.
    static func begun(
        _ graph: Graph, _ input: Scheduler.Input, in environment: RunEnvironment, from head: KnownHead
    ) async throws -> (GraphExecution, [Scheduler.Action]) {
        async let prepared = prepare(graph, input, in: environment, from: head)
        return try await prepared
    }

    /// Loads what the run begins from, and takes the input in.
    private static func prepare(
        _ graph: Graph, _ input: Scheduler.Input, in environment: RunEnvironment, from head: KnownHead
    ) async throws -> (GraphExecution, [Scheduler.Action]) {
        var loaded = try await LoadedCheckpoint.load(for: graph, in: environment, known: head)
        var environment = environment
        let journaled = try await journaledTurn(graph, environment, loaded)
        if let left = journaled.left {
            guard left.isContinued(by: input, environment.options.metadata) else {
                // Somebody begins another turn: this one stops where it had come to.
                try await close(left, graph, environment, loaded)
                return try await prepare(graph, input, in: environment, from: .unread)
            }
            loaded.take(left)
            environment.options.metadata = left.metadata
        }
        if journaled.store != nil { environment.options.durability = .exit }
        let input = journaled.left?.input ?? input
        if loaded.isReplayed { environment.parentResumes = nil }
        var machine = Scheduler(
            graph: graph, setting: Scheduler.Setting(graph, environment, input, loaded), state: loaded.state,
            pending: loaded.pending, parentOfLoaded: loaded.parent)
        let journal = environment.services.store.map {
            RunJournal(
                store: $0, head: loaded.newest, epoch: environment.options.fenceEpoch,
                observer: environment.options.observer)
        }
        machine.setting.isJournaled = journaled.store != nil
        let moment = journaled.left?.moment ?? environment.moment()
        let turn = journaled.store.map {
            TurnJournal(
                store: $0, thread: environment.thread, base: loaded.newest, seed: moment.seed,
                count: journaled.left?.count ?? 0,
                epoch: environment.options.fenceEpoch, observer: environment.options.observer)
        }
        let actions: [Scheduler.Action]
        if let left = journaled.left {
            actions = try left.replay(&machine)
            environment.options.observer.didRecover(machine.state.read(graph.output).map ?? [:])
        } else {
            let input = machine.withMessageIDs(input)
            actions = try machine.begin(input, moment)
            turn?.add(.began(input, metadata: environment.options.metadata, moment))
        }
        if !environment.isNested {
            environment.parentResumes = machine.isResuming
            environment.replay = machine.replayBound.map { ReplayBound($0) }
        }
        if case .command(let command) = input, case .byID(let answers) = command.answer {
            environment.answers = answers
        }
        let execution = GraphExecution(
            graph: graph, environment: environment, journal: journal, turn: turn, machine: machine,
            commonAnswer: machine.commonAnswer.map { CommonAnswer($0) } ?? environment.commonAnswer,
            previousValue: machine.state.channels[Graph.previous]?.readable,
            marks: loaded.marks)
        return (execution, actions)
    }
}
