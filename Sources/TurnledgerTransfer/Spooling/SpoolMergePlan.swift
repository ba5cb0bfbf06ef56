// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Decides what becomes of a spooled thread: a pure function of what the spool and the database hold of it.
struct SpoolMergePlan: Sendable {
    /// What the spool holds of a thread, and the values of its channels that can be put together.
    struct Spooled: Sendable {
        var note: SpooledThread
        var record: ThreadRecord
        /// Oldest first.
        var runs: [RunRecord]
        /// Those that another server has taken up. The database has them, and what became of them.
        var overtaken: Set<RunID> = []
        /// All namespaces, oldest first.
        var checkpoints: [StoredCheckpoint]
        var head: Values
        var base: Values
        /// What each run changed, in the order in which they ran; `nil`: not read yet, see `Outcome.needsParts`.
        var parts: [Part]?
    }

    /// The values before a run and behind it.
    struct Part: Sendable {
        var run: RunID?
        var before: Values
        var after: Values
    }

    /// What the database holds of it.
    struct Stored: Sendable {
        var record: ThreadRecord?
        var runs: [RunRecord]
        /// Where the thread goes on: its newest root checkpoint, or the one before a run that was begun anew in the spool.
        var head: StoredCheckpoint?
        /// The newest root checkpoint.
        var newest: CheckpointID?
        /// Of the head.
        var values: Values
        var tombstone: Tombstone?
    }

    /// Values by channel, whole.
    typealias Values = [String: PayloadValue]

    enum Outcome: Hashable, Sendable {
        /// The database has all of it.
        case nothing
        /// Somebody deleted the thread after its last spooled turn was begun.
        case deleted
        case merge(ThreadMerge, Kind)
        /// The turns must be looked at one by one: to be asked again with `Spooled.parts`.
        case needsParts
    }

    /// How turns are taken in.
    enum Kind: String, Sendable {
        /// The spooled checkpoints follow the newest one of the database.
        case continued
        /// Others were written meanwhile: what the turns changed is put behind them.
        case joined
        /// Others were written meanwhile, and it cannot be put behind them, or one of the turns was answered there too: the
        /// turns lie beside them. Those that were not answered there are put behind them all the same where that can be done.
        case branched
        /// The thread belongs to another owner: the turns become a thread of their own.
        case renamed
    }

    let channels: [String: MergeableChannel]
    /// For new checkpoint IDs, in ticks of 100 ns since 1970.
    let now: Int64

    /// - Throws: `.undecodable` for values that cannot be read.
    func outcome(_ spooled: Spooled, _ stored: Stored) throws(StoreError) -> Outcome {
        if let owner = stored.record?.owner, ExactText(owner) != ExactText(spooled.record.owner) {
            return .merge(renamed(spooled), .renamed)
        }
        let open = Self.open(spooled, stored)
        let new = newCheckpoints(spooled)
        guard !open.isEmpty || !new.isEmpty else { return .nothing }
        if stored.head == nil, stored.record == nil, let tombstone = stored.tombstone, tombstone.isWanted,
            spooled.runs.allSatisfy({ $0.createdAt <= tombstone.deletedAt })
        {
            return .deleted
        }
        let head = stored.head?.checkpoint
        let follows = head.map { head in
            head.id == spooled.note.base
                || spooled.checkpoints.contains { $0.checkpoint.namespace == .root && $0.checkpoint.id == head.id }
        }
        if follows ?? (spooled.note.base == nil), Self.isBehind(stored, new) {
            var merge = merge(spooled, stored, runs: open)
            merge.commit = commit(spooled, new)
            return .merge(merge, .continued)
        }
        // Every run was taken in before: what the database has now grew from it.
        guard open.contains(where: { !spooled.overtaken.contains($0.id) }) else { return .nothing }
        let answered = Self.answeredElsewhere(open, spooled, stored)
        let isJoinable = isJoinable(spooled, stored)
        if isJoinable, answered.isEmpty, let joined = try joined(spooled, stored, open) {
            return .merge(joined, .joined)
        }
        guard let head = stored.head else {
            var merge = merge(spooled, stored, runs: open)
            merge.commit = commit(spooled, spooled.checkpoints)
            return .merge(merge, .continued)
        }
        var rest: [Part] = []
        if isJoinable {
            guard let parts = spooled.parts else { return .needsParts }
            rest = parts.filter { $0.run.map { !answered.contains($0) } ?? false }
        }
        var merge = merge(spooled, stored, runs: open)
        merge.commit = commit(spooled, new)
        merge.commit.checkpoints.append(try noted(beside: new, stored, head, with: rest))
        return .merge(merge, .branched)
    }

    // MARK: What is new

    /// Whether checkpoints come behind all of the database's, so that the last of them is the head.
    private static func isBehind(_ stored: Stored, _ new: [StoredCheckpoint]) -> Bool {
        guard let newest = stored.newest, newest != stored.head?.checkpoint.id else { return true }
        return new.contains { $0.checkpoint.namespace == .root && $0.checkpoint.id > newest }
    }

    /// Whether a run of the database is what a merge made of a spooled one: times and status are copied exactly.
    private static func isMerged(_ run: RunRecord, as other: RunRecord) -> Bool {
        (run.id == other.id || isSameRequest(run, as: other)) && other.status == run.status
            && other.updatedAt == run.updatedAt
    }

    /// Whether two runs answer one request, which was repeated.
    private static func isSameRequest(_ run: RunRecord, as other: RunRecord) -> Bool {
        run.id != other.id && run.idempotencyKey != nil && run.idempotencyKey == other.idempotencyKey
    }

    /// Runs of the database that nobody has begun, and whose requests the spool has answered: they end as these did.
    private static func waitedInVain(_ runs: [RunRecord], _ stored: Stored) -> [RunRecord] {
        stored.runs.compactMap { other in
            guard other.status == .pending, other.attempt == 0,
                let run = runs.first(where: { $0.status.isFinished && isSameRequest($0, as: other) })
            else { return nil }
            var ended = other
            (ended.status, ended.attempt, ended.failure) = (run.status, run.attempt, run.failure)
            ended.updatedAt = run.updatedAt
            return ended
        }
    }

    private static func open(_ spooled: Spooled, _ stored: Stored) -> [RunRecord] {
        spooled.runs.filter { run in
            if spooled.overtaken.contains(run.id) {
                // What it had not begun to write is of no account.
                return spooled.checkpoints.contains { $0.run == run.id }
            }
            return !stored.runs.contains { isMerged(run, as: $0) }
        }
    }

    /// The runs whose turns another server has answered: a run that waited, or a request that was repeated there.
    private static func answeredElsewhere(_ runs: [RunRecord], _ spooled: Spooled, _ stored: Stored) -> Set<RunID> {
        let waiting = Set(waitedInVain(runs, stored).map(\.id))
        let answered = runs.filter { run in
            if spooled.overtaken.contains(run.id) { return true }
            return stored.runs.contains { other in
                (other.id == run.id && other.status.isFinished)
                    || (isSameRequest(run, as: other) && !waiting.contains(other.id))
            }
        }
        return Set(answered.map(\.id))
    }

    private func newCheckpoints(_ spooled: Spooled) -> [StoredCheckpoint] {
        guard let base = spooled.note.base else { return spooled.checkpoints }
        return spooled.checkpoints.filter { $0.checkpoint.id > base }
    }

    /// Checkpoints with the values that each changed, and all writes on them and on the base.
    private func commit(_ spooled: Spooled, _ checkpoints: [StoredCheckpoint]) -> Commit {
        var versions: [CheckpointReference: ChannelVersions] = [:]
        for stored in spooled.checkpoints { versions[stored.checkpoint.reference] = stored.checkpoint.channelVersions }
        var commit = Commit()
        for stored in checkpoints {
            let checkpoint = stored.checkpoint
            let parent = checkpoint.parent.flatMap {
                versions[
                    CheckpointReference(thread: checkpoint.thread, namespace: checkpoint.namespace, id: $0)]
            }
            commit.checkpoints.append(
                .init(checkpoint, newVersions: checkpoint.channelVersions.filter { parent?[$0.key] != $0.value }))
            commit.writes += TaskWrites.grouped(stored.pendingWrites, at: checkpoint.reference)
        }
        let base = spooled.checkpoints.first {
            $0.checkpoint.namespace == .root && $0.checkpoint.id == spooled.note.base
        }
        if let base, !checkpoints.contains(base) {
            commit.writes += TaskWrites.grouped(base.pendingWrites, at: base.checkpoint.reference)
        }
        return commit
    }

    private func merge(_ spooled: Spooled, _ stored: Stored, runs: [RunRecord]) -> ThreadMerge {
        var record = spooled.record
        record.lease = nil
        let own = spooled.runs.filter { !spooled.overtaken.contains($0.id) }
        if let last = own.last(where: \.status.isFinished) {
            record.status = StoreRules.threadStatus(after: last.status)
        }
        var releasing: Lease?
        if let lease = stored.record?.lease, own.contains(where: { $0.id == lease.run }),
            spooled.note.holders.contains(lease.holder)
        {
            releasing = lease
        }
        let new = runs.filter { !spooled.overtaken.contains($0.id) }
        return ThreadMerge(
            thread: record, runs: new + Self.waitedInVain(new, stored), head: .exactly(stored.newest),
            releasing: releasing)
    }

    // MARK: One line

    /// Channels that LangGraph's runtime sets for the next superstep.
    private static func isControl(_ channel: String) -> Bool {
        channel.hasPrefix("__") || channel.hasPrefix("branch:") || channel.hasPrefix("start:")
    }

    private func isJoinable(_ spooled: Spooled, _ stored: Stored) -> Bool {
        guard let head = spooled.checkpoints.last(where: { $0.checkpoint.namespace == .root }) else {
            return true
        }
        let base = spooled.checkpoints.first {
            $0.checkpoint.namespace == .root && $0.checkpoint.id == spooled.note.base
        }
        // What waits for an answer, on either side, cannot be continued from a list of messages.
        guard head.pendingWrites.isEmpty, stored.head?.pendingWrites.isEmpty ?? true else { return false }
        return head.checkpoint.channelVersions.allSatisfy { name, version in
            version == base?.checkpoint.channelVersions[name] || channels[name] != nil || Self.isControl(name)
        }
    }

    /// - Returns: `nil` where both sides have something else in one place.
    private func joined(_ spooled: Spooled, _ stored: Stored, _ runs: [RunRecord]) throws(StoreError) -> ThreadMerge? {
        var merge = merge(spooled, stored, runs: runs)
        let like = stored.head ?? spooled.checkpoints.last { $0.checkpoint.namespace == .root }
        guard var checkpoint = like?.checkpoint else { return merge }
        if stored.head == nil {
            // Deleted meanwhile: the thread begins anew with what was said since.
            checkpoint.channelValues = [:]
            checkpoint.versionsSeen = [:]
            checkpoint.channelVersions = checkpoint.channelVersions.filter { channels[$0.key] != nil }
        }
        let part = Part(run: nil, before: spooled.base, after: spooled.head)
        guard let newVersions = try put([part], behind: stored.values, into: &checkpoint, like) else { return nil }
        guard !newVersions.isEmpty else { return merge }
        let parent = stored.head?.checkpoint
        checkpoint.parent = parent?.id
        checkpoint.id = CheckpointID.next(
            after: stored.newest, superstep: (parent?.metadata.step ?? -2) + 1, now: now)
        checkpoint.timestamp = Timestamp(microseconds: now / 10).description
        checkpoint.updatedChannels = newVersions.keys.sorted()
        checkpoint.metadata = Self.metadata(
            after: parent, of: checkpoint.metadata, without: Set(newVersions.keys),
            ["run_id": .string(runs.last?.id.rawValue ?? ""), "turnledger_merge": "joined"])
        merge.commit.checkpoints = [.init(checkpoint, newVersions: newVersions)]
        return merge
    }

    /// Puts what parts of the spool changed behind the values of the database.
    ///
    /// - Returns: The channels that are new with it; `nil` where both sides have something else in one place.
    private func put(
        _ parts: [Part], behind values: Values, into checkpoint: inout Checkpoint, _ like: StoredCheckpoint?
    ) throws(StoreError) -> ChannelVersions? {
        let version = ChannelVersion.next(after: checkpoint.channelVersions.values.max())
        var newVersions: ChannelVersions = [:]
        for (name, channel) in channels.sorted(by: { $0.key < $1.key }) {
            var value = values[name]
            for part in parts {
                guard let write = try channel.changes(part.before[name], part.after[name]) else { continue }
                let missing: PayloadValue?
                do throws(StoreError) {
                    missing = try channel.missing(write, part.before[name], value)
                } catch {
                    guard error.code == .conflict else { throw error }
                    return nil
                }
                guard let missing else { continue }
                value = try channel.reducer(value, [missing])
                newVersions[name] = version
            }
            guard newVersions[name] != nil, let value else { continue }
            checkpoint.channelValues[name] =
                isDelta(name, like) ? Payload(.ext(LangGraphExt.deltaSnapshot(value))) : Payload(value)
            checkpoint.channelVersions[name] = version
        }
        return newVersions
    }

    /// Whether a thread keeps a channel as LangGraph's `DeltaChannel`.
    private func isDelta(_ channel: String, _ checkpoint: StoredCheckpoint?) -> Bool {
        guard let checkpoint = checkpoint?.checkpoint, checkpoint.channelVersions[channel] != nil else { return false }
        guard let payload = checkpoint.channelValues[channel] else { return true }
        return (try? payload.decoded())?.ext?.code == LangGraphExt.deltaSnapshot
    }

    // MARK: A branch

    /// The head once more, behind the branch, so that it stays the head, with what else is put behind it; says where the
    /// branch is.
    private func noted(
        beside branch: [StoredCheckpoint], _ stored: Stored, _ head: StoredCheckpoint, with rest: [Part]
    ) throws(StoreError) -> Commit.NewCheckpoint {
        let roots = branch.map(\.checkpoint).filter { $0.namespace == .root }.map(\.id)
        let tip = roots.max()
        var checkpoint = head.checkpoint
        var newVersions: ChannelVersions = [:]
        var values = stored.values
        // One turn that cannot be put behind the others is on the branch alone.
        for part in rest {
            var extended = checkpoint
            guard let versions = try put([part], behind: values, into: &extended, head), !versions.isEmpty else {
                continue
            }
            (checkpoint, newVersions) = (extended, newVersions.merging(versions) { $1 })
            for name in versions.keys {
                guard let value = try extended.channelValues[name]?.decoded() else { continue }
                values[name] = value.ext?.asDeltaSnapshot ?? value
            }
        }
        checkpoint.parent = head.checkpoint.id
        checkpoint.id = CheckpointID.next(
            after: [stored.newest, head.checkpoint.id, tip].compactMap(\.self).max(),
            superstep: (checkpoint.metadata.step ?? -2) + 1, now: now)
        checkpoint.timestamp = Timestamp(microseconds: now / 10).description
        checkpoint.updatedChannels = newVersions.isEmpty ? nil : newVersions.keys.sorted()
        checkpoint.metadata = Self.metadata(
            after: head.checkpoint, of: checkpoint.metadata, without: Set(newVersions.keys),
            [
                "turnledger_merge": "branched", "turnledger_branch": .string(tip?.rawValue ?? ""),
                "turnledger_note": .string(Self.note),
            ])
        return Commit.NewCheckpoint(checkpoint, newVersions: newVersions)
    }

    static let note = """
        While the database was away this conversation went on here and on another server. What was done here lies on the \
        branch that ends at the checkpoint of turnledger_branch.
        """

    private static func metadata(
        after parent: Checkpoint?, of old: CheckpointMetadata, without snapshots: Set<String>, _ extra: JSONObject
    ) -> CheckpointMetadata {
        var json = CheckpointMetadata(source: .update, step: (parent?.metadata.step ?? -2) + 1, extra: extra).json
        for member in DeltaCounters.cleared(old.json, of: snapshots) where member.key == DeltaCounters.key {
            json[member.key] = member.value
        }
        return CheckpointMetadata(json: json)
    }

    // MARK: Another owner's

    /// The same ID each time, so that a repeat finds its own.
    private func renamed(_ spooled: Spooled) -> ThreadMerge {
        let old = spooled.note.thread
        let name = "\(spooled.record.owner)\u{0}\(old)"
        let suffix = "-" + UniqueID.version5(namespace: Array("Turnledger spool".utf8), name: name)
        var prefix = old.rawValue
        while prefix.utf8.count + suffix.utf8.count > ThreadID.maximumLength { prefix.removeLast() }
        let id = ThreadID(prefix + suffix)
        let nothing = Stored(record: nil, runs: [], head: nil, newest: nil, values: [:], tombstone: nil)
        var merge = merge(spooled, nothing, runs: [])
        merge.thread = ThreadRecord(
            id: id, title: merge.thread.title, owner: merge.thread.owner, labels: merge.thread.labels,
            status: merge.thread.status, createdAt: merge.thread.createdAt, updatedAt: merge.thread.updatedAt)
        merge.head = .any
        merge.runs = spooled.runs.map { run in
            var run = run
            run.thread = id
            return run
        }
        merge.commit = commit(spooled, spooled.checkpoints)
        for index in merge.commit.checkpoints.indices { merge.commit.checkpoints[index].checkpoint.thread = id }
        for index in merge.commit.writes.indices { merge.commit.writes[index].checkpoint.thread = id }
        return merge
    }
}

extension Tombstone {
    /// Whether somebody wanted the thread gone. Retention did not see the spooled turns, which would have kept it.
    fileprivate var isWanted: Bool {
        switch reason {
        case .deleted, .erased: true
        case .retention, .archived: false
        }
    }
}

extension StoredCheckpoint {
    /// The run that wrote it, if one did.
    var run: RunID? { checkpoint.metadata.runID.map { RunID($0) } }
}
