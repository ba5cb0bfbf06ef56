// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// How a channel takes what tasks write, and for how long it keeps it.
///
/// The rules are those of LangGraph's channels (`langgraph/channels` of version 1.2); the value that lies in a
/// checkpoint is the same that Python's channel of that kind reads and writes.
public struct ChannelKind: Sendable {
    /// Folds one write into the channel's value.
    public typealias Reducer = @Sendable (_ current: PayloadValue, _ write: PayloadValue) throws -> PayloadValue
    /// Folds all writes of a superstep, or of many, into the channel's value.
    ///
    /// It must not matter how the writes are cut into batches: a thread is read by folding the writes of many supersteps
    /// at once.
    public typealias BatchReducer = @Sendable (_ current: PayloadValue, _ writes: [PayloadValue]) throws -> PayloadValue

    enum Base: Sendable {
        case lastValue
        case lastValueAfterFinish
        case anyValue
        case ephemeral(isGuarded: Bool)
        case topic(accumulates: Bool)
        case reducer(initial: PayloadValue?, Reducer)
        case barrier(Set<String>, awaitsFinish: Bool)
        case untracked(isGuarded: Bool)
        case delta(Delta)
    }

    /// A channel whose writes are its storage.
    struct Delta: Sendable {
        let initial: PayloadValue
        let snapshotEvery: Int
        let reduce: BatchReducer
    }

    let base: Base
    /// How the channel takes messages; `nil`: its values are none.
    var messageRule: MessageReducer.Rule?

    /// Keeps the one write of a superstep; two are an error.
    public static let lastValue = ChannelKind(base: .lastValue)
    /// Keeps the last of a superstep's writes until the end of the next superstep: for writers that agree.
    public static let anyValue = ChannelKind(base: .anyValue)
    /// Keeps the one write of a superstep until the end of the next.
    public static let ephemeral = ChannelKind(base: .ephemeral(isGuarded: true))
    /// Keeps the last of a superstep's writes until the end of the next: what starts a node.
    static let trigger = ChannelKind(base: .ephemeral(isGuarded: false))
    /// Keeps the last write until the graph has nothing else to do: what starts a deferred node.
    static let deferredTrigger = ChannelKind(base: .lastValueAfterFinish)
    /// Keeps the one write of a superstep and never stores it: for what a checkpoint cannot or must not hold.
    public static let untracked = ChannelKind(base: .untracked(isGuarded: true))
    /// Folds every write with LangGraph's `add_messages`.
    ///
    /// A message whose ID is in the list replaces that one in its place; one without an ID gets one; a `RemoveMessage`
    /// takes its one out, and with the ID `__remove_all__` all before it. Text and `{"role", "content"}` become messages.
    public static let messages = messages(by: .add)
    /// As `messages`, but what is no message, and a removal of what is not in the list, is passed over.
    package static let lenientMessages = messages(by: .addLeniently)

    private static func messages(by rule: MessageReducer.Rule) -> ChannelKind {
        var kind = reducer(initial: []) { try MessageReducer.fold($0, [$1], by: rule) }
        kind.messageRule = rule
        return kind
    }

    /// Keeps all writes of a superstep, as an array, until the end of the next; with `accumulating`, for good.
    ///
    /// A write that is an array counts as its elements.
    public static func topic(accumulating: Bool = false) -> ChannelKind {
        ChannelKind(base: .topic(accumulates: accumulating))
    }

    /// Folds every write into one value, in the order of the tasks. A write of `Overwrite` replaces the value.
    ///
    /// - Parameters:
    ///   - initial: The value before the first write; `nil`: the first write is taken as it is.
    ///   - reducer: Folds one write into the value.
    public static func reducer(initial: PayloadValue? = nil, _ reducer: @escaping Reducer) -> ChannelKind {
        ChannelKind(base: .reducer(initial: initial, reducer))
    }

    /// Appends: each write is an array whose elements go to the end of the list.
    public static let appending = reducer(initial: []) { current, write in
        guard let list = current.array, let more = write.array else {
            throw GraphError(.invalidUpdate, "A list takes lists.")
        }
        return .array(list + more)
    }

    /// Adds numbers, from 0.
    public static let adding = reducer(initial: 0) { current, write in
        switch (current, write) {
        case (.integer(let left), .integer(let right)):
            let (sum, overflows) = left.addingReportingOverflow(right)
            guard !overflows else { throw GraphError(.invalidUpdate, "A sum needs more than 64 bits.") }
            return .integer(sum)
        case (.double(let left), .double(let right)): return .double(left + right)
        case (.double(let left), .integer(let right)): return .double(left + Double(right))
        case (.integer(let left), .double(let right)): return .double(Double(left) + right)
        default: throw GraphError(.invalidUpdate, "A sum takes numbers.")
        }
    }

    /// Is available once every one of these names was written, and empty again when its node has started.
    static func barrier(_ names: some Sequence<String>, awaitsFinish: Bool) -> ChannelKind {
        ChannelKind(base: .barrier(Set(names), awaitsFinish: awaitsFinish))
    }

    /// Stores what was written, not the value: LangGraph's `DeltaChannel`. A checkpoint costs the same however long the
    /// value has become; reading replays the writes since the last snapshot.
    ///
    /// - Parameters:
    ///   - initial: The value before the first write.
    ///   - snapshotEvery: After how many supersteps with a write the whole value is stored.
    ///   - reduce: Folds writes into the value.
    public static func delta(
        initial: PayloadValue = [], snapshotEvery: Int = 100, _ reduce: @escaping BatchReducer
    ) -> ChannelKind {
        ChannelKind(
            base: .delta(
                Delta(initial: initial, snapshotEvery: max(1, snapshotEvery), reduce: reduce)))
    }

    /// A list of messages that stores what was written, not the list. Python reads it where its graph declares a
    /// `DeltaChannel` of messages.
    public static func messagesDelta(snapshotEvery: Int = 100) -> ChannelKind {
        var kind = delta(snapshotEvery: snapshotEvery, foldMessages)
        kind.messageRule = .replay
        return kind
    }

    /// Folds writes into a list of messages as `messagesDelta` does.
    ///
    /// - Throws: `.invalidUpdate` for what is no message.
    public static func foldMessages(_ current: PayloadValue, _ writes: [PayloadValue]) throws -> PayloadValue {
        try MessageReducer.fold(current, writes, by: .replay)
    }

    /// Adds messages to a list as `lenientMessages` does.
    package static func addMessages(_ current: PayloadValue, _ write: PayloadValue) throws -> PayloadValue {
        try MessageReducer.fold(current, [write], by: .addLeniently)
    }

    var isUntracked: Bool { if case .untracked = base { true } else { false } }
    var delta: Delta? { if case .delta(let delta) = base { delta } else { nil } }
    /// Whether what is missing from a checkpoint is looked for in the writes before it.
    var mayReplay: Bool {
        switch base {
        case .delta, .reducer: true
        default: false
        }
    }
}
