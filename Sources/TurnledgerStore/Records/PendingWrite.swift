// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a task put into a channel, before the next checkpoint takes it up.
public struct PendingWrite: Hashable, Sendable {
    /// The task that wrote it: 32 hexadecimal digits in the form of a UUID.
    public var taskID: TaskID
    /// The task's place in its superstep: `~__pregel_pull, model` (LangGraph's `task_path`).
    public var taskPath: String
    /// The write's place among the task's, or the fixed place of a special channel (`WriteIndex`).
    public var index: Int
    /// The channel, or a special one such as `__interrupt__`, which never becomes part of the state.
    public var channel: String
    /// Not yet put together with what the channel holds.
    public var value: Payload

    public init(taskID: TaskID, taskPath: String, index: Int, channel: String, value: Payload) {
        self.taskID = taskID
        self.taskPath = taskPath
        self.index = index
        self.channel = channel
        self.value = value
    }

    /// LangGraph's order: task path, task ID, index.
    public static func precedes(_ left: PendingWrite, _ right: PendingWrite) -> Bool {
        let (leftPath, rightPath) = (ExactText(left.taskPath), ExactText(right.taskPath))
        if leftPath != rightPath { return leftPath < rightPath }
        if left.taskID != right.taskID { return ExactText(left.taskID.rawValue) < ExactText(right.taskID.rawValue) }
        return left.index < right.index
    }
}

/// All that one task writes at once.
public struct TaskWrites: Hashable, Sendable {
    /// One value for one channel; the task's own order counts.
    public struct Write: Hashable, Sendable {
        /// May occur several times in a task's writes: each is one value.
        public var channel: String
        /// What the channel's reducer takes in.
        public var value: Payload
        /// Its place, where it is not that among the task's writes: of a write that was taken from another store.
        public var index: Int?

        public init(_ channel: String, _ value: Payload, index: Int? = nil) {
            self.channel = channel
            self.value = value
            self.index = index
        }
    }

    /// The checkpoint that the task started from. It need not exist (yet).
    public var checkpoint: CheckpointReference
    /// The same after a crash, so that a repeated call stores nothing twice.
    public var taskID: TaskID
    /// LangGraph's `task_path`, which orders the writes of a superstep; empty in rows of old versions.
    public var taskPath: String
    /// In the order in which the task made them; the index of each is its place here.
    public var writes: [Write]

    public init(checkpoint: CheckpointReference, taskID: TaskID, taskPath: String = "", writes: [Write]) {
        self.checkpoint = checkpoint
        self.taskID = taskID
        self.taskPath = taskPath
        self.writes = writes
    }

    /// Whether a repeat replaces the stored value: only where every channel is special.
    ///
    /// With any ordinary channel among them a stored write stays as it is.
    public var replacesOnRepeat: Bool {
        writes.allSatisfy { WriteIndex.special[$0.channel] != nil }
    }

    /// The writes with their indices; of two with the same index the last where repeats replace, else the first.
    public var indexed: [PendingWrite] {
        var result: [PendingWrite] = []
        for (position, write) in writes.enumerated() {
            let index = write.index ?? WriteIndex.special[write.channel] ?? position
            let pending = PendingWrite(
                taskID: taskID, taskPath: taskPath, index: index, channel: write.channel, value: write.value)
            if let earlier = result.firstIndex(where: { $0.index == index }) {
                if replacesOnRepeat { result[earlier] = pending }
            } else {
                result.append(pending)
            }
        }
        return result
    }
}

/// The fixed indices of special channels (LangGraph's `WRITES_IDX_MAP`).
public enum WriteIndex {
    /// The index of each special channel. Ordinary writes count from 0.
    public static let special: [String: Int] = [
        "__error__": -1, "__scheduled__": -2, "__interrupt__": -3, "__resume__": -4,
    ]
}
