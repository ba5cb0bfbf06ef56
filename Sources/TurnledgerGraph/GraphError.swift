// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A failure of a graph's definition or of its run, other than a store's or a node's own.
public struct GraphError: Error, CustomStringConvertible {
    /// What went wrong, in terms a caller can act on.
    public struct Code: Hashable, Sendable {
        enum Base: String {
            case conflictingWrites, unknownNode, unknownChannel, superstepLimit, invalidGraph, nothingToRun
        }

        let base: Base

        /// Two tasks wrote a channel that keeps one value: give the channel a reducer.
        public static let conflictingWrites = Code(base: .conflictingWrites)
        /// A send or an edge names a node that the graph does not have.
        public static let unknownNode = Code(base: .unknownNode)
        /// A write names a channel that the graph does not have.
        public static let unknownChannel = Code(base: .unknownChannel)
        /// The run took as many supersteps as it may: raise the limit, or look for a cycle without end.
        public static let superstepLimit = Code(base: .superstepLimit)
        /// The graph's definition contradicts itself.
        public static let invalidGraph = Code(base: .invalidGraph)
        /// A thread that was never begun cannot be continued: give an input.
        public static let nothingToRun = Code(base: .nothingToRun)
    }

    /// The reason, stable across releases.
    public let code: Code
    /// What went wrong, with the names of node and channel.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
