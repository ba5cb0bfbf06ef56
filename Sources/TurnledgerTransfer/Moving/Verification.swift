// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Compares every thread of a source with what a store has of it.
public struct Verification: Sendable {
    /// What was compared, and what is not equal.
    public struct Report: Sendable {
        /// Of one thread, or of one of its checkpoints.
        public struct Difference: Sendable {
            public var thread: ThreadID
            public var namespace: Namespace?
            public var checkpoint: CheckpointID?
            /// Such as `value of messages differs`; never a value.
            public var parts: [String]
        }

        public var threads = 0
        public var checkpoints = 0
        public var equal = 0
        public var differingThreads = 0
        /// How many records of the source cannot be read, and so not be compared.
        public var unreadable = 0
        /// The first ones; `differingThreads` counts all.
        public var differences: [Difference] = []
        public var problems: [TransferProblem] = []

        public init() {}

        mutating func add(_ other: Report) {
            threads += other.threads
            checkpoints += other.checkpoints
            equal += other.equal
            differingThreads += other.differingThreads
            unreadable += other.unreadable
            differences += other.differences.prefix(max(0, Verification.differenceLimit - differences.count))
            problems += other.problems.prefix(max(0, Verification.differenceLimit - problems.count))
        }
    }

    /// How many differences, and how many problems, a report tells one by one.
    public static let differenceLimit = 100

    private let source: any TransferSource
    private let target: any CheckpointStore
    private let journal: any TransferJournal
    private let parallelism: Int
    private let limit: ReadLimit

    /// - Parameters:
    ///   - source: What is right.
    ///   - target: What is compared with it.
    ///   - journal: Knows what the source's last scan found.
    ///   - parallelism: How many groups of threads are compared at once.
    ///   - readsPerSecond: How many records of the source are read at most; `nil`: as many as it gives.
    public init(
        of source: any TransferSource, against target: any CheckpointStore, journal: any TransferJournal,
        parallelism: Int = 4, readsPerSecond: Int? = nil
    ) {
        self.source = source
        self.target = target
        self.journal = journal
        self.parallelism = max(1, parallelism)
        limit = ReadLimit(readsPerSecond: readsPerSecond)
    }

    /// Reads both sides, as the journal's last scan found them.
    ///
    /// What the target has beyond the source is a difference only within a checkpoint: threads may have gone on there.
    /// - Parameter progress: Is told after each group of threads.
    public func run(progress: (Report) -> Void = { _ in }) async throws(StoreError) -> Report {
        do {
            return try await withThrowingTaskGroup(of: Report.self) { group in
                var (report, last, running): (Report, ThreadID?, Int) = (try await found(), nil, 0)
                while true {
                    let requests = try await journal.threads(after: last, limit: 128)
                    guard let newest = requests.last else { break }
                    for requests in Transfer.groups(requests) {
                        if running >= parallelism, let part = try await group.next() {
                            running -= 1
                            report.add(part)
                            progress(report)
                        }
                        running += 1
                        group.addTask { try await compare(requests) }
                    }
                    last = newest.thread
                }
                while let part = try await group.next() {
                    report.add(part)
                    progress(report)
                }
                return report
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "The comparison was stopped.", underlying: error)
        }
    }

    /// What no thread was found for, because it cannot be read.
    private func found() async throws(StoreError) -> Report {
        var report = Report()
        report.unreadable = try await journal.counts().problemsBesideReading[.unreadable] ?? 0
        report.problems = try await journal.problemsBesideReading(limit: Self.differenceLimit)
            .filter { $0.kind == .unreadable }
        return report
    }

    private func compare(_ requests: [TransferRequest]) async throws(StoreError) -> Report {
        try await limit.wait(for: requests.reduce(0) { $0 + $1.records.count })
        var report = Report()
        for (request, read) in zip(requests, try await source.read(requests)) {
            try await compare(request.thread, read, &report)
        }
        return report
    }

    private func compare(
        _ thread: ThreadID, _ read: TransferThread, _ report: inout Report
    ) async throws(StoreError) {
        let problems = read.problems.filter { $0.kind == .unreadable }
        report.unreadable += problems.count
        report.problems += problems
        var there: [CheckpointReference: StoredCheckpoint] = [:]
        var versions = DistinctVersions()
        for stored in try await target.list(CheckpointQuery(thread: thread)).collect().reversed() {
            var stored = stored
            _ = versions.settle(&stored.checkpoint)
            there[stored.checkpoint.reference] = stored
        }
        let sends = Self.legacySends(of: read.checkpoints)
        report.threads += 1
        var isEqual = true
        for stored in read.checkpoints {
            let reference = stored.checkpoint.reference
            report.checkpoints += 1
            let parts = Self.differences(stored, sends[reference], there[reference])
            if parts.isEmpty {
                report.equal += 1
            } else {
                isEqual = false
                report.differences.append(
                    .init(thread: thread, namespace: reference.namespace, checkpoint: reference.id, parts: parts))
            }
        }
        let parts = try await recordDifferences(thread, read)
        if !parts.isEmpty {
            isEqual = false
            report.differences.append(.init(thread: thread, namespace: nil, checkpoint: nil, parts: parts))
        }
        if !isEqual { report.differingThreads += 1 }
    }

    /// The writes of their parents for checkpoints whose sends lie there: a store gives these as a value, documents of a
    /// Redis do not.
    private static func legacySends(of checkpoints: [StoredCheckpoint]) -> [CheckpointReference: [PendingWrite]] {
        let legacy = checkpoints.map(\.checkpoint).filter(LegacySends.apply)
        guard !legacy.isEmpty else { return [:] }
        let writes = Dictionary(checkpoints.map { ($0.checkpoint.reference, $0.pendingWrites) }) { first, _ in first }
        var sends: [CheckpointReference: [PendingWrite]] = [:]
        for checkpoint in legacy {
            var place = checkpoint.reference
            if let parent = checkpoint.parent { place.id = parent }
            sends[checkpoint.reference] = writes[place]
        }
        return sends
    }

    private static func differences(
        _ stored: StoredCheckpoint, _ sends: [PendingWrite]?, _ other: StoredCheckpoint?
    ) -> [String] {
        guard let other else { return ["the checkpoint is missing in the target"] }
        do {
            var stored = stored
            if let sends { try LegacySends.move(sends, into: &stored.checkpoint) }
            let (left, right) = (try CanonicalForm(stored), try CanonicalForm(other))
            return left == right ? [] : left.differences(to: right)
        } catch {
            return ["a value cannot be decoded: \(error.detail)"]
        }
    }

    /// What differs in a thread's record and runs. One that has gone on in the target may have another title and status.
    private func recordDifferences(_ thread: ThreadID, _ read: TransferThread) async throws(StoreError) -> [String] {
        guard let record = read.record, let moving = target as? any RecordMovingStore else { return [] }
        guard let other = try await moving.thread(thread) else { return ["the record is missing in the target"] }
        var parts: [String] = []
        func compare(_ name: String, _ isEqual: Bool) { if !isEqual { parts.append("\(name) differs") } }
        compare("owner", ExactText(record.owner) == ExactText(other.owner))
        compare("time of creation", record.createdAt == other.createdAt)
        if other.updatedAt <= record.updatedAt {
            compare("title", StoreRules.printable(record.title) == other.title)
            compare("labels", record.labels == other.labels)
            compare("status", record.status == other.status)
            compare("last activity", record.updatedAt == other.updatedAt)
        }
        let runs = Dictionary(try await moving.runs(of: thread).map { ($0.id, $0) }) { first, _ in first }
        for run in read.runs {
            guard let there = runs[run.id] else {
                parts.append("run \(run.id) is missing in the target")
                continue
            }
            compare("input of run \(run.id)", run.input == there.input)
            compare("idempotency key of run \(run.id)", run.idempotencyKey == there.idempotencyKey)
            if run.status.isFinished { compare("status of run \(run.id)", run.status == there.status) }
        }
        return parts
    }
}
