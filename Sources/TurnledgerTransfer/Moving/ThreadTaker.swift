// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Stores threads in the target of a transfer, in the best way that it has.
struct ThreadTaker: Sendable {
    private let target: any CheckpointStore
    private let loading: (any BulkLoadingStore)?
    private let moving: (any RecordMovingStore)?
    private let keeping: (any RetentionStore)?
    private let graves: (any TombstoneStore)?
    private let clock: any WallClock

    init(_ target: any CheckpointStore, clock: any WallClock) {
        self.target = target
        loading = target as? any BulkLoadingStore
        moving = target as? any RecordMovingStore
        keeping = target as? any RetentionStore
        graves = target as? any TombstoneStore
        self.clock = clock
    }

    /// A thread laid out for the target: values that a checkpoint's parent had are stored with the parent.
    private struct Prepared {
        var request: TransferRequest
        var read: TransferThread
        var commit = Commit()
        var problems: [TransferProblem]

        init(_ request: TransferRequest, _ read: TransferThread) {
            self.request = request
            self.read = read
            problems = read.problems
            commit.checkpoints.reserveCapacity(read.checkpoints.count)
            var known = KnownVersions()
            for stored in read.checkpoints {
                let checkpoint = stored.checkpoint
                commit.checkpoints.append(.init(checkpoint, newVersions: known.newVersions(of: checkpoint)))
                if !stored.pendingWrites.isEmpty { commit.writes += Self.tasks(stored) }
                known.add(checkpoint)
            }
        }

        private static func tasks(_ stored: StoredCheckpoint) -> [TaskWrites] {
            var tasks: [TaskWrites] = []
            for write in stored.pendingWrites.sorted(by: PendingWrite.precedes) {
                if tasks.last?.taskID != write.taskID || tasks.last?.taskPath != write.taskPath {
                    tasks.append(
                        TaskWrites(
                            checkpoint: stored.checkpoint.reference, taskID: write.taskID, taskPath: write.taskPath,
                            writes: []))
                }
                tasks[tasks.count - 1].writes.append(.init(write.channel, write.value, index: write.index))
            }
            return tasks
        }

        /// What the target cannot hold is one checkpoint's fault, not its thread's.
        mutating func leaveOutWhatCannotBeStored() {
            var (kept, known) = (Commit(), KnownVersions())
            var writes = commit.writes[...]
            for new in commit.checkpoints {
                let checkpoint = new.checkpoint
                var part = Commit()
                part.writes = Array(writes.prefix { $0.checkpoint == checkpoint.reference })
                writes = writes.dropFirst(part.writes.count)
                // The children of one that is left out bring what it would have brought.
                part.checkpoints = [.init(checkpoint, newVersions: known.newVersions(of: checkpoint))]
                do throws(StoreError) {
                    try StoreRules.validate(part)
                    _ = try CheckpointRow.parts(of: checkpoint, inline: [:])
                } catch {
                    problems.append(
                        TransferProblem(
                            .unreadable, key: checkpoint.reference.text, "It cannot be stored: \(error.detail)"))
                    continue
                }
                kept.checkpoints += part.checkpoints
                kept.writes += part.writes
                known.add(checkpoint)
            }
            commit = kept
        }
    }

    /// - Parameters:
    ///   - requests: The threads.
    ///   - threads: What was read of each.
    /// - Throws: What is not about one thread: then none of these is noted.
    func take(
        _ requests: [TransferRequest], _ threads: [TransferThread]
    ) async throws(StoreError) -> [TransferOutcome] {
        let prepared = zip(requests, threads).map { Prepared($0, $1) }
        let commits = prepared.map(\.commit).filter { !$0.isEmpty }
        let loaded = commits.isEmpty ? [] : try await load(commits)
        var outcomes: [TransferOutcome] = []
        for thread in prepared { outcomes.append(try await take(thread, isStored: loaded)) }
        return outcomes
    }

    private func load(_ commits: [Commit]) async throws(StoreError) -> Set<ThreadID> {
        do throws(StoreError) {
            return try await loading?.load(commits) ?? []
        } catch  where Self.isOfThread(error) {
            // One after another they say which of them it is.
            return []
        }
    }

    private func take(_ thread: Prepared, isStored loaded: Set<ThreadID>) async throws(StoreError) -> TransferOutcome {
        var thread = thread
        do throws(StoreError) {
            if !loaded.contains(thread.request.thread) {
                thread.leaveOutWhatCannotBeStored()
                try await store(thread.commit)
            }
            let problems = try await takeRecord(
                thread.request.thread, thread.read, isNew: loaded.contains(thread.request.thread))
            return TransferOutcome(thread.request, isMoved: true, problems: thread.problems + problems)
        } catch  where Self.isOfThread(error) {
            let problem = TransferProblem(
                .refused, key: thread.request.thread.rawValue, "The target refuses it: \(error.detail)")
            return TransferOutcome(thread.request, isMoved: false, problems: thread.problems + [problem])
        }
    }

    /// Whether an error is about one thread: the others can be moved. Where there is no room for one, there may be for a
    /// smaller one.
    private static func isOfThread(_ error: StoreError) -> Bool {
        [.conflict, .missing, .deleted, .invalid, .undecodable, .full].contains(error.code)
    }

    // MARK: Checkpoints and writes

    /// A batch of checkpoints at a time, each with its writes.
    private func store(_ commit: Commit) async throws(StoreError) {
        var writes = commit.writes[...]
        for start in stride(from: 0, to: commit.checkpoints.count, by: Transfer.batchSize) {
            var part = Commit()
            part.checkpoints = Array(
                commit.checkpoints[start..<min(start + Transfer.batchSize, commit.checkpoints.count)])
            let places = Set(part.checkpoints.map(\.checkpoint.reference))
            part.writes = Array(writes.prefix { places.contains($0.checkpoint) })
            writes = writes.dropFirst(part.writes.count)
            try await target.commit(part, fence: nil)
        }
    }

    // MARK: Records

    /// Takes a thread's record, runs and term to the target; says what the target has no place for.
    private func takeRecord(
        _ thread: ThreadID, _ read: TransferThread, isNew: Bool
    ) async throws(StoreError) -> [TransferProblem] {
        var problems: [TransferProblem] = []
        if let record = read.record {
            if let moving {
                if let graves { try StoreRules.refuse(try await graves.tombstone(of: thread)) }
                try await moving.take(record, runs: read.runs)
            } else {
                problems.append(
                    TransferProblem(
                        .refused, key: thread.rawValue, "The target keeps neither owner nor labels nor runs."))
            }
        }
        return problems + (try await takeRetention(thread, read, isNew: isNew))
    }

    /// Takes over what was said about a thread's keeping, or when it expires. A source that has no place for the one or the
    /// other leaves what the target has.
    private func takeRetention(
        _ thread: ThreadID, _ read: TransferThread, isNew: Bool
    ) async throws(StoreError) -> [TransferProblem] {
        let term = read.term
        guard let keeping else {
            let lost = read.whatWasSaidOfKeeping
            guard !lost.isEmpty else { return [] }
            return [
                TransferProblem(
                    .refused, key: thread.rawValue,
                    "The target cannot keep its \(lost.joined(separator: " and ")).")
            ]
        }
        let there = isNew ? ThreadRetention() : try await keeping.retention(of: thread)
        var retention = read.retention ?? there
        if let term {
            if !retention.isPinned { retention.term = term }
        } else if read.saysExpiry {
            // It was given for good.
            retention.term = nil
        }
        if retention != there { try await keeping.setRetention(retention, of: thread, at: clock.now()) }
        return []
    }
}

/// The versions that earlier checkpoints of a thread had.
private struct KnownVersions {
    private var last: Checkpoint?
    /// Those before the last.
    private var earlier: [Checkpoint] = []
    /// Where the first ones among them stand, and how many these are; made when somebody asks.
    private var places: [CheckpointReference: Int] = [:]
    private var placed = 0

    mutating func add(_ checkpoint: Checkpoint) {
        if let last { earlier.append(last) }
        last = checkpoint
    }

    /// Those that the parent did not have; all, where it is not known.
    mutating func newVersions(of checkpoint: Checkpoint) -> ChannelVersions {
        guard let parent = versions(ofParentOf: checkpoint) else { return checkpoint.channelVersions }
        return checkpoint.channelVersions.filter { parent[$0.key] != $0.value }
    }

    /// Most often the parent is the one before.
    private mutating func versions(ofParentOf checkpoint: Checkpoint) -> ChannelVersions? {
        guard let parent = checkpoint.parent else { return nil }
        if let last, last.id == parent, last.namespace == checkpoint.namespace { return last.channelVersions }
        while placed < earlier.count {
            places[earlier[placed].reference] = placed
            placed += 1
        }
        return places[checkpoint.at(parent)].map { earlier[$0].channelVersions }
    }
}

extension TransferThread {
    /// The rest of its time in the source, as the target counts it.
    fileprivate var term: RetentionTerm? {
        guard let expiresAt, let active = lastActivity else { return nil }
        return RetentionTerm(idle: .microseconds(max(0, expiresAt.microseconds - active.microseconds)))
    }

    /// Which of a pin, a hold and a term the thread has.
    var whatWasSaidOfKeeping: [String] {
        var parts: [String] = []
        if retention?.isPinned == true { parts.append("pin") }
        if retention?.hold != nil { parts.append("hold") }
        if retention?.term != nil || expiresAt != nil { parts.append("term") }
        return parts
    }

    /// The time from which a target counts the thread's term: as `ThreadFacts.lastActivity`.
    fileprivate var lastActivity: Timestamp? {
        let times = checkpoints.map { stored in
            ThreadFacts.time(of: stored.checkpoint.id.rawValue, timestamp: stored.checkpoint.timestamp)
        }
        return (times + [record?.updatedAt]).compactMap(\.self).max()
    }
}

extension Checkpoint {
    /// Another checkpoint of the same namespace.
    fileprivate func at(_ id: CheckpointID) -> CheckpointReference {
        CheckpointReference(thread: thread, namespace: namespace, id: id)
    }
}

extension CheckpointReference {
    /// For reports.
    var text: String { "\(thread.rawValue)/\(namespace.rawValue)/\(id.rawValue)" }
}
