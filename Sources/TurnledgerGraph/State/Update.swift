// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What a node changes in the state, and what it wants to come next.
///
/// ```swift
/// Update { $0.draft = text; $0.notes = ["drafted"] }.then(.to("review"))
/// ```
///
/// Assigning a property writes its channel: a channel with a reducer folds the value in, others take it.
public struct Update<State: GraphState>: Sendable {
    private(set) var output = NodeOutput()
    private var failure: (any Error)?

    /// Changes nothing.
    public init() {}

    /// Changes what is assigned.
    public init(_ change: (inout StateWriter<State>) throws -> Void) rethrows {
        var writer = StateWriter<State>()
        try change(&writer)
        output.writes = writer.writes
        failure = writer.failure
    }

    /// Writes channels by their names, as payloads.
    public init(raw output: NodeOutput) { self.output = output }

    /// The same, and what comes next beside what the graph's edges say.
    public func then(_ next: Next...) -> Update { then(next) }

    /// The same, and what comes next beside what the graph's edges say.
    public func then(_ next: [Next]) -> Update {
        var copy = self
        copy.output.next += next
        return copy
    }

    /// The same for the graph around this one: it takes the writes and the next nodes as those of the node that runs
    /// this graph. Channels are matched by their names.
    public func inParent() -> Update {
        var copy = self
        copy.output.isForParent = true
        return copy
    }

    /// - Throws: What the encoding of a value threw.
    func resolved() throws -> NodeOutput {
        if let failure { throw failure }
        return output
    }
}

/// Takes assignments to a state's properties as writes to their channels.
@dynamicMemberLookup
public struct StateWriter<State: GraphState>: Sendable {
    fileprivate(set) var writes: [NodeOutput.Write] = []
    fileprivate(set) var failure: (any Error)?

    init() {}

    /// Reading gives what was assigned here last, else the property's default.
    public subscript<Value>(dynamicMember path: WritableKeyPath<State, Value>) -> Value {
        get {
            var state = State()
            if let channel = StateLayout.of(State.self)[path],
                let write = writes.last(where: { $0.channel == channel.name })
            {
                try? channel.load(&state, write.value)
            }
            return state[keyPath: path]
        }
        set {
            guard let channel = StateLayout.of(State.self)[path] else {
                failure = failure ?? GraphError(.unknownChannel, "No channel of '\(State.self)' keeps \(path).")
                return
            }
            do {
                writes.append(.init(channel.name, try channel.encode(newValue)))
            } catch {
                failure = failure ?? error
            }
        }
    }

    /// Replaces what a reducer has gathered.
    public mutating func overwrite<Value>(_ path: WritableKeyPath<State, Value>, with value: Value) {
        self[dynamicMember: path] = value
        guard let last = writes.indices.last, failure == nil else { return }
        writes[last].value = Overwrite(with: writes[last].value).payload
    }
}
