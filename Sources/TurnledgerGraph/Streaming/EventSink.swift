// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Takes what a run shows, in order.
protocol EventSink: Sendable {
    /// What somebody watches.
    var modes: StreamModes { get }
    /// Whether somebody watches subgraphs as well.
    var includesSubgraphs: Bool { get }

    /// Hands an event on; waits while the reader is behind.
    func send(_ event: GraphEvent) async
}
