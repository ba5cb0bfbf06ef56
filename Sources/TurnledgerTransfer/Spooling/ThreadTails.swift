// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// What a server has seen of a thread lately: enough to go on with it elsewhere.
struct ThreadTail: Sendable {
    var record: ThreadRecord?
    /// Whether the newest checkpoint was read.
    var isRead = false
    /// The newest root checkpoint as it was read last; `nil`: there was none.
    var base: StoredCheckpoint?
    /// What the base's delta channels are made of, as far as it was read.
    var histories: [String: DeltaHistory] = [:]
    /// What was committed since.
    var commits: [Commit] = []
    /// What the turn under way has written into its journal.
    var journal: (base: CheckpointID?, entries: [Payload])?
    /// The last runs, oldest first.
    var runs: [RunRecord] = []
    /// The lease under which this server executes the last of them.
    var lease: Lease?
    /// The events of the run under way.
    var events = PackedEvents()
    var usedAt: UInt64 = 0
    var bytes = 0

    /// The newest root checkpoint, as far as this server knows.
    var head: CheckpointID? {
        let roots = commits.flatMap(\.checkpoints).map(\.checkpoint).filter { $0.namespace == .root }.map(\.id)
        return (roots + [base?.checkpoint.id].compactMap(\.self)).max()
    }

    /// Whether the values of all channels of the base are there.
    func isWhole(_ channels: [String: MergeableChannel]) -> Bool {
        guard isRead else { return false }
        guard let base else { return true }
        return base.checkpoint.channelVersions.keys.allSatisfy { name in
            base.checkpoint.channelValues[name] != nil || histories[name] != nil || channels[name] == nil
        }
    }
}

/// The tails of the threads that were used last, up to a bound of bytes. Threads that this server holds stay.
final class ThreadTails: Sendable {
    private struct State {
        var tails: [ThreadID: ThreadTail] = [:]
        var threads: [RunID: ThreadID] = [:]
        var bytes = 0
        var clock: UInt64 = 0
    }

    private let state = Mutex(State())
    private let bound: Int
    private static let keptRuns = 16

    init(bound: Int) { self.bound = bound }

    func tail(of thread: ThreadID) -> ThreadTail? {
        state.withLock { state in
            state.clock += 1
            state.tails[thread]?.usedAt = state.clock
            return state.tails[thread]
        }
    }

    /// The thread of a run that this server has made, begun or taken over and not ended.
    func thread(of run: RunID) -> ThreadID? { state.withLock { $0.threads[run] } }

    /// The records of all threads that are known.
    var records: [ThreadRecord] { state.withLock { $0.tails.values.compactMap(\.record) } }

    func forget(_ thread: ThreadID) {
        state.withLock { state in
            guard let tail = state.tails.removeValue(forKey: thread) else { return }
            state.bytes -= tail.bytes
            for run in tail.runs { state.threads[run.id] = nil }
        }
    }

    // MARK: What was seen

    func read(_ head: StoredCheckpoint?, of thread: ThreadID) {
        change(thread) { tail in
            tail.isRead = true
            tail.base = head
            (tail.histories, tail.commits) = ([:], [])
        }
    }

    func read(_ histories: [String: DeltaHistory], of checkpoint: CheckpointReference) {
        guard checkpoint.namespace == .root else { return }
        change(checkpoint.thread, onlyIfThere: true) { tail in
            guard tail.base?.checkpoint.id == checkpoint.id else { return }
            tail.histories.merge(histories) { $1 }
        }
    }

    func read(_ record: ThreadRecord) { change(record.id) { $0.record = record } }

    func committed(_ commit: Commit, to thread: ThreadID) {
        change(thread, onlyIfThere: true) { tail in
            guard tail.isRead else { return }
            tail.commits.append(commit)
        }
    }

    func created(_ creation: RunCreation, of new: NewRun) {
        change(new.thread) { tail in
            if tail.record == nil {
                tail.record = ThreadRecord(
                    id: new.thread, title: new.title, owner: new.owner, labels: new.labels, createdAt: new.createdAt,
                    updatedAt: new.createdAt)
            }
            Self.keep(creation.run, in: &tail)
            guard let lease = creation.lease else { return }
            tail.record?.status = .busy
            let updatedAt = tail.record?.updatedAt ?? new.createdAt
            tail.record?.updatedAt = max(updatedAt, new.createdAt)
            (tail.lease, tail.events, tail.journal) = (lease, PackedEvents(), nil)
        }
    }

    func tookOver(_ run: RunRecord, _ lease: Lease) {
        change(run.thread) { tail in
            Self.keep(run, in: &tail)
            (tail.lease, tail.events, tail.journal) = (lease, PackedEvents(), nil)
            tail.record?.status = .busy
        }
    }

    /// A run as the database had it when it answered: answers come in any order.
    func saw(_ run: RunRecord) {
        change(run.thread, onlyIfThere: true) { tail in
            guard let place = tail.runs.firstIndex(where: { $0.id == run.id }) else { return }
            tail.runs[place] = run.later(than: tail.runs[place])
        }
    }

    func finished(_ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp) {
        guard let thread = thread(of: run) else { return }
        change(thread, onlyIfThere: true) { tail in
            if let place = tail.runs.firstIndex(where: { $0.id == run }) {
                tail.runs[place].status = status
                tail.runs[place].failure = failure
                tail.runs[place].updatedAt = time
            }
            // The next run may hold the thread before this is heard.
            guard tail.lease == nil || tail.lease?.run == run else { return }
            (tail.lease, tail.events, tail.journal) = (nil, PackedEvents(), nil)
            tail.record?.status = StoreRules.threadStatus(after: status)
            tail.record?.updatedAt = time
        }
    }

    /// Called for every token: no more is done than adding to what is there.
    func appended(_ events: [RunEventRecord]) {
        state.withLock { state in
            state.clock += 1
            let clock = state.clock
            var added = 0
            for event in events {
                guard let thread = state.threads[event.run] else { continue }
                added += state.tails[thread]?.add(event, at: clock) ?? 0
            }
            state.bytes += added
            if state.bytes > bound { Self.shrink(&state, to: bound / 10 * 9) }
        }
    }

    func journaled(_ entries: [Payload], of thread: ThreadID, base: CheckpointID?, at position: Int) {
        change(thread, onlyIfThere: true) { tail in
            var journal = tail.journal ?? (base, [])
            if position == 0 || journal.base != base { journal = (base, []) }
            guard position <= journal.entries.count else { return }
            journal.entries = Array(journal.entries.prefix(position)) + entries
            tail.journal = journal
        }
    }

    func readJournal(_ entries: [Payload], of thread: ThreadID, base: CheckpointID?) {
        change(thread, onlyIfThere: true) { $0.journal = (base, entries) }
    }

    // MARK: Help

    private static func keep(_ run: RunRecord, in tail: inout ThreadTail) {
        let known = tail.runs.first { $0.id == run.id }
        tail.runs.removeAll { $0.id == run.id }
        tail.runs.append(known.map { run.later(than: $0) } ?? run)
        if tail.runs.count > keptRuns { tail.runs.removeFirst(tail.runs.count - keptRuns) }
    }

    private func change(_ thread: ThreadID, onlyIfThere: Bool = false, _ body: (inout ThreadTail) -> Void) {
        state.withLock { state in
            // Taken out, so that its arrays are changed in place.
            guard var tail = state.tails.removeValue(forKey: thread) ?? (onlyIfThere ? nil : ThreadTail()) else {
                return
            }
            state.bytes -= tail.bytes
            body(&tail)
            state.clock += 1
            tail.usedAt = state.clock
            tail.bytes = tail.size
            state.bytes += tail.bytes
            state.tails[thread] = tail
            for run in tail.runs { state.threads[run.id] = run.status.isFinished ? nil : thread }
            if state.bytes > bound { Self.shrink(&state, to: bound / 10 * 9) }
        }
    }

    /// Lets go what was not used for the longest time.
    private static func shrink(_ state: inout State, to bound: Int) {
        for (thread, tail) in state.tails.sorted(by: { $0.value.usedAt < $1.value.usedAt }) {
            guard state.bytes > bound else { return }
            guard tail.lease == nil else { continue }
            state.bytes -= tail.bytes
            state.tails[thread] = nil
            for run in tail.runs { state.threads[run.id] = nil }
        }
    }
}

extension ThreadTail {
    /// Adds an event of the run under way.
    ///
    /// - Returns: How many bytes more the tail takes.
    fileprivate mutating func add(_ event: RunEventRecord, at clock: UInt64) -> Int {
        guard lease?.run == event.run, events.count < Self.keptEvents else { return 0 }
        let before = events.size
        events.append(event)
        usedAt = clock
        bytes += events.size - before
        return events.size - before
    }

    private static let keptEvents = 20_000

    /// About how much memory it takes.
    fileprivate var size: Int {
        var size = 500
        size += base?.size ?? 0
        for history in histories.values {
            size += (history.seed?.bytes.count ?? 0) + history.writes.reduce(0) { $0 + $1.value.bytes.count + 100 }
        }
        for commit in commits {
            size += commit.checkpoints.reduce(0) { $0 + $1.checkpoint.size }
            for writes in commit.writes { size += writes.writes.reduce(200) { $0 + $1.value.bytes.count } }
        }
        size += events.size
        size += runs.reduce(0) { $0 + $1.input.count + 200 }
        return size + (journal?.entries.reduce(0) { $0 + $1.bytes.count } ?? 0)
    }
}

extension RunRecord {
    /// This one, unless it is an older state of the run than the other: not by their times, clocks are set back.
    fileprivate func later(than other: RunRecord) -> RunRecord {
        if other.status.isFinished != status.isFinished { return status.isFinished ? self : other }
        if other.attempt != attempt { return attempt > other.attempt ? self : other }
        return other.status == .running && status == .pending ? other : self
    }
}

extension StoredCheckpoint {
    fileprivate var size: Int { pendingWrites.reduce(checkpoint.size) { $0 + $1.value.bytes.count + 100 } }
}

extension Checkpoint {
    fileprivate var size: Int { channelValues.values.reduce(1000) { $0 + $1.bytes.count + 100 } }
}
