// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Writes a whole thread that does not exist yet, as a run of its own: nobody else writes it meanwhile, and what a crash
/// leaves of it is marked as failed.
struct ThreadWriter: Sendable {
    let store: any ConversationStore
    let clock: any WallClock

    /// - Throws: `RequestError` with 409 for a thread that exists; `StoreError`.
    func write(_ archive: ThreadArchive, as id: ThreadID, owner: String, labels: [String: String]) async throws
        -> ThreadRecord
    {
        guard try await store.thread(id) == nil, try await store.latest(in: id, namespace: .root) == nil else {
            throw RequestError(409, "exists", "There is a conversation with this id already. Give another one.")
        }
        let now = clock.now()
        let creation = try await store.create(
            NewRun(
                id: .new(milliseconds: now.microseconds / 1000), thread: id, owner: owner, labels: labels,
                title: archive.title, input: [], holder: UniqueID.random(), createdAt: now))
        guard let lease = creation.lease else { throw RequestError.busy("The conversation is being written.") }
        let fence = Fence(epoch: lease.epoch)
        do {
            try await write(archive.checkpoints, to: id, fence: fence)
            try await store.finish(
                creation.run.id, as: .succeeded, failure: nil, at: clock.now(), fence: fence)
        } catch {
            try? await store.finish(
                creation.run.id, as: .failed, failure: "the thread could not be written", at: clock.now(), fence: fence)
            try? await store.delete(id)
            throw error
        }
        return try await store.thread(id) ?? ThreadRecord(id: id, owner: owner, createdAt: now, updatedAt: now)
    }

    private func write(_ checkpoints: [StoredCheckpoint], to id: ThreadID, fence: Fence) async throws {
        var versions: [CheckpointReference: ChannelVersions] = [:]
        for stored in checkpoints {
            var checkpoint = stored.checkpoint
            checkpoint.thread = id
            let parent = checkpoint.parent.flatMap {
                versions[CheckpointReference(thread: id, namespace: checkpoint.namespace, id: $0)]
            }
            versions[checkpoint.reference] = checkpoint.channelVersions
            let new = checkpoint.channelVersions.filter { parent?[$0.key] != $0.value }
            try await store.put(checkpoint, newVersions: new, fence: fence)
            for writes in Self.byTask(stored.pendingWrites, at: checkpoint.reference) {
                try await store.putWrites(writes, fence: fence)
            }
        }
    }

    /// Ordinary and special writes of a task apart: a repeat treats them differently.
    private static func byTask(_ writes: [PendingWrite], at reference: CheckpointReference) -> [TaskWrites] {
        var order: [TaskID] = []
        var groups: [TaskID: TaskWrites] = [:]
        for write in writes {
            if groups[write.taskID] == nil { order.append(write.taskID) }
            groups[
                write.taskID,
                default: TaskWrites(checkpoint: reference, taskID: write.taskID, taskPath: write.taskPath, writes: [])
            ].writes.append(.init(write.channel, write.value))
        }
        return order.compactMap { groups[$0] }
    }
}
