// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Keeps the records of threads, their runs with leases, and the events of runs.
///
/// Every time and every ID comes from the caller. Each call is one transaction.
public protocol RunStore: Sendable {
    // MARK: Threads

    /// Returns a thread's record, or `nil` where there is none.
    func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord?

    /// Lists threads, the last active first; of equal times the greater ID first.
    func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage

    /// Changes a thread's title, labels or status and returns the new record.
    /// - Throws: `.missing` where there is no such thread.
    @discardableResult
    func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord

    // MARK: Runs

    /// Creates a run, its thread where it is new, and takes the thread's lease, all at once.
    ///
    /// The same idempotency key in the same thread gives the run that exists, whatever its status, with `isNew` false.
    /// Where the thread has another unfinished run, a run that `waits` becomes pending: `takeOver` begins it. It is created
    /// behind all of those, whatever the clock of its server says.
    /// - Throws: `.conflict` when the thread has another unfinished run or another holder and the new one does not wait,
    ///   `.missing` when the thread belongs to another owner.
    func create(_ run: NewRun) async throws(StoreError) -> RunCreation

    /// Returns a run, or `nil` where there is none.
    func run(_ id: RunID) async throws(StoreError) -> RunRecord?

    /// Returns a thread's run with this idempotency key.
    func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord?

    /// Lists unfinished runs, oldest first, with the lease of their thread where it is theirs.
    /// - Parameter thread: Only of this thread; `nil`: of all.
    func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun]

    /// Ends a run, releases its lease, and sets its thread's status and time. A run that has ended stays as it is.
    /// - Throws: `.conflict` when the lease has passed to another holder, `.missing`.
    func finish(_ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence)
        async throws(StoreError)

    /// Asks for the end of a run and returns it as it is then: a pending one is cancelled, a running one is marked for
    /// whoever executes it, one that has ended stays as it is.
    /// - Throws: `.missing`.
    @discardableResult
    func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord

    /// Lists the runs that are running and are to stop, of all threads.
    func stopRequests() async throws(StoreError) -> [RunID]

    // MARK: Leases

    /// Raises the lease's beat. - Throws: `.conflict` when it has passed to another holder, `.missing`.
    func renew(_ lease: Lease) async throws(StoreError) -> Lease

    /// Raises the beats of many leases, and returns those that are still held.
    /// - Throws: Where the store cannot be reached; some may have been raised.
    func renew(_ leases: [Lease]) async throws(StoreError) -> [Lease]

    /// Takes an unfinished run from the holder of `observed` (`nil`: nobody held it): a new lease with a greater epoch,
    /// the attempt raised by one, the events of earlier attempts removed. The caller must have watched the lease stand
    /// still for its whole duration, or know that its holder is dead. A pending run is begun this way.
    /// - Throws: `.conflict` when the lease is not as observed any more or the run has ended, `.missing`.
    func takeOver(_ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp)
        async throws(StoreError) -> (run: RunRecord, lease: Lease)

    // MARK: Events

    /// Appends events of any number of runs; one that exists already stays. Events of attempts that are over, or of
    /// runs that are gone, are dropped.
    func append(_ events: [RunEventRecord]) async throws(StoreError)

    /// Returns the events of a run's current attempt from a number on, in order.
    func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord]
}

extension RunStore {
    /// Renews each for itself, some at once.
    public func renew(_ leases: [Lease]) async throws(StoreError) -> [Lease] { try await renewEach(leases) }

    /// What a store falls back to that renews many at once only at times.
    package func renewEach(_ leases: [Lease]) async throws(StoreError) -> [Lease] {
        var (left, renewed): (ArraySlice<Lease>, [Lease]) = (leases[...], [])
        while !left.isEmpty {
            let some = left.prefix(16)
            left = left.dropFirst(16)
            let results = await withTaskGroup(of: Result<Lease?, StoreError>.self) { group in
                for lease in some {
                    group.addTask {
                        do throws(StoreError) {
                            return .success(try await renew(lease))
                        } catch {
                            let isLost = error.code == .conflict || error.code == .missing
                            return isLost && !error.isMirrorRoleChange ? .success(nil) : .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for result in results {
                if let lease = try result.get() { renewed.append(lease) }
            }
        }
        return renewed
    }
}

/// A store whose holders of leases can be told dead from outside at once, without watching.
public protocol HolderProbing: RunStore {
    /// What this process is called in the leases that it takes; ends with the process.
    var holder: String { get }

    /// Returns whether the process behind a lease's holder is alive; `nil` where that cannot be known.
    func isHolderAlive(_ holder: String) async throws(StoreError) -> Bool?
}

/// A store for conversations: checkpoints, and the runs that make them.
public typealias ConversationStore = CheckpointStore & RunStore

/// What `RunStore.create` needs.
public struct NewRun: Hashable, Sendable {
    public var id: RunID
    public var thread: ThreadID
    /// Whose the thread is: set where it is new, compared where it exists.
    public var owner: String
    /// Set where the thread is new.
    public var labels: [String: String]
    /// Set where the thread has none.
    public var title: String?
    /// Makes the call repeatable: the same key in the same thread is the same run.
    public var idempotencyKey: String?
    /// Opaque to the store; whoever takes the run over starts from it.
    public var input: [UInt8]
    /// Whether the run waits for its turn where the thread has another that is unfinished.
    public var waits: Bool
    /// Who executes the run.
    public var holder: String
    /// For how long the lease must stand still before another may take it.
    public var leaseDuration: Duration
    public var createdAt: Timestamp

    public init(
        id: RunID, thread: ThreadID, owner: String, labels: [String: String] = [:], title: String? = nil,
        idempotencyKey: String? = nil, input: [UInt8], waits: Bool = false, holder: String,
        leaseDuration: Duration = .seconds(15),
        createdAt: Timestamp
    ) {
        self.id = id
        self.thread = thread
        self.owner = owner
        self.labels = labels
        self.title = title
        self.idempotencyKey = idempotencyKey
        self.input = input
        self.waits = waits
        self.holder = holder
        self.leaseDuration = leaseDuration
        self.createdAt = createdAt
    }
}

/// What `RunStore.create` did.
public struct RunCreation: Hashable, Sendable {
    public var run: RunRecord
    /// The lease of a new run; `nil` where the run existed, or waits for its turn.
    public var lease: Lease?
    /// The thread's newest checkpoint under the lease, where the store has read it in the same round trip.
    public var head: KnownHead

    /// Whether the caller may execute the run: it is new and holds the thread.
    public var isNew: Bool { lease != nil }

    public init(run: RunRecord, lease: Lease?, head: KnownHead = .unread) {
        self.run = run
        self.lease = lease
        self.head = head
    }
}

/// A run that has not ended, and who holds it.
public struct UnfinishedRun: Hashable, Sendable {
    /// The run; pending or running.
    public var run: RunRecord
    /// The thread's lease where this run has it; `nil`: nobody executes the run.
    public var lease: Lease?

    public init(run: RunRecord, lease: Lease?) {
        self.run = run
        self.lease = lease
    }
}

/// What to change in a thread's record; `nil` leaves a part as it is.
public struct ThreadChanges: Hashable, Sendable {
    public var title: String?
    public var labels: [String: String]?
    public var status: ThreadRecord.Status?

    public init(title: String? = nil, labels: [String: String]? = nil, status: ThreadRecord.Status? = nil) {
        self.title = title
        self.labels = labels
        self.status = status
    }
}

/// Says which threads to list. Every part that is set must hold.
public struct ThreadQuery: Hashable, Sendable {
    /// `nil`: of all owners.
    public var owner: String?
    /// Text that the title must contain, letters compared without case.
    public var text: String?
    /// Labels that must be equal.
    public var labels: [String: String]
    /// From an earlier page's `next`.
    public var cursor: String?
    /// The most threads of a page.
    public var limit: Int

    public init(
        owner: String? = nil, text: String? = nil, labels: [String: String] = [:], cursor: String? = nil,
        limit: Int = 20
    ) {
        self.owner = owner
        self.text = text
        self.labels = labels
        self.cursor = cursor
        self.limit = limit
    }
}

/// A page of threads.
public struct ThreadPage: Hashable, Sendable {
    public var threads: [ThreadRecord]
    /// Where the next page begins; `nil` at the end. Opaque text; see `ThreadCursor`.
    public var next: String?

    public init(threads: [ThreadRecord], next: String?) {
        self.threads = threads
        self.next = next
    }
}

/// The place behind a thread in a listing, as text: `microseconds.id`.
public struct ThreadCursor: Hashable, Sendable {
    public var updatedAt: Timestamp
    public var id: ThreadID

    public init(_ thread: ThreadRecord) {
        updatedAt = thread.updatedAt
        id = thread.id
    }

    /// - Throws: `.invalid` for text that no page gave out.
    public init(_ text: String) throws(StoreError) {
        guard let dot = text.firstIndex(of: "."), let microseconds = Int64(text[..<dot]) else {
            throw StoreError(.invalid, "The cursor is not one that a page gave out.")
        }
        updatedAt = Timestamp(microseconds: microseconds)
        id = ThreadID(String(text[text.index(after: dot)...]))
    }

    /// What `ThreadPage.next` holds.
    public var text: String { "\(updatedAt.microseconds).\(id.rawValue)" }
}
