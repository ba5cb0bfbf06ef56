// Turnledger. SPDX-License-Identifier: Apache-2.0

/// One invocation, from input to stop (table `turnledger_runs`).
public struct RunRecord: Hashable, Sendable {
    /// Where a run stands.
    public enum Status: String, Sendable {
        /// Waiting for its turn.
        case pending
        case running
        /// The ends. What a person answers to an interrupted run is a run of its own.
        case succeeded, failed, cancelled, interrupted

        /// Whether nothing will happen to the run any more.
        public var isFinished: Bool { self != .pending && self != .running }
    }

    /// Begins with `run_`; unique in the store.
    public var id: RunID
    /// The thread that it belongs to, and goes with when that is deleted.
    public var thread: ThreadID
    /// Changes only under the thread's lease; a finished one never again.
    public var status: Status
    /// How many times it was begun: 1, and one more after each take-over; 0 while it waits for its turn.
    public var attempt: Int
    /// What it was started with: opaque to the store.
    public var input: [UInt8]
    /// Unique in the thread: a second run with the same key is the first one.
    public var idempotencyKey: String?
    /// Why it failed, for operators.
    public var failure: String?
    /// When somebody asked for its end: whoever executes it stops. `nil`: nobody has.
    public var stopRequestedAt: Timestamp?
    /// When it was asked for, by the clock of the server that took the request.
    public var createdAt: Timestamp
    /// When status or attempt last changed.
    public var updatedAt: Timestamp

    public init(
        id: RunID, thread: ThreadID, status: Status, attempt: Int = 1, input: [UInt8], idempotencyKey: String? = nil,
        failure: String? = nil, stopRequestedAt: Timestamp? = nil, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.thread = thread
        self.status = status
        self.attempt = attempt
        self.input = input
        self.idempotencyKey = idempotencyKey
        self.failure = failure
        self.stopRequestedAt = stopRequestedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// An event of a run, for those who watch it (table `turnledger_run_events`).
public struct RunEventRecord: Hashable, Sendable {
    /// The run that it is an event of.
    public var run: RunID
    /// The attempt that made it. Events of earlier attempts are superseded.
    public var attempt: Int
    /// From 0, without gaps.
    public var number: Int
    /// Opaque to the store.
    public var payload: [UInt8]

    public init(run: RunID, attempt: Int, number: Int, payload: [UInt8]) {
        self.run = run
        self.attempt = attempt
        self.number = number
        self.payload = payload
    }
}
