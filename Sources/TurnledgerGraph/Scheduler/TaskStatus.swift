// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A write of a task of the superstep under way, read.
struct Pending: Sendable {
    let task: TaskID
    let channel: String
    let value: PayloadValue
}

/// How far a task of a superstep has come, as its stored writes tell.
///
/// A task has finished if and only if it has a write that is not a control write; one that finished without any writes
/// `__no_writes__`. An interrupt waits only while its task is unfinished.
struct TaskStatus: Sendable {
    private(set) var output: [NodeOutput.Write] = []
    private(set) var interrupts: [Interrupt] = []
    private(set) var error: PayloadValue?

    var isFinished: Bool { !output.isEmpty }
    var waiting: [Interrupt] { isFinished ? [] : interrupts }

    /// The status of each task that has writes, in the order of their first one.
    static func read(_ pending: [Pending]) -> [(task: TaskID, status: TaskStatus)] {
        var result: [(task: TaskID, status: TaskStatus)] = []
        var places: [TaskID: Int] = [:]
        for write in pending where write.task != .null {
            let place = places[write.task] ?? result.count
            if place == result.count {
                places[write.task] = place
                result.append((write.task, TaskStatus()))
            }
            switch write.channel {
            case Reserved.interrupt: result[place].status.interrupts += Interrupt.list(in: write.value)
            case Reserved.error: result[place].status.error = result[place].status.error ?? write.value
            case Reserved.errorSource, Reserved.resume: break
            default: result[place].status.output.append(.init(write.channel, write.value))
            }
        }
        return result
    }
}

/// A task of the superstep under way.
struct ScheduledTask: Sendable {
    let node: String
    let id: TaskID
    /// The place in the superstep: writes are applied in the order of the paths.
    let path: String
    let triggers: [String]
    /// The task's own namespace: its node and its ID, behind that of the graph.
    let namespace: String
    /// What it reads: the state, or what a send or a call gave it.
    let input: PayloadValue
    let origin: Origin
    /// The answers that its interrupts have got.
    let answers: [PayloadValue]
    /// What it wrote; empty while it is open.
    var writes: [NodeOutput.Write] = []
    /// Whether its writes were stored by an earlier run, or cached.
    var isRestored = false

    /// What started a task.
    enum Origin: Sendable, Equatable {
        case trigger
        case send
        /// Another task, which waits for it.
        case call(parent: TaskID)
        /// The failure of another task.
        case failure(of: TaskID, text: String)
    }

    var isCall: Bool { if case .call = origin { true } else { false } }

    /// The ID under which the mark lies that the task has begun: `true` while it may run, an array once it has stopped to
    /// ask. Other runtimes have no task of this ID and pass it by.
    var markID: TaskID { TaskID.mark(of: id) }
}

extension TaskID {
    /// The ID of the mark that a task has begun.
    static func mark(of task: TaskID) -> TaskID {
        .pull(checkpoint: CheckpointID(task.rawValue), namespace: "", superstep: 0, node: "begun", triggers: [])
    }
}

extension TaskPath {
    /// The path of a task that another one called, its `index`-th.
    static func call(from parent: String, index: Int) -> String {
        "~__pregel_push, " + parent + ", " + padded(index) + ", " + padded(1)
    }

    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.utf8.count)) + digits
    }
}
