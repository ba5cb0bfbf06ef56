// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerPostgres
import TurnledgerStore

extension StoredCheckpoint {
    /// What Turnledger read, as `judge.py` takes it.
    func row() throws -> JSONValue {
        var values = JSONObject()
        for (channel, payload) in checkpoint.channelValues { values[channel] = .object(try payload.rewritten().row) }
        let writes = try pendingWrites.map { write in
            var row = try write.value.rewritten().row
            row["task"] = .string(write.taskID.rawValue)
            row["channel"] = .string(write.channel)
            return JSONValue.object(row)
        }
        return [
            "thread": .string(checkpoint.thread.rawValue), "namespace": .string(checkpoint.namespace.rawValue),
            "id": .string(checkpoint.id.rawValue), "parent": checkpoint.parent.map { .string($0.rawValue) } ?? .null,
            "v": .integer(Int64(checkpoint.format)), "ts": .string(checkpoint.timestamp),
            "channel_versions": Self.json(checkpoint.channelVersions),
            "versions_seen": .object(
                checkpoint.versionsSeen.reduce(into: JSONObject()) { $0[$1.key] = Self.json($1.value) }),
            "updated_channels": checkpoint.updatedChannels.map { .array($0.map { .string($0) }) } ?? .null,
            "metadata": .object(checkpoint.metadata.json), "values": .object(values), "writes": .array(writes),
        ]
    }

    private static func json(_ versions: ChannelVersions) -> JSONValue {
        .object(
            versions.reduce(into: JSONObject()) { document, version in
                let (channel, value) = version
                document[channel] = value.isNumber ? .integer(Int64(value.counter)) : .string(value.rawValue)
            })
    }

    /// Writes the checkpoint and its writes as LangGraph's saver would: `put`, then `put_writes` for each task.
    func write(into store: any CheckpointStore) async throws {
        var copy = checkpoint
        copy.channelValues = try checkpoint.channelValues.mapValues { try $0.rewritten() }
        try await store.put(copy, newVersions: copy.channelVersions, fence: nil)
        var left = pendingWrites[...]
        while let first = left.first {
            let task = left.prefix { $0.taskID == first.taskID }
            left = left.dropFirst(task.count)
            try await write(task.map { $0 }, into: store)
        }
    }

    /// A write's index is its place among all of its call, or its channel's own: a call for each keeps it.
    private func write(_ task: [PendingWrite], into store: any CheckpointStore) async throws {
        let ordinary = task.filter { $0.index >= 0 }
        let length = (ordinary.map(\.index).max() ?? -1) + 1
        // Special ones among the ordinary take the places that are left, as they did in Python.
        let special = task.filter { $0.index < 0 }
        var calls: [[TaskWrites.Write]] = []
        if special.isEmpty || length == ordinary.count {
            if !special.isEmpty { calls.append(try special.map { .init($0.channel, try $0.value.rewritten()) }) }
            if !ordinary.isEmpty { calls.append(try ordinary.map { .init($0.channel, try $0.value.rewritten()) }) }
        } else {
            var fillers = special[...]
            calls.append(
                try (0..<length).compactMap { place in
                    let write = ordinary.first { $0.index == place } ?? fillers.popFirst()
                    return try write.map { .init($0.channel, try $0.value.rewritten()) }
                })
            if !fillers.isEmpty {
                calls.append(try fillers.map { .init($0.channel, try $0.value.rewritten()) })
            }
        }
        for writes in calls {
            try await store.putWrites(
                TaskWrites(
                    checkpoint: checkpoint.reference, taskID: task[0].taskID, taskPath: task[0].taskPath, writes: writes
                ),
                fence: nil)
        }
    }
}
