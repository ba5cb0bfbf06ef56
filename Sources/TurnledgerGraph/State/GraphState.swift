// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// The state of a graph as a Swift type: each property that a channel names is kept in the thread.
///
/// ```swift
/// struct Review: GraphState {
///     var draft = ""
///     var notes: [String] = []
///
///     static var channels: [Channel<Review>] {
///         Channel("draft", \.draft)
///         Channel("notes", \.notes, .appending)
///     }
/// }
/// ```
public protocol GraphState: Sendable {
    /// The state before anything was written.
    init()

    /// The state's channels. Their names and kinds are the format of stored threads: add to them, and `migrate` what
    /// changes its type.
    @ChannelsBuilder<Self> static var channels: [Channel<Self>] { get }

    /// Returns what a stored value is today, where it does not fit its property any more; called only then.
    ///
    /// - Throws: Whatever says that it cannot: the run fails with `GraphError.Code.stateMismatch`.
    static func migrate(_ value: PayloadValue, channel: String) throws -> PayloadValue
}

extension GraphState {
    public static func migrate(_ value: PayloadValue, channel: String) throws -> PayloadValue { throw NoMigration() }

    /// Reads the state from its channels' values; those that are not there keep their defaults.
    ///
    /// - Throws: `.stateMismatch` naming the channel.
    public init(values: PayloadMap) throws {
        self.init()
        for channel in StateLayout.of(Self.self).channels {
            guard let value = values[channel.name] else { continue }
            do {
                try channel.load(&self, value)
            } catch {
                do {
                    try channel.load(&self, Self.migrate(value, channel: channel.name))
                } catch let second {
                    throw GraphError(
                        .stateMismatch,
                        "Channel '\(channel.name)' holds what '\(Self.self)' cannot read "
                            + "(\(second is NoMigration ? error : second)). Give '\(Self.self)' a migrate(_:channel:).")
                }
            }
        }
    }
}

private struct NoMigration: Error {}

/// A channel of a state: its name in the store, its property, and how it takes writes.
public struct Channel<State: Sendable>: Sendable {
    public let name: String
    let kind: ChannelKind
    nonisolated(unsafe) let path: PartialKeyPath<State>
    let load: @Sendable (inout State, PayloadValue) throws -> Void
    let encode: @Sendable (Any) throws -> PayloadValue

    /// A channel of Codable values.
    ///
    /// - Parameters:
    ///   - name: The channel's name in the store: `[a-zA-Z0-9_-]`, no leading `__`.
    ///   - path: The property.
    ///   - kind: How it takes writes.
    public init<Value: Codable & Sendable>(
        _ name: String, _ path: any (WritableKeyPath<State, Value> & Sendable), _ kind: ChannelKind = .lastValue
    ) {
        self.init(
            name, path, kind, decode: { try PayloadDecoder().decode(Value.self, from: $0) },
            encode: { try PayloadEncoder().encode($0) })
    }

    /// A channel of payloads as they are: nothing is decoded.
    public init(
        _ name: String, _ path: any (WritableKeyPath<State, PayloadValue> & Sendable), _ kind: ChannelKind = .lastValue
    ) {
        self.init(name, path, kind, decode: { $0 }, encode: { $0 })
    }

    /// A channel whose writes are folded by a function of Swift values; its first value is the property's default.
    public init<Value: Codable & Sendable>(
        _ name: String, _ path: any (WritableKeyPath<State, Value> & Sendable),
        folding: @escaping @Sendable (_ current: Value, _ write: Value) throws -> Value
    ) where State: GraphState {
        let initial = State()[keyPath: path]
        self.init(
            name, path,
            .reducer(initial: try? PayloadEncoder().encode(initial)) { current, write in
                let decoder = PayloadDecoder()
                return try PayloadEncoder().encode(
                    try folding(decoder.decode(Value.self, from: current), decoder.decode(Value.self, from: write)))
            })
    }

    /// A channel of values with a form of their own, such as messages.
    public init<Value: Sendable>(
        _ name: String, _ path: any (WritableKeyPath<State, Value> & Sendable), _ kind: ChannelKind = .lastValue,
        decode: @escaping @Sendable (PayloadValue) throws -> Value,
        encode: @escaping @Sendable (Value) throws -> PayloadValue
    ) {
        self.name = name
        self.kind = kind
        self.path = path
        load = { $0[keyPath: path] = try decode($1) }
        self.encode = { value in
            guard let value = value as? Value else {
                throw GraphError(.invalidUpdate, "Channel '\(name)' takes values of type '\(Value.self)'.")
            }
            return try encode(value)
        }
    }
}

/// Lists channels.
@resultBuilder
public enum ChannelsBuilder<State: Sendable> {
    public static func buildExpression(_ channel: Channel<State>) -> [Channel<State>] { [channel] }
    public static func buildExpression(_ channels: [Channel<State>]) -> [Channel<State>] { channels }
    public static func buildBlock(_ parts: [Channel<State>]...) -> [Channel<State>] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [Channel<State>]?) -> [Channel<State>] { part ?? [] }
    public static func buildEither(first: [Channel<State>]) -> [Channel<State>] { first }
    public static func buildEither(second: [Channel<State>]) -> [Channel<State>] { second }
    public static func buildArray(_ parts: [[Channel<State>]]) -> [Channel<State>] { parts.flatMap { $0 } }
}
