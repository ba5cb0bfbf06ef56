// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

/// How a run is run.
public struct RunOptions: Sendable {
    /// Where the run begins from; `nil`: the thread's newest checkpoint.
    public var checkpoint: CheckpointID?
    /// Where subgraphs begin from, by their namespaces; others from their newest checkpoint.
    public var subgraphCheckpoints: [Namespace: CheckpointID] = [:]
    /// The most supersteps; LangGraph's default.
    public var recursionLimit = 10_007
    public var durability = Durability.sync
    /// How much of the run's history is stored.
    public var history = RunHistory.superstep
    /// Whether a turn that was journaled and died is looked for; `nil`: where `history` is `turn`.
    public var recoversTurn: Bool?
    /// Stops before tasks of these nodes; `nil`: as the graph says.
    public var interruptBefore: NodeSelection?
    /// Stops after tasks of these nodes; `nil`: as the graph says.
    public var interruptAfter: NodeSelection?
    /// Primitive values that go into every checkpoint's metadata, such as `run_id`.
    public var metadata: JSONObject = [:]
    /// The epoch of the lease under which the run writes; `nil`: unguarded.
    public var fenceEpoch: Int64?
    /// Told of every commit.
    public var observer = GraphRunObserver()
    /// Whether streams show what subgraphs show.
    public var streamsSubgraphs = false

    public init() {}

    /// The default options with some of them changed.
    public static func with(_ change: (inout RunOptions) -> Void) -> RunOptions {
        var options = RunOptions()
        change(&options)
        return options
    }
}

/// How much of a run's history is stored.
public enum RunHistory: String, Hashable, Sendable, CaseIterable {
    /// A checkpoint for each superstep, as LangGraph does.
    case superstep
    /// One checkpoint at the end of a turn, or where it stops. Until then what its tasks did is kept in a journal of
    /// Turnledger's own, new bytes only: a turn that dies is continued, and no finished task runs again. Other runtimes see
    /// the thread as it was before the turn. A graph with subgraphs is stored superstep by superstep, as is one on a store
    /// that is no `TurnJournalStore`.
    case turn
}

/// What a graph is run with: the same for all runs of a compiled graph.
public struct GraphServices: Sendable {
    /// Where checkpoints are; `nil`: nothing is stored.
    public var store: (any CheckpointStore)?
    /// Where tasks keep what outlives their threads.
    public var memory: (any LongTermStore)?
    /// Where nodes with a cache policy keep their writes.
    public var cache: (any NodeCache)?
    /// Keeps the messages of threads that took a turn lately, for their next; `nil`: each turn reads them anew.
    public var messages: MessageCache?
    /// Dates the checkpoints. IDs grow even where it goes back.
    public var clock: any WallClock
    /// Measures waits and timeouts.
    public var timer: any Clock<Duration>

    public init(
        store: (any CheckpointStore)? = nil, memory: (any LongTermStore)? = nil, cache: (any NodeCache)? = nil,
        messages: MessageCache? = MessageCache(), clock: any WallClock = SystemWallClock(),
        timer: any Clock<Duration> = ContinuousClock()
    ) {
        self.messages = messages
        self.store = store
        self.memory = memory
        self.cache = cache
        self.clock = clock
        self.timer = timer
    }
}

/// Where one run of one graph stands among the graphs around it.
struct RunEnvironment: Sendable {
    var services: GraphServices
    var options: RunOptions
    var thread: ThreadID
    var namespace = Namespace.root
    /// The checkpoints of the graphs around, by namespace.
    var parents: [String: CheckpointID] = [:]
    var isNested = false
    /// Whether the root run goes on from a checkpoint; `nil`: it does not say (any more).
    var parentResumes: Bool?
    var replay: ReplayBound?
    var answers: [String: PayloadValue] = [:]
    /// The answer that waits for whichever task asks first, in the graphs around.
    var commonAnswer: CommonAnswer?
    var sink: (any EventSink)?
    var isStored: Bool { services.store != nil }

    func moment() -> Moment {
        Moment(time: services.clock.now(), fraction: .random(in: 0..<1))
    }
}

/// The answer of a resume that names no interrupt: the first task that asks takes it.
final class CommonAnswer: Sendable {
    private let value: Mutex<PayloadValue?>

    init(_ value: PayloadValue) { self.value = Mutex(value) }

    func take() -> PayloadValue? {
        value.withLock { value in
            defer { value = nil }
            return value
        }
    }
}

/// Tells subgraphs of a replayed thread which of their checkpoints to begin from.
final class ReplayBound: Sendable {
    let checkpoint: CheckpointID
    private let visited = Mutex<Set<String>>([])

    init(_ checkpoint: CheckpointID) { self.checkpoint = checkpoint }

    /// Whether the subgraph is run for the first time in this replay; later it goes on from its newest checkpoint.
    func isFirstVisit(_ namespace: Namespace) -> Bool {
        let name = namespace.rawValue
        let stable = name.lastIndex(of: ":").map { String(name[..<$0]) } ?? name
        return visited.withLock { $0.insert(stable).inserted }
    }
}
