// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Another of Turnledger's stores as the source of a transfer.
public struct StoreSource: TransferSource {
    private struct Place: Hashable {
        var thread: ThreadID
        var namespace: Namespace
    }

    private let store: any CheckpointStore

    public init(_ store: any CheckpointStore) { self.store = store }

    /// Reads the checkpoints' rows without their values, and of each namespace's newest the writes as well: they come
    /// while a turn is under way.
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
            if findings.records.count == 256 {
                try await found(findings)
                findings = TransferFindings()
            }
        }
        try await found(findings)
    }

    public func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        let checkpoints = try await store.list(CheckpointQuery(thread: thread)).collect()
        return TransferThread(
            checkpoints: checkpoints.sorted {
                ($0.checkpoint.namespace.rawValue, $0.checkpoint.id.rawValue)
                    < ($1.checkpoint.namespace.rawValue, $1.checkpoint.id.rawValue)
            })
    }
}
