// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Changes the form in which a thread keeps its messages, by one more checkpoint; its history stays as it is.
public enum ThreadConversion {
    /// What became of a thread.
    public enum Outcome: Hashable, Sendable {
        case converted
        /// It had the form already, or has no messages.
        case unchanged
        /// A run is under way, an interrupt waits, or somebody else wrote meanwhile: later.
        case busy
    }

    /// Stores a thread's messages in another form: whole with the new checkpoint, which for `delta` is a snapshot.
    ///
    /// The conversion holds the thread's lease as a run of its own: no other run begins meanwhile. What a process that
    /// died left of it, which is a run without an input, the next server ends. Cost: seven round trips.
    /// - Throws: `StoreError`.
    public static func convert(
        _ thread: ThreadID, to form: ThreadStorage.Messages, in store: any ConversationStore,
        clock: any WallClock = SystemWallClock()
    ) async throws(StoreError) -> Outcome {
        guard let head = try await store.latest(in: thread, namespace: .root) else { return .unchanged }
        let messages = StoredMessages(checkpoint: head.checkpoint)
        guard let old = try messages.form(), old != form else { return .unchanged }
        guard head.pendingWrites.isEmpty, try await store.unfinishedRuns(in: thread).isEmpty else { return .busy }
        let owner = try await store.thread(thread)?.owner ?? ""
        let begun = clock.now()
        let run = RunID.new(milliseconds: begun.microseconds / 1000)
        do throws(StoreError) {
            let new = NewRun(
                id: run, thread: thread, owner: owner, input: [], holder: UniqueID.random(), createdAt: begun)
            guard let lease = try await store.create(new).lease else { return .busy }
            let fence = Fence(epoch: lease.epoch, head: .exactly(head.checkpoint.id))
            do throws(StoreError) {
                let list = try await messages.value(in: store) ?? []
                try await put(list, as: form, behind: head.checkpoint, in: store, clock, fence)
            } catch {
                try? await store.finish(
                    run, as: .failed, failure: "the conversion failed", at: clock.now(),
                    fence: Fence(epoch: lease.epoch))
                throw error
            }
            try await store.finish(
                run, as: .succeeded, failure: nil, at: clock.now(), fence: Fence(epoch: lease.epoch))
        } catch {
            if error.code == .conflict { return .busy }
            throw error
        }
        return .converted
    }

    private static func put(
        _ list: PayloadValue, as form: ThreadStorage.Messages, behind head: Checkpoint, in store: any ConversationStore,
        _ clock: any WallClock, _ fence: Fence
    ) async throws(StoreError) {
        let now = clock.now()
        var checkpoint = head
        let step = (checkpoint.metadata.step ?? -1) + 1
        checkpoint.parent = checkpoint.id
        checkpoint.id = CheckpointID.next(after: checkpoint.id, superstep: step, now: now.microseconds * 10)
        checkpoint.timestamp = now.description
        let version = ChannelVersion.next(
            after: checkpoint.channelVersions.values.max(), fraction: Double.random(in: 0..<1))
        checkpoint.channelVersions[MessageList.channel] = version
        checkpoint.channelValues[MessageList.channel] = Payload(
            form == .delta ? .ext(LangGraphExt.deltaSnapshot(list)) : list)
        checkpoint.updatedChannels = nil
        var json = checkpoint.metadata.json
        json["source"] = "update"
        json["step"] = .integer(Int64(step))
        json["counters_since_delta_snapshot"] = nil
        checkpoint.metadata = CheckpointMetadata(json: json)
        try await store.put(checkpoint, newVersions: [MessageList.channel: version], fence: fence)
    }
}
