// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What a spool gets of a thread that goes on in it.
struct SpoolSeed: Sendable {
    let merge: ThreadMerge
    let events: [RunEventRecord]
    let journal: (base: CheckpointID?, entries: [Payload])?

    /// - Returns: `nil` where the tail does not say whose the thread is.
    init?(_ tail: ThreadTail, channels: [String: MergeableChannel]) {
        guard var record = tail.record else { return nil }
        record.lease = tail.lease
        var commit = Commit()
        if tail.isRead, let base = tail.base {
            // Whole lists in place of what lies in checkpoints that the spool does not have.
            var checkpoint = base.checkpoint
            for (name, history) in tail.histories where checkpoint.channelValues[name] == nil {
                guard let channel = channels[name], let value = try? history.value(channel.reducer) else { continue }
                checkpoint.channelValues[name] = Payload(.ext(LangGraphExt.deltaSnapshot(value)))
            }
            let versions = checkpoint.channelVersions.filter { checkpoint.channelValues[$0.key] != nil }
            commit.checkpoints.append(.init(checkpoint, newVersions: versions))
            commit.writes += TaskWrites.grouped(base.pendingWrites, at: base.checkpoint.reference)
        }
        for later in tail.commits {
            commit.checkpoints += later.checkpoints
            commit.writes += later.writes
        }
        // A run that is under way without a lease of this server's goes on elsewhere, and ends there: who waits for it waits
        // for the database.
        let runs = tail.runs.filter { $0.status != .running || $0.id == tail.lease?.run }
        if tail.lease == nil, record.status == .busy { record.status = .idle }
        merge = ThreadMerge(thread: record, runs: runs, commit: commit, head: .any)
        events = tail.events.records
        journal = tail.journal
    }
}

extension TaskWrites {
    /// Stored writes as they were put: by task, special writes apart, since a repeat treats them differently.
    static func grouped(_ writes: [PendingWrite], at checkpoint: CheckpointReference) -> [TaskWrites] {
        var groups: [TaskWrites] = []
        for write in writes.sorted(by: PendingWrite.precedes) {
            let isSpecial = WriteIndex.special[write.channel] != nil
            let belongs = groups.last.map { last in
                last.taskID == write.taskID && last.taskPath == write.taskPath
                    && (WriteIndex.special[last.writes[0].channel] != nil) == isSpecial
            }
            if belongs != true {
                groups.append(
                    TaskWrites(checkpoint: checkpoint, taskID: write.taskID, taskPath: write.taskPath, writes: []))
            }
            groups[groups.count - 1].writes.append(.init(write.channel, write.value, index: write.index))
        }
        return groups
    }
}
