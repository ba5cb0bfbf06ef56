// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Logging
import Synchronization
public import Tracing
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
    let metrics: AgentMetrics
    let tracing: AgentTracing
    /// `nil` on a store that keeps no statistics.
    let statistics: StatisticsRecorder?
    let log: EventLog
    /// Tells other servers of changes.
    let announcer: RunAnnouncer
    /// Hears of other servers' changes.
    let changes = RunChanges()
    let followings = LogFollowings()
    /// What this process is called in leases.
    let holder: String
    let active = Mutex<[RunID: ActiveRun]>([:])
    /// Swift tasks that begin runs whose turn has come, by thread.
    let waiting = Mutex<[ThreadID: WaitingRuns]>([:])

    /// A run that is executed here.
    struct ActiveRun: Sendable {
        var feed: RunFeed
        var lease: Lease
        var stop: StopSignal
        var execution: Task<Void, Never>?
    }

    /// - Parameters:
    ///   - store: Where conversations and their runs are; shared with other servers, where it can be.
    ///   - model: Who answers.
    ///   - tools: What the model may call, executed here.
    ///   - clientTools: What the model may call and a client carries out: a run stops at such a call until it is answered.
    ///   - configuration: How runs are executed.
    ///   - clock: Dates what is stored.
    ///   - logger: Takes a line where something fails; never what somebody said.
    ///   - metrics: What counts; by default nothing does.
    ///   - tracer: Makes spans of runs, supersteps, calls of the model and of tools, below the context in which a turn is
    ///     begun; `nil`: nobody traces. Never the process's own.
    /// - Throws: `SchemaError` for a tool whose arguments have no JSON Schema, or for two tools of one name.
    public init(
        store: any ConversationStore, model: any ModelClient, tools: [any Tool], clientTools: [ClientTool] = [],
        configuration: AgentConfiguration = .init(), clock: any WallClock = SteadyWallClock(), logger: Logger,
        metrics: AgentMetrics = .none, tracer: (any Tracer)? = nil
    ) throws {
        self.store = store
        self.model = model
        self.tools = try ToolBox(tools, client: clientTools, approval: configuration.approval)
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        tracing = AgentTracing(tracer: tracer)
        statistics = (store as? any StatisticsRecorder.Store).map { StatisticsRecorder(store: $0, logger: logger) }
        let announcer = RunAnnouncer(store: store)
        self.announcer = announcer
        log = EventLog(store: store, logger: logger, metrics: metrics, onStored: announcer.changed)
        holder = (store as? any HolderProbing)?.holder ?? UniqueID.random()
    }

    /// Stores a turn's message as a run and starts it; the message is safe when this returns.
    ///
    /// A turn whose idempotency key has a run in the thread follows that run; one whose run has failed is tried anew. A
    /// thread has one active run: `whileBusy` says what happens to another. Cost: one round trip; four more where another
    /// run is to be interrupted.
    /// - Throws: `.busy` for a turn that is rejected, `.notFound` for a thread of another owner, `.invalid`,
    ///   `.unavailable`, `.full`.
    public func begin(_ turn: Turn) async throws(AgentError) -> RunFollower {
        do {
            try ThreadID.validate(turn.thread.rawValue, as: "chat id")
            let key = try turn.key
            let policy = turn.whileBusy ?? configuration.whileBusy
            let ended = try await runsToEnd(for: turn, policy, key: key)
            var input = RunInput(turn.action, owner: turn.owner)
            input.trace = tracing.carried
            if case .answer(let answers) = turn.action {
                try await requireWaiting(answers, in: turn, key: key)
            }
            if policy == .rollback {
                input.rolledBack = ended.map { .init(run: $0.id, message: (try? RunInput($0.input))?.message?.id) }
            }
            var attemptKey = key
            var failures = 0
            while true {
                let now = clock.now()
                let creation = try await create(
                    NewRun(
                        id: turn.runID(failures: failures) ?? .new(milliseconds: now.microseconds / 1000),
                        thread: turn.thread, owner: turn.owner, labels: turn.labels,
                        title: input.message.flatMap(Self.title), idempotencyKey: attemptKey, input: input.bytes,
                        waits: policy != .reject, holder: holder, leaseDuration: configuration.standstill,
                        createdAt: now), requestKey: turn.requestKey)
                for run in ended where run.id != creation.run.id { try await requestStop(of: run.id) }
                if let lease = creation.lease {
                    RunTrace(run: creation.run.id, logger: logger).reached(.runCreated)
                    return launch(creation.run, lease: lease, input: input, as: .new, from: creation.head)
                }
                if creation.run.status == .pending { awaitTurn(of: creation.run) }
                guard creation.run.status == .failed else { return follow(creation.run) }
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

    /// Refuses answers to nothing before a run is made of them; a request that comes again has its run already.
    private func requireWaiting(_ answers: [CallAnswer], in turn: Turn, key: String) async throws {
        guard try await store.thread(turn.thread)?.owner == turn.owner else {
            throw AgentError(.notFound, "There is no such conversation.")
        }
        guard try await store.run(in: turn.thread, idempotencyKey: key) == nil else { return }
        let head = try await store.latest(in: turn.thread, namespace: .root)
        _ = try TurnPlan.answers(answers, to: WaitingCall.all(in: head))
    }

    /// Creates a run, or finds the one that the owner has made with the same request key in another thread.
    private func create(_ new: NewRun, requestKey: String?) async throws(StoreError) -> RunCreation {
        do {
            return try await store.create(new)
        } catch {
            guard requestKey != nil, error.code == .conflict, let run = try await store.run(new.id),
                try await store.thread(run.thread)?.owner == new.owner
            else { throw error }
            return RunCreation(run: run, lease: nil)
        }
    }

    /// Follows a run from its first event: one that is executed here from memory, any other from the log.
    /// - Throws: `.notFound`, `.unavailable`.
    public func follow(_ run: RunID) async throws(AgentError) -> RunFollower {
        if let feed = active.withLock({ $0[run]?.feed }) { return RunFollower(feed: feed) }
        let record: RunRecord
        do throws(StoreError) {
            guard let known = try await store.run(run) else {
                throw StoreError(.missing, "There is no run '\(run)'.")
            }
            record = known
        } catch { throw AgentError(error) }
        return follow(record)
    }

    /// Asks nobody: the database may have gone away since the run was seen.
    private func follow(_ record: RunRecord) -> RunFollower {
        let run = record.id
        if let feed = active.withLock({ $0[run]?.feed }) { return RunFollower(feed: feed) }
        let following = followings.following(record) { feed, handover in
            LogReader(store: store, feed: feed, changes: changes, isPending: record.status == .pending) { [weak self] in
                // A run that waits for its turn may be begun here.
                handover.feed ?? self?.active.withLock { $0[run]?.feed }
            }
        }
        return RunFollower(feed: following.feed, source: following)
    }

    /// The thread's messages, oldest first: the `messages` channel of its head, and the messages of runs that are still
    /// to be taken in. Leaves out what a run that is active has answered so far: that comes by following it.
    ///
    /// Cost: two round trips.
    public func messages(of thread: ThreadID) async throws(AgentError) -> [Message] {
        try await conversation(of: thread).messages
    }

    /// The thread's messages, and which calls of the last one wait for an answer. Cost: two round trips.
    public func conversation(of thread: ThreadID) async throws(AgentError) -> Conversation {
        do {
            let unfinished = try await store.unfinishedRuns(in: thread)
            let head = try await store.latest(in: thread, namespace: .root)
            let stored = head.map { StoredMessages(checkpoint: $0.checkpoint) }
            var messages = MessageList.messages(of: try await stored?.value(in: store))
            guard !unfinished.isEmpty else {
                return Conversation(
                    messages: messages + WaitingCall.resultsBeside(in: head), waiting: WaitingCall.all(in: head))
            }
            for run in unfinished {
                if head?.checkpoint.metadata.runID != run.run.id.rawValue {
                    // What cannot be planned will fail when its turn has come.
                    guard let plan = try? TurnPlan(RunInput(run.run.input), messages: messages, head: head) else {
                        continue
                    }
                    messages = plan.applied(to: messages)
                }
                if let place = messages.lastIndex(where: { $0.role == .human }) {
                    messages.removeSubrange((place + 1)...)
                }
            }
            return Conversation(messages: messages, waiting: [])
        } catch {
            throw AgentError(error)
        }
    }

    /// Whether what was said earlier in a thread is at hand: not so for one that was not known when the database went away.
    public func isHistoryAvailable(of thread: ThreadID) -> Bool {
        (store as? any DegradableStore)?.isHistoryAvailable(of: thread) ?? true
    }

    /// Waits until no run is executed here any more; after `deadline` stops those that are left. They go on at the next
    /// start of this server or another.
    public func drain(within deadline: Duration) async {
        for task in waiting.withLock({ $0.values.map(\.task) }) { task.cancel() }
        let executions = active.withLock { $0.values.compactMap(\.execution) }
        let timeout = Task {
            try await Task.sleep(for: deadline)
            for execution in executions { execution.cancel() }
        }
        for execution in executions { await execution.value }
        timeout.cancel()
        await log.flush()
        await statistics?.flush()
    }

    /// Executes a run apart from whoever asked, under its lease.
    @discardableResult
    func launch(
        _ run: RunRecord, lease: Lease, input: RunInput, as origin: AgentMetrics.Origin, from head: KnownHead = .unread
    ) -> RunFollower {
        metrics.runBegan(origin)
        let feed = RunFeed(run: run.id)
        let stop = StopSignal()
        if run.stopRequestedAt != nil { stop.stop() }
        // The entry is there before the execution can end and remove it.
        active.withLock { active in
            active[run.id] = ActiveRun(feed: feed, lease: lease, stop: stop)
            active[run.id]?.execution = Task {
                await RunExecution(
                    service: self, run: run, lease: lease, input: input, head: head, feed: feed, stop: stop,
                    origin: origin
                ).execute()
                _ = self.active.withLock { $0.removeValue(forKey: run.id) }
            }
        }
        followings.wasBegun(run.id, feed)
        changes.take(.changed([run.id]))
        return RunFollower(feed: feed)
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

/// What a thread holds for whoever shows it.
public struct Conversation: Hashable, Sendable {
    /// Oldest first.
    public var messages: [Message]
    /// The calls that wait for a person or for the client.
    public var waiting: [WaitingCall]
}

/// How a service runs turns.
public struct AgentConfiguration: Sendable {
    /// What the model is told first; `nil`: nothing.
    public var systemPrompt: String?
    /// The most supersteps that a turn may take.
    public var superstepLimit: Int
    /// How long after a server has gone silent another has taken its runs, at the latest.
    public var leaseDuration: Duration
    /// Whether those who follow a run that failed are told no more than a sentence and an error ID; `false` adds the
    /// detail that is meant for operators.
    public var masksErrors: Bool
    /// How long the events of a run that has ended can still be followed.
    public var logLifetime: Duration
    /// How many times a run is begun before it counts as failed.
    public var attemptLimit: Int
    /// How threads that begin are stored.
    public var storage: ThreadStorage
    /// Which calls of tools need a person's leave: those that one of the rules applies to.
    public var approval: [ApprovalRule]
    /// What happens to a turn while another run of its thread is active, where the turn does not say.
    public var whileBusy: BusyPolicy

    public init(
        systemPrompt: String? = nil, superstepLimit: Int = 50, leaseDuration: Duration = .seconds(15),
        logLifetime: Duration = .seconds(3600), masksErrors: Bool = true, attemptLimit: Int = 20,
        storage: ThreadStorage = ThreadStorage(),
        approval: [ApprovalRule] = [], whileBusy: BusyPolicy = .enqueue
    ) {
        self.systemPrompt = systemPrompt
        self.superstepLimit = superstepLimit
        self.leaseDuration = leaseDuration
        self.logLifetime = logLifetime
        self.masksErrors = masksErrors
        self.attemptLimit = attemptLimit
        self.storage = storage
        self.approval = approval
        self.whileBusy = whileBusy
    }

    /// The duration of the leases that are taken. With two looks of those who watch it makes less than `leaseDuration`.
    var standstill: Duration { leaseDuration * 3 / 4 }
    /// How often leases are renewed: some renewals may fail.
    var beatInterval: Duration { leaseDuration / 5 }
    /// How often the leases of others are looked at.
    var watchInterval: Duration { leaseDuration / 10 }
}
