// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

/// Makes a thread's checkpoints one after another, as a graph would.
struct ContractThread {
    let id: ThreadID
    let namespace: Namespace
    private(set) var head: CheckpointID?
    private(set) var values: [String: Payload] = [:]
    private(set) var versions: ChannelVersions = [:]
    private var step = -2

    init(_ id: ThreadID = .fresh(), namespace: Namespace = .root) {
        self.id = id
        self.namespace = namespace
    }

    /// The next checkpoint: these channels change, all others stay.
    mutating func next(
        _ changes: [String: PayloadValue] = [:], metadata extra: JSONObject = [:]
    ) -> Commit.NewCheckpoint {
        step += 1
        let version = ChannelVersion.next(after: versions.values.max())
        var newVersions: ChannelVersions = [:]
        for (channel, value) in changes {
            values[channel] = Payload(value)
            newVersions[channel] = version
        }
        versions.merge(newVersions) { $1 }
        let id = CheckpointID.next(after: head, superstep: step, now: Self.ticks)
        let checkpoint = Checkpoint(
            thread: self.id, namespace: namespace, id: id, parent: head,
            timestamp: Timestamp(microseconds: Self.ticks / 10 + Int64(step)).description, channelValues: values,
            channelVersions: versions, versionsSeen: ["__input__": [:], "model": versions],
            updatedChannels: changes.keys.sorted(),
            metadata: CheckpointMetadata(source: step < 0 ? .input : .loop, step: step, extra: extra))
        head = id
        return Commit.NewCheckpoint(checkpoint, newVersions: newVersions)
    }

    /// Stores the next checkpoint and returns it.
    @discardableResult
    mutating func put(
        _ changes: [String: PayloadValue] = [:], metadata extra: JSONObject = [:], to store: any CheckpointStore,
        fence: Fence? = nil
    ) async throws -> Checkpoint {
        let new = next(changes, metadata: extra)
        try await store.put(new.checkpoint, newVersions: new.newVersions, fence: fence)
        return new.checkpoint
    }

    /// 2026-01-01T00:00:00Z.
    private static let ticks: Int64 = 17_672_256_000_000_000
}

extension ThreadID {
    /// An ID that no other rule uses.
    static func fresh(_ name: String = "thread") -> ThreadID { ThreadID("\(name)-\(UniqueID.random())") }
}

extension TaskWrites {
    /// The writes of a task on a checkpoint.
    init(
        on checkpoint: CheckpointReference, task: String = "task", path: String = "~__pregel_pull, model",
        _ writes: [(String, PayloadValue)]
    ) {
        self.init(
            checkpoint: checkpoint, taskID: TaskID(task), taskPath: path,
            writes: writes.map { Write($0.0, Payload($0.1)) })
    }
}

extension CheckpointStore {
    /// All that a query matches.
    func all(_ query: CheckpointQuery) async throws -> [StoredCheckpoint] { try await list(query).collect() }

    /// The IDs that a query matches, in order.
    func ids(_ query: CheckpointQuery) async throws -> [CheckpointID] {
        try await list(query).collect().map(\.checkpoint.id)
    }

    /// The pending writes of a checkpoint as channel and value.
    func writes(of reference: CheckpointReference) async throws -> [PendingWrite] {
        try #require(try await checkpoint(reference)).pendingWrites
    }
}

/// Records an issue unless the body fails with a code.
func expectFailure(
    _ code: StoreError.Code, _ what: Comment? = nil, at location: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record(what ?? "The call should have failed with \(code).", sourceLocation: location)
    } catch let error as StoreError {
        #expect(error.code == code, what, sourceLocation: location)
    } catch {
        Issue.record(error, what, sourceLocation: location)
    }
}

/// Does something `count` times at once and returns the results in no particular order.
func concurrently<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
        for index in 0..<count { group.addTask { try await body(index) } }
        var results: [Value] = []
        for try await result in group { results.append(result) }
        return results
    }
}

extension [UInt8] {
    /// This many bytes, every value among them.
    static func pattern(_ count: Int) -> [UInt8] {
        var bytes = Array(UInt8.min ... .max)
        while bytes.count < count { bytes += bytes }
        return Array(bytes.prefix(count))
    }
}
