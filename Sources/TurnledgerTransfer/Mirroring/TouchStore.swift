// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

/// A new store that takes threads over from an old one when they are next used.
///
/// A thread is read or written where it lies: in the new store, into which it is moved as a whole before the first use.
/// The old store is left as it is, and its rest expires there; only a deletion is carried out in both. A thread counts as
/// moved when the new store has its record, which comes last: so a move that was killed is made again, and of two servers
/// that move the same thread at once neither undoes what the other has gone on with. No server may write the old store
/// by itself any more.
public final class TouchStore: Sendable {
    /// Where threads go.
    public let new: any MirrorableStore
    /// Where they come from.
    public let old: any MirrorableStore
    private let copier: MirrorCopier
    private let state = Mutex(State())
    private let gates = ThreadGates()

    private struct State {
        var touched: Set<ThreadID> = []
        var moved = 0
    }

    /// - Parameters:
    ///   - new: Where threads go.
    ///   - old: Where they come from.
    public init(new: any MirrorableStore, old: any MirrorableStore) {
        self.new = new
        self.old = old
        copier = MirrorCopier(from: old, to: new, under: nil)
    }

    /// How many threads this process has moved.
    public var movedThreads: Int { state.withLock { $0.moved } }

    func isTouched(_ thread: ThreadID) -> Bool { state.withLock { $0.touched.contains(thread) } }

    func noteTouched(_ thread: ThreadID) {
        state.withLock { state in
            if state.touched.count > 100_000 { state.touched = [] }
            state.touched.insert(thread)
        }
    }

    /// Moves a thread, where it is not in the new store yet, and compares what arrived.
    ///
    /// - Throws: What either store throws; `.unavailable` where what arrived is not what was sent. The thread is moved
    ///   again with its next use then.
    func touch(_ thread: ThreadID) async throws(StoreError) {
        guard !isTouched(thread) else { return }
        await gates.close(thread)
        defer { gates.open(thread) }
        guard !isTouched(thread) else { return }
        if try await new.thread(thread) == nil {
            let image = try await old.image(of: thread)
            try await copier.bring(thread, onlyIfAbsent: true)
            let count = try await compare(thread)
            if image != nil || count > 0 { state.withLock { $0.moved += 1 } }
        }
        noteTouched(thread)
    }

    /// - Returns: How many checkpoints are equal.
    private func compare(_ thread: ThreadID) async throws(StoreError) -> Int {
        var count = 0
        var listing = try await old.list(CheckpointQuery(thread: thread)).makeAsyncIterator()
        // In the same order; it may have newer ones.
        var arrived = try await new.list(CheckpointQuery(thread: thread)).makeAsyncIterator()
        while let stored = try await listing.next(isolation: #isolation) {
            var there = try await arrived.next(isolation: #isolation)
            while let other = there, other.checkpoint.reference != stored.checkpoint.reference {
                there = try await arrived.next(isolation: #isolation)
            }
            // As a rule it is the same to the byte.
            if there != stored {
                guard let there, try CanonicalForm(there).contains(CanonicalForm(stored)) else {
                    return try await compareDistinct(thread)
                }
            }
            count += 1
        }
        return count
    }

    /// The same, with the versions that it was brought with.
    private func compareDistinct(_ thread: ThreadID) async throws(StoreError) -> Int {
        var versions = DistinctVersions()
        let checkpoints = try await old.list(CheckpointQuery(thread: thread)).collect()
        for stored in checkpoints.reversed() {
            var stored = stored
            _ = versions.settle(&stored.checkpoint)
            guard let there = try await new.checkpoint(stored.checkpoint.reference),
                try CanonicalForm(there).contains(CanonicalForm(stored))
            else {
                throw StoreError(
                    .unavailable, "Thread \(thread) did not arrive as it was sent: checkpoint \(stored.checkpoint.id).")
            }
        }
        return checkpoints.count
    }

    /// The thread of a run, moved; `nil`: there is no such run.
    func touch(run: RunID) async throws(StoreError) -> RunRecord? {
        if let record = try await new.run(run) {
            // Another server moves it perhaps, and has not come to its end.
            return record
        }
        guard let record = try await old.run(run) else { return nil }
        try await touch(record.thread)
        return try await new.run(run)
    }
}

extension CanonicalForm {
    /// Whether all parts of another form are here: the thread may have gone on.
    fileprivate func contains(_ other: CanonicalForm) -> Bool {
        other.parts.allSatisfy { parts[$0.key] == $0.value }
    }
}
