// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A failure of a graph's definition or of its run, other than a store's or a node's own.
///
/// A thread whose run failed stays usable: nothing of the superstep that failed has been applied, finished tasks are
/// kept, and it can be continued, updated or branched.
public struct GraphError: Error, CustomStringConvertible {
    /// What went wrong, in terms a caller can act on.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String {
            case conflictingWrites, invalidUpdate, unknownNode, unknownChannel, superstepLimit, invalidGraph
            case nothingToRun, timeout, unknownInterrupt, ambiguousResume, missingCheckpoint, stateMismatch, tooSlow
            case noParent, noStore
        }

        let base: Base

        /// Two tasks wrote a channel that keeps one value: give the channel a reducer.
        public static let conflictingWrites = Code(base: .conflictingWrites)
        /// A write that its channel does not take: mend the node or the update.
        public static let invalidUpdate = Code(base: .invalidUpdate)
        /// A send or an edge names a node that the graph does not have.
        public static let unknownNode = Code(base: .unknownNode)
        /// A write names a channel that the graph does not have.
        public static let unknownChannel = Code(base: .unknownChannel)
        /// The run took as many supersteps as it may: raise the limit, or look for a cycle without end.
        public static let superstepLimit = Code(base: .superstepLimit)
        /// The graph's definition contradicts itself.
        public static let invalidGraph = Code(base: .invalidGraph)
        /// There is nothing to go on from, or nothing was given: give an input.
        public static let nothingToRun = Code(base: .nothingToRun)
        /// A task took longer than its node may: raise the limit, or retry.
        public static let timeout = Code(base: .timeout)
        /// A resume names an interrupt that does not wait (any more): read the thread's state, then answer what waits.
        public static let unknownInterrupt = Code(base: .unknownInterrupt)
        /// Several interrupts wait, and the answer does not say for which it is: answer by ID.
        public static let ambiguousResume = Code(base: .ambiguousResume)
        /// The thread has no such checkpoint: list its history.
        public static let missingCheckpoint = Code(base: .missingCheckpoint)
        /// A stored value does not fit the state's type: give the type a `migrate(_:channel:)`.
        public static let stateMismatch = Code(base: .stateMismatch)
        /// Whoever reads the stream was slower than it may be; the run went on without it: read the thread's state.
        public static let tooSlow = Code(base: .tooSlow)
        /// A command goes to the parent of a graph that has none.
        public static let noParent = Code(base: .noParent)
        /// What was asked needs a store, and the graph was compiled without one.
        public static let noStore = Code(base: .noStore)

        public var description: String { base.rawValue }
    }

    /// Where it happened.
    public struct Place: Hashable, Sendable {
        public var thread: ThreadID?
        public var namespace: Namespace?
        /// The node; several, with commas between, where their writes contradict each other.
        public var node: String?
        public var superstep: Int?
    }

    /// The reason, stable across releases.
    public let code: Code
    /// What went wrong and what to do, with the names of node and channel.
    public let message: String
    /// Where, as far as it is known.
    public var place = Place()

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String {
        var facts: [String] = []
        if let thread = place.thread { facts.append("thread '\(thread)'") }
        if let namespace = place.namespace, namespace != .root { facts.append("namespace '\(namespace)'") }
        if let node = place.node { facts.append("node '\(node)'") }
        if let superstep = place.superstep { facts.append("superstep \(superstep)") }
        return facts.isEmpty ? message : "\(message) (\(facts.joined(separator: ", ")))"
    }

    /// The same with what is known of the place where it is caught.
    func at(_ place: Place) -> GraphError {
        var copy = self
        copy.place.thread = copy.place.thread ?? place.thread
        copy.place.namespace = copy.place.namespace ?? place.namespace
        copy.place.node = copy.place.node ?? place.node
        copy.place.superstep = copy.place.superstep ?? place.superstep
        return copy
    }
}
