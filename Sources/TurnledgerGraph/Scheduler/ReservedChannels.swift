// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Names that LangGraph keeps for itself (`langgraph/_internal/_constants.py`).
enum Reserved {
    static let input = "__input__"
    static let interrupt = "__interrupt__"
    static let resume = "__resume__"
    static let error = "__error__"
    static let errorSource = "__error_source_node__"
    static let noWrites = "__no_writes__"
    static let returned = "__return__"
    static let scheduled = "__scheduled__"
    static let push = "__pregel_push"
    static let pull = "__pregel_pull"
    static let snapshotBumps = "__snapshot_bumps__"

    /// Writes that say what happened to a task, not what it produced.
    static let control: Set<String> = [error, errorSource, interrupt, resume]
    /// Writes that go to no channel.
    static let notApplied: Set<String> = [noWrites, push, resume, interrupt, returned, error, errorSource, scheduled]
    /// What no node may be called.
    static let nodeNames: Set<String> = [
        input, interrupt, resume, error, errorSource, noWrites, returned, scheduled, push, pull, snapshotBumps,
        Graph.start, Graph.end, Graph.tasks, Graph.previous,
    ]
}

/// What a task asks a person.
public struct Interrupt: Hashable, Sendable {
    /// What the person is asked.
    public var value: PayloadValue
    /// Names the interrupt in an answer: 32 hexadecimal digits.
    public var id: String

    public init(value: PayloadValue, id: String) {
        self.value = value
        self.id = id
    }

    var payload: PayloadValue { .ext(LangGraphExt.interrupt(value: value, id: id)) }

    /// The interrupts of a write to `__interrupt__`.
    static func list(in write: PayloadValue) -> [Interrupt] {
        (write.array ?? [write]).compactMap { $0.ext?.asInterrupt }.map { Interrupt(value: $0.value, id: $0.id ?? "") }
    }
}
