// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A channel of one run: its kind and its value.
struct ChannelState: Sendable {
    let kind: ChannelKind
    private(set) var value: PayloadValue?
    /// Where the messages of the value are; `nil`: not looked up yet.
    private var index: MessageIndex?
    /// The names that a barrier has seen.
    private(set) var seen: Set<String> = []
    /// Whether the graph had nothing else to do since the value came.
    private(set) var isFinished = false

    /// Restores a channel from a checkpoint's value.
    init(_ kind: ChannelKind, restoring stored: PayloadValue?) {
        self.kind = kind
        switch kind.base {
        case .lastValue, .anyValue, .ephemeral: value = stored
        case .untracked: value = nil
        case .lastValueAfterFinish:
            if let parts = stored?.array, parts.count == 2 {
                value = parts[0]
                isFinished = parts[1] == true
            }
        case .topic: value = .array(stored?.array ?? [])
        case .reducer(let initial, _): value = stored.map { $0.ext?.asDeltaSnapshot ?? $0 } ?? initial
        case .delta(let delta): value = stored.map { $0.ext?.asDeltaSnapshot ?? $0 } ?? delta.initial
        case .barrier(_, let awaitsFinish):
            if awaitsFinish, let parts = stored?.array, parts.count == 2 {
                seen = Set(parts[0].setElements)
                isFinished = parts[1] == true
            } else if !awaitsFinish {
                seen = Set(stored?.setElements ?? [])
            }
        }
    }

    /// Restores a channel of messages that an earlier run in this process has left.
    init(_ kind: ChannelKind, remembering messages: IndexedMessages) {
        self.init(kind, restoring: .array(messages.list))
        index = messages.index
    }

    /// Restores a channel from the writes since its last snapshot.
    init(_ kind: ChannelKind, replaying history: ChannelHistory) throws {
        self.init(kind, restoring: history.seed)
        guard !history.writes.isEmpty else { return }
        switch kind.base {
        case .delta(let delta):
            var start = 0
            for (index, write) in history.writes.enumerated() {
                if let overwrite = Overwrite(write) {
                    value = overwrite.value.isNull ? delta.initial : overwrite.value
                    start = index + 1
                }
            }
            let rest = Array(history.writes[start...])
            if !rest.isEmpty { try reduce(rest, delta) }
        default:
            for write in history.writes { _ = try update([write], named: "") }
        }
    }

    /// Whether the channel has something that a task can be started with or read.
    var isAvailable: Bool {
        switch kind.base {
        case .topic: !(value?.array ?? []).isEmpty
        case .barrier(let names, let awaitsFinish): seen == names && (isFinished || !awaitsFinish)
        case .lastValueAfterFinish: value != nil && isFinished
        default: value != nil
        }
    }

    /// What a task reads; `nil` where there is nothing.
    var readable: PayloadValue? {
        guard isAvailable else { return nil }
        if case .barrier = kind.base { return .null }
        return value
    }

    /// What a checkpoint holds; `nil`: nothing.
    var stored: PayloadValue? {
        switch kind.base {
        case .untracked, .delta: nil
        case .lastValueAfterFinish: value.map { .array([$0, .bool(isFinished)]) }
        case .barrier(_, let awaitsFinish):
            awaitsFinish ? .array([.set(seen.sorted()), .bool(isFinished)]) : .set(seen.sorted())
        default: value
        }
    }

    /// The messages of a channel of messages.
    func messages(at version: ChannelVersion?) -> IndexedMessages? {
        guard let rule = kind.messageRule, let version, let list = value?.array else { return nil }
        return IndexedMessages(list: list, index: index, rule: rule, version: version)
    }

    /// Whether a message with this ID is in the list.
    mutating func holds(message id: String) -> Bool {
        let list = value?.array ?? []
        guard kind.messageRule != nil else { return list.contains { (try? MessageNode($0))?.id == id } }
        if index == nil { index = try? MessageIndex(list) }
        return index?[id] != nil
    }

    /// Lets go of what a copy need not keep.
    mutating func forgetIndex() { index = nil }

    /// Takes the writes of a superstep, none included, and returns whether the channel changed.
    ///
    /// - Throws: `.conflictingWrites` for two writes to a channel that keeps one, `.invalidUpdate`, what a reducer throws.
    mutating func update(_ writes: [PayloadValue], named name: String) throws -> Bool {
        switch kind.base {
        case .lastValue:
            guard !writes.isEmpty else { return false }
            try Self.requireOne(writes, named: name)
            value = writes[0]
            return true
        case .lastValueAfterFinish:
            guard !writes.isEmpty else { return false }
            isFinished = false
            value = writes.last
            return true
        case .anyValue:
            return takeLast(writes)
        case .ephemeral(let isGuarded):
            if isGuarded, !writes.isEmpty { try Self.requireOne(writes, named: name) }
            return takeLast(writes)
        case .untracked(let isGuarded):
            guard !writes.isEmpty else { return false }
            if isGuarded { try Self.requireOne(writes, named: name) }
            value = writes.last
            return true
        case .topic(let accumulates):
            let elements = writes.flatMap { $0.array ?? [$0] }
            let had = !(value?.array ?? []).isEmpty
            if accumulates {
                guard !elements.isEmpty else { return false }
                value = .array((value?.array ?? []) + elements)
                return true
            }
            value = .array(elements)
            return had || !elements.isEmpty
        case .reducer(_, let reduce):
            return try fold(writes, named: name, reduce)
        case .delta(let delta):
            return try fold(writes, named: name, delta)
        case .barrier(let names, _):
            var changed = false
            for write in writes {
                guard let part = write.string, names.contains(part) else {
                    throw GraphError(.invalidUpdate, "Channel '\(name)' waits for \(names.sorted()) alone.")
                }
                if seen.insert(part).inserted { changed = true }
            }
            return changed
        }
    }

    /// Says that a task has started with the channel; returns whether the channel changed.
    mutating func consume() -> Bool {
        switch kind.base {
        case .barrier where isAvailable:
            seen = []
            isFinished = false
            return true
        case .lastValueAfterFinish where isFinished:
            isFinished = false
            value = nil
            return true
        default: return false
        }
    }

    /// Says that the graph has nothing else to do; returns whether the channel changed.
    mutating func finish() -> Bool {
        switch kind.base {
        case .barrier(let names, true) where !isFinished && seen == names: break
        case .lastValueAfterFinish where !isFinished && value != nil: break
        default: return false
        }
        isFinished = true
        return true
    }

    private mutating func takeLast(_ writes: [PayloadValue]) -> Bool {
        guard let last = writes.last else {
            defer { value = nil }
            return value != nil
        }
        value = last
        return true
    }

    private mutating func fold(
        _ writes: [PayloadValue], named name: String, _ reduce: ChannelKind.Reducer
    ) throws -> Bool {
        guard !writes.isEmpty else { return false }
        var rest = writes[...]
        if value == nil {
            value = rest.removeFirst()
            index = nil
        }
        var isOverwritten = false
        for write in rest {
            if let overwrite = Overwrite(write) {
                guard !isOverwritten else { throw Self.twoOverwrites(name) }
                value = overwrite.value
                index = nil
                isOverwritten = true
            } else if !isOverwritten {
                if let rule = kind.messageRule {
                    try foldMessages([write], by: rule)
                } else {
                    value = try reduce(value ?? .null, write)
                }
            }
        }
        return true
    }

    private mutating func fold(
        _ writes: [PayloadValue], named name: String, _ delta: ChannelKind.Delta
    ) throws -> Bool {
        guard !writes.isEmpty else { return false }
        let overwrites = writes.compactMap { Overwrite($0) }
        guard overwrites.count < 2 else { throw Self.twoOverwrites(name) }
        if let overwrite = overwrites.first {
            value = overwrite.value.isNull ? delta.initial : overwrite.value
            index = nil
        } else {
            try reduce(writes, delta)
        }
        return true
    }

    private mutating func reduce(_ writes: [PayloadValue], _ delta: ChannelKind.Delta) throws {
        if let rule = kind.messageRule { return try foldMessages(writes, by: rule) }
        value = try delta.reduce(value ?? delta.initial, writes)
    }

    private mutating func foldMessages(_ writes: [PayloadValue], by rule: MessageReducer.Rule) throws {
        var list = MessageReducer.messages(in: value ?? [])
        // The list has one holder: it grows in its place.
        value = nil
        defer { value = .array(list) }
        try MessageReducer.fold(writes, into: &list, &index, by: rule)
    }

    private static func twoOverwrites(_ name: String) -> GraphError {
        GraphError(.conflictingWrites, "Channel '\(name)' got two overwrites in one superstep and takes one.")
    }

    private static func requireOne(_ writes: [PayloadValue], named name: String) throws {
        guard writes.count == 1 else {
            throw GraphError(
                .conflictingWrites,
                "Channel '\(name)' got \(writes.count) writes in one superstep and keeps one. Give it a reducer.")
        }
    }
}

/// A channel's value as its history tells it: what was stored last, and what was written since.
struct ChannelHistory: Sendable {
    /// The newest stored value; `nil`: none.
    var seed: PayloadValue?
    /// Oldest first.
    var writes: [PayloadValue] = []
}

extension PayloadValue {
    /// Python's set of text.
    static func set(_ elements: [String]) -> PayloadValue {
        .ext(
            LangGraphExt.constructor(
                module: "builtins", name: "set", argument: .array(elements.map { .string($0) })))
    }

    /// The text in a set, or in a list.
    var setElements: [String] {
        let elements = array ?? ext?.asObject.flatMap { $0.name.hasSuffix("set") ? $0.argument.array : nil }
        return (elements ?? []).compactMap(\.string)
    }

    /// Whether LangGraph keeps the value in the checkpoint's document, not in a blob.
    var isPrimitive: Bool {
        switch self {
        case .null, .bool, .integer, .unsigned, .double, .string: true
        default: false
        }
    }
}
