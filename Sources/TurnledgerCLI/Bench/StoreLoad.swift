// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Synchronization
import TurnledgerAgent
import TurnledgerStore

/// One kind of call, made over and over on threads named "0", "1", … of a store that `fill` has filled.
struct StoreLoad: Sendable {
    /// What is measured.
    enum Operation: String, CaseIterable, ExpressibleByArgument, Sendable {
        /// A checkpoint with its messages.
        case put
        /// A model's answer: a message and what comes next.
        case putWrites = "put-writes"
        /// The newest checkpoint of any thread, with its messages, decoded, and its writes.
        case latest
        /// The ten newest checkpoints of any thread, each with its messages, not decoded, and its writes.
        case list
        /// All that a superstep leaves, under a fence: a task's writes, the next checkpoint, its messages.
        case superstep
    }

    /// How many threads, the first ones, are kept for calls that write; others are only read.
    static let writers = 64

    let store: any ConversationStore
    let operation: Operation
    /// How many threads are filled.
    let threads: Int
    /// 20 messages of 500 characters, and one more: encoded anew for each call, as a run does.
    let messages: PayloadValue
    let answer: PayloadValue

    init(store: any ConversationStore, operation: Operation, threads: Int) {
        self.store = store
        self.operation = operation
        self.threads = threads
        messages = .array((0..<20).map { Self.message($0).payload })
        answer = .array([Self.message(21).payload])
    }

    /// Ten checkpoints for each thread, and a run that holds it.
    func fill() async throws {
        for number in 0..<threads {
            let thread = ThreadID(String(number))
            for _ in 0..<10 { try await store.commit(superstep(of: thread), fence: nil) }
            _ = try await store.create(
                NewRun(
                    id: .new(milliseconds: Int64(number)), thread: thread, owner: "", input: [], holder: "bench",
                    createdAt: SystemWallClock().now()))
        }
    }

    /// Makes calls until the time is over, `concurrency` of them at once, and returns how long each took, in seconds.
    func run(concurrency: Int, for duration: Duration) async throws -> [Double] {
        let end = ContinuousClock.now + duration
        return try await withThrowingTaskGroup(of: [Double].self) { group in
            for worker in 0..<concurrency {
                group.addTask {
                    var latencies: [Double] = []
                    let own = ThreadID(String(worker))
                    let fence = try await fence(of: own)
                    var now = ContinuousClock.now
                    while now < end {
                        try await call(own, fence: fence)
                        let after = ContinuousClock.now
                        latencies.append((after - now).seconds)
                        now = after
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func call(_ own: ThreadID, fence: Fence?) async throws {
        switch operation {
        case .put:
            let new = checkpoint(of: own)
            try await store.put(new.checkpoint, newVersions: new.newVersions, fence: nil)
        case .putWrites:
            try await store.putWrites(writes(of: own), fence: nil)
        case .latest:
            let head = try await store.latest(in: anyThread, namespace: .root)
            guard try head?.checkpoint.channelValues[Self.channel]?.decoded().array?.count == 20 else {
                throw NotFilled()
            }
        case .list:
            let listing = try await store.list(CheckpointQuery(thread: anyThread, limit: 10))
            guard try await listing.collect().count == 10 else { throw NotFilled() }
        case .superstep:
            try await store.commit(superstep(of: own), fence: fence)
        }
    }

    /// One that is only read: writing ones are the first.
    private var anyThread: ThreadID { ThreadID(String(Int.random(in: Self.writers..<threads))) }

    private func fence(of thread: ThreadID) async throws -> Fence? {
        guard operation == .superstep else { return nil }
        guard let lease = try await store.unfinishedRuns(in: thread).last?.lease else { throw NotFilled() }
        return Fence(epoch: lease.epoch)
    }

    // MARK: What is stored

    func superstep(of thread: ThreadID, id: CheckpointID? = nil, version: ChannelVersion? = nil) -> Commit {
        let new = checkpoint(of: thread, id: id, version: version)
        return Commit(writes: [writes(of: thread, id: id)], checkpoints: [new])
    }

    /// A checkpoint of an agent in the middle of a turn.
    func checkpoint(
        of thread: ThreadID, id: CheckpointID? = nil, version: ChannelVersion? = nil
    ) -> Commit.NewCheckpoint {
        let version = version ?? .next(after: nil)
        let earlier = ChannelVersion.next(after: nil, fraction: 0.5)
        let checkpoint = Checkpoint(
            thread: thread, id: id ?? newID, parent: Self.parent, timestamp: "2026-01-01T00:00:00.000000+00:00",
            channelValues: [Self.channel: Payload(messages), "branch:to:model": .null],
            channelVersions: [
                "__start__": earlier, Self.channel: version, "branch:to:model": version,
                "__pregel_tasks": earlier,
            ],
            versionsSeen: [
                "__input__": [:], "__start__": ["__start__": earlier], "model": ["branch:to:model": earlier],
                "tools": [:],
            ],
            updatedChannels: ["branch:to:model", Self.channel],
            metadata: CheckpointMetadata(source: .loop, step: 3, extra: ["run_id": "run_bench"]))
        return .init(checkpoint, newVersions: [Self.channel: version, "branch:to:model": version])
    }

    func writes(of thread: ThreadID, id: CheckpointID? = nil) -> TaskWrites {
        TaskWrites(
            checkpoint: CheckpointReference(thread: thread, id: id ?? newID), taskID: Self.task,
            taskPath: "~__pregel_pull, model",
            writes: [.init(Self.channel, Payload(answer)), .init("branch:to:tools", .null)])
    }

    private var newID: CheckpointID {
        .next(after: nil, superstep: 3, now: SystemWallClock().now().microseconds * 10)
    }

    private static let channel = "messages"
    private static let parent = CheckpointID("1f1e7537-8f50-6e4a-8003-6e169961877f")
    private static let task = TaskID("3c308b5c-9340-fb33-2d9a-beb89d0091e9")

    /// 500 characters that do not repeat, the same in every process.
    private static func message(_ number: Int) -> Message {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        var text = ""
        while text.utf8.count < 500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += "abcdefghijklmnopqrstuvwxyz012345".dropFirst(Int(state >> 59)).prefix(1)
            if state >> 40 & 7 == 0, text.utf8.count < 500 { text += " " }
        }
        return Message(role: number % 2 == 0 ? .human : .ai, content: .text(text), id: "message-\(number)")
    }
}

/// The store has not what `--fill` puts there.
struct NotFilled: Error, CustomStringConvertible {
    let description = "The store holds no threads of this benchmark: run it with --fill first."
}
