// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// LangGraph's rules for lists of messages, on nodes that stay as they were written.
enum MessageReducer {
    /// The ID of a removal that empties the list before what follows it.
    static let removeAll = "__remove_all__"

    /// `add_messages`: one whose ID is in the list replaces that one, a removal takes its one out.
    ///
    /// - Throws: `.invalidUpdate` for a removal of a message that is not in the list, and for what is no message.
    static func add(_ current: PayloadValue, _ write: PayloadValue) throws -> PayloadValue {
        var incoming = try messages(in: write).map { try MessageNode($0).withID() }
        if let reset = incoming.lastIndex(where: { $0.isRemoval && $0.id == removeAll }) {
            incoming.removeSubrange(...reset)
            return .array(incoming.map(\.node))
        }
        var list = messages(in: current)
        var places: [String: Int] = [:]
        places.reserveCapacity(list.count)
        for (place, node) in list.enumerated() {
            var header = try MessageNode(node)
            if header.id == nil || header.isCoerced {
                header = try header.withID()
                list[place] = header.node
            }
            places[header.id ?? ""] = place
        }
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
                throw GraphError(.invalidUpdate, "Message '\(id)' cannot be removed: it is not in the list.")
            } else {
                places[id] = list.count
                list.append(message.node)
            }
        }
        if !removed.isEmpty { list = list.enumerated().filter { !removed.contains($0.offset) }.map(\.element) }
        return .array(list)
    }

    /// The rules of a delta channel: as `add`, but a removal of what is not there is passed over, and no ID is given.
    static func replay(_ current: PayloadValue, _ writes: [PayloadValue]) throws -> PayloadValue {
        var list = current.array ?? []
        var places: [String: Int] = [:]
        places.reserveCapacity(list.count)
        for (place, node) in list.enumerated() { if let id = try MessageNode(node).id { places[id] = place } }
        var removed: Set<Int> = []
        for write in writes {
            for node in messages(in: write) {
                let message = try MessageNode(node)
                guard let id = message.id else {
                    list.append(message.node)
                    continue
                }
                if message.isRemoval {
                    if let place = places.removeValue(forKey: id) { removed.insert(place) }
                } else if let place = places[id] {
                    list[place] = message.node
                } else {
                    places[id] = list.count
                    list.append(message.node)
                }
            }
        }
        if !removed.isEmpty { list = list.enumerated().filter { !removed.contains($0.offset) }.map(\.element) }
        return .array(list)
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

    private static func messages(in write: PayloadValue) -> [PayloadValue] { write.array ?? [write] }
}
