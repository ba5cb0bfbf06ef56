// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// How a channel takes what tasks write, and for how long it keeps it.
public struct ChannelKind: Sendable {
    /// Folds one write into the channel's value (`nil`: it has none yet).
    public typealias Reducer = @Sendable (_ current: PayloadValue?, _ write: PayloadValue) throws -> PayloadValue

    enum Base: Sendable {
        case lastValue
        case ephemeral(isGuarded: Bool)
        case topic
        case reducer(Reducer)
    }

    let base: Base

    /// Keeps the one write of a superstep; two are an error.
    public static let lastValue = ChannelKind(base: .lastValue)
    /// Keeps the one write of a superstep until the end of the next.
    public static let ephemeral = ChannelKind(base: .ephemeral(isGuarded: true))
    /// Keeps the last of a superstep's writes until the end of the next: what starts a node.
    static let trigger = ChannelKind(base: .ephemeral(isGuarded: false))
    /// Keeps all writes of a superstep, as an array, until the end of the next.
    public static let topic = ChannelKind(base: .topic)
    /// Folds every write into one value, in the order of the tasks.
    public static func reducer(_ reducer: @escaping Reducer) -> ChannelKind { ChannelKind(base: .reducer(reducer)) }
}

/// A channel of one run: its kind and its value.
struct Channel: Sendable {
    let kind: ChannelKind
    private(set) var value: PayloadValue?

    /// Restores a channel from a checkpoint's value.
    init(_ kind: ChannelKind, restoring value: PayloadValue?) {
        self.kind = kind
        self.value = value
    }

    /// Whether the channel has something that a task can be started with or read.
    var isAvailable: Bool {
        if case .topic = kind.base { return !(value?.array ?? []).isEmpty }
        return value != nil
    }

    /// Takes the writes of a superstep, none included, and returns whether the channel changed.
    ///
    /// - Throws: `GraphError.Code.conflictingWrites` for two writes to a channel that keeps one.
    mutating func update(_ writes: [PayloadValue], named name: String) throws -> Bool {
        switch kind.base {
        case .lastValue:
            guard !writes.isEmpty else { return false }
            try Self.requireOne(writes, named: name)
            value = writes[0]
            return true
        case .ephemeral(let isGuarded):
            guard !writes.isEmpty else {
                defer { value = nil }
                return value != nil
            }
            if isGuarded { try Self.requireOne(writes, named: name) }
            value = writes.last
            return true
        case .topic:
            let had = isAvailable
            value = .array(writes)
            return had || !writes.isEmpty
        case .reducer(let reduce):
            guard !writes.isEmpty else { return false }
            for write in writes { value = try reduce(value, write) }
            return true
        }
    }

    private static func requireOne(_ writes: [PayloadValue], named name: String) throws {
        guard writes.count == 1 else {
            throw GraphError(
                .conflictingWrites,
                "Channel '\(name)' got \(writes.count) writes in one superstep and keeps one. Give it a reducer.")
        }
    }
}
