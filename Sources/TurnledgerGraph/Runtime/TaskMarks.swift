// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// What lies in the store of tasks that may not run twice, and what this run adds.
final class TaskMarks: Sendable {
    /// The marks of tasks that had begun and neither ended nor stopped to ask.
    let begun: Set<TaskID>
    /// Tasks whose question is stored.
    let asked: Set<TaskID>
    /// Those of them whose question is what to do about a lost outcome.
    let lost: Set<TaskID>
    private let state: Mutex<(open: Set<TaskID>, taken: [TaskID: PayloadValue])>

    init(_ pending: [Pending]) {
        let begun = Set(pending.filter { $0.channel == Reserved.scheduled && $0.value == .bool(true) }.map(\.task))
        let asked = Set(pending.filter { $0.channel == Reserved.interrupt }.map(\.task))
        self.begun = begun
        self.asked = asked
        lost = asked.filter { LostOutcome.isAsked(of: $0, in: pending) }
        state = Mutex((begun, [:]))
    }

    func open(_ task: ScheduledTask) { _ = state.withLock { $0.open.insert(task.markID) } }
    func isOpen(_ task: ScheduledTask) -> Bool { state.withLock { $0.open.contains(task.markID) } }

    /// The answer about a lost outcome that a task took in this run: it is not there for another question.
    func taken(by task: ScheduledTask) -> [PayloadValue] { state.withLock { $0.taken[task.id].map { [$0] } ?? [] } }
    func take(_ answer: PayloadValue, by task: ScheduledTask) { state.withLock { $0.taken[task.id] = answer } }
}
