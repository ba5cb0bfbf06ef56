// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// What goes into a thread that has stopped: answers, changes, and where to go on. LangGraph's `Command` as an input.
public struct GraphCommand: Hashable, Sendable {
    /// The answers to interrupts.
    public enum Answer: Hashable, Sendable {
        /// To the one interrupt that waits.
        case value(PayloadValue)
        /// To each by its ID.
        case byID([String: PayloadValue])
    }

    public var answer: Answer?
    /// Writes to channels, applied before anything runs.
    public var update: [NodeOutput.Write]
    /// What is started beside what the thread would start.
    public var goto: [Next]

    public init(answer: Answer? = nil, update: [NodeOutput.Write] = [], goto: [Next] = []) {
        self.answer = answer
        self.update = update
        self.goto = goto
    }
}
