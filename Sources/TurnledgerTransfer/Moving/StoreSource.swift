// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Another of Turnledger's stores as the source of a transfer.
public struct StoreSource: TransferSource {
    private struct Place: Hashable {
        var thread: ThreadID
        var namespace: Namespace
    }

    /// How many records one batch tells.
    private static let batchSize = 256

    private let store: any CheckpointStore
    private let records: (any RecordMovingStore)?
    private let retention: (any RetentionStore)?

    public init(_ store: any CheckpointStore) {
        self.store = store
        records = store as? any RecordMovingStore
        retention = store as? any RetentionStore
    }

    /// Reads the checkpoints' rows without their values, and of each namespace's newest the writes as well: they come
    /// while a turn is under way. Then the threads' records.
    public func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        var iterator = try await store.list(CheckpointQuery(includesValues: false)).makeAsyncIterator()
        var findings = TransferFindings()
        var seen: Set<Place> = []
        while let stored = try await iterator.next(isolation: #isolation) {
            let checkpoint = stored.checkpoint
            var key = "\(checkpoint.namespace.rawValue)/\(checkpoint.id.rawValue)"
            if seen.insert(Place(thread: checkpoint.thread, namespace: checkpoint.namespace)).inserted {
                let newest = try await store.checkpoint(checkpoint.reference)
                key += "/\(newest?.pendingWrites.count ?? 0)"
            }
            findings.records.append(
                TransferRecord(key: key, kind: .checkpoint, thread: checkpoint.thread, checkpoint: checkpoint.id))
            if findings.records.count == Self.batchSize {
                try await found(findings)
                findings = TransferFindings()
            }
        }
        try await found(findings)
        if let records { try await scan(records, found) }
    }

    private func scan(
        _ records: any RecordMovingStore, _ found: (TransferFindings) async throws(StoreError) -> Void
    ) async throws(StoreError) {
        let retentions = try await retention?.retentions() ?? [:]
        var query = ThreadQuery(limit: Self.batchSize)
        repeat {
            let page = try await records.threads(query)
            try await found(
                TransferFindings(
                    records: page.threads.map { TransferRecord($0, retentions[$0.id] ?? ThreadRetention()) }))
            query.cursor = page.next
        } while query.cursor != nil
    }

    public func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        let checkpoints = try await store.list(CheckpointQuery(thread: thread)).collect()
        var result = TransferThread(
            checkpoints: checkpoints.sorted {
                ($0.checkpoint.namespace.rawValue, $0.checkpoint.id.rawValue)
                    < ($1.checkpoint.namespace.rawValue, $1.checkpoint.id.rawValue)
            })
        if let moving = self.records {
            result.record = try await moving.thread(thread)
            if result.record != nil { result.runs = try await moving.runs(of: thread) }
        }
        if let retention { result.retention = try await retention.retention(of: thread) }
        return result
    }
}
