// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerStore

extension SpoolingStore {
    /// Looks for the database, keeps leases and merges, until cancelled.
    public func run() async {
        await withTaskGroup { group in
            group.addTask { await self.watch.run() }
            group.addTask { await self.keepMerging() }
        }
    }

    private func keepMerging() async {
        var renewedAt: ContinuousClock.Instant?
        while !Task.isCancelled {
            if !isSpoolEmpty, !watch.isAway {
                if renewedAt.map({ .now - $0 >= settings.renewal }) ?? true {
                    renewedAt = .now
                    await renewStoredLeases()
                }
                await mergeAll()
            }
            try? await Task.sleep(for: settings.mergeInterval)
        }
    }

    /// Raises, in the database, the leases of runs that go on in the spool: nobody else may take them over.
    private func renewStoredLeases() async {
        do {
            let unfinished = try await onPrimary { (store) async throws(StoreError) in
                try await store.unfinishedRuns(in: nil)
            }
            for item in unfinished {
                guard let lease = item.lease, let note = spooled(item.run.thread), note.holders.contains(lease.holder),
                    try await !liesInDatabase(item.run.id, of: item.run.thread)
                else { continue }
                _ = try? await onPrimary { (store) async throws(StoreError) in try await store.renew(lease) }
            }
        } catch {
            logger.debug("Leases of spooled runs cannot be renewed", metadata: ["error": "\(error.code)"])
        }
    }

    /// Merges all threads that are at rest, the first spooled first. One that cannot be merged now waits for the next time.
    func mergeAll() async {
        await withTaskGroup(of: Void.self) { group in
            for (place, note) in allSpooled.enumerated() {
                guard !Task.isCancelled, !watch.isAway else { return }
                if place >= settings.mergesAtOnce { await group.next() }
                group.addTask { await self.tryMerging(note.thread) }
            }
        }
    }

    private func tryMerging(_ thread: ThreadID) async {
        do {
            try await merge(thread)
        } catch {
            if error.code == .conflict || error.code == .unavailable {
                tally.withLock { $0.postponedMerges += 1 }
                logger.debug(
                    "Merge is postponed", metadata: ["thread_id": "\(thread)", "error": "\(error.debugDescription)"])
            } else if let untold = mergeFailures.withLock({ $0.tell(error.code, at: .now) }) {
                logger.error(
                    "Thread cannot be merged and stays in the spool",
                    metadata: [
                        "thread_id": "\(thread)", "error": "\(error.debugDescription)", "untold": "\(untold)",
                    ])
            }
        }
    }

    /// Takes a thread's turns into the database, then out of the spool. Each step can be done twice.
    func merge(_ thread: ThreadID) async throws(StoreError) {
        guard try await spool.unfinishedRuns(in: thread).isEmpty else { return }
        await gates.close(thread)
        defer { gates.open(thread) }
        guard let note = spooled(thread), try await spool.unfinishedRuns(in: thread).isEmpty else { return }
        guard let record = try await spool.thread(thread) else {
            // Erased from outside.
            try await spool.forgetSpooled(thread)
            wasMerged(thread)
            return
        }
        var spooled = try await spooled(note, record)
        let stored = try await stored(spooled)
        let plan = SpoolMergePlan(channels: channels, now: clock.now().microseconds * 10)
        var outcome = try plan.outcome(spooled, stored)
        if case .needsParts = outcome {
            spooled.parts = try await parts(of: spooled)
            outcome = try plan.outcome(spooled, stored)
        }
        switch outcome {
        case .nothing: break
        case .needsParts: return
        case .deleted:
            logger.notice("Spooled turns of a deleted thread are dropped", metadata: ["thread_id": "\(thread)"])
        case .merge(let merge, let kind):
            if kind != .renamed, merge.releasing == nil, let lease = stored.record?.lease {
                // What it leaves is to be seen first.
                throw StoreError(.conflict, "Thread \(thread): run \(lease.run) holds the lease.")
            }
            try await onPrimary { (store) async throws(StoreError) in try await store.merge(merge) }
            try await takeEvents(of: merge.runs)
            try await takeChanges(spooled, stored, kind)
            await tell(merge, kind)
        }
        try await spool.delete(thread)
        try await spool.forgetSpooled(thread)
        wasMerged(thread)
    }

    private func spooled(
        _ note: SpooledThread, _ record: ThreadRecord
    ) async throws(StoreError) -> SpoolMergePlan.Spooled {
        let all = try await spool.list(CheckpointQuery(thread: note.thread)).collect()
        let roots = all.filter { $0.checkpoint.namespace == .root }
        let base = roots.first { $0.checkpoint.id == note.base }
        let runs = try await spool.runs(of: note.thread)
        return SpoolMergePlan.Spooled(
            note: note, record: record, runs: runs, overtaken: Set(runs.filter(Self.isOvertaken).map(\.id)),
            checkpoints: all.reversed(), head: try await values(of: roots.first, in: spool),
            base: try await values(of: base, in: spool))
    }

    private func parts(of spooled: SpoolMergePlan.Spooled) async throws(StoreError) -> [SpoolMergePlan.Part] {
        let roots = spooled.checkpoints.filter { stored in
            stored.checkpoint.namespace == .root && spooled.note.base.map { stored.checkpoint.id > $0 } ?? true
        }
        var parts: [SpoolMergePlan.Part] = []
        var before = spooled.base
        for (place, root) in roots.enumerated() {
            if place + 1 < roots.count, roots[place + 1].run == root.run { continue }
            let after = try await values(of: root, in: spool)
            parts.append(SpoolMergePlan.Part(run: root.run, before: before, after: after))
            before = after
        }
        return parts
    }

    /// What the database holds. Who took the thread and let go of it in between is noticed: here, or by the merge, because of
    /// the head that has moved or the lease that has passed on.
    private func stored(_ spooled: SpoolMergePlan.Spooled) async throws(StoreError) -> SpoolMergePlan.Stored {
        let thread = spooled.note.thread
        let (record, newest, runs, tombstone, isStill) = try await onPrimary { (store) async throws(StoreError) in
            let record = try await store.thread(thread)
            let newest = try await store.latest(in: thread, namespace: .root)
            let runs = try await store.runs(of: thread)
            let tombstone = try await (store as? any TombstoneStore)?.tombstone(of: thread)
            let isStill = Self.isUntouched(record, since: try await store.thread(thread))
            return (record, newest, runs, tombstone, isStill)
        }
        guard isStill else { throw StoreError(.conflict, "Thread \(thread) has changed meanwhile.") }
        let head = try await head(behind: newest, spooled, runs)
        let values = try await onPrimary { [self] (store) async throws(StoreError) in
            try await self.values(of: head, in: store)
        }
        return SpoolMergePlan.Stored(
            record: record, runs: runs, head: head, newest: newest?.checkpoint.id, values: values, tombstone: tombstone)
    }

    /// Whether a record says the same, but for the beats of its lease.
    private static func isUntouched(_ before: ThreadRecord?, since after: ThreadRecord?) -> Bool {
        guard var before, let after else { return before == nil && after == nil }
        if let lease = before.lease, let other = after.lease, lease.isSameHold(as: other) { before.lease = other }
        return before == after
    }

    /// Where the thread goes on.
    ///
    /// A run may have begun to answer in the database, and was begun anew in the spool, by a process that did not know how far
    /// it had come. What it has in the spool counts, so what it had in the database is left aside, but for what the spool began
    /// with.
    private func head(
        behind newest: StoredCheckpoint?, _ spooled: SpoolMergePlan.Spooled, _ runs: [RunRecord]
    ) async throws(StoreError) -> StoredCheckpoint? {
        guard let newest, let run = newest.run, newest.checkpoint.id != spooled.note.base,
            !spooled.checkpoints.contains(where: { $0.checkpoint.reference == newest.checkpoint.reference }),
            spooled.runs.contains(where: { $0.id == run && !Self.isOvertaken($0) }),
            runs.contains(where: { $0.id == run && !$0.status.isFinished })
        else { return newest }
        var head: StoredCheckpoint? = newest
        while let last = head, last.run == run, last.checkpoint.id != spooled.note.base {
            guard let parent = last.checkpoint.parent else { return nil }
            let reference = CheckpointReference(thread: last.checkpoint.thread, namespace: .root, id: parent)
            head = try await onPrimary { (store) async throws(StoreError) in try await store.checkpoint(reference) }
        }
        return head
    }

    /// The whole values of the channels that can be put together, those of delta channels made of their writes.
    private func values(
        of checkpoint: StoredCheckpoint?, in store: any CheckpointStore
    ) async throws(StoreError) -> SpoolMergePlan.Values {
        guard let checkpoint = checkpoint?.checkpoint else { return [:] }
        var values: SpoolMergePlan.Values = [:]
        for (name, channel) in channels where checkpoint.channelVersions[name] != nil {
            if let value = try checkpoint.channelValues[name]?.decoded() {
                values[name] = value.ext?.asDeltaSnapshot ?? value
            } else if let store = store as? any DeltaHistoryStore {
                let history = try await store.deltaHistory(of: [name], upTo: checkpoint.reference)
                values[name] = try history[name]?.value(channel.reducer)
            }
        }
        return values
    }

    /// The events follow, for whoever loads the answers again.
    private func takeEvents(of runs: [RunRecord]) async throws(StoreError) {
        for run in runs {
            var next = 0
            while true {
                let events = try await spool.events(of: run.id, from: next, limit: 1000)
                guard let last = events.last else { break }
                try await onPrimary { (store) async throws(StoreError) in try await store.append(events) }
                next = last.number + 1
            }
        }
    }

    /// Title and labels that were changed in the spool.
    private func takeChanges(
        _ spooled: SpoolMergePlan.Spooled, _ stored: SpoolMergePlan.Stored, _ kind: SpoolMergePlan.Kind
    ) async throws(StoreError) {
        guard stored.record != nil, kind != .renamed else { return }
        var changes = ThreadChanges()
        if spooled.note.title != nil, spooled.record.title != spooled.note.title {
            changes.title = spooled.record.title
        }
        if spooled.note.isHistoryKnown, spooled.record.labels != spooled.note.labels {
            changes.labels = spooled.record.labels
        }
        guard changes.title != nil || changes.labels != nil else { return }
        let time = spooled.record.updatedAt
        try await onPrimary { [changes] (store) async throws(StoreError) in
            _ = try await store.update(spooled.note.thread, changes, at: time)
        }
    }

    private func tell(_ merge: ThreadMerge, _ kind: SpoolMergePlan.Kind) async {
        tally.withLock { tally in
            tally.mergedThreads += 1
            tally.mergedRuns += merge.runs.count
            if kind == .branched { tally.branches += 1 }
            if kind == .renamed { tally.renamed += 1 }
        }
        let facts: Logger.Metadata = [
            "thread_id": "\(merge.thread.id)", "runs": "\(merge.runs.count)", "how": "\(kind.rawValue)",
        ]
        if kind == .branched || kind == .renamed {
            logger.warning("Spooled thread is merged beside another", metadata: facts)
        } else {
            logger.debug("Spooled thread is merged", metadata: facts)
        }
    }
}
