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
        /// The first ones; `differingThreads` counts all.
        public var differences: [Difference] = []
        public var problems: [TransferProblem] = []
    }

    /// How many differences a report tells one by one.
    public static let differenceLimit = 100

    private let source: any TransferSource
    private let target: any CheckpointStore
    private let journal: any TransferJournal

    public init(of source: any TransferSource, against target: any CheckpointStore, journal: any TransferJournal) {
        self.source = source
        self.target = target
        self.journal = journal
    }

    /// Reads both sides, one thread after another, as the journal's last scan found them.
    ///
    /// What the target has beyond the source is a difference only within a checkpoint: threads may have gone on there.
    public func run(progress: (Report) -> Void = { _ in }) async throws(StoreError) -> Report {
        var report = Report()
        var last: ThreadID?
        while true {
            let threads = try await journal.threads(after: last, limit: 256)
            guard let newest = threads.last else { return report }
            for thread in threads {
                try await compare(thread, &report)
                progress(report)
            }
            last = newest
        }
    }

    private func compare(_ thread: ThreadID, _ report: inout Report) async throws(StoreError) {
        let read = try await source.read(thread, try await journal.records(of: thread))
        report.problems += read.problems.filter { $0.kind == .unreadable }
        var there: [CheckpointReference: StoredCheckpoint] = [:]
        for stored in try await target.list(CheckpointQuery(thread: thread)).collect() {
            there[stored.checkpoint.reference] = stored
        }
        report.threads += 1
        var isEqual = true
        func note(_ reference: CheckpointReference, _ parts: [String]) {
            isEqual = false
            guard report.differences.count < Self.differenceLimit else { return }
            report.differences.append(
                .init(
                    thread: thread, namespace: reference.namespace, checkpoint: reference.id, parts: parts))
        }
        for stored in read.checkpoints {
            let reference = stored.checkpoint.reference
            report.checkpoints += 1
            guard let other = there[reference] else {
                note(reference, ["the checkpoint is missing in the target"])
                continue
            }
            do {
                let (left, right) = (try CanonicalForm(stored), try CanonicalForm(other))
                if left == right { report.equal += 1 } else { note(reference, left.differences(to: right)) }
            } catch {
                note(reference, ["a value cannot be decoded: \(error.detail)"])
            }
        }
        if !isEqual { report.differingThreads += 1 }
    }
}
