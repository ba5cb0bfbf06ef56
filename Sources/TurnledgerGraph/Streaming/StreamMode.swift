// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a reader of a run wants to see; several at once.
public struct StreamModes: OptionSet, Hashable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The state after each superstep.
    public static let values = StreamModes(rawValue: 1 << 0)
    /// What each task wrote.
    public static let updates = StreamModes(rawValue: 1 << 1)
    /// Messages, token by token where a task streams them.
    public static let messages = StreamModes(rawValue: 1 << 2)
    /// What tasks show by `TaskContext.show(_:)`.
    public static let custom = StreamModes(rawValue: 1 << 3)
    /// The begin and the end of each task.
    public static let tasks = StreamModes(rawValue: 1 << 4)
    /// Each checkpoint.
    public static let checkpoints = StreamModes(rawValue: 1 << 5)
    /// Tasks and checkpoints with their superstep and time.
    public static let debug = StreamModes(rawValue: 1 << 6)

    static let names: [(String, StreamModes)] = [
        ("values", .values), ("updates", .updates), ("messages", .messages), ("custom", .custom), ("tasks", .tasks),
        ("checkpoints", .checkpoints), ("debug", .debug),
    ]
}
