// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// LangGraph's rules for lists of messages, on nodes that stay as they were written.
///
/// A list comes with an index of its IDs that is made once and kept up: what a write costs does not grow with the list.
enum MessageReducer {
    /// The ID of a removal that empties the list before what follows it.
    static let removeAll = "__remove_all__"

    /// How a channel takes messages.
    enum Rule: Sendable {
        /// `add_messages`: one whose ID is in the list replaces that one, a removal takes its one out, each gets an ID.
        case add
        /// As `add`, but what is no message, and a removal of what is not there, is passed over.
        case addLeniently
        /// The rules of a delta channel: a removal of what is not there is passed over, and no ID is given.
        case replay
    }

    /// Folds writes into a list.
    ///
    /// - Throws: `.invalidUpdate` for a removal of a message that is not in the list, and for what is no message.
    static func fold(
        _ writes: [PayloadValue], into list: inout [PayloadValue], _ index: inout MessageIndex?, by rule: Rule
    ) throws {
        for write in writes {
            switch rule {
            case .add, .addLeniently:
                try add(write, to: &list, &index, isLenient: rule == .addLeniently)
            case .replay: try replay(write, onto: &list, &index)
            }
        }
    }

    /// `add_messages` on whole values.
    static func fold(_ current: PayloadValue, _ writes: [PayloadValue], by rule: Rule) throws -> PayloadValue {
        var list = messages(in: current)
        var index: MessageIndex?
        try fold(writes, into: &list, &index, by: rule)
        return .array(list)
    }

    private static func add(
        _ write: PayloadValue, to list: inout [PayloadValue], _ index: inout MessageIndex?, isLenient: Bool
    ) throws {
        var incoming: [MessageNode] = []
        for value in messages(in: write) {
            do {
                incoming.append(try MessageNode(value).withID())
            } catch  where isLenient {
                continue
            }
        }
        if let reset = incoming.lastIndex(where: { $0.isRemoval && $0.id == removeAll }) {
            incoming.removeSubrange(...reset)
            list = []
            index = nil
            if !isLenient {
                // What LangGraph's rule puts in place of a list is taken as it is.
                list = incoming.map(\.node)
                return
            }
        }
        var places =
            try index.flatMap { $0.isComplete ? $0 : nil } ?? MessageIndex(completing: &list, isLenient: isLenient)
        // The caller's is let go: one of two holders would copy.
        index = nil
        var removed: Set<Int> = []
        for message in incoming {
            guard let id = message.id else { continue }
            if let place = places[id] {
                if message.isRemoval {
                    removed.insert(place)
                } else {
                    removed.remove(place)
                    list[place] = message.node
                }
            } else if message.isRemoval {
                if isLenient { continue }
                throw GraphError(.invalidUpdate, "Message '\(id)' cannot be removed: it is not in the list.")
            } else {
                places[id] = list.count
                list.append(message.node)
            }
        }
        index = places
        remove(removed, from: &list, &index)
    }

    private static func replay(
        _ write: PayloadValue, onto list: inout [PayloadValue], _ index: inout MessageIndex?
    ) throws {
        var places = try index ?? MessageIndex(list)
        index = nil
        var removed: Set<Int> = []
        for node in messages(in: write) {
            let message = try MessageNode(node)
            guard let id = message.id else {
                list.append(message.node)
                continue
            }
            if message.isRemoval {
                if let place = places.remove(id) { removed.insert(place) }
            } else if let place = places[id] {
                list[place] = message.node
            } else {
                places[id] = list.count
                list.append(message.node)
            }
        }
        index = places
        remove(removed, from: &list, &index)
    }

    private static func remove(_ places: Set<Int>, from list: inout [PayloadValue], _ index: inout MessageIndex?) {
        guard !places.isEmpty else { return }
        list = list.enumerated().filter { !places.contains($0.offset) }.map(\.element)
        index = nil
    }

    /// The same write with an ID in each of its messages.
    static func withIDs(_ write: PayloadValue) -> PayloadValue {
        if let overwrite = Overwrite(write) {
            guard let list = overwrite.value.array else { return write }
            return Overwrite(with: .array(list.map(withID))).payload
        }
        if let list = write.array { return .array(list.map(withID)) }
        return withID(write)
    }

    private static func withID(_ node: PayloadValue) -> PayloadValue {
        (try? MessageNode(node).withID().node) ?? node
    }

    /// The messages of a list, or of a write.
    static func messages(in value: PayloadValue) -> [PayloadValue] {
        switch value {
        case .array(let list): list
        case .null: []
        default: [value]
        }
    }
}

/// Where in a list of messages each ID is.
struct MessageIndex: Sendable {
    private var places: [String: Int] = [:]
    /// Whether all of the list are nodes of messages that have IDs, or cannot become such.
    private(set) var isComplete = true

    /// Looks the IDs of a list up, those of later messages before those of earlier ones.
    ///
    /// - Throws: `.invalidUpdate` for what is no message.
    init(_ list: [PayloadValue]) throws {
        places.reserveCapacity(list.count + 16)
        for (place, node) in list.enumerated() {
            let message = try MessageNode(node)
            if message.isCoerced { isComplete = false }
            if let id = message.id { places[id] = place } else { isComplete = false }
        }
    }

    /// The same; what is no node of a message yet becomes one, and one without an ID gets one.
    init(completing list: inout [PayloadValue], isLenient: Bool) throws {
        places.reserveCapacity(list.count + 16)
        for (place, node) in list.enumerated() {
            do {
                var header = try MessageNode(node)
                if header.id == nil || header.isCoerced {
                    header = try header.withID()
                    list[place] = header.node
                }
                places[header.id ?? ""] = place
            } catch  where isLenient {
                continue
            }
        }
    }

    subscript(id: String) -> Int? {
        get { places[id] }
        set { places[id] = newValue }
    }

    mutating func remove(_ id: String) -> Int? { places.removeValue(forKey: id) }
}

/// A list of messages with its index, as a run leaves it to the next.
struct IndexedMessages: Sendable {
    let list: [PayloadValue]
    let index: MessageIndex?
    let rule: MessageReducer.Rule
    /// The channel's version.
    let version: ChannelVersion
}
