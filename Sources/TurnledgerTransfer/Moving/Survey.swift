// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Reads a source without moving anything: how much there is, how long the reading takes, and what cannot be read.
public struct Survey: Sendable {
    /// What was read.
    public struct Report: Sendable {
        public var threads = 0
        public var checkpoints = 0
        public var writes = 0
        /// Those that have an owner: Turnledger wrote them.
        public var owned = 0
        /// Those that expire in the source.
        public var expiring = 0
        /// Those that have a pin, a hold or a term, of the source or in it: not every target can keep them.
        public var kept = 0
        /// Of all values, as the target stores them.
        public var bytes = 0
        public var duration: Duration = .zero
        public var counts: [TransferProblem.Kind: Int] = [:]
        /// The first ones of each kind; `counts` counts all.
        public var problems: [TransferProblem] = []
        /// How many of each kind `problems` has.
        private var told: [TransferProblem.Kind: Int] = [:]

        public init() {}

        mutating func add(_ other: Report) {
            threads += other.threads
            checkpoints += other.checkpoints
            writes += other.writes
            owned += other.owned
            expiring += other.expiring
            kept += other.kept
            bytes += other.bytes
            counts.merge(other.counts, uniquingKeysWith: +)
            tell(other.problems)
        }

        mutating func add(_ more: [TransferProblem]) {
            for problem in more { counts[problem.kind, default: 0] += 1 }
            tell(more)
        }

        private mutating func tell(_ more: [TransferProblem]) {
            for problem in more where (told[problem.kind] ?? 0) < Survey.problemLimit {
                told[problem.kind, default: 0] += 1
                problems.append(problem)
            }
        }
    }

    /// How many problems of each kind a report tells one by one.
    public static let problemLimit = 100

    private let source: any TransferSource
    private let journal: any TransferJournal
    private let parallelism: Int
    private let limit: ReadLimit

    /// - Parameters:
    ///   - source: What is read.
    ///   - journal: Knows what the source's last scan found.
    ///   - parallelism: How many groups of threads are read at once.
    ///   - readsPerSecond: How many records are read at most; `nil`: as many as the source gives.
    public init(
        of source: any TransferSource, journal: any TransferJournal, parallelism: Int = 4, readsPerSecond: Int? = nil
    ) {
        self.source = source
        self.journal = journal
        self.parallelism = max(1, parallelism)
        limit = ReadLimit(readsPerSecond: readsPerSecond)
    }

    /// Reads what the journal's last scan found.
    ///
    /// - Parameters:
    ///   - most: How many threads to read at most; `nil`: all.
    ///   - progress: Is told after each group of threads.
    public func run(
        threads most: Int? = nil, progress: (Report) -> Void = { _ in }
    ) async throws(StoreError) -> Report {
        let begun = ContinuousClock.now
        do {
            return try await withThrowingTaskGroup(of: Report.self) { group in
                var (report, last, running): (Report, ThreadID?, Int) = (Report(), nil, 0)
                var left = most ?? .max
                while left > 0 {
                    let requests = try await journal.threads(after: last, limit: min(128, left))
                    guard let newest = requests.last else { break }
                    for requests in Transfer.groups(requests) {
                        if running >= parallelism, let part = try await group.next() {
                            running -= 1
                            report.add(part)
                            progress(report)
                        }
                        running += 1
                        group.addTask { try await read(requests) }
                    }
                    last = newest.thread
                    left -= requests.count
                }
                while let part = try await group.next() { report.add(part) }
                report.duration = begun.duration(to: .now)
                return report
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "The reading was stopped.", underlying: error)
        }
    }

    private func read(_ requests: [TransferRequest]) async throws(StoreError) -> Report {
        try await limit.wait(for: requests.reduce(0) { $0 + $1.records.count })
        var report = Report()
        for thread in try await source.read(requests) {
            report.threads += 1
            report.checkpoints += thread.checkpoints.count
            if thread.record != nil { report.owned += 1 }
            if thread.expiresAt != nil { report.expiring += 1 }
            if !thread.whatWasSaidOfKeeping.isEmpty { report.kept += 1 }
            var known: [CheckpointReference: ChannelVersions] = [:]
            for stored in thread.checkpoints {
                let checkpoint = stored.checkpoint
                let parent = checkpoint.parent.flatMap {
                    known[CheckpointReference(thread: checkpoint.thread, namespace: checkpoint.namespace, id: $0)]
                }
                for (channel, value) in checkpoint.channelValues
                where parent?[channel] == nil || parent?[channel] != checkpoint.channelVersions[channel] {
                    report.bytes += value.bytes.count
                }
                report.writes += stored.pendingWrites.count
                for write in stored.pendingWrites { report.bytes += write.value.bytes.count }
                known[checkpoint.reference] = checkpoint.channelVersions
            }
            report.add(thread.problems)
        }
        return report
    }
}
