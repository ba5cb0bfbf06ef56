// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Makes the secondary's threads what the primary's are, each as a whole and as often as wanted.
///
/// Everything is written under the guard of the secondary's record: of a courier that another has replaced, or of one
/// that slept through a switch, nothing takes effect. One subject is brought by one Swift task at a time.
final class MirrorCopier: Sendable {
    /// What of a thread is known to be in the target.
    private struct Known: Sendable {
        /// Tells a thread from one that was deleted and made again under its ID.
        var createdAt: Timestamp?
        var places: Set<CheckpointReference> = []
        var heads: [Namespace: CheckpointID] = [:]
    }

    private struct LogPlace: Hashable, Sendable {
        var run: RunID
        var attempt: Int
    }

    private let source: any MirrorableStore
    private let target: any MirrorableStore
    private let record: MirrorRecord?
    private let known = Mutex<[ThreadID: Known]>([:])
    private let logs = Mutex<[LogPlace: Int]>([:])
    private let gates = ThreadGates()

    /// How many checkpoints one transaction takes.
    private static let batchSize = 20
    private static let readAtOnce = 8
    /// So many known places in a row end the reading of a known thread.
    private static let knownInARow = 100

    /// - `record`: What the target's record must be; `nil`: it has none.
    init(from source: any MirrorableStore, to target: any MirrorableStore, under record: MirrorRecord?) {
        self.source = source
        self.target = target
        self.record = record
    }

    /// Brings what a mark says.
    func bring(_ subject: MirrorMark.Subject) async throws(StoreError) {
        switch subject {
        case .thread(let thread): try await bring(thread)
        case .events(let run): try await bringEvents(of: run)
        case .clauses: try await bringClauses()
        }
    }

    private func guarding<Value>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        guard let record else { return try await body() }
        return try await MirrorGuard(record, at: Timestamp(microseconds: 0)).guarding(body)
    }

    // MARK: Threads

    /// - `onlyIfAbsent`: Whether a thread that the target has a record of stays as it is there.
    func bring(_ thread: ThreadID, onlyIfAbsent: Bool = false) async throws(StoreError) {
        // What one reads another must not overwrite with what it read before.
        await gates.close(thread)
        defer { gates.open(thread) }
        do throws(StoreError) {
            try await bringThread(thread, onlyIfAbsent: onlyIfAbsent)
        } catch {
            // What of it took effect is not known.
            known.withLock { $0[thread] = nil }
            throw error
        }
    }

    /// Brings a thread's record with its lease and its runs alone: that of one which has no mark.
    func bringRecord(of thread: ThreadID) async throws(StoreError) {
        await gates.close(thread)
        defer { gates.open(thread) }
        guard let image = try await source.image(of: thread) else { return }
        try await guarding { () async throws(StoreError) in _ = try await target.apply(image, onlyIfAbsent: false) }
    }

    private func bringThread(_ thread: ThreadID, onlyIfAbsent: Bool) async throws(StoreError) {
        let image = try await source.image(of: thread)
        var before = known.withLock { $0[thread] }
        // One without a record may be another than before.
        if image == nil || before?.createdAt != image?.thread.createdAt { before = nil }
        let found = try await places(of: thread, in: source, stoppingBehind: before)
        if image == nil && found.isEmpty && !onlyIfAbsent {
            known.withLock { $0[thread] = nil }
            try await guarding { () async throws(StoreError) in try await target.delete(thread) }
            return
        }
        var state = Known(createdAt: image?.thread.createdAt)
        var isNew = false
        if let before {
            state = before
        } else {
            isNew = try await target.thread(thread) == nil
            state.places = try await compared(thread, image, Set(found), keeping: onlyIfAbsent)
        }
        if let image, !onlyIfAbsent {
            try await guarding { () async throws(StoreError) in
                _ = try await target.apply(image, onlyIfAbsent: false)
            }
        }
        // Under the lease that the image brought along: a strict fence lets nobody else write.
        let fence = onlyIfAbsent ? nil : image?.thread.lease.map { Fence(epoch: $0.epoch) }
        try await bringCheckpoints(found, &state, fence)
        if let image, onlyIfAbsent {
            // Last: a thread with a record is one that has been moved as a whole.
            try await guarding { () async throws(StoreError) in
                _ = try await target.apply(image, onlyIfAbsent: true)
            }
        }
        if isNew {
            _ = try await concurrently(image?.runs ?? [], atMost: Self.readAtOnce) {
                [self] (run) async throws(StoreError) in try await bringLog(of: run, from: nil)
            }
        }
        known.withLock { known in
            if known.count > 5_000 { known = [:] }
            known[thread] = state
        }
    }

    /// Newest first; of a known thread as far back as something is new.
    private func places(
        of thread: ThreadID, in store: any MirrorableStore, stoppingBehind known: Known? = nil
    ) async throws(StoreError) -> [CheckpointReference] {
        var result: [CheckpointReference] = []
        var inARow = 0
        var cursor: CheckpointListing.Cursor?
        repeat {
            let page = try await store.places(of: thread, behind: cursor)
            for place in page.places {
                result.append(place)
                guard let known else { continue }
                inARow = known.places.contains(place) ? inARow + 1 : 0
                if inARow >= Self.knownInARow { return result }
            }
            cursor = page.next
        } while cursor != nil
        return result
    }

    /// What the target has of a thread. Where it has what the source has not, another thread lay under this ID: all of it
    /// goes.
    private func compared(
        _ thread: ThreadID, _ image: ThreadImage?, _ places: Set<CheckpointReference>, keeping: Bool
    ) async throws(StoreError) -> Set<CheckpointReference> {
        let there = Set(try await self.places(of: thread, in: target))
        guard !keeping else { return there.intersection(places) }
        let other = try await target.image(of: thread)
        let runs = Set(image?.runs.map(\.id) ?? [])
        var isOther = !there.isSubset(of: places)
        if let other {
            isOther = isOther || other.thread.createdAt != image?.thread.createdAt
            isOther = isOther || !other.runs.allSatisfy { runs.contains($0.id) }
        }
        guard isOther else { return there }
        try await guarding { () async throws(StoreError) in try await target.delete(thread) }
        return []
    }

    /// Reads what is new, what it grew from, and the newest of each namespace: only there can writes have been added.
    private func bringCheckpoints(
        _ found: [CheckpointReference], _ state: inout Known, _ fence: Fence?
    ) async throws(StoreError) {
        let new = Set(found).subtracting(state.places)
        var wanted = new
        for place in found where state.heads[place.namespace].map({ $0 < place.id }) ?? true {
            state.heads[place.namespace] = place.id
        }
        if let thread = found.first?.thread ?? state.places.first?.thread {
            for (namespace, id) in state.heads {
                wanted.insert(CheckpointReference(thread: thread, namespace: namespace, id: id))
            }
        }
        let order = wanted.sorted {
            ($0.id.rawValue, $0.namespace.rawValue) < ($1.id.rawValue, $1.namespace.rawValue)
        }
        var versions: [CheckpointReference: ChannelVersions] = [:]
        var distinct = DistinctVersions()
        var commit = Commit()
        var read: [CheckpointReference: StoredCheckpoint] = [:]
        for (index, place) in order.enumerated() {
            if index % Self.batchSize == 0 {
                read = try await checkpoints(order[index...].prefix(Self.batchSize))
            }
            guard let stored = read[place] else { continue }
            var checkpoint = stored.checkpoint
            _ = distinct.settle(&checkpoint)
            versions[place] = checkpoint.channelVersions
            if new.contains(place) {
                let parent = checkpoint.parent.map {
                    CheckpointReference(thread: place.thread, namespace: place.namespace, id: $0)
                }
                if let parent, versions[parent] == nil, !wanted.contains(parent),
                    let before = try await source.checkpoint(parent)
                {
                    versions[parent] = before.checkpoint.channelVersions
                    commit.writes += TaskWrites.grouped(before.pendingWrites, at: parent)
                }
                let known = parent.flatMap { versions[$0] }
                commit.checkpoints.append(
                    .init(checkpoint, newVersions: checkpoint.channelVersions.filter { known?[$0.key] != $0.value }))
            }
            commit.writes += TaskWrites.grouped(stored.pendingWrites, at: place)
            if commit.checkpoints.count >= Self.batchSize {
                try await store(commit, fence)
                commit = Commit()
            }
        }
        if !commit.isEmpty { try await store(commit, fence) }
        state.places.formUnion(new)
    }

    /// Some at once: one after another each would wait for the source.
    private func checkpoints(
        _ places: ArraySlice<CheckpointReference>
    ) async throws(StoreError) -> [CheckpointReference: StoredCheckpoint] {
        let found = try await concurrently(Array(places), atMost: Self.readAtOnce) {
            [source] (place) async throws(StoreError) in try await source.checkpoint(place)
        }
        return Dictionary(found.compactMap { $0 }.map { ($0.checkpoint.reference, $0) }) { first, _ in first }
    }

    private func store(_ commit: Commit, _ fence: Fence?) async throws(StoreError) {
        try await guarding { () async throws(StoreError) in try await target.commit(commit, fence: fence) }
    }

    // MARK: Events

    func bringEvents(of run: RunID) async throws(StoreError) {
        guard let record = try await source.run(run) else { return }
        let next = logs.withLock { $0[LogPlace(run: run, attempt: record.attempt)] }
        if next == nil, try await target.run(run)?.attempt != record.attempt { try await bring(record.thread) }
        try await bringLog(of: record, from: next)
    }

    /// - `next`: The first event that the target has not; `nil`: it says so.
    private func bringLog(of record: RunRecord, from next: Int?) async throws(StoreError) {
        let place = LogPlace(run: record.id, attempt: record.attempt)
        var number = next ?? 0
        if next == nil {
            number = try await target.events(of: record.id, from: 0, limit: 1_000_000).last.map { $0.number + 1 } ?? 0
        }
        while true {
            let events = try await source.events(of: record.id, from: number, limit: 500)
            guard let last = events.last, last.attempt == record.attempt else { break }
            try await guarding { () async throws(StoreError) in try await target.append(events) }
            number = last.number + 1
        }
        logs.withLock { logs in
            if logs.count > 5_000 { logs = [:] }
            logs[place] = number
        }
    }

    // MARK: Regulations

    private func bringClauses() async throws(StoreError) {
        guard let source = source as? any ClauseStore, let target = target as? any ClauseStore else { return }
        let (documents, there) = (try await source.documents(), try await target.documents())
        let hashes = Dictionary(there.map { (ExactText($0.id), $0.contentHash) }, uniquingKeysWith: { $1 })
        var changed: [RegulationImport] = []
        for document in documents where hashes[ExactText(document.id)] != document.contentHash {
            var item = RegulationImport(document, clauses: try await source.clauses(of: document.id))
            item.document.contentHash = document.contentHash
            changed.append(item)
        }
        let kept = Set(documents.map { ExactText($0.id) })
        let removed = there.map(\.id).filter { !kept.contains(ExactText($0)) }
        guard !changed.isEmpty || !removed.isEmpty else { return }
        let time = Timestamp(microseconds: try await source.clauseVersion())
        try await guarding { () async throws(StoreError) in
            _ = try await target.replace(documents: changed, removing: removed, at: time)
        }
    }
}
