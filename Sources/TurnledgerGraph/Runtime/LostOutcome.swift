// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// What to do about a task that may not run twice, had begun, and whose outcome a crash lost.
///
/// The interrupt's value is `{"type": "lost_outcome", "node", "task"}`; the answer is one of `"run"`, `"skip"`, or
/// `{"result": value}`.
public enum LostOutcome: Hashable, Sendable {
    /// It had no effect: it runs now.
    case runAgain
    /// It is left out: the task writes nothing.
    case skip
    /// What it would have written (a map of channels), or would have returned to its caller.
    case result(PayloadValue)

    static let kind = "lost_outcome"

    /// Whether a task's stored question is this one.
    static func isAsked(of task: TaskID, in pending: [Pending]) -> Bool {
        pending.contains { write in
            write.task == task && write.channel == Reserved.interrupt
                && Interrupt.list(in: write.value).contains { $0.value.map?["type"] == .string(kind) }
        }
    }

    static func question(_ task: ScheduledTask) -> PayloadValue {
        ["type": .string(kind), "node": .string(task.node), "task": .string(task.id.rawValue)]
    }

    init(_ answer: PayloadValue) {
        if answer == "run" {
            self = .runAgain
        } else if let result = answer.map?["result"] {
            self = .result(result)
        } else {
            self = .skip
        }
    }

    /// The answer to give.
    public var answer: PayloadValue {
        switch self {
        case .runAgain: "run"
        case .skip: "skip"
        case .result(let value): ["result": value]
        }
    }
}
