// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

extension Node {
    /// A node that reads a state of its own: some of the graph's channels, and channels that are in no input and no output
    /// of the graph, through which nodes hand things to each other (LangGraph's private state, `input_schema`).
    ///
    /// A channel that is in both states is the graph's. Others write it with `Update.writing`.
    ///
    /// - `name`: As that of any node.
    /// - `input`: What it reads.
    public init<Input: GraphState>(
        _ name: NodeName, reading input: Input.Type, leadingTo destinations: [NodeName] = [],
        body: @escaping @Sendable (Input, TaskContext) async throws -> Update<State>
    ) {
        self.init(raw: name, leadingTo: destinations) { context in
            try await body(try Input(values: context.values.map ?? [:]), context).resolved()
        }
        let channels = StateLayout.of(Input.self).channels
        reads = channels.map(\.name)
        ownChannels = channels.map { ($0.name, $0.kind) }
    }
}

extension Node where State == DynamicState {
    /// The same node, reading these channels alone; those that the graph does not have are added to it, outside of its input
    /// and output.
    public func reading(_ channels: [(name: String, kind: ChannelKind)]) -> Node {
        var copy = self
        copy.reads = channels.map(\.name)
        copy.ownChannels = channels.map { ($0.name, $0.kind) }
        return copy
    }
}

extension Update {
    /// The same, and writes to channels of another state: one that a node of the graph reads (`Node.init(_:reading:…)`).
    ///
    /// - Throws: What the encoding of a value throws.
    public func writing<Other: GraphState>(
        _ other: Other.Type, _ change: (inout StateWriter<Other>) throws -> Void
    ) throws -> Update {
        let writes = try Update<Other>(change).resolved().writes
        var output = try resolved()
        output.writes += writes
        return Update(raw: output)
    }
}
