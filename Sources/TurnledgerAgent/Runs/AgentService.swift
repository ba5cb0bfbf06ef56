// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Logging
import Synchronization
import TurnledgerGraph
public import TurnledgerStore

/// Runs turns: creates a run for each, executes it apart from whoever asked, and lets any number follow it.
///
/// A turn is safe when `begin` returns: its message is stored in a run that this server, or another one after a crash,
/// executes to its end. `run()` must be running for that: it renews leases and takes up what was left.
public final class AgentService: Sendable {
    let store: any ConversationStore
    let model: any ModelClient
    let tools: ToolBox
    let configuration: AgentConfiguration
    let clock: any WallClock
    let logger: Logger
    let log: EventLog
    /// What this process is called in leases.
    let holder: String
    let active = Mutex<[RunID: ActiveRun]>([:])

    /// A run that is executed here.
    struct ActiveRun: Sendable {
        var feed: RunFeed
        var lease: Lease
        var execution: Task<Void, Never>?
    }

    /// - Throws: `SchemaError` for a tool whose arguments have no JSON Schema, or for two tools of one name.
    public init(
        store: any ConversationStore, model: any ModelClient, tools: [any Tool],
        configuration: AgentConfiguration = .init(), clock: any WallClock = SystemWallClock(), logger: Logger
    ) throws {
        self.store = store
        self.model = model
        self.tools = try ToolBox(tools)
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        log = EventLog(store: store, logger: logger)
        holder = (store as? any HolderProbing)?.holder ?? UniqueID.random()
    }

    /// Stores a turn's message as a run and starts it; the message is safe when this returns.
    ///
    /// A turn whose idempotency key has a run in the thread follows that run; one whose run has failed is tried anew.
    /// Cost: one round trip.
    /// - Throws: `.busy` while another run of the thread is active, `.notFound` for a thread of another owner, `.invalid`,
    ///   `.unavailable`, `.full`.
    public func begin(_ turn: Turn) async throws(AgentError) -> RunFollower {
        do {
            try ThreadID.validate(turn.thread.rawValue, as: "chat id")
            guard let messageID = turn.message.id else {
                throw StoreError(.invalid, "The message has no id.")
            }
            try ThreadID.validate(messageID, as: "message id")
            let key = turn.idempotencyKey ?? messageID
            var attemptKey = key
            var failures = 0
            while true {
                let now = clock.now()
                let creation = try await store.create(
                    NewRun(
                        id: .new(milliseconds: now.microseconds / 1000), thread: turn.thread, owner: turn.owner,
                        labels: turn.labels, title: Self.title(of: turn.message), idempotencyKey: attemptKey,
                        input: RunInput(message: turn.message).bytes, holder: holder,
                        leaseDuration: configuration.leaseDuration, createdAt: now))
                if let lease = creation.lease {
                    RunTrace(run: creation.run.id, logger: logger).reached(.runCreated)
                    return launch(creation.run, lease: lease, message: turn.message)
                }
                guard creation.run.status == .failed else { return try await follow(creation.run.id) }
                failures += 1
                attemptKey = "\(key) (after failure \(failures))"
            }
        } catch let error as AgentError {
            throw error
        } catch let error as StoreError {
            throw AgentError(error)
        } catch {
            throw AgentError(.internalFailure, "An error occurred.", detail: String(reflecting: error))
        }
    }

    /// Follows a run from its first event: one that is executed here from memory, any other from the log.
    /// - Throws: `.notFound`, `.unavailable`.
    public func follow(_ run: RunID) async throws(AgentError) -> RunFollower {
        if let feed = active.withLock({ $0[run]?.feed }) { return follower(of: feed) }
        do throws(StoreError) {
            guard try await store.run(run) != nil else {
                throw StoreError(.missing, "There is no run '\(run)'.")
            }
        } catch { throw AgentError(error) }
        let reader = LogReader(store: store, run: run)
        return RunFollower(run: run) { position in try await reader.events(behind: &position) }
    }

    /// The thread's messages, oldest first: the `messages` channel of its head, and the message of a run that is still
    /// to be taken in. Leaves out what a run that is active has answered so far: that comes by following it.
    ///
    /// Cost: two round trips.
    public func messages(of thread: ThreadID) async throws(AgentError) -> [Message] {
        do {
            let unfinished = try await store.unfinishedRuns(in: thread)
            let head = try await store.latest(in: thread, namespace: .root)
            let stored = head.map { StoredMessages(checkpoint: $0.checkpoint) }
            var messages = MessageList.messages(of: try await stored?.value(in: store))
            for run in unfinished {
                let message = try RunInput(run.run.input).message
                if let place = messages.lastIndex(where: { $0.id == message.id }) {
                    messages.removeSubrange((place + 1)...)
                } else {
                    messages.append(message)
                }
            }
            return messages
        } catch {
            throw AgentError(error)
        }
    }

    /// Waits until no run is executed here any more; after `deadline` stops those that are left. They go on at the next
    /// start of this server or another.
    public func drain(within deadline: Duration) async {
        let executions = active.withLock { $0.values.compactMap(\.execution) }
        let timeout = Task {
            try await Task.sleep(for: deadline)
            for execution in executions { execution.cancel() }
        }
        for execution in executions { await execution.value }
        timeout.cancel()
        await log.flush()
    }

    /// Executes a run apart from whoever asked, under its lease.
    @discardableResult
    func launch(_ run: RunRecord, lease: Lease, message: Message) -> RunFollower {
        let feed = RunFeed(run: run.id)
        // The entry is there before the execution can end and remove it.
        active.withLock { active in
            active[run.id] = ActiveRun(feed: feed, lease: lease)
            active[run.id]?.execution = Task {
                await RunExecution(service: self, run: run, lease: lease, message: message, feed: feed).execute()
                _ = self.active.withLock { $0.removeValue(forKey: run.id) }
            }
        }
        return follower(of: feed)
    }

    private func follower(of feed: RunFeed) -> RunFollower {
        RunFollower(run: feed.run) { position in
            let events = try await feed.events(from: position.index)
            position.index += events.count
            return events
        }
    }

    /// The message's first line without control characters, which PostgreSQL's text cannot hold all of; at most 80
    /// characters.
    private static func title(of message: Message) -> String? {
        let lines = message.text.split(whereSeparator: \.isNewline).lazy.map { line in
            String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.properties.generalCategory != .control }))
        }
        let line = lines.first { !$0.allSatisfy(\.isWhitespace) }
        return line.map { $0.count > 80 ? $0.prefix(79) + "…" : $0 }
    }
}

/// How a service runs turns.
public struct AgentConfiguration: Sendable {
    /// What the model is told first; `nil`: nothing.
    public var systemPrompt: String?
    /// The most supersteps that a turn may take.
    public var superstepLimit: Int
    /// How long a server must have been silent before another takes its runs.
    public var leaseDuration: Duration
    /// How many times a run is begun before it counts as failed.
    public var attemptLimit: Int
    /// How threads that begin are stored.
    public var storage: ThreadStorage

    public init(
        systemPrompt: String? = nil, superstepLimit: Int = 50, leaseDuration: Duration = .seconds(15),
        attemptLimit: Int = 20, storage: ThreadStorage = ThreadStorage()
    ) {
        self.systemPrompt = systemPrompt
        self.superstepLimit = superstepLimit
        self.leaseDuration = leaseDuration
        self.attemptLimit = attemptLimit
        self.storage = storage
    }
}

/// A user's message and where it goes.
public struct Turn: Sendable {
    /// Begun by its first turn.
    public var thread: ThreadID
    /// Who asks: a thread of another owner is not found.
    public var owner: String
    /// Set on a thread that the turn begins; an existing one keeps its own.
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
