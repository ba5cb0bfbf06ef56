// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Copies the threads of a source into a store: again and again, until nothing is left to take up.
///
/// A thread is stored whole where the target has nothing of it and can load it, and otherwise a batch of checkpoints at a
/// time, parents first, under the IDs that it has. Every step may be repeated: what is there stays as it is. So a transfer
/// that was killed goes on where the journal says, and one that came to its end takes up what has changed.
public struct Transfer: Sendable {
    /// How far a call has come.
    public enum Progress: Sendable {
        /// So many checkpoints were found so far; one that is told twice counts twice.
        case found(checkpoints: Int)
        /// So many threads were moved by this call, and as many are to be moved as were found before.
        case moved(threads: Int, of: Int)
        /// All that was known is moved. `isHearing`: the source tells what is written; otherwise it is looked through again.
        case caughtUp(isHearing: Bool)
    }

    /// How many checkpoints one transaction of the target takes where it does not load.
    public static let batchSize = 50
    /// How many records are noted, or read together, at once; one thread may have more.
    private static let notedSize = 10_000
    private static let groupSize = 400

    private let source: any TransferSource
    private let target: ThreadTaker
    private let journal: any TransferJournal
    private let parallelism: Int
    private let limit: ReadLimit

    /// - Parameters:
    ///   - source: Where the threads are.
    ///   - target: Where they go.
    ///   - journal: Remembers what was moved.
    ///   - parallelism: How many groups of threads are on their way at once; memory grows with it, and with the length of
    ///     the longest threads.
    ///   - readsPerSecond: How many records of the source are read at most; `nil`: as many as it gives.
    ///   - clock: Tells the time.
    public init(
        from source: any TransferSource, to target: any CheckpointStore, journal: any TransferJournal,
        parallelism: Int = 4, readsPerSecond: Int? = nil, clock: any WallClock = SystemWallClock()
    ) {
        self.source = source
        self.target = ThreadTaker(target, clock: clock)
        self.journal = journal
        self.parallelism = max(1, parallelism)
        limit = ReadLimit(readsPerSecond: readsPerSecond)
    }

    /// Looks through the source, without moving anything.
    /// - Parameter progress: Is told after each batch.
    public func scan(progress: (Progress) -> Void = { _ in }) async throws(StoreError) {
        try await journal.beginScan()
        var found = 0
        var gathered = TransferFindings()
        try await source.scan { (findings) throws(StoreError) in
            gathered.records += findings.records
            gathered.problems += findings.problems
            if gathered.records.count >= Self.notedSize {
                try await journal.note(gathered, areChanges: false)
                gathered = TransferFindings()
            }
            found += findings.records.count { $0.kind == .checkpoint }
            progress(.found(checkpoints: found))
            try await limit.wait(for: findings.records.count)
        }
        try await journal.note(gathered, areChanges: false)
        try await journal.endScan()
    }

    /// Moves what is not in the target as it is in the source.
    ///
    /// - Parameter progress: Is told after each group of threads.
    /// - Throws: What the target or the source throws; all that was moved before stays, and is not moved again.
    public func copy(progress: (Progress) -> Void = { _ in }) async throws(StoreError) {
        if try await !journal.hasUnfinishedPass() { try await scan(progress: progress) }
        _ = try await moveAll(progress)
    }

    /// Copies, and goes on to take up what is written in the source, until the caller's Swift task is cancelled.
    ///
    /// - Parameters:
    ///   - interval: How long to wait between two looks at a source that does not tell what is written.
    ///   - endsWhenQuiet: Whether to end once a look through the whole source, begun behind the last thread that was
    ///     moved, has found nothing: the barrier before a switch.
    ///   - progress: Is told after each group of threads, and whenever nothing is left for now.
    public func follow(
        every interval: Duration = .seconds(5), endsWhenQuiet: Bool = false,
        progress: (Progress) -> Void = { _ in }
    ) async throws(StoreError) {
        var heard = try await (source as? any AnnouncingSource)?.announcements()
        do throws(StoreError) {
            if try await journal.hasUnfinishedPass() { _ = try await moveAll(progress) }
            while true {
                try await scan(progress: { if !endsWhenQuiet { progress($0) } })
                let moved = try await moveAll(progress)
                if endsWhenQuiet, moved == 0 { break }
                progress(.caughtUp(isHearing: heard != nil))
                if let hearing = heard {
                    do throws(StoreError) {
                        try await take(hearing, every: interval, endsWhenQuiet: endsWhenQuiet, progress)
                        continue
                    } catch  where error.code == .unavailable && !Task.isCancelled {
                        // What was said meanwhile was not heard: the next look finds it.
                        await hearing.close()
                        heard = nil
                    }
                }
                try await Self.sleep(interval)
                if heard == nil { heard = try await (source as? any AnnouncingSource)?.announcements() }
            }
        } catch {
            await heard?.close()
            throw error
        }
        await heard?.close()
    }

    /// Moves what is announced; ends where nothing was for a while, if it is to.
    private func take(
        _ hearing: any TransferAnnouncements, every interval: Duration, endsWhenQuiet: Bool,
        _ progress: (Progress) -> Void
    ) async throws(StoreError) {
        while true {
            let findings = try await hearing.next(within: interval)
            if findings.records.isEmpty, findings.problems.isEmpty {
                if endsWhenQuiet { return }
                continue
            }
            try await limit.wait(for: findings.records.count)
            try await journal.note(findings, areChanges: true)
            _ = try await moveAll(progress)
            progress(.caughtUp(isHearing: true))
        }
    }

    private static func sleep(_ interval: Duration) async throws(StoreError) {
        do { try await Task.sleep(for: interval) } catch {
            throw StoreError(.unavailable, "The transfer was stopped.", underlying: error)
        }
    }

    /// - Returns: How many threads were moved; those that the target refuses do not count.
    private func moveAll(_ progress: (Progress) -> Void) async throws(StoreError) -> Int {
        let total = try await journal.unmovedCount()
        do {
            return try await withThrowingTaskGroup(of: [TransferOutcome].self) { group in
                var (last, moved, running): (ThreadID?, Int, Int) = (nil, 0, 0)
                var refused = 0
                var outcomes: [TransferOutcome] = []
                func take(_ some: [TransferOutcome]) async throws {
                    running -= 1
                    moved += some.count
                    refused += some.count { !$0.isMoved }
                    outcomes += some
                    progress(.moved(threads: moved, of: max(total, moved)))
                    guard outcomes.count >= 64 else { return }
                    try await journal.note(outcomes)
                    outcomes = []
                }
                while true {
                    let requests = try await journal.unmoved(after: last, limit: 128)
                    guard let newest = requests.last else { break }
                    for requests in Self.groups(requests) {
                        if running >= parallelism, let some = try await group.next() { try await take(some) }
                        running += 1
                        group.addTask { try await move(requests) }
                    }
                    last = newest.thread
                }
                while let some = try await group.next() { try await take(some) }
                try await journal.note(outcomes)
                return moved - refused
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "The transfer was stopped.", underlying: error)
        }
    }

    /// Small threads together, large ones alone.
    static func groups(_ requests: [TransferRequest]) -> [[TransferRequest]] {
        var groups: [[TransferRequest]] = []
        var size = groupSize
        for request in requests {
            if size + request.records.count > groupSize {
                groups.append([])
                size = 0
            }
            groups[groups.count - 1].append(request)
            size += request.records.count
        }
        return groups
    }

    private func move(_ requests: [TransferRequest]) async throws(StoreError) -> [TransferOutcome] {
        try await limit.wait(for: requests.reduce(0) { $0 + $1.records.count })
        var interruptions: [TransferProblem] = []
        while true {
            do throws(StoreError) {
                var outcomes = try await target.take(requests, try await source.read(requests))
                outcomes[0].problems += interruptions
                return outcomes
            } catch  where error.code == .unavailable && interruptions.count < Self.pauses.count && !Task.isCancelled {
                interruptions.append(
                    TransferProblem(.interrupted, key: requests[0].thread.rawValue, "Tried again: \(error.detail)"))
                try await Self.sleep(Self.pauses[interruptions.count - 1])
            }
        }
    }

    /// How long to wait before what an outage stopped is tried again.
    private static let pauses: [Duration] = [.milliseconds(100), .seconds(1), .seconds(3), .seconds(10)]
}
