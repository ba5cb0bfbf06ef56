// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Writes a turn's events down before what follows from them begins, one append at a time.
final class TurnJournal: Sendable {
    private struct State {
        var gathered: [Payload] = []
        /// How many entries are stored.
        var count: Int
        var isWriting = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let store: any TurnJournalStore
    private let thread: ThreadID
    private let base: CheckpointID?
    private let epoch: Int64?
    private let observer: GraphRunObserver
    private let state: Mutex<State>
    /// Names the turn.
    let seed: UInt64

    init(
        store: any TurnJournalStore, thread: ThreadID, base: CheckpointID?, seed: UInt64, count: Int, epoch: Int64?,
        observer: GraphRunObserver
    ) {
        self.seed = seed
        self.store = store
        self.thread = thread
        self.base = base
        self.epoch = epoch
        self.observer = observer
        state = Mutex(State(count: count))
    }

    func add(_ event: TurnEvent) { state.withLock { $0.gathered.append(event.payload) } }

    /// Stores all that was gathered. After a failure it is still gathered.
    func flush() async throws(StoreError) {
        while state.withLock({ $0.isWriting }) {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.isWriting { state.waiting.append(continuation) }
                    return !state.isWriting
                }
                if isFree { continuation.resume() }
            }
        }
        let (entries, position) = state.withLock { state in
            state.isWriting = !state.gathered.isEmpty
            return (state.gathered, state.count)
        }
        guard !entries.isEmpty else { return }
        await observer.willCommit()
        let start = ContinuousClock.now
        do {
            let fence = epoch.map { Fence(epoch: $0) }
            try await observer.storing { [store, thread, base] () async throws(StoreError) in
                try await store.append(entries, toJournalOf: thread, base: base, at: position, fence: fence)
            }
        } catch {
            ended(storing: 0)
            throw error
        }
        ended(storing: entries.count)
        observer.didCommit(entries.count, 0, .now - start)
    }

    private func ended(storing count: Int) {
        let waiting = state.withLock { state in
            state.gathered.removeFirst(count)
            state.count += count
            state.isWriting = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// A turn that died, as its journal tells it.
struct JournaledTurn: Sendable {
    let input: Scheduler.Input
    let metadata: JSONObject
    let moment: Moment
    private let events: [TurnEvent]
    let count: Int

    /// - `pending`: The writes beside the checkpoint from which the turn began.
    /// - Returns: `nil` where there is none, or where it has stopped without a checkpoint of its own: then what it did lies
    ///   beside that one.
    static func read(
        _ thread: ThreadID, base: CheckpointID?, in store: any TurnJournalStore, pending: [Pending]
    ) async throws -> JournaledTurn? {
        var events: [TurnEvent] = []
        for entry in try await store.journal(of: thread, base: base) { events.append(try TurnEvent(entry)) }
        guard case .began(let input, let metadata, let moment) = events.first,
            !pending.contains(where: { $0.task == .turnEnd && $0.value == Self.endMark(moment.seed) })
        else { return nil }
        return JournaledTurn(
            input: input, metadata: metadata, moment: moment, events: Array(events.dropFirst()), count: events.count)
    }

    /// What says beside a checkpoint that the turn that began from it with this seed has stopped.
    static func endMark(_ seed: UInt64) -> PayloadValue { .integer(Int64(bitPattern: seed)) }

    static func endWrites(_ seed: UInt64, at place: CheckpointReference) -> TaskWrites {
        TaskWrites(
            checkpoint: place, taskID: .turnEnd, taskPath: "",
            writes: [.init(Reserved.scheduled, Payload(endMark(seed)))])
    }

    /// Whether a run with this input goes on with the turn: it brings none, or is the same run once more.
    func isContinued(by input: Scheduler.Input, _ metadata: JSONObject) -> Bool {
        if case .none = input { return true }
        guard let run = metadata["run_id"], run != .null else { return false }
        return self.metadata["run_id"] == run
    }

    /// The marks of tasks that had begun and neither ended nor stopped to ask.
    var openMarks: [Pending] {
        var open: [TaskID] = []
        for event in events {
            switch event {
            case .marked(let id, _): open.append(id)
            case .ended(let id, _, _), .found(let id, _, _), .interrupted(let id, _, _, _):
                open.removeAll { $0 == TaskID.mark(of: id) }
            case .began, .called, .failed: break
            }
        }
        return open.map { Pending(task: $0, channel: Reserved.scheduled, value: true) }
    }

    /// Tells a scheduler all that happened.
    ///
    /// - Returns: What is left to be done: tasks that run again, or a stop.
    func replay(_ machine: inout Scheduler) throws -> [Scheduler.Action] {
        var actions = try machine.begin(input, moment)
        var calls: Set<TaskID> = []
        for event in events {
            switch event {
            case .began, .marked: break
            case .called(let name, let input, let parent, let index, _):
                if let task = machine.called(name, input: input, by: parent, index: index)?.task {
                    calls.insert(task.id)
                }
            case .ended(let id, let writes, let moment): actions = machine.ended(id, writes, moment)
            case .found(let id, let writes, let moment): actions = machine.found(id, writes, moment)
            case .interrupted(let id, let asked, let answers, let moment):
                actions = machine.interrupted(id, asked, answers: answers, moment)
            case .failed(let id, let text, let writes, let moment):
                actions = machine.failed(id, text: text, writes: writes, moment)
            }
        }
        // Called tasks run again when their callers call them.
        machine.running.subtract(calls)
        let stops = actions.filter { if case .stop = $0 { true } else { false } }
        if !stops.isEmpty { return stops }
        return [.run(machine.tasks.filter { machine.running.contains($0.id) })]
    }
}

extension TaskID {
    /// The ID under which the end of a turn is marked that made no checkpoint of its own.
    static let turnEnd = TaskID.mark(of: .null)
}
