// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// The `messages` channel: LangGraph's `add_messages` on nodes that stay as they were written.
enum MessageList {
    static let channel = "messages"

    /// The ID of a removal that empties the list before what follows it.
    private static let removeAll = "__remove_all__"

    /// Adds messages: one whose ID is in the list replaces that one in its place, a removal takes its one out, one
    /// without an ID gets one.
    static func add(_ current: PayloadValue, _ write: PayloadValue) throws -> PayloadValue {
        var list = current.array ?? []
        var incoming = (write.array ?? [write]).map(normalized)
        if let reset = incoming.lastIndex(where: { $0.type == "remove" && $0.id == removeAll }) {
            list = []
            incoming.removeSubrange(...reset)
        }
        var places: [String: Int] = [:]
        for (place, node) in list.enumerated() { if let id = header(of: node)?.id { places[id] = place } }
        var removed: Set<Int> = []
        for message in incoming {
            guard let id = message.id else { continue }
            if message.type == "remove" {
                if let place = places[id] { removed.insert(place) }
            } else if let place = places[id] {
                removed.remove(place)
                list[place] = message.node
            } else {
                places[id] = list.count
                list.append(message.node)
            }
        }
        if !removed.isEmpty { list = list.enumerated().filter { !removed.contains($0.offset) }.map(\.element) }
        return .array(list)
    }

    /// The messages of a channel's value, in order; what is no message is left out.
    static func messages(of value: PayloadValue?) -> [Message] {
        (value?.array ?? []).compactMap(Message.init)
    }

    private struct Incoming {
        let node: PayloadValue
        let type: String
        let id: String?
    }

    /// Makes every message an ext node with an ID.
    private static func normalized(_ value: PayloadValue) -> Incoming {
        if let (type, id) = header(of: value), value.ext != nil {
            if let id { return Incoming(node: value, type: type, id: id) }
            if let ext = value.ext, let node = ext.settingField("id", to: .string(UniqueID.random())) {
                let node = PayloadValue.ext(node)
                return Incoming(node: node, type: type, id: header(of: node)?.id)
            }
        }
        if case .string(let text) = value {
            let message = Message.human(text, id: UniqueID.random())
            return Incoming(node: message.payload, type: "human", id: message.id)
        }
        guard var message = Message(value) else { return Incoming(node: value, type: "", id: nil) }
        if message.id == nil { message.id = UniqueID.random() }
        return Incoming(node: message.payload, type: "message", id: message.id)
    }

    /// The `type` and `id` of a message's node.
    private static func header(of node: PayloadValue) -> (type: String, id: String?)? {
        guard let ext = node.ext, let fields = (try? ext.content())?.array.flatMap({ $0.count > 2 ? $0[2].map : nil })
        else { return nil }
        return (fields["type"]?.string ?? "", fields["id"]?.string)
    }
}

extension PayloadExt {
    /// The node with one field of its map changed, or `nil` for a node that has no map of fields.
    func settingField(_ key: String, to value: PayloadValue) -> PayloadExt? {
        guard var parts = (try? content())?.array, parts.count > 2, var fields = parts[2].map else { return nil }
        fields[key] = value
        parts[2] = .map(fields)
        return PayloadExt(code: code, bytes: MessagePack.encode(.array(parts)))
    }
}
