// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that goes on in a lesser way while what it stands on is away.
public protocol DegradableStore: CheckpointStore, RunStore {
    /// How the store is now. Asks nobody.
    var condition: StoreCondition { get }

    /// Whether what was said earlier in a thread can be read: `false` for one that was not known when the database went
    /// away, until it is back.
    func isHistoryAvailable(of thread: ThreadID) -> Bool
}

/// Why a call failed with `.unavailable`: what was said earlier in the thread is not at hand until the database is back.
public struct HistoryUnavailable: Error {
    public init() {}
}

/// How a store is, and what it has been through.
public struct StoreCondition: Hashable, Sendable {
    /// Where writes go.
    public enum State: String, Sendable, CaseIterable {
        /// To the database.
        case connected
        /// To the spool: the database is away.
        case degraded
        /// To the database again, but for threads that still lie in the spool.
        case merging
    }

    /// How safe a write is that does not go to the database.
    public enum Durability: String, Sendable {
        /// On a disk of this machine.
        case spooled
        /// In this process, or on a disk that goes with the machine: it can be lost.
        case memory
    }

    public var state: State
    /// How long it has been so.
    public var since: ContinuousClock.Instant
    /// How safe writes are while the database is away.
    public var durability: Durability
    /// Whether the server is to count as ready while it is `degraded`.
    public var isReadyWhileDegraded: Bool
    /// How many threads lie in the spool.
    public var spooledThreads: Int
    /// What has happened since the process began.
    public var counters: Counters

    /// Counts since the process began.
    public struct Counters: Hashable, Sendable {
        /// How often the database went away.
        public var outages = 0
        /// How often it came back.
        public var returns = 0
        /// Threads that came into the spool.
        public var spooledThreads = 0
        /// Threads that were merged; of these, those that became a branch, and those that got another ID because the
        /// thread belongs to another owner.
        public var mergedThreads = 0
        public var branches = 0
        public var renamed = 0
        /// Runs that were merged.
        public var mergedRuns = 0
        /// Merges that had to wait and were tried again.
        public var postponedMerges = 0
        /// Calls of the database that did not answer in time.
        public var abandonedCalls = 0

        public init() {}
    }

    public init(
        state: State, since: ContinuousClock.Instant, durability: Durability, isReadyWhileDegraded: Bool,
        spooledThreads: Int, counters: Counters
    ) {
        self.state = state
        self.since = since
        self.durability = durability
        self.isReadyWhileDegraded = isReadyWhileDegraded
        self.spooledThreads = spooledThreads
        self.counters = counters
    }
}
