// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Logging
public import TurnledgerStore

/// Runs turns: creates a run for each, executes it apart from whoever asked, and lets any number follow it.
public final class AgentService: Sendable {
    public init(
        store: any ConversationStore, model: any ModelClient, tools: [any Tool], configuration: AgentConfiguration = .init(),
        clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        fatalError()
    }

    /// Stores a turn's message as a run and starts it; the message is safe when this returns.
    ///
    /// A turn whose idempotency key has a run in the thread follows that run.
    public func begin(_ turn: Turn) async throws(AgentError) -> RunFollower { fatalError() }

    /// Follows a run from its first event: a live one, or one that has ended, from the log.
    public func follow(_ run: RunID) async throws(AgentError) -> RunFollower { fatalError() }

    /// The thread's messages, oldest first: the `messages` channel of its head, and the message of a run that is still
    /// to be taken in. Leaves out what a run that is active has answered so far.
    public func messages(of thread: ThreadID) async throws(AgentError) -> [Message] { fatalError() }

    /// Serves until cancelled: continues unfinished runs, renews leases, writes the event log.
    public func run() async throws { fatalError() }
}

/// How a service runs turns.
public struct AgentConfiguration: Sendable {
    /// What the model is told first; `nil`: nothing.
    public var systemPrompt: String?
    /// The most supersteps that a turn may take.
    public var superstepLimit: Int
    public var leaseDuration: Duration

    public init(systemPrompt: String? = nil, superstepLimit: Int = 50, leaseDuration: Duration = .seconds(15)) {
        self.systemPrompt = systemPrompt
        self.superstepLimit = superstepLimit
        self.leaseDuration = leaseDuration
    }
}

/// A user's message and where it goes.
public struct Turn: Sendable {
    public var thread: ThreadID
    public var owner: String
    public var labels: [String: String]
    /// A human message; its ID is the client's.
    public var message: Message
    /// The same key in the same thread is the same turn. By default the message's ID.
    public var idempotencyKey: String?

    public init(
        thread: ThreadID, owner: String, labels: [String: String] = [:], message: Message, idempotencyKey: String? = nil
    ) {
        self.thread = thread
        self.owner = owner
        self.labels = labels
        self.message = message
        self.idempotencyKey = idempotencyKey ?? message.id
    }
}

/// The events of a run, from its first to its last: those that are ready together come together.
///
/// Ends after an event with `isLast`. Following costs the run nothing: a slow follower reads later, from memory.
public struct RunFollower: AsyncSequence, Sendable {
    public typealias Element = [RunEvent]
    public let run: RunID

    public func makeAsyncIterator() -> Iterator { fatalError() }

    public struct Iterator: AsyncIteratorProtocol {
        public mutating func next() async throws -> [RunEvent]? { fatalError() }
    }
}
