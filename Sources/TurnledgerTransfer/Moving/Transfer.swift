// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Copies the threads of a source into a store: again and again, until nothing is left to take up.
///
/// A thread is stored a batch of checkpoints at a time, parents first, under the IDs that it has. Every step may be
/// repeated: what is there stays as it is. So a transfer that was killed goes on where the journal says, and one that
/// came to its end takes up what has changed.
public struct Transfer: Sendable {
    /// How far a call has come.
    public enum Progress: Sendable {
        /// So many checkpoints were found so far; one that is told twice counts twice.
        case found(checkpoints: Int)
        /// So many threads were moved by this call.
        case moved(threads: Int)
    }

    /// How many checkpoints one transaction of the target takes.
    public static let batchSize = 50

    private let source: any TransferSource
    private let target: any CheckpointStore
    private let journal: any TransferJournal
    private let parallelism: Int

    /// - `parallelism`: How many threads are on their way at once; memory grows with it and with their length.
    public init(
        from source: any TransferSource, to target: any CheckpointStore, journal: any TransferJournal,
        parallelism: Int = 4
    ) {
        self.source = source
        self.target = target
        self.journal = journal
        self.parallelism = max(1, parallelism)
    }

    /// Looks through the source, without moving anything.
    /// - Parameter progress: Is told after each batch.
    public func scan(progress: (Progress) -> Void = { _ in }) async throws(StoreError) {
        try await journal.beginScan()
        var found = 0
        try await source.scan { (findings) throws(StoreError) in
            try await journal.note(findings)
            found += findings.records.count { $0.kind == .checkpoint }
            progress(.found(checkpoints: found))
        }
        try await journal.endScan()
    }

    /// Moves what is not in the target as it is in the source.
    ///
    /// - Parameter progress: Is told after each thread.
    /// - Throws: What the target or the source throws; all that was moved before stays, and is not moved again.
    public func copy(progress: (Progress) -> Void = { _ in }) async throws(StoreError) {
        if try await !journal.hasUnfinishedPass() { try await scan(progress: progress) }
        var last: ThreadID?
        var moved = 0
        while true {
            let threads = try await journal.unmoved(after: last, limit: 256)
            guard let newest = threads.last else { break }
            try await move(threads) {
                moved += 1
                progress(.moved(threads: moved))
            }
            last = newest
        }
    }

    private func move(_ threads: [ThreadID], onMoved: () -> Void) async throws(StoreError) {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, thread) in threads.enumerated() {
                    if number >= parallelism {
                        try await group.next()
                        onMoved()
                    }
                    group.addTask { try await move(thread) }
                }
                while try await group.next() != nil { onMoved() }
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "The transfer was stopped.", underlying: error)
        }
    }

    private func move(_ thread: ThreadID) async throws(StoreError) {
        let records = try await journal.records(of: thread)
        let read = try await source.read(thread, records)
        var problems = read.problems
        var versions: [CheckpointReference: ChannelVersions] = [:]
        var commit = Commit()
        for stored in read.checkpoints {
            let checkpoint = stored.checkpoint
            do {
                let part = try Self.commit(stored, parent: checkpoint.parent.flatMap { versions[checkpoint.at($0)] })
                commit.checkpoints += part.checkpoints
                commit.writes += part.writes
            } catch {
                problems.append(
                    TransferProblem(.unreadable, key: checkpoint.reference.text, "It cannot be stored: \(error.detail)")
                )
                continue
            }
            versions[checkpoint.reference] = checkpoint.channelVersions
            if commit.checkpoints.count >= Self.batchSize {
                try await target.commit(commit, fence: nil)
                commit = Commit()
            }
        }
        if !commit.isEmpty { try await target.commit(commit, fence: nil) }
        try await journal.noteMoved(thread, records, problems: problems)
    }

    /// A checkpoint as the target takes it: values that its parent had are stored with the parent.
    private static func commit(
        _ stored: StoredCheckpoint, parent: ChannelVersions?
    ) throws(StoreError) -> Commit {
        let checkpoint = stored.checkpoint
        let new = checkpoint.channelVersions.filter { parent?[$0.key] != $0.value }
        var tasks: [TaskWrites] = []
        for write in stored.pendingWrites.sorted(by: PendingWrite.precedes) {
            if tasks.last?.taskID != write.taskID || tasks.last?.taskPath != write.taskPath {
                tasks.append(
                    TaskWrites(
                        checkpoint: checkpoint.reference, taskID: write.taskID, taskPath: write.taskPath, writes: []))
            }
            tasks[tasks.count - 1].writes.append(.init(write.channel, write.value, index: write.index))
        }
        let commit = Commit(writes: tasks, checkpoints: [.init(checkpoint, newVersions: new)])
        try StoreRules.validate(commit)
        return commit
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
